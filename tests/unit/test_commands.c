/* SPDX-License-Identifier: MIT
 * test_commands.c -- what each command answers, and that no answer holds a secret. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: tests/support/board_double.c host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/app/commands.h"
#include "firmware/text.h"
#include "tests/support/board_double.h"
#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define NO_BODY "Content-Length: 0\r\n\r\n"
#define UNLOCK  "open-sesame-7"

static int fresh(void **state)
{
    device_fresh(state);
    device_run();
    board_double_reset();
    return 0;
}

static const char *run(const char *line)
{
    char copy[600];

    snprintf(copy, sizeof copy, "%s", line);
    board_double_clear();
    command_run(copy, device.imprint, device.now_ms);
    return board_double.output;
}

static void expect(const char *line, const char *output)
{
    run(line);
    if (strstr(board_double.output, output) == NULL) {
        fail_msg("'%s' answered\n%s\nwithout '%s'", line, board_double.output, output);
    }
}

static void expect_no(const char *line, const char *output)
{
    run(line);
    if (strstr(board_double.output, output) != NULL) {
        fail_msg("'%s' answered\n%s", line, board_double.output);
    }
}

/* As an operator does it. */
static void provision_by_console(void)
{
    uint8_t digest[32];
    char line[120];
    struct text text = text_in(line, sizeof line);

    est_fingerprint(est_pki.root.der, digest);
    text_add(&text, "config pin ");
    text_add_hex(&text, bytes_of(digest, sizeof digest), ':');
    assert_string_equal(run("config server " EST_SERVER_URL), "ok\r\n");
    assert_string_equal(run(line), "ok\r\n");
    assert_string_equal(run("config token " DEVICE_TOKEN), "ok\r\n");
    assert_string_equal(run("config name " DEVICE_NAME), "ok\r\n");
    assert_string_equal(run("config serial SN-77"), "ok\r\n");
    assert_string_equal(run("config host " EST_SERVER_HOST " 10.0.2.2"), "ok\r\n");
    assert_string_equal(run("config unlock " UNLOCK), "ok\r\n");
}

/* --- Words ------------------------------------------------------------------------------------ */

static void help_lists_every_command_and_every_setting(void **state)
{
    static const char *const words[] = {
        "help  -- ",          "status  -- ",    "config [KEY VALUE]  -- ",
        "enroll  -- ",        "whoami  -- ",    "log  -- ",
        "unlock SECRET  -- ", "wipe  -- ",      "reset  -- ",
        "config server ",     "config pin ",    "config token ",
        "config name ",       "config serial ", "config unlock ",
        "config host ",
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        expect("help", words[i]);
    }
}

/* Each line of help is a command that runs: none answers "no such command". */
static void every_command_in_help_is_one(void **state)
{
    static const char *const lines[] = { "help",   "status", "config", "enroll",
                                         "whoami", "log",    "unlock", "wipe" };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        expect_no(lines[i], "no such command");
    }
}

static void what_is_not_a_command_is_said_so(void **state)
{
    static const char *const lines[] = { "x", "HELP", "statusx", "hel", "config2 server x" };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        expect(lines[i], "error CONFIG_VALUE: no such command; see help\r\n");
    }
    assert_string_equal(run(""), "");
    assert_string_equal(run("     "), "");
    expect("a b c d e", "too many words");
}

static void what_config_does_not_know_gets_the_list(void **state)
{
    static const char *const lines[] = { "config x y", "config server", "config server a b",
                                         "config host a", "config token" };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        expect(lines[i], "error CONFIG_VALUE: one of\r\n");
        expect(lines[i], "config host NAME IPV4-ADDRESS");
    }
    assert_int_equal(device_flash_used_bytes(), 0);
}

static void spaces_around_words_do_not_matter(void **state)
{
    (void)state;
    assert_string_equal(run("   config   name   unit-1   "), "ok\r\n");
    expect("config", "name: unit-1\r\n");
}

static void a_refused_value_says_what_and_what_to_do(void **state)
{
    static const struct {
        const char *line;
        const char *answer;
    } rows[] = {
        { "config server http://x", "error CONFIG_URL: not a URL of the form https://" },
        { "config pin 00", "error CONFIG_VALUE: malformed or too long; see help" },
        { "config name a/b", "error CONFIG_NAME: no usable device name; " },
        { "config host ca.test x", "error CONFIG_VALUE: " },
        { "config unlock short", "error CONFIG_VALUE: " },
        { "enroll", "error CONFIG_MISSING: server, pin or token is not set; " },
        { "whoami", "error CONFIG_STATE: not possible in this state; see status" },
        { "unlock " UNLOCK, "error CONFIG_LOCKED: the unlock secret is needed; " },
        { "unlock", "error CONFIG_VALUE: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect(rows[i].line, rows[i].answer);
    }
}

/* --- The whole way, by console ---------------------------------------------------------------- */

static void a_device_is_provisioned_enrolled_proved_and_wiped_by_console(void **state)
{
    (void)state;
    provision_by_console();
    assert_string_equal(run("enroll"), "ok\r\n");
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect("whoami", "identity: committed\r\n");
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.whoami_count, 2);
    expect("config name other", "error CONFIG_LOCKED");
    expect("wipe", "error CONFIG_LOCKED");
    expect("unlock wrong-secret", "error CONFIG_LOCKED");
    assert_string_equal(run("unlock " UNLOCK), "ok\r\n");
    expect("status", "unlocked: yes\r\n");
    assert_string_equal(run("wipe"), "ok\r\n");
    assert_int_equal(device_run(), IMPRINT_BLANK);
    expect("status", "identity: none\r\n");
}

