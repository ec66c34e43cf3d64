/* SPDX-License-Identifier: MIT
 * test_text.c -- text is built exactly, always terminated, and never past its buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/text.h"

static void what_is_added_stands_one_after_the_other(void **state)
{
    char at[32];
    struct text text = text_in(at, sizeof at);

    (void)state;
    text_add(&text, "GET ");
    text_add_char(&text, '/');
    text_add_bytes(&text, bytes_of("cacerts!", 7));
    assert_string_equal(at, "GET /cacerts");
    assert_int_equal(text.len, 12);
    assert_false(text.is_cut);
}

static void a_new_text_is_empty_and_terminated(void **state)
{
    char at[4] = { 'x', 'x', 'x', 'x' };
    const struct text text = text_in(at, sizeof at);

    (void)state;
    assert_string_equal(at, "");
    assert_int_equal(text.len, 0);
}

static void the_last_character_that_fits_is_kept_and_one_more_is_not(void **state)
{
    char at[5];
    struct text text = text_in(at, 4);

    (void)state;
    at[4] = '#';
    text_add(&text, "abc");
    assert_string_equal(at, "abc");
    assert_false(text.is_cut);
    text_add_char(&text, 'd');
    assert_string_equal(at, "abc");
    assert_true(text.is_cut);
    assert_int_equal(at[4], '#');
}

static void what_does_not_fit_is_left_out_whole_and_so_is_all_that_follows(void **state)
{
    char at[8];
    struct text text = text_in(at, sizeof at);

    (void)state;
    text_add(&text, "abc");
    text_add(&text, "defgh");
    text_add(&text, "i");
    assert_string_equal(at, "abc");
    assert_true(text.is_cut);
}

static void a_buffer_of_one_holds_the_empty_text_only(void **state)
{
    char at[1];
    struct text text = text_in(at, sizeof at);

    (void)state;
    text_add(&text, "");
    assert_false(text.is_cut);
    text_add(&text, "a");
    assert_true(text.is_cut);
    assert_string_equal(at, "");
}

static void numbers_are_decimal_to_both_ends_of_their_range(void **state)
{
    static const struct {
        int32_t value;
        const char *reads;
    } rows[] = {
        { 0, "0" },
        { 7, "7" },
        { 10, "10" },
        { -1, "-1" },
        { -305, "-305" },
        { INT32_MAX, "2147483647" },
        { INT32_MIN, "-2147483648" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[16];
        struct text text = text_in(at, sizeof at);
        text_add_i32(&text, rows[i].value);
        assert_string_equal(at, rows[i].reads);
    }
    char at[24];
    struct text text = text_in(at, sizeof at);
    text_add_u64(&text, UINT64_MAX);
    assert_string_equal(at, "18446744073709551615");
}

static void padding_is_leading_zeros_and_never_cuts_a_number(void **state)
{
    static const struct {
        uint64_t value;
        unsigned digits;
        const char *reads;
    } rows[] = {
        { 0, 0, "" }, { 0, 2, "00" }, { 5, 2, "05" }, { 42, 2, "42" }, { 1234, 2, "1234" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[16];
        struct text text = text_in(at, sizeof at);
        text_add_padded(&text, rows[i].value, rows[i].digits);
        assert_string_equal(at, rows[i].reads);
    }
}

static void hex_is_lower_case_with_a_separator_between_bytes_only(void **state)
{
    static const uint8_t bytes[] = { 0x00, 0x9F, 0xAB };
    char at[16];
    struct text text = text_in(at, sizeof at);

    (void)state;
    text_add_hex(&text, bytes_of(bytes, sizeof bytes), ':');
    assert_string_equal(at, "00:9f:ab");
    text = text_in(at, sizeof at);
    text_add_hex(&text, bytes_of(bytes, sizeof bytes), '\0');
    assert_string_equal(at, "009fab");
    text = text_in(at, sizeof at);
    text_add_hex(&text, bytes_of(NULL, 0), ':');
    assert_string_equal(at, "");
}

/* The moments are from `date -u -d @SECONDS`. */
static void times_read_as_rfc_3339(void **state)
{
    static const struct {
        int64_t seconds;
        const char *reads;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { -1, "1969-12-31T23:59:59Z" },
        { 951782400, "2000-02-29T00:00:00Z" },
        { 951868799, "2000-02-29T23:59:59Z" },
        { 4107542400, "2100-03-01T00:00:00Z" },
        { 4107542399, "2100-02-28T23:59:59Z" },
        { 2147483648, "2038-01-19T03:14:08Z" },
        { 4294967296, "2106-02-07T06:28:16Z" },
        { 253402300799, "9999-12-31T23:59:59Z" },
        { 253402300800, "(out of range)" },
        { -62167219200, "0000-01-01T00:00:00Z" },
        { -62167219201, "(out of range)" },
        { INT64_MAX, "(out of range)" },
        { INT64_MIN, "(out of range)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[32];
        struct text text = text_in(at, sizeof at);
        text_add_time(&text, rows[i].seconds);
        assert_string_equal(at, rows[i].reads);
    }
}

static void milliseconds_read_as_seconds_in_a_column_three_wide(void **state)
{
    static const struct {
        uint64_t ms;
        const char *reads;
    } rows[] = {
        { 0, "  0.000" },          { 42, "  0.042" },    { 1042, "  1.042" },
        { 10000, " 10.000" },      { 99999, " 99.999" }, { 100000, "100.000" },
        { 86400000, "86400.000" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[32];
        struct text text = text_in(at, sizeof at);
        text_add_ms_column(&text, rows[i].ms);
        assert_string_equal(at, rows[i].reads);

        char plain[32];
        struct text same = text_in(plain, sizeof plain);
        text_add_ms(&same, rows[i].ms);
        assert_string_equal(plain, rows[i].reads + strspn(rows[i].reads, " "));
    }
}

static void hex_digits_are_read_in_either_case_and_nothing_else_is(void **state)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c == 0 ? NULL : strchr(digits, c);
        const long index = at == NULL ? -1 : at - digits;
        assert_int_equal(text_hex_digit((char)c), index > 15 ? index - 6 : index);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_stands_one_after_the_other),
        cmocka_unit_test(a_new_text_is_empty_and_terminated),
        cmocka_unit_test(the_last_character_that_fits_is_kept_and_one_more_is_not),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole_and_so_is_all_that_follows),
        cmocka_unit_test(a_buffer_of_one_holds_the_empty_text_only),
        cmocka_unit_test(numbers_are_decimal_to_both_ends_of_their_range),
        cmocka_unit_test(padding_is_leading_zeros_and_never_cuts_a_number),
        cmocka_unit_test(hex_is_lower_case_with_a_separator_between_bytes_only),
        cmocka_unit_test(times_read_as_rfc_3339),
        cmocka_unit_test(milliseconds_read_as_seconds_in_a_column_three_wide),
        cmocka_unit_test(hex_digits_are_read_in_either_case_and_nothing_else_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
