/* SPDX-License-Identifier: MIT
 * test_console.c -- the line editor: what is typed, what is echoed, and that no secret ever is. */

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

#include "firmware/app/console.h"
#include "tests/support/board_double.h"
#include "tests/support/device.h"

#define PROMPT "imprint> "
#define SECRET "QXJZQXJZ" /* None of these letters occurs in anything else that is printed. */

static struct console console;

static int fresh(void **state)
{
    device_fresh(state);
    device_run();
    board_double_reset();
    memset(&console, 0, sizeof console);
    return 0;
}

/* Type, and let the console take all of it. */
static void type(const char *text)
{
    board_double_type(text);
    do {
        console_poll(&console, device.imprint, device.now_ms);
    } while (board_double.input_left > 0);
}

static unsigned count(const char *what)
{
    unsigned times = 0;

    for (const char *at = board_double.output; (at = strstr(at, what)) != NULL; at++) {
        times++;
    }
    return times;
}

static bool printed(const char *what)
{
    return strstr(board_double.output, what) != NULL;
}

/* --- Lines ------------------------------------------------------------------------------------ */

static void cr_lf_and_both_together_end_one_line_each(void **state)
{
    static const char *const ends[] = { "\r", "\n", "\r\n" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        fresh(state);
        type("nonsense");
        type(ends[i]);
        assert_int_equal(count("no such command"), 1);
        assert_int_equal(count(PROMPT), 1);
        type("nonsense");
        type(ends[i]);
        assert_int_equal(count("no such command"), 2);
        assert_int_equal(count(PROMPT), 2);
    }
}

static void cr_and_lf_may_come_in_different_turns(void **state)
{
    (void)state;
    type("nonsense\r");
    type("\n");
    assert_int_equal(count(PROMPT), 1);
    type("\n");
    assert_int_equal(count(PROMPT), 2);
}

static void an_empty_line_gives_a_new_prompt_and_nothing_else(void **state)
{
    (void)state;
    type("\r   \r");
    assert_string_equal(board_double.output, "\r\n" PROMPT "   \r\n" PROMPT);
}

static void what_is_typed_is_echoed(void **state)
{
    (void)state;
    type("config name unit");
    assert_string_equal(board_double.output, "config name unit");
}

static void backspace_and_delete_take_the_last_character(void **state)
{
    (void)state;
    type("\b\x7F");
    assert_string_equal(board_double.output, "");
    type("nonx\b\b\x7Fonsense\b\b\b\b\b\b\b\bstatus");
    assert_string_equal(console.line, "status");
    assert_int_equal(count("\b \b"), 11);
}

static void control_u_and_control_c_drop_the_line(void **state)
{
    static const char *const keys[] = { "\x15", "\x03" };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        fresh(state);
        type("wipe");
        type(keys[i]);
        assert_string_equal(console.line, "");
        type("\r");
        assert_false(printed("error"));
        assert_false(printed("ok"));
    }
}

static void a_tab_parts_words_and_what_follows_is_masked(void **state)
{
    (void)state;
    type("config\ttoken\tsecret");
    assert_string_equal(board_double.output, "config token ******");
    assert_string_equal(console.line, "config token secret");
}

static void other_control_and_eight_bit_characters_are_ignored(void **state)
{
    (void)state;
    type("st\x1B\x01\vat\xC3\xA4us\r");
    assert_true(printed("state: BLANK"));
    assert_false(printed("\x1B"));
}

static void the_longest_line_is_taken_and_a_longer_one_refused_whole(void **state)
{
    char line[CONSOLE_LINE_CHARS_MAX + 40];

    (void)state;
    memset(line, ' ', sizeof line);
    memcpy(line, "config name unit-1", 18);
    line[CONSOLE_LINE_CHARS_MAX] = '\0';
    type(line);
    type("\r");
    assert_int_equal(count("ok\r\n"), 1);
    memcpy(line, "config name unit-2", 18);
    line[CONSOLE_LINE_CHARS_MAX] = ' ';
    line[CONSOLE_LINE_CHARS_MAX + 1] = '\0';
    type(line);
    type("\r");
    assert_true(printed("longer than any command"));
    assert_int_equal(count("ok\r\n"), 1);
    type("config\r");
    assert_true(printed("name: unit-1"));
    assert_false(printed("name: unit-2"));
}

