/* SPDX-License-Identifier: MIT
 * cmd_device.c -- `device list | show | revoke | permit-replace`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host-sim/authority/commands.h"
#include "host-sim/authority/records.h"

/* What an operator sees of a certificate. */
static const char *record_state(struct db *db, const struct record *record)
{
    if (record->revoked != 0) {
        return "Revoked";
    }
    if (record->root_ended != 0) {
        return "Root retired";
    }
    if (!record_is_live(record, command_now())) {
        return "Expired";
    }
    if (record_is_superseded(db, record)) {
        return "Superseded";
    }
    return record->first_seen == 0 ? "Issued, not delivered" : "Enrolled";
}

static void json_record(struct json_out *json, struct db *db, const struct record *record)
{
    char fingerprint[SHA256_HEX_CHARS];
    char key_id[SHA256_HEX_CHARS];

    hex_encode(record->fingerprint, SHA256_BYTES, fingerprint);
    hex_encode(record->key_id, SHA256_BYTES, key_id);
    json_object(json, NULL);
    json_text(json, "name", record->name);
    json_text(json, "state", record_state(db, record));
    json_text(json, "serial", record->serial);
    json_text(json, "fingerprint", fingerprint);
    json_text(json, "key_sha256", key_id);
    json_integer(json, "token", record->token_id);
    json_integer(json, "ca", record->generation);
    json_text(json, "renews", record->previous[0] != '\0' ? record->previous : NULL);
    command_json_moment(json, "issued", record->issued);
    command_json_moment(json, "not_before", record->not_before);
    command_json_moment(json, "not_after", record->not_after);
    command_json_moment(json, "first_seen", record->first_seen);
    command_json_moment(json, "revoked", record->revoked);
    json_object_end(json);
}

static void print_record(struct db *db, const struct record *record)
{
    char until[MOMENT_CHARS];

    moment_format(record->not_after, until);
    printf("%-24s %-22s %s  %s  %" PRId64 "\n", record->name, record_state(db, record), until,
           record->serial, record->token_id);
}

/* Print the certificates of `rows`; only the newest one of each name when `newest`. Returns how
 * many there were. */
static size_t print_records(struct db *db, sqlite3_stmt *rows, bool as_json, bool newest)
{
    char last_name[NAME_CHARS] = "";
    struct json_out json;
    struct record record;
    size_t count = 0;

    json_out_init(&json, stdout);
    if (as_json) {
        json_array(&json, NULL);
    }
    while (record_next(rows, &record)) {
        if (newest && strcmp(record.name, last_name) == 0) {
            continue;
        }
        memcpy(last_name, record.name, sizeof last_name);
        if (!as_json && count == 0) {
            printf("%-24s %-22s %-20s  %-32s  %s\n", "NAME", "STATE", "UNTIL", "SERIAL", "TOKEN");
        }
        if (as_json) {
            json_record(&json, db, &record);
        } else {
            print_record(db, &record);
        }
        count++;
    }
    if (as_json) {
        json_array_end(&json);
        putchar('\n');
    }
    return count;
}

int command_device_list(const struct cli_args *args)
{
    struct db db;
    const int code = command_open(args, &db);

    if (code == CLI_OK) {
        print_records(&db, record_list_all(&db), cli_flag(args, "json"), true);
        db_close(&db);
    }
    return code;
}

static int unknown_device(const struct cli_args *args)
{
    return cli_fail(args, CLI_REFUSED, "no device is called %s", cli_operand(args, 0));
}

int command_device_show(const struct cli_args *args)
{
    struct name_rule rule;
    struct db db;
    int code = command_open(args, &db);

    if (code != CLI_OK) {
        return code;
    }
    if (print_records(&db, record_list_name(&db, cli_operand(args, 0)), cli_flag(args, "json"),
                      false) == 0) {
        code = unknown_device(args);
    } else if (!cli_flag(args, "json") &&
               name_rule_find(&db, cli_operand(args, 0), &rule) == REFUSAL_NONE &&
               rule.permit_replace) {
        printf("Another key may take this name once.\n");
    }
    db_close(&db);
    return code;
}

static bool is_known(struct db *db, const char *name)
{
    sqlite3_stmt *rows = record_list_name(db, name);
    struct record record;
    const bool known = record_next(rows, &record);

    db_done(rows);
    return known;
}

/* Change the rule of the device that the operand names, in a transaction: `revoke`, or else permit
 * a replacement. */
static int change_rule(const struct cli_args *args, bool revoke)
{
    const char *name = cli_operand(args, 0);
    struct audit_entry entry = { .what = revoke ? "device revoke" : "device permit-replace",
                                 .name = name };
    struct name_rule rule;
    struct db db;
    const int code = command_open(args, &db);

    if (code != CLI_OK) {
        return code;
    }
    enum refusal refusal = db_begin(&db);

    if (refusal == REFUSAL_NONE && !is_known(&db, name)) {
        db_rollback(&db);
        db_close(&db);
        return unknown_device(args);
    }
    if (refusal == REFUSAL_NONE) {
        refusal = name_rule_find(&db, name, &rule);
    }
    if (refusal == REFUSAL_NONE && revoke) {
        refusal = record_revoke_name(&db, name, command_now());
        rule = (struct name_rule){ .revoked = command_now() };
    } else {
        rule.permit_replace = true;
    }
    if (refusal == REFUSAL_NONE) {
        refusal = name_rule_store(&db, name, &rule);
    }
    return command_conclude(args, &db, refusal, &entry);
}

int command_device_revoke(const struct cli_args *args)
{
    const int code = change_rule(args, true);

    if (code == CLI_OK) {
        printf("%s is revoked.\n", cli_operand(args, 0));
    }
    return code;
}

int command_device_permit(const struct cli_args *args)
{
    const int code = change_rule(args, false);

    if (code == CLI_OK) {
        printf("The next new key that asks for %s gets it; what it had before is revoked then.\n",
               cli_operand(args, 0));
    }
    return code;
}
