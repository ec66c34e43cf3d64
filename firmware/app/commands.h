/* SPDX-License-Identifier: MIT
 * commands.h -- the console's commands. */
#ifndef FIRMWARE_APP_COMMANDS_H
#define FIRMWARE_APP_COMMANDS_H

#include "firmware/imprint.h"

/* Run one line: words separated by spaces. Prints what came of it. */
void command_run(char *line, struct imprint *imprint, uint64_t now_ms);

/* Where in `line`, complete or being typed, a secret begins: from that index on it is to be
 * masked. 0: nowhere. */
size_t command_secret_at(const char *line);

/* What a record type of the store is called. Static text. */
const char *command_record_name(int32_t type);

#endif
