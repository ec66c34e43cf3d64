/* SPDX-License-Identifier: MIT
 * cli_help.h -- the help texts, for cli.c alone.
 */
#ifndef IMPRINT_CLI_CLI_HELP_H
#define IMPRINT_CLI_CLI_HELP_H

#include "host-sim/cli/cli.h"

/* Print all commands of a program, or all about one command, to stdout. */
void cli_help_program(const struct cli_program *program);
void cli_help_command(const struct cli_program *program, const struct cli_command *command);

#endif
