/* SPDX-License-Identifier: MIT
 * cli.c -- finds the command and reads its options. The tables in the programs hold all the words.
 */
#define _GNU_SOURCE /* explicit_bzero */
#include "host-sim/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/cli/cli_help.h"
#include "host-sim/cli/cli_secret.h"

enum {
    SECRET_BYTES_MAX = 16384,
    HINT_BYTES = 256
};

int cli_fail(const struct cli_args *args, int code, const char *format, ...)
{
    va_list list;

    fprintf(stderr, "%s: ", args->program->name);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return code;
}

/* A usage error: the reason, then where the help is, on one line. */
static int usage_error(const struct cli_args *args, const char *reason, const char *word)
{
    const char *command = args->command != NULL ? args->command->words : "";

    return cli_fail(args, CLI_USAGE, "%s%s; try '%s%s%s --help'", reason, word, args->program->name,
                    command[0] != '\0' ? " " : "", command);
}

/* Number of argv words that `words` ("token create") takes, or -1 when argv says something else. */
static int words_match(const char *words, int argc, char **argv)
{
    int taken = 0;

    while (*words != '\0') {
        const size_t length = strcspn(words, " ");

        if (taken >= argc || strlen(argv[taken]) != length ||
            memcmp(argv[taken], words, length) != 0) {
            return -1;
        }
        taken++;
        words += length;
        words += *words == ' ';
    }
    return taken;
}

/* The option that `text` (length bytes, no dashes) names. `*from_file` says it was the --NAME-file
 * form. */
static const struct cli_option *find_option(const struct cli_command *command, const char *text,
                                            size_t length, bool *from_file)
{
    for (const struct cli_option *option = command->options; option->name != NULL; option++) {
        const size_t name_length = strlen(option->name);

        *from_file = false;
        if (length >= name_length && memcmp(option->name, text, name_length) == 0) {
            if (length == name_length) {
                return option;
            }
            *from_file = (option->traits & CLI_SECRET) && length == name_length + 5 &&
                         memcmp(text + name_length, "-file", 5) == 0;
            if (*from_file) {
                return option;
            }
        }
    }
    return NULL;
}

/* Remember one option. A secret is copied, and the original in argv blanked, so that `ps` shows it
 * no longer. */
static int remember(struct cli_args *args, const struct cli_option *option, char *value,
                    bool from_file)
{
    const char *kept = value;
    const bool owned = (option->traits & CLI_SECRET) != 0;

    if (args->given_count == CLI_GIVEN_MAX) {
        return usage_error(args, "too many options", "");
    }
    if (!(option->traits & CLI_REPEAT) && cli_flag(args, option->name)) {
        return usage_error(args, "given twice: --", option->name);
    }
    if (owned) {
        kept = from_file ? cli_secret_read(value) : strdup(value);
        if (kept == NULL) {
            return cli_fail(args, CLI_USAGE, "can't read %s: %s", value,
                            errno != 0 ? strerror(errno) : "the file is empty");
        }
        if (!from_file) {
            explicit_bzero(value, strlen(value));
        }
    }
    args->option[args->given_count] = option;
    args->value[args->given_count] = kept;
    args->owned[args->given_count++] = owned;
    return CLI_OK;
}

/* Read the option at argv[*at], which begins with two dashes; moves *at past its value. */
static int read_option(struct cli_args *args, int argc, char **argv, int *at)
{
    char *text = argv[*at] + 2;
    const size_t length = strcspn(text, "=");
    bool from_file = false;
    const struct cli_option *option = find_option(args->command, text, length, &from_file);
    char *value = text[length] == '=' ? text + length + 1 : NULL;

    if (option == NULL) {
        /* Cut at '=': a mistyped option may carry a secret. */
        text[length] = '\0';
        return usage_error(args, "unknown option --", text);
    }
    if (option->placeholder == NULL) {
        return value == NULL ? remember(args, option, text + length, false)
                             : usage_error(args, "takes no value: --", option->name);
    }
    if (value == NULL && *at + 1 < argc) {
        value = argv[++*at];
    }
    return value != NULL ? remember(args, option, value, from_file)
                         : usage_error(args, "needs a value: --", option->name);
}

