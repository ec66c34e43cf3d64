/* SPDX-License-Identifier: MIT
 * inspect_main.c -- imprint-inspect: what the device would decide, with the firmware's own code. */
#include <stdlib.h>

#include "host-sim/device/board_host.h"
#include "host-sim/inspect/inspect.h"
#include "port/port.h"

const struct inspect_kind *const inspect_kinds[] = {
    &inspect_flash, &inspect_chain, &inspect_pkcs7, &inspect_http, &inspect_jwt, NULL,
};

int inspect_run(const struct cli_args *args)
{
    struct inspect inspect = { .args = args };
    size_t kind = 0;

    while (&inspect_kinds[kind]->command != args->command &&
           inspect_kinds[kind]->command.words != args->command->words) {
        kind++;
    }
    say_begin(&inspect.say, stdout, cli_flag(args, "json"));
    const int code = inspect_kinds[kind]->judge(&inspect);
    say_end(&inspect.say);
    inspect_close(&inspect);
    return fflush(stdout) == 0 ? code : CLI_USAGE;
}

int main(int argc, char **argv)
{
    enum {
        COMMANDS_MAX = 8
    };
    static const struct board_host board = { .flash = NULL };
    struct cli_command commands[COMMANDS_MAX];
    struct cli_program program = {
        .name = "imprint-inspect",
        .purpose = "what the device would decide about a file, and why",
        .exit_codes = "0 accepted, 1 refused (the reason is named), 2 wrong usage or unreadable",
        .commands = commands,
    };

    for (size_t i = 0; inspect_kinds[i] != NULL; i++) {
        commands[program.command_count++] = inspect_kinds[i]->command;
    }
    commands[program.command_count++] = inspect_batch;
    board_host_use(&board);
    if (port_init() != 0) {
        fputs("imprint-inspect: the crypto library does not start\n", stderr);
        return CLI_USAGE;
    }
    return cli_main(&program, argc, argv);
}
