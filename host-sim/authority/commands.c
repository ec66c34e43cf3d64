/* SPDX-License-Identifier: MIT
 * commands.c -- what the commands share: opening the database, ending an operator's transaction.
 */
#define _GNU_SOURCE /* getuid with C11 */
#include "host-sim/authority/commands.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "host-sim/authority/ca.h"
#include "host-sim/authority/encoding.h"

enum {
    WHO_CHARS = 64
};

void command_guard_secrets(void)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int64_t command_now(void)
{
    return (int64_t)time(NULL);
}

void command_json_moment(struct json_out *json, const char *name, int64_t moment)
{
    char text[MOMENT_CHARS];

    moment_format(moment, text);
    json_text(json, name, moment != 0 ? text : NULL);
}

int command_open(const struct cli_args *args, struct db *db)
{
    char path[CA_PATH_CHARS];

    if ((size_t)snprintf(path, sizeof path, "%s/%s", cli_text(args, "dir"), DATABASE_FILE) >=
        sizeof path) {
        return cli_fail(args, CLI_USAGE, "--dir is too long");
    }
    return db_open(db, path) ? CLI_OK : CLI_ENVIRONMENT;
}

int command_id(const struct cli_args *args, int64_t *id)
{
    const char *text = cli_operand(args, 0);
    char *end = NULL;

    errno = 0;
    *id = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || *id <= 0) {
        return cli_fail(args, CLI_USAGE, "%s is no ID; the list shows them", text);
    }
    return CLI_OK;
}

int command_refused(const struct cli_args *args, const struct db *db, enum refusal refusal)
{
    if (refusal == REFUSAL_INTERNAL || refusal == REFUSAL_BUSY) {
        return cli_fail(args, CLI_ENVIRONMENT, "database: %s", db_error(db));
    }
    return cli_fail(args, CLI_REFUSED, "%s: %s", refusal_name(refusal), refusal_sentence(refusal));
}

int command_conclude(const struct cli_args *args, struct db *db, enum refusal refusal,
                     struct audit_entry *entry)
{
    const struct passwd *user = getpwuid(getuid());
    char who[WHO_CHARS];
    int code = CLI_OK;

    snprintf(who, sizeof who, "operator %s", user != NULL ? user->pw_name : "?");
    entry->at = command_now();
    entry->who = who;
    if (refusal == REFUSAL_NONE) {
        refusal = audit_write(db, entry);
    }
    if (refusal == REFUSAL_NONE) {
        refusal = db_commit(db);
    }
    if (refusal != REFUSAL_NONE) {
        code = command_refused(args, db, refusal);
        db_rollback(db);
    }
    db_close(db);
    return code;
}
