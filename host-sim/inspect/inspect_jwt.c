/* SPDX-License-Identifier: MIT
 * inspect_jwt.c -- `jwt`: what an enrollment JWT says, and whether its form is taken. */
#include <stdlib.h>

#include "firmware/proto/json.h"
#include "firmware/proto/jwt.h"
#include "firmware/secret.h"
#include "host-sim/inspect/inspect.h"

static const struct cli_option options[] = {
    { "cert", "FILE", "the server's certificate: the signature is checked with its key", 0, NULL },
    { "show-secrets", NULL, "also the claims that may be secrets (jti is the token)", 0, NULL },
    INSPECT_OPTION_TIME,
    INSPECT_OPTION_FLOOR,
    INSPECT_OPTION_JSON,
    { NULL, NULL, NULL, 0, NULL },
};

/* --- What it says ----------------------------------------------------------------------------- */

/* Claims that are no secret; of others nobody knows. */
static bool is_public(struct bytes name)
{
    static const char *const names[] = { "iss", "sub", "aud", "exp", "nbf", "iat", "em", "ctrls" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (json_equal(name, bytes_of_text(names[i]))) {
            return true;
        }
    }
    return false;
}

static void say_value(struct say *say, const char *name, const struct json_token *value)
{
    uint8_t *text = malloc(value->text.len + 1);
    size_t bytes = 0;

    if (text == NULL) {
        abort();
    }
    if (value->type == JSON_STRING && json_copy(value->text, text, value->text.len, &bytes) == 0) {
        say_bytes(say, name, bytes_of(text, bytes));
    } else {
        say_bytes(say, name, value->text);
    }
    secret_wipe(text, value->text.len + 1);
    free(text);
}

static void say_hidden(struct say *say, const char *name, const struct json_token *value)
{
    char text[48];

    snprintf(text, sizeof text, "(hidden, %zu characters)", value->text.len);
    say_text(say, name, text);
}

/* The members of an object that passed json_check. */
static void say_members(struct say *say, const char *title, struct bytes object, bool show_all)
{
    struct json json;
    struct json_token token;
    unsigned depth = 0;

    say_object(say, title);
    json_begin(&json, object);
    do {
        (void)json_next(&json, &token);
        depth += token.type == JSON_OBJECT || token.type == JSON_ARRAY;
        depth -= token.type == JSON_OBJECT_END || token.type == JSON_ARRAY_END;
        if (token.type == JSON_NAME && depth == 1) {
            char *name = say_printable(token.text);
            struct json_token value;
            char plain[CONFIG_JWT_CHARS_MAX];
            size_t bytes = 0;
            (void)json_copy(token.text, (uint8_t *)plain, sizeof plain - 1, &bytes);
            plain[bytes] = '\0';
            if (json_find(object, plain, &value)) {
                if (show_all || is_public(token.text)) {
                    say_value(say, name, &value);
                } else {
                    say_hidden(say, name, &value);
                }
            }
            free(name);
        }
    } while (token.type != JSON_END);
    say_object_end(say);
}

static void say_dates(struct say *say, const struct jwt *jwt)
{
    static const char *const names[][2] = { { "iat", "issued" },
                                            { "nbf", "not_before" },
                                            { "exp", "expires" } };
    int64_t seconds;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (jwt_date(jwt, names[i][0], &seconds)) {
            say_time(say, names[i][1], seconds);
        }
    }
}

static void say_jwt(struct inspect *inspect, const struct jwt *jwt, imp_err_t err)
{
    struct say *say = &inspect->say;

    if (jwt->header.len > 0 && json_check(jwt->header) == 0) {
        say_members(say, "header", jwt->header, true);
    }
    if (jwt->claims.len > 0 && json_check(jwt->claims) == 0) {
        say_members(say, "claims", jwt->claims, cli_flag(inspect->args, "show-secrets"));
        say_dates(say, jwt);
    }
    if (!err) {
        say_text(say, "algorithm", jwt_algorithm_name(jwt->algorithm));
    }
    if (jwt->signature.len > 0) {
        say_number(say, "signature_bytes", (int64_t)jwt->signature.len);
    }
}

/* --- The verdict ------------------------------------------------------------------------------ */

static imp_err_t verify(const struct jwt *jwt, const struct inspect_certs *certs)
{
    struct x509 cert;
    const imp_err_t err = x509_parse(certs->at[0], &cert);

    return err ? err : jwt_verify(jwt, &cert.key);
}

/* A file's last line ends; the token does not. */
static struct bytes without_white_space(struct bytes text)
{
    while (text.len > 0 && memchr(" \t\r\n", text.data[text.len - 1], 4) != NULL) {
        text.len--;
    }
    while (text.len > 0 && memchr(" \t\r\n", text.data[0], 4) != NULL) {
        text = bytes_of(text.data + 1, text.len - 1);
    }
    return text;
}

static int judge(struct inspect *inspect)
{
    static uint8_t work[JWT_WORK_BYTES];
    const char *cert = cli_text(inspect->args, "cert");
    struct inspect_certs certs = { .count = 0 };
    struct chain_time time;
    struct bytes token;
    struct jwt jwt;
    int code = inspect_time(inspect, &time);

    code = code || cert == NULL ? code : inspect_read_certs(inspect, cert, &certs);
    if (!code && cert != NULL && certs.count == 0) {
        code = say_unreadable(&inspect->say, "%s: no certificate", cert);
    }
    code = code ? code : inspect_read(inspect, cli_operand(inspect->args, 0), &token);
    if (code) {
        return code;
    }
    imp_err_t err = jwt_read(without_white_space(token), work, sizeof work, &jwt);
    say_jwt(inspect, &jwt, err);
    err = err ? err : jwt_check_dates(&jwt, time.floor, time.has_now ? &time.now : NULL);
    if (!err && cert != NULL) {
        err = verify(&jwt, &certs);
    }
    inspect_say_time(&inspect->say, &time);
    say_text(&inspect->say, "judged",
             cert != NULL ? "form, dates and signature"
                          : "form and dates: the signature needs cert");
    secret_wipe(work, sizeof work);
    secret_wipe((uint8_t *)(size_t)token.data, token.len);
    return say_verdict(&inspect->say, err);
}

const struct inspect_kind inspect_jwt = {
    .command = {
        .words = "jwt",
        .operands = "FILE",
        .purpose = "an enrollment JWT; secrets stay hidden",
        .examples = "  imprint-inspect jwt --cert controller.pem device.jwt\n",
        .options = options,
        .run = inspect_run,
    },
    .judge = judge,
};