/* Backspace does not make half of an over-long line a command. */
static void an_over_long_line_stays_refused_when_it_is_shortened(void **state)
{
    (void)state;
    type("wipe");
    for (int i = 0; i < CONSOLE_LINE_CHARS_MAX; i++) {
        type(" ");
    }
    for (int i = 0; i < CONSOLE_LINE_CHARS_MAX - 10; i++) {
        type("\b");
    }
    type("\r");
    assert_true(printed("longer than any command"));
    type("nonsense\r");
    assert_int_equal(count("longer than any command"), 1);
}

static void one_poll_takes_64_characters_at_most(void **state)
{
    char text[101];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[100] = '\0';
    board_double_type(text);
    console_poll(&console, device.imprint, 0);
    assert_int_equal(board_double.input_left, 36);
}

static void a_line_of_our_own_keeps_what_was_typed(void **state)
{
    (void)state;
    type("config na");
    board_double_clear();
    console_print(&console, "[  1.000] something");
    assert_string_equal(board_double.output, "\r\033[K[  1.000] something\r\n" PROMPT "config na");
    type("me unit-3\r");
    assert_true(printed("ok"));
}

/* --- Secrets ---------------------------------------------------------------------------------- */

/* Nothing of SECRET is printed, from the first character on. */
static void expect_no_secret_printed(const char *typed)
{
    if (strpbrk(board_double.output, "QXJZ") != NULL) {
        fail_msg("'%s' was echoed as\n%s", typed, board_double.output);
    }
}

static void a_secret_is_echoed_as_stars_however_it_is_typed(void **state)
{
    static const char *const lines[] = {
        "config token " SECRET,      "  config token " SECRET,
        "config   token    " SECRET, "config token " SECRET "  ",
        "config token QX JZ QX",     "config token QX\b\b" SECRET,
        "config tokx\ben " SECRET,   "config unlock " SECRET,
        " config  unlock  " SECRET,  "unlock " SECRET,
        "   unlock   " SECRET,       "unlock " SECRET " " SECRET,
        "unlock x\b" SECRET,
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        fresh(state);
        type(lines[i]);
        expect_no_secret_printed(lines[i]);
        assert_true(count("*") >= 4);
        console_print(&console, "a line of our own");
        expect_no_secret_printed(lines[i]);
        type("\r");
        expect_no_secret_printed(lines[i]);
        assert_string_equal(console.line, "");
        for (size_t at = 0; at < sizeof console.line; at++) {
            assert_int_equal(console.line[at], 0);
        }
    }
}

static void what_only_looks_like_a_secret_is_shown(void **state)
{
    static const char *const lines[] = {
        "config name token", "config tokens QX", "config server token",
        "unlocked QX",       "tokens QX",        "token config QX",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        fresh(state);
        type(lines[i]);
        assert_string_equal(board_double.output, lines[i]);
    }
}

static void an_over_long_secret_is_not_echoed_either(void **state)
{
    (void)state;
    type("config token ");
    for (int i = 0; i < CONSOLE_LINE_CHARS_MAX; i++) {
        type("Q");
    }
    type("\r");
    expect_no_secret_printed("a long token");
    assert_true(printed("longer than any command"));
}

static void a_dropped_secret_is_wiped(void **state)
{
    (void)state;
    type("config token " SECRET "\x15");
    for (size_t at = 0; at < sizeof console.line; at++) {
        assert_int_equal(console.line[at], 0);
    }
    expect_no_secret_printed("a dropped token");
}

/* --- Trace in words --------------------------------------------------------------------------- */

