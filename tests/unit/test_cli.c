/* SPDX-License-Identifier: MIT
 * test_cli.c -- the command-line layer reads what its tables say, refuses the rest, hides secrets.
 *
 * needs: imprint-cli */
#define _GNU_SOURCE /* mkstemp, fdopen, setenv, fmemopen with C11 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host-sim/cli/cli.h"
#include "host-sim/cli/json_out.h"

enum {
    ARGV_MAX = 12,
    WORD_CHARS = 128,
    SEEN_CHARS = 512
};

/* What the command under test saw, and how often it ran. */
static char seen[SEEN_CHARS];
static int run_count;

static const char *shown(const char *text)
{
    return text != NULL ? text : "-";
}

static int run_enroll(const struct cli_args *args)
{
    long count = 7;
    const int code = cli_number(args, "count", 1, 10, &count);

    run_count++;
    snprintf(seen, sizeof seen, "%s|%s|%s|%s|%d|%ld|%s", shown(cli_text(args, "server")),
             shown(cli_nth(args, "host", 0)), shown(cli_nth(args, "host", 1)),
             shown(cli_text(args, "token")), cli_flag(args, "json"), count,
             shown(cli_operand(args, 0)));
    return code;
}

static int run_fails(const struct cli_args *args)
{
    return cli_fail(args, CLI_REFUSED, "NAMED: %s", cli_operand(args, 1));
}

static const struct cli_option enroll_options[] = {
    { "server", "URL", "where", CLI_REQUIRED, NULL },
    { "host", "NAME", "who", CLI_REPEAT, NULL },
    { "token", "TOKEN", "secret", CLI_SECRET, "TEST_CLI_TOKEN" },
    { "json", NULL, "machine", 0, NULL },
    { "count", "N", "number", 0, NULL },
    { NULL, NULL, NULL, 0, NULL },
};
static const struct cli_option no_options[] = { { NULL, NULL, NULL, 0, NULL } };

static const struct cli_command commands[] = {
    { "unit enroll", "NAME", "enroll a unit", "  cli unit enroll pump\n", enroll_options,
      run_enroll },
    { "unit fail", "A B", "fail", NULL, no_options, run_fails },
};
static const struct cli_program program = {
    .name = "cli", .purpose = "a test", .commands = commands, .command_count = 2
};

/* Run a command line; the words are copied, because the layer writes into secrets. */
static char words[ARGV_MAX][WORD_CHARS];

static int run(const char *const *line)
{
    char *argv[ARGV_MAX + 1];
    int argc = 0;

    snprintf(words[0], WORD_CHARS, "cli");
    argv[argc++] = words[0];
    for (; *line != NULL; line++) {
        snprintf(words[argc], WORD_CHARS, "%s", *line);
        argv[argc] = words[argc];
        argc++;
    }
    argv[argc] = NULL;
    memset(seen, 0, sizeof seen);
    run_count = 0;
    return cli_main(&program, argc, argv);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static void both_forms_of_an_option_mean_the_same(void **state)
{
    (void)state;
    assert_int_equal(RUN("unit", "enroll", "pump", "--server", "a", "--host=b", "--host", "c"),
                     CLI_OK);
    assert_string_equal(seen, "a|b|c|-|0|7|pump");
    assert_int_equal(RUN("unit", "enroll", "--server=a", "--json", "--count=3", "pump"), CLI_OK);
    assert_string_equal(seen, "a|-|-|-|1|3|pump");
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    assert_int_equal(RUN("unit", "enroll", "--server=a", "--", "--json"), CLI_OK);
    assert_string_equal(seen, "a|-|-|-|0|7|--json");
}

static void an_empty_value_is_a_value(void **state)
{
    (void)state;
    assert_int_equal(RUN("unit", "enroll", "pump", "--server="), CLI_OK);
    assert_string_equal(seen, "|-|-|-|0|7|pump");
}

static void wrong_usage_is_2_and_runs_nothing(void **state)
{
    (void)state;
    assert_int_equal(RUN("unit", "enroll", "pump"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "--server=a"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--serve=b"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--serverx=b"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--server=b"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--json=1"), CLI_USAGE);
    assert_int_equal(RUN("unit", "enroll", "pump", "more", "--server=a"), CLI_USAGE);
    assert_int_equal(RUN("unit", "fail", "one"), CLI_USAGE);
    assert_int_equal(RUN("unit"), CLI_USAGE);
    assert_int_equal(RUN("units", "enroll"), CLI_USAGE);
    assert_int_equal(run_count, 0);
}

static void numbers_are_checked(void **state)
{
    static const char *const wrong[] = { "0", "11", "1x", "", "-1", "99999999999999999999" };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--count", wrong[i]),
                         CLI_USAGE);
    }
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--count=10"), CLI_OK);
}

