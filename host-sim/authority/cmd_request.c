/* SPDX-License-Identifier: MIT
 * cmd_request.c -- `request list | approve | refuse`: enrollments that wait for a person.
 */
#include <inttypes.h>
#include <stdio.h>

#include "host-sim/authority/commands.h"
#include "host-sim/authority/request.h"

static void json_request(struct json_out *json, const struct request *request)
{
    char key_id[SHA256_HEX_CHARS];
    char created[MOMENT_CHARS];

    hex_encode(request->key_id, SHA256_BYTES, key_id);
    moment_format(request->created, created);
    json_object(json, NULL);
    json_integer(json, "id", request->id);
    json_text(json, "state", request->state);
    json_text(json, "name", request->name);
    json_integer(json, "token", request->token_id);
    json_text(json, "key_sha256", key_id);
    json_text(json, "created", created);
    json_object_end(json);
}

static void print_request(const struct request *request)
{
    char key_id[SHA256_HEX_CHARS];
    char created[MOMENT_CHARS];

    hex_encode(request->key_id, SHA256_BYTES, key_id);
    moment_format(request->created, created);
    printf("%-4" PRId64 " %-9s %-24s %-6" PRId64 " %s  key %.16s\n", request->id, request->state,
           request->name, request->token_id, created, key_id);
}

int command_request_list(const struct cli_args *args)
{
    const bool as_json = cli_flag(args, "json");
    struct json_out json;
    struct request request;
    struct db db;
    const int code = command_open(args, &db);

    if (code != CLI_OK) {
        return code;
    }
    json_out_init(&json, stdout);
    if (as_json) {
        json_array(&json, NULL);
    } else {
        printf("%-4s %-9s %-24s %-6s %s\n", "ID", "STATE", "NAME", "TOKEN", "SINCE");
    }
    for (sqlite3_stmt *rows = request_list(&db); request_next(rows, &request);) {
        if (as_json) {
            json_request(&json, &request);
        } else {
            print_request(&request);
        }
    }
    if (as_json) {
        json_array_end(&json);
        putchar('\n');
    }
    db_close(&db);
    return CLI_OK;
}

static int decide(const struct cli_args *args, const char *state, const char *what)
{
    struct audit_entry entry = { .what = what };
    struct db db;
    int64_t id = 0;
    int code = command_id(args, &id);

    if (code == CLI_OK) {
        code = command_open(args, &db);
    }
    if (code != CLI_OK) {
        return code;
    }
    enum refusal refusal = db_begin(&db);

    if (refusal == REFUSAL_NONE) {
        refusal = request_decide(&db, id, state, command_now());
    }
    if (refusal == REFUSAL_NOT_FOUND) {
        db_rollback(&db);
        db_close(&db);
        return cli_fail(args, CLI_REFUSED, "no request %" PRId64 " is pending", id);
    }
    code = command_conclude(args, &db, refusal, &entry);
    if (code == CLI_OK) {
        printf("Request %" PRId64 " is %s.\n", id, state);
    }
    return code;
}

int command_request_approve(const struct cli_args *args)
{
    return decide(args, "approved", "request approve");
}

int command_request_refuse(const struct cli_args *args)
{
    return decide(args, "refused", "request refuse");
}