static void each_kind_of_entry_has_words(void **state)
{
    static const struct {
        struct imprint_trace_entry entry;
        const char *words;
    } rows[] = {
        { { 1042, IMPRINT_TRACE_STATE, 0, IMPRINT_TRUST, IMPRINT_CSR }, "[  1.042] CSR -> TRUST" },
        { { 0, IMPRINT_TRACE_ERROR, 0, IMP_ERR_TLS_ALERT, 40 },
          "error TLS_ALERT: the server ended the handshake with an alert (40)" },
        { { 0, IMPRINT_TRACE_ERROR, 0, IMP_ERR_NET_DNS, 0 },
          "error NET_DNS: the server's name does not resolve\r\n" },
        { { 0, IMPRINT_TRACE_ERROR, 0, -9999, -308 }, "error UNKNOWN: unknown error (-308)" },
        { { 0, IMPRINT_TRACE_REQUEST_ID, 0, 0x01234567, (int32_t)0x89ABCDEF },
          "request id 0123456789abcdef" },
        { { 0, IMPRINT_TRACE_HTTP, 0, 200, 1234 }, "answer 200, 1234 bytes" },
        { { 0, IMPRINT_TRACE_CONNECTED, 0, 2, 3 }, "server verified, path of 3" },
        { { 0, IMPRINT_TRACE_WAIT, 0, 2500, 4 }, "next try in 2.500 s, failures in a row: 4" },
        { { 0, IMPRINT_TRACE_STORED, 0, 4, 65 }, "stored staged key, 65 bytes" },
        { { 0, IMPRINT_TRACE_STORED, 0, 6, 900 }, "stored anchors, 900 bytes" },
        { { 0, IMPRINT_TRACE_STORED, 0, 7, 900 }, "stored identity, 900 bytes" },
        { { 0, IMPRINT_TRACE_STORED, 0, 99, 1 }, "stored record, 1 bytes" },
        { { 0, IMPRINT_TRACE_KIND_COUNT, 0, 0, 0 }, "] ?" },
    };
    bool has_words[IMPRINT_TRACE_KIND_COUNT + 1] = { false };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        board_double_clear();
        console_print_trace(&console, &rows[i].entry);
        if (!printed(rows[i].words)) {
            fail_msg("'%s' in place of '%s'", board_double.output, rows[i].words);
        }
        has_words[rows[i].entry.kind] = true;
    }
    for (int kind = 0; kind < IMPRINT_TRACE_KIND_COUNT; kind++) {
        assert_true(has_words[kind]);
    }
}

/* The longest sentence with the longest name fits the line: nothing is cut. */
static void no_error_is_cut(void **state)
{
#define IMP_ERROR(name, number, class) -(number),
    static const imp_err_t errs[] = {
#include "firmware/error.def"
    };
#undef IMP_ERROR

    (void)state;
    for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
        const struct imprint_trace_entry entry = {
            .at_ms = UINT32_MAX, .kind = IMPRINT_TRACE_ERROR, .value = errs[i], .extra = INT32_MIN
        };
        board_double_clear();
        console_print_trace(&console, &entry);
        assert_true(printed(" (-2147483648)\r\n"));
    }
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cr_lf_and_both_together_end_one_line_each),
        TEST(cr_and_lf_may_come_in_different_turns),
        TEST(an_empty_line_gives_a_new_prompt_and_nothing_else),
        TEST(what_is_typed_is_echoed),
        TEST(backspace_and_delete_take_the_last_character),
        TEST(control_u_and_control_c_drop_the_line),
        TEST(a_tab_parts_words_and_what_follows_is_masked),
        TEST(other_control_and_eight_bit_characters_are_ignored),
        TEST(the_longest_line_is_taken_and_a_longer_one_refused_whole),
        TEST(an_over_long_line_stays_refused_when_it_is_shortened),
        TEST(one_poll_takes_64_characters_at_most),
        TEST(a_line_of_our_own_keeps_what_was_typed),
        TEST(a_secret_is_echoed_as_stars_however_it_is_typed),
        TEST(what_only_looks_like_a_secret_is_shown),
        TEST(an_over_long_secret_is_not_echoed_either),
        TEST(a_dropped_secret_is_wiped),
        TEST(each_kind_of_entry_has_words),
        TEST(no_error_is_cut),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