static void help_is_0_and_runs_nothing(void **state)
{
    (void)state;
    assert_int_equal(RUN("--help"), CLI_OK);
    assert_int_equal(RUN("unit", "enroll", "--help"), CLI_OK);
    assert_int_equal(RUN("unit", "enroll", "--server=a", "-h"), CLI_OK);
    assert_int_equal(run_count, 0);
}

static void a_refusal_is_the_exit_code(void **state)
{
    (void)state;
    assert_int_equal(RUN("unit", "fail", "one", "two"), CLI_REFUSED);
}

static void a_secret_is_wiped_from_argv(void **state)
{
    (void)state;
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--token", "hush"), CLI_OK);
    assert_string_equal(seen, "a|-|-|hush|0|7|pump");
    assert_string_equal(words[6], "");
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--token=hush"), CLI_OK);
    assert_string_equal(seen, "a|-|-|hush|0|7|pump");
    assert_string_equal(words[5], "--token=");
}

static void a_secret_may_come_from_a_file_or_the_environment(void **state)
{
    char path[] = "/tmp/test_cli_XXXXXX";
    const int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");

    (void)state;
    assert_non_null(file);
    fputs("from file\nsecond line\n", file);
    fclose(file);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--token-file", path), CLI_OK);
    assert_string_equal(seen, "a|-|-|from file|0|7|pump");
    assert_int_equal(
        RUN("unit", "enroll", "pump", "--server=a", "--token-file", path, "--token", "x"),
        CLI_USAGE);
    remove(path);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--token-file", path), CLI_USAGE);
    setenv("TEST_CLI_TOKEN", "from environment", 1);
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a"), CLI_OK);
    assert_string_equal(seen, "a|-|-|from environment|0|7|pump");
    assert_int_equal(RUN("unit", "enroll", "pump", "--server=a", "--token=nearer"), CLI_OK);
    assert_string_equal(seen, "a|-|-|nearer|0|7|pump");
    unsetenv("TEST_CLI_TOKEN");
}

static void json_is_escaped_and_separated(void **state)
{
    char text[256] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    struct json_out json;

    (void)state;
    assert_non_null(file);
    json_out_init(&json, file);
    json_object(&json, NULL);
    json_text(&json, "a", "q\"b\\n\n\x7f\xc3");
    json_array(&json, "list");
    json_integer(&json, NULL, -5);
    json_object(&json, NULL);
    json_object_end(&json);
    json_bool(&json, NULL, true);
    json_array_end(&json);
    json_text(&json, "none", NULL);
    json_object_end(&json);
    fclose(file);
    assert_string_equal(
        text, "{\"a\":\"q\\\"b\\\\n\\u000a\\u007f\\u00c3\",\"list\":[-5,{},true],\"none\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_an_option_mean_the_same),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(an_empty_value_is_a_value),
        cmocka_unit_test(wrong_usage_is_2_and_runs_nothing),
        cmocka_unit_test(numbers_are_checked),
        cmocka_unit_test(help_is_0_and_runs_nothing),
        cmocka_unit_test(a_refusal_is_the_exit_code),
        cmocka_unit_test(a_secret_is_wiped_from_argv),
        cmocka_unit_test(a_secret_may_come_from_a_file_or_the_environment),
        cmocka_unit_test(json_is_escaped_and_separated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