static void reset_restarts_the_device(void **state)
{
    static jmp_buf here;

    (void)state;
    board_double.on_reset = &here;
    if (setjmp(here) == 0) {
        run("reset");
        fail_msg("the device did not restart");
    }
}

static void log_tells_the_enrollment_in_order(void **state)
{
    static const char *const words[] = {
        "LOAD -> BLANK",   "BLANK -> KEYGEN", "stored staged key, 65 bytes", "CSR -> TRUST",
        "answer 200",      "stored anchors",  "server verified, path of 3",  "VERIFY -> COMMIT",
        "stored identity", "COMMIT -> PROVE", "request id 00112233445566aa", "PROVE -> ENROLLED",
    };

    (void)state;
    provision_by_console();
    run("enroll");
    device_run();
    const char *at = run("log");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *found = strstr(at, words[i]);
        if (found == NULL) {
            fail_msg("'%s' is not in its place in\n%s", words[i], board_double.output);
        }
        at = found;
    }
    assert_null(strstr(board_double.output, "imprint> "));
}

/* --- Status ----------------------------------------------------------------------------------- */

static void the_status_of_a_blank_device(void **state)
{
    static const char *const lines[] = {
        "state: BLANK\r\n",
        "reason: CONFIG_MISSING: server, pin or token is not set; set it with config, then enroll",
        "last error: OK\r\n",
        "next try: none\r\n",
        "attempts: 0\r\n",
        "name: imprint-SN-1\r\n",
        "serial: SN-1\r\n",
        "server: not set\r\n",
        "pin: not set\r\n",
        "token: not set\r\n",
        "identity: none\r\n",
        "estimate: none\r\n",
        "address: none\r\n",
        "request id: none\r\n",
        "key at rest: sealed\r\n",
        "unlocked: no\r\n",
        "flash erases: 0\r\n",
        "board: double\r\n",
        /* printf 'the program' | sha256sum */
        "firmware: 50:fd:a2:3b:f0:a5:11:5d:",
        "arena bytes: ",
        "stack high water: 4321\r\n",
        "net connections: 0\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        expect("status", lines[i]);
    }
}

static void the_status_of_an_enrolled_device(void **state)
{
    static const char *const lines[] = {
        "state: ENROLLED\r\n",
        "reason: OK\r\n",
        "name: unit-7\r\n",
        "server: https://ca.test:8443\r\n",
        "token: not set\r\n",
        "identity: committed\r\n",
        "not before: 2020-01-01T00:00:00Z\r\n",
        "expires: 2050-01-01T00:00:00Z\r\n",
        "estimate: 2026-11-21T02:00:00Z\r\n",
        "address: 10.0.2.15\r\n",
        "request id: 00112233445566aa\r\n",
        "net connections: 3\r\n",
    };

    (void)state;
    est_server.headers = "Date: Sat, 21 Nov 2026 02:00:00 GMT\r\n";
    board_double.has_address = true;
    provision_by_console();
    run("enroll");
    device_run();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        expect("status", lines[i]);
    }
}

static void a_failure_shows_its_reason_its_code_and_the_next_try(void **state)
{
    (void)state;
    provision_by_console();
    est_server.enroll_answer = "HTTP/1.1 503 Busy\r\nRetry-After: 1000\r\n" NO_BODY;
    run("enroll");
    device_run();
    expect("status", "state: BACKOFF\r\n");
    expect("status",
           "reason: EST_BUSY: the server is busy; the device tries again by itself (503)");
    expect("status", "last error: EST_BUSY: ");
    expect("status", "next try: in 10");
    expect("status", "attempts: 1\r\n");
}

/* --- Secrets ---------------------------------------------------------------------------------- */

static void no_command_prints_a_secret_in_any_state(void **state)
{
    static const char *const lines[] = {
        "help", "status", "config", "whoami", "log", "config token", "unlock wrong-secret"
    };
    bool seen[IMPRINT_STATE_COUNT] = { false };

    (void)state;
    provision_by_console();
    run("enroll");
    while (!seen[IMPRINT_ENROLLED]) {
        seen[device_status().state] = true;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            if (strcmp(lines[i], "whoami") == 0) {
                continue; /* It would begin anew in ENROLLED. */
            }
            expect_no(lines[i], DEVICE_TOKEN);
            expect_no(lines[i], UNLOCK);
        }
        device_step();
    }
    expect_no("whoami", DEVICE_TOKEN);
}

static void a_secret_that_is_refused_is_not_repeated(void **state)
{
    char line[300] = "config token ";

    (void)state;
    memset(line + 13, 'Q', CONFIG_TOKEN_CHARS_MAX + 1);
    expect(line, "error CONFIG_VALUE");
    expect_no(line, "QQ");
    expect_no("config unlock QQQQ", "QQ");
    expect_no("unlock QQQQ QQQQ QQQQ QQQQ", "QQ");
    expect_no("unlock QQQQ", "QQ");
    expect_no("config token QQQQ QQQQ", "QQ");
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(help_lists_every_command_and_every_setting),
        TEST(every_command_in_help_is_one),
        TEST(what_is_not_a_command_is_said_so),
        TEST(what_config_does_not_know_gets_the_list),
        TEST(spaces_around_words_do_not_matter),
        TEST(a_refused_value_says_what_and_what_to_do),
        TEST(a_device_is_provisioned_enrolled_proved_and_wiped_by_console),
        TEST(reset_restarts_the_device),
        TEST(log_tells_the_enrollment_in_order),
        TEST(the_status_of_a_blank_device),
        TEST(the_status_of_an_enrolled_device),
        TEST(a_failure_shows_its_reason_its_code_and_the_next_try),
        TEST(no_command_prints_a_secret_in_any_state),
        TEST(a_secret_that_is_refused_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
