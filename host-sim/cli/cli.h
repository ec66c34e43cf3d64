/* SPDX-License-Identifier: MIT
 * cli.h -- the command line of every host program: commands and options as const tables, help made
 * from them.
 *
 * A program declares its commands in a table and calls cli_main(). The layer finds the command,
 * reads its options (`--name value` and `--name=value`), prints help, refuses what the table does
 * not know, and calls the command's function. Nothing here is shared with the device.
 */
#ifndef IMPRINT_CLI_CLI_H
#define IMPRINT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

/* What every host program's exit code means; scripts rely on it. */
enum cli_exit {
    CLI_OK = 0,
    CLI_REFUSED = 1,    /* Refused or failed; stderr names the reason. */
    CLI_USAGE = 2,      /* The command line itself is wrong; stderr has a one-line hint. */
    CLI_ENVIRONMENT = 3 /* A file, a socket or a database could not be used. */
};

enum {
    CLI_GIVEN_MAX = 64
}; /* Options and operands on one command line. */

/* Traits of an option. */
#define CLI_REQUIRED 1u /* The command refuses to start without it. */
#define CLI_REPEAT   2u /* May be given more than once. */
#define CLI_SECRET \
    4u /* Wiped from argv; also readable with --NAME-file FILE (`-` is stdin) and from `env`. */

struct cli_option {
    const char *name;        /* Without the dashes; NULL ends a table. */
    const char *placeholder; /* What the help shows as the value; NULL makes the option a flag. */
    const char *help;
    unsigned traits;
    const char *env; /* Environment variable read when the option is absent, or NULL. */
};

struct cli_args;

struct cli_command {
    const char *words;    /* "token create"; "" for a program that has one command only. */
    const char *operands; /* "ID NAME", one word for each operand wanted; NULL for none. */
    const char *purpose;  /* One line. */
    const char *examples; /* Whole lines, each ending with a newline, or NULL. */
    const struct cli_option *options;
    int (*run)(const struct cli_args *args); /* Returns an enum cli_exit. */
};

struct cli_program {
    const char *name;
    const char *purpose;
    const struct cli_command *commands;
    size_t command_count;
    const char *exit_codes; /* What they mean where it is not what enum cli_exit says, or NULL. */
};

/* One command line, read. Filled by cli_main, read through the functions below. */
struct cli_args {
    const struct cli_program *program;
    const struct cli_command *command;
    const struct cli_option *option[CLI_GIVEN_MAX];
    const char *value[CLI_GIVEN_MAX]; /* "" for a flag. */
    bool owned[CLI_GIVEN_MAX];        /* A secret of our own copy: wiped and freed after the run. */
    size_t given_count;
    const char *operand[CLI_GIVEN_MAX];
    size_t operand_count;
};

/* Run the program: find the command in argv, read its options, call it. May block as long as the
 * command does. Overwrites secrets in argv before the command starts. Returns the exit code for
 * main(). */
int cli_main(const struct cli_program *program, int argc, char **argv);

/* Value of option `name`, the first one where it repeats; NULL when it was not given. Owned by
 * `args`. */
const char *cli_text(const struct cli_args *args, const char *name);

/* Value number `index` of an option that repeats; NULL past the last one. Owned by `args`. */
const char *cli_nth(const struct cli_args *args, const char *name, size_t index);

/* True when option `name` was given. */
bool cli_flag(const struct cli_args *args, const char *name);

/* Whole decimal number of option `name` into `*number`, which keeps its value when the option is
 * absent. Returns CLI_OK, or CLI_USAGE after printing why when it is no number or outside
 * min..max. */
int cli_number(const struct cli_args *args, const char *name, long min, long max, long *number);

/* Operand number `index`, NULL past the last one. Owned by `args`. */
const char *cli_operand(const struct cli_args *args, size_t index);

/* Print "program: message" to stderr, printf style, and return `code`: for `return
 * cli_fail(...)`. */
int cli_fail(const struct cli_args *args, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
