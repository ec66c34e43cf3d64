/* SPDX-License-Identifier: MIT
 * cli_help.c -- prints the help of a program and of a command from their tables.
 */
#include "host-sim/cli/cli_help.h"

#include <stdio.h>

enum {
    LEFT_COLUMN_CHARS = 256
};

void cli_help_program(const struct cli_program *program)
{
    printf("%s -- %s\n\nCommands:\n", program->name, program->purpose);
    for (size_t i = 0; i < program->command_count; i++) {
        const struct cli_command *command = &program->commands[i];
        char left[LEFT_COLUMN_CHARS];

        snprintf(left, sizeof left, "%s%s%s", command->words, command->operands != NULL ? " " : "",
                 command->operands != NULL ? command->operands : "");
        printf("  %-28s %s\n", left, command->purpose);
    }
    printf("\nEach command explains itself: %s COMMAND --help\n"
           "Exit codes: %s\n",
           program->name,
           program->exit_codes != NULL ? program->exit_codes
                                       : "0 done, 1 refused (the reason is named), 2 wrong usage,"
                                         " 3 file or network trouble");
}

static void print_option_help(const struct cli_option *option)
{
    char left[LEFT_COLUMN_CHARS];

    snprintf(left, sizeof left, "--%s%s%s", option->name, option->placeholder != NULL ? " " : "",
             option->placeholder != NULL ? option->placeholder : "");
    printf("  %-28s %s%s%s\n", left, option->help,
           option->traits & CLI_REQUIRED ? " (required)" : "",
           option->traits & CLI_REPEAT ? " (repeatable)" : "");
    if (option->traits & CLI_SECRET) {
        snprintf(left, sizeof left, "--%s-file FILE", option->name);
        printf("  %-28s the same, read from a file (- is standard input)\n", left);
    }
    if (option->env != NULL) {
        printf("  %-28s else taken from the environment variable %s\n", "", option->env);
    }
}

void cli_help_command(const struct cli_program *program, const struct cli_command *command)
{
    printf("%s%s%s -- %s\n\nUsage: %s%s%s [options]%s%s\n\nOptions:\n", program->name,
           command->words[0] != '\0' ? " " : "", command->words, command->purpose, program->name,
           command->words[0] != '\0' ? " " : "", command->words,
           command->operands != NULL ? " " : "",
           command->operands != NULL ? command->operands : "");
    for (const struct cli_option *option = command->options; option->name != NULL; option++) {
        print_option_help(option);
    }
    printf("  %-28s this text\n", "--help");
    if (command->examples != NULL) {
        printf("\nExamples:\n%s", command->examples);
    }
}
