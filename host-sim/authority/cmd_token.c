/* SPDX-License-Identifier: MIT
 * cmd_token.c -- `token create | list | show | revoke`.
 */
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "host-sim/authority/commands.h"
#include "host-sim/authority/encoding.h"
#include "host-sim/authority/token.h"

enum {
    USES_MAX = 100000000
};

/* The facts about one token; `text` is the token itself, NULL everywhere but at its creation. */
static void json_token(struct json_out *json, struct db *db, const struct token *token,
                       const char *text)
{
    json_object(json, NULL);
    json_integer(json, "id", token->id);
    if (text != NULL) {
        json_text(json, "token", text);
    }
    json_text(json, "label", token->label);
    json_text(json, "state", token_state(token, command_now()));
    if (token->max_uses != 0) {
        json_integer(json, "max_uses", token->max_uses);
    } else {
        json_null(json, "max_uses");
    }
    json_integer(json, "uses", token->uses);
    json_integer(json, "undelivered", token_undelivered(db, token->id));
    json_bool(json, "approve", token->approve);
    command_json_moment(json, "created", token->created);
    command_json_moment(json, "expires", token->expires);
    command_json_moment(json, "revoked", token->revoked);
    json_object_end(json);
}

/* A label shows up in lists and logs: it must be seen, and must not command a terminal. */
static bool label_is_good(const char *label)
{
    const size_t size = strlen(label);
    bool visible = false;

    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)label[i];
        const bool c1 = c == 0xC2 && (unsigned char)label[i + 1] < 0xA0; /* U+0080 to U+009F. */

        if (c < 0x20 || c == 0x7F || c1) {
            return false;
        }
        visible = visible || c != ' ';
    }
    return visible && size < TOKEN_LABEL_CHARS;
}

/* Read the options of `token create`. */
static int read_options(const struct cli_args *args, struct token *token)
{
    const char *label = cli_text(args, "label");
    const char *expires = cli_text(args, "expires");
    long max_uses = 1;
    const int code = cli_number(args, "max-uses", 1, USES_MAX, &max_uses);

    if (code != CLI_OK) {
        return code;
    }
    if (!label_is_good(label)) {
        return cli_fail(args, CLI_USAGE,
                        "--label: 1 to %zu bytes, not all blank, no control characters",
                        sizeof token->label - 1);
    }
    if (cli_flag(args, "unlimited") && cli_flag(args, "max-uses")) {
        return cli_fail(args, CLI_USAGE, "--max-uses and --unlimited exclude each other");
    }
    snprintf(token->label, sizeof token->label, "%s", label);
    token->max_uses = cli_flag(args, "unlimited") ? 0 : max_uses;
    token->approve = cli_flag(args, "approve");
    token->created = command_now();
    if (expires != NULL && !moment_parse_ahead(expires, token->created, &token->expires)) {
        return cli_fail(
            args, CLI_USAGE,
            "--expires %s: want 90s, 15m, 24h, 7d or 2030-12-31T23:59:59Z, in the future", expires);
    }
    return CLI_OK;
}

int command_token_create(const struct cli_args *args)
{
    struct audit_entry entry = { .what = "token create" };
    struct token token = { 0 };
    char text[TOKEN_CHARS] = "";
    struct db db;
    int code = read_options(args, &token);

    command_guard_secrets();
    if (code == CLI_OK) {
        code = command_open(args, &db);
    }
    if (code != CLI_OK) {
        return code;
    }
    enum refusal refusal = db_begin(&db);

    if (refusal == REFUSAL_NONE) {
        refusal = token_create(&db, &token, text);
        entry.token_id = token.id;
    }
    code = command_conclude(args, &db, refusal, &entry);
    if (code == CLI_OK && cli_flag(args, "json")) {
        struct json_out json;

        json_out_init(&json, stdout);
        json_object(&json, NULL);
        json_integer(&json, "id", token.id);
        json_text(&json, "token", text);
        json_text(&json, "label", token.label);
        command_json_moment(&json, "expires", token.expires);
        json_object_end(&json);
        putchar('\n');
    } else if (code == CLI_OK) {
        printf("%s\n", text);
        fprintf(stderr, "Token %" PRId64 " \"%s\"; shown this once, only its hash is kept.\n",
                token.id, token.label);
    }
    OPENSSL_cleanse(text, sizeof text);
    return code;
}

static void print_row(const struct token *token, int64_t undelivered)
{
    char uses[32];
    char expires[MOMENT_CHARS] = "never";

    if (token->max_uses != 0) {
        snprintf(uses, sizeof uses, "%" PRId64 "/%" PRId64, token->uses, token->max_uses);
    } else {
        snprintf(uses, sizeof uses, "%" PRId64 "/unlimited", token->uses);
    }
    if (token->expires != 0) {
        moment_format(token->expires, expires);
    }
    printf("%-4" PRId64 " %-10s %-13s %-11" PRId64 " %-20s %s%s\n", token->id,
           token_state(token, command_now()), uses, undelivered, expires, token->label,
           token->approve ? " (each request needs approval)" : "");
}

static void print_heading(void)
{
    printf("%-4s %-10s %-13s %-11s %-20s %s\n", "ID", "STATE", "USES", "UNDELIVERED", "EXPIRES",
           "LABEL");
}

int command_token_list(const struct cli_args *args)
{
    const bool as_json = cli_flag(args, "json");
    struct json_out json;
    struct token token;
    struct db db;
    const int code = command_open(args, &db);

    if (code != CLI_OK) {
        return code;
    }
    json_out_init(&json, stdout);
    if (as_json) {
        json_array(&json, NULL);
    } else {
        print_heading();
    }
    for (sqlite3_stmt *rows = token_list(&db); token_next(rows, &token);) {
        if (as_json) {
            json_token(&json, &db, &token, NULL);
        } else {
            print_row(&token, token_undelivered(&db, token.id));
        }
    }
    if (as_json) {
        json_array_end(&json);
        putchar('\n');
    }
    db_close(&db);
    return CLI_OK;
}

int command_token_show(const struct cli_args *args)
{
    struct json_out json;
    struct token token;
    struct db db;
    int64_t id = 0;
    int code = command_id(args, &id);

    if (code == CLI_OK) {
        code = command_open(args, &db);
    }
    if (code != CLI_OK) {
        return code;
    }
    const enum refusal refusal = token_find_id(&db, id, &token);

    if (refusal != REFUSAL_NONE) {
        code = command_refused(args, &db, refusal);
    } else if (cli_flag(args, "json")) {
        json_out_init(&json, stdout);
        json_token(&json, &db, &token, NULL);
        putchar('\n');
    } else {
        print_heading();
        print_row(&token, token_undelivered(&db, token.id));
    }
    db_close(&db);
    return code;
}

int command_token_revoke(const struct cli_args *args)
{
    struct audit_entry entry = { .what = "token revoke" };
    struct token token;
    struct db db;
    int code = command_id(args, &entry.token_id);

    if (code == CLI_OK) {
        code = command_open(args, &db);
    }
    if (code != CLI_OK) {
        return code;
    }
    enum refusal refusal = db_begin(&db);

    if (refusal == REFUSAL_NONE) {
        refusal = token_find_id(&db, entry.token_id, &token);
    }
    if (refusal == REFUSAL_NONE) {
        refusal = token_revoke(&db, entry.token_id, command_now());
    }
    code = command_conclude(args, &db, refusal, &entry);
    if (code == CLI_OK) {
        printf("Token %" PRId64 " is revoked; its enrolled devices keep working.\n",
               entry.token_id);
    }
    return code;
}
