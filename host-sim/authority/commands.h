/* SPDX-License-Identifier: MIT
 * commands.h -- the commands of imprint-authority; main.c has their table. Each returns an enum
 * cli_exit.
 */
#ifndef IMPRINT_AUTHORITY_COMMANDS_H
#define IMPRINT_AUTHORITY_COMMANDS_H

#include <stdint.h>

#include "host-sim/authority/audit.h"
#include "host-sim/authority/db.h"
#include "host-sim/cli/cli.h"
#include "host-sim/cli/json_out.h"

int command_init(const struct cli_args *args);
int command_show(const struct cli_args *args);
int command_ca_status(const struct cli_args *args);
int command_ca_begin(const struct cli_args *args);
int command_ca_switch(const struct cli_args *args);
int command_ca_finish(const struct cli_args *args);
int command_serve(const struct cli_args *args);
int command_token_create(const struct cli_args *args);
int command_token_list(const struct cli_args *args);
int command_token_show(const struct cli_args *args);
int command_token_revoke(const struct cli_args *args);
int command_device_list(const struct cli_args *args);
int command_device_show(const struct cli_args *args);
int command_device_revoke(const struct cli_args *args);
int command_device_permit(const struct cli_args *args);
int command_request_list(const struct cli_args *args);
int command_request_approve(const struct cli_args *args);
int command_request_refuse(const struct cli_args *args);

/* ---- What they share. ---- */

/* Open the database of --dir. Returns CLI_OK, or CLI_ENVIRONMENT after printing why. */
int command_open(const struct cli_args *args, struct db *db);

/* Operand 0 as a row id. Returns CLI_OK, or CLI_USAGE after printing why. */
int command_id(const struct cli_args *args, int64_t *id);

/* No core file of this process, and no other program of this user may read it: for commands that
 * hold keys or tokens. */
void command_guard_secrets(void);

/* Seconds since 1970. */
int64_t command_now(void);

/* A moment as a JSON member; null when it is 0. */
void command_json_moment(struct json_out *json, const char *name, int64_t moment);

/* End a transaction of an operator: audit it and commit when `refusal` is REFUSAL_NONE, else roll
 * back; closes the database. `entry`'s what, name and token_id are set by the caller, the rest
 * here. Returns the exit code, after printing the refusal if there is one. */
int command_conclude(const struct cli_args *args, struct db *db, enum refusal refusal,
                     struct audit_entry *entry);

/* Print that the database failed, or the refusal, and return the exit code for it. */
int command_refused(const struct cli_args *args, const struct db *db, enum refusal refusal);

#endif
