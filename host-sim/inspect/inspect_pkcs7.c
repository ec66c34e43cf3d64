/* SPDX-License-Identifier: MIT
 * inspect_pkcs7.c -- `pkcs7`: what VERIFY would decide about the certificates a server issued. */
#include "firmware/core/identity.h"
#include "firmware/proto/base64.h"
#include "firmware/proto/der.h"
#include "firmware/proto/pem.h"
#include "firmware/proto/pkcs7.h"
#include "host-sim/inspect/inspect.h"

static const struct cli_option options[] = {
    { "anchor", "FILE", "certificates that are trusted, PEM or DER", CLI_REPEAT, NULL },
    { "issuer", "FILE", "issuing CAs that the device holds besides, without trust", CLI_REPEAT,
      NULL },
    { "key", "FILE", "the device's public key, PEM (PUBLIC KEY) or DER", 0, NULL },
    { "name", "NAME", "the name that was asked for", 0, NULL },
    INSPECT_OPTION_TIME,
    INSPECT_OPTION_FLOOR,
    INSPECT_OPTION_JSON,
    { NULL, NULL, NULL, 0, NULL },
};

/* --- The question ----------------------------------------------------------------------------- */

/* The point of a P-256 SubjectPublicKeyInfo (RFC 5480 2), whose head has one form. */
static bool read_spki(struct bytes der, struct bytes *point)
{
    static const uint8_t head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

    *point = bytes_of(der.data + sizeof head, KEY_POINT_BYTES);
    return der.len == sizeof head + KEY_POINT_BYTES && memcmp(der.data, head, sizeof head) == 0;
}

static int read_key(struct inspect *inspect, struct bytes *point)
{
    const char *path = cli_text(inspect->args, "key");
    struct bytes content;
    size_t bytes = 0;
    const int code = inspect_read(inspect, path, &content);

    if (code) {
        return code;
    }
    struct bytes rest = content;
    if (content.len > 0 && content.data[0] == '-') {
        if (pem_next(&rest, "PUBLIC KEY", (uint8_t *)(size_t)content.data, content.len, &bytes) !=
            1) {
            return say_unreadable(&inspect->say, "%s: no PUBLIC KEY block", path);
        }
        content.len = bytes;
    }
    return read_spki(content, point) ? CLI_OK
                                     : say_unreadable(&inspect->say, "%s: no P-256 key", path);
}

static int to_certs(struct inspect *inspect, const char *option, size_t max, struct certs *certs)
{
    struct inspect_certs read = { .count = 0 };
    const int code = inspect_read_all_certs(inspect, option, &read);

    if (code) {
        return code;
    }
    if (read.count > max) {
        return say_unreadable(&inspect->say, "%s: a device holds at most %zu", option, max);
    }
    certs->count = read.count;
    memcpy(certs->at, read.at, read.count * sizeof read.at[0]);
    return CLI_OK;
}

/* --- The answer ------------------------------------------------------------------------------- */

/* The body as the device decodes it, in place. */
static imp_err_t decode_body(struct bytes *body)
{
    struct base64_decoder decoder = { 0 };
    size_t bytes = 0;

    if (body->len > 0 &&
        body->data[0] == DER_SEQUENCE) { /* '0', which no certs-only begins with. */
        return 0;
    }
    imp_err_t err =
        base64_decode(&decoder, *body, (uint8_t *)(size_t)body->data, body->len, &bytes);
    err = err ? err : base64_finish(&decoder);
    body->len = bytes;
    return err;
}

static void say_issued(struct say *say, const struct certs *issued)
{
    struct inspect_certs certs = { .count = issued->count };

    memcpy(certs.at, issued->at, issued->count * sizeof issued->at[0]);
    inspect_say_certs(say, "certificate", &certs);
}

static int judge_form(struct inspect *inspect, imp_err_t err)
{
    say_text(&inspect->say, "judged", "the form alone: VERIFY needs key, name and anchor");
    return say_verdict(&inspect->say, err);
}

static int judge(struct inspect *inspect)
{
    const char *name = cli_text(inspect->args, "name");
    const bool has_all =
        name != NULL && cli_text(inspect->args, "key") && cli_text(inspect->args, "anchor");
    struct certs issued = { .count = 0 };
    struct certs issuers = { .count = 0 };
    struct certs anchors = { .count = 0 };
    struct bytes point = { 0 };
    struct bytes body;
    struct chain_time time;
    struct identity_draft draft;
    int code = inspect_time(inspect, &time);

    code = code ? code : to_certs(inspect, "anchor", CONFIG_ANCHORS_MAX, &anchors);
    code = code ? code : to_certs(inspect, "issuer", CONFIG_ISSUERS_MAX, &issuers);
    code = code || !cli_flag(inspect->args, "key") ? code : read_key(inspect, &point);
    code = code ? code : inspect_read(inspect, cli_operand(inspect->args, 0), &body);
    if (code) {
        return code;
    }
    imp_err_t err = decode_body(&body);
    err = err ? err : pkcs7_read_certs(body, issued.at, CONFIG_CHAIN_CERTS_MAX, &issued.count);
    if (!err) {
        say_issued(&inspect->say, &issued);
    }
    if (err || !has_all) {
        return judge_form(inspect, err);
    }
    const struct identity_question question = {
        &issued, &issuers, &anchors, point.data, name, time
    };
    inspect_say_time(&inspect->say, &time);
    return say_verdict(&inspect->say, identity_verify(&question, &draft));
}

const struct inspect_kind inspect_pkcs7 = {
    .command = {
        .words = "pkcs7",
        .operands = "FILE",
        .purpose = "the certificates an EST server issued, base64 or DER",
        .examples =
            "  imprint-inspect pkcs7 --anchor root.pem --key device.pub --name dev-1 answer.b64\n"
            "\nWith anchor, key and name the verdict is that of VERIFY; without, of the form.\n",
        .options = options,
        .run = inspect_run,
    },
    .judge = judge,
};