static int read_words(struct cli_args *args, int argc, char **argv)
{
    bool only_operands = false;
    int err = CLI_OK;

    for (int at = 0; at < argc && err == CLI_OK; at++) {
        if (only_operands || strncmp(argv[at], "--", 2) != 0) {
            if (args->operand_count == CLI_GIVEN_MAX) {
                return usage_error(args, "too many operands", "");
            }
            args->operand[args->operand_count++] = argv[at];
        } else if (argv[at][2] == '\0') {
            only_operands = true;
        } else {
            err = read_option(args, argc, argv, &at);
        }
    }
    return err;
}

/* Fill absent options from the environment, then check that nothing is missing and nothing is left
 * over. */
static int complete(struct cli_args *args)
{
    const struct cli_command *command = args->command;
    size_t wanted = 0;

    for (const struct cli_option *option = command->options; option->name != NULL; option++) {
        const char *value = option->env != NULL ? getenv(option->env) : NULL;

        if (!cli_flag(args, option->name) && value != NULL && args->given_count < CLI_GIVEN_MAX) {
            args->option[args->given_count] = option;
            args->value[args->given_count++] = value;
        }
        if ((option->traits & CLI_REQUIRED) && !cli_flag(args, option->name)) {
            return usage_error(args, "missing: --", option->name);
        }
    }
    for (const char *word = command->operands; word != NULL && *word != '\0'; wanted++) {
        word += strcspn(word, " ");
        word += *word == ' ';
    }
    if (args->operand_count < wanted) {
        return usage_error(args, "missing: ", command->operands);
    }
    if (args->operand_count > wanted) {
        return usage_error(args, "too many words; a value follows its option", "");
    }
    return CLI_OK;
}

static void wipe_secrets(struct cli_args *args)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (args->owned[i]) {
            /* The only place that writes to a value: it is our own copy. */
            char *secret = (char *)(size_t)args->value[i];

            explicit_bzero(secret, strlen(secret));
            free(secret);
        }
    }
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
    struct cli_args args = { .program = program };
    int taken = -1;

    for (size_t i = 0; i < program->command_count && taken < 0; i++) {
        taken = words_match(program->commands[i].words, argc - 1, argv + 1);
        args.command = taken < 0 ? NULL : &program->commands[i];
    }
    if (args.command == NULL) {
        if (argc < 2 || asks_for_help(argc, argv) || strcmp(argv[1], "help") == 0) {
            cli_help_program(program);
            return argc < 2 ? CLI_USAGE : CLI_OK;
        }
        /* Not the word itself where it may be an option with a secret. */
        return argv[1][0] == '-' ? usage_error(&args, "options come behind the command", "")
                                 : usage_error(&args, "unknown command: ", argv[1]);
    }
    if (asks_for_help(argc, argv)) {
        cli_help_command(program, args.command);
        return CLI_OK;
    }

    int code = read_words(&args, argc - 1 - taken, argv + 1 + taken);

    if (code == CLI_OK) {
        code = complete(&args);
    }
    if (code == CLI_OK) {
        code = args.command->run(&args);
    }
    wipe_secrets(&args);
    return code;
}

/* ---- What a command asks. ---- */

const char *cli_nth(const struct cli_args *args, const char *name, size_t index)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->option[i]->name, name) == 0 && index-- == 0) {
            return args->value[i];
        }
    }
    return NULL;
}

const char *cli_text(const struct cli_args *args, const char *name)
{
    return cli_nth(args, name, 0);
}

bool cli_flag(const struct cli_args *args, const char *name)
{
    return cli_nth(args, name, 0) != NULL;
}

int cli_number(const struct cli_args *args, const char *name, long min, long max, long *number)
{
    const char *text = cli_text(args, name);
    char *end = NULL;

    if (text == NULL) {
        return CLI_OK;
    }
    errno = 0;
    const long value = strtol(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
        return cli_fail(args, CLI_USAGE, "--%s wants a number from %ld to %ld", name, min, max);
    }
    *number = value;
    return CLI_OK;
}

const char *cli_operand(const struct cli_args *args, size_t index)
{
    return index < args->operand_count ? args->operand[index] : NULL;
}
