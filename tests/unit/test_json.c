/* SPDX-License-Identifier: MIT
 * test_json.c -- the reader of JSON takes RFC 8259 and nothing else: each rule just inside and just
 * outside, by its name. */
#define _POSIX_C_SOURCE 200809L /* stpcpy */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/json.h"
#include "tests/support/totality.h"

/* A text that may hold NUL. */
#define TEXT(literal)                                   \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

static imp_err_t check(struct bytes text)
{
    const struct bytes flush = totality_flush(text);
    const imp_err_t err = json_check(flush);

    free((void *)flush.data);
    return err;
}

static void each_gives(const struct bytes texts[], size_t count, imp_err_t err)
{
    for (size_t i = 0; i < count; i++) {
        if (check(texts[i]) != err) {
            print_error("text %zu: %s, not %s\n", i, imprint_err_name(check(texts[i])),
                        imprint_err_name(err));
        }
        assert_int_equal(check(texts[i]), err);
    }
}

#define EACH_GIVES(texts, err) each_gives(texts, sizeof(texts) / sizeof((texts)[0]), err)

/* --- What is a text (RFC 8259 2 to 7) --------------------------------------------------------- */

static void what_the_grammar_allows_is_accepted(void **state)
{
    static const struct bytes texts[] = {
        TEXT("{}"),
        TEXT("[]"),
        TEXT(" \t\r\n{ \t\r\n} \t\r\n"),
        TEXT("\"\""),
        TEXT("null"),
        TEXT("true"),
        TEXT("false"),
        TEXT("0"),
        TEXT("-0"),
        TEXT("10"),
        TEXT("-1.50"),
        TEXT("1e1"),
        TEXT("1E+01"),
        TEXT("0e-0"),
        TEXT("0.0E-7"),
        TEXT("123456789012345678901234"),
        TEXT("[[],{},[{}]]"),
        TEXT("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}"),
        TEXT("{\"\":0}"),
        TEXT("[1 , 2\n,3]"),
        TEXT("{\"a\" : 1 , \"b\":\ttrue}"),
        TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFFFF\\u00e9\""),
        TEXT("\"\x7f/'\""),
    };

    (void)state;
    EACH_GIVES(texts, 0);
}

static void what_the_grammar_does_not_allow_is_refused(void **state)
{
    static const struct bytes texts[] = {
        /* No text, half a text, more than one. */
        TEXT(""),
        TEXT(" "),
        TEXT("{"),
        TEXT("["),
        TEXT("}"),
        TEXT("]"),
        TEXT("{]"),
        TEXT("[}"),
        TEXT("{}{}"),
        TEXT("[]]"),
        TEXT("1 2"),
        TEXT("{} x"),
        TEXT("null,"),
        TEXT("{}\0"),
        TEXT("\0{}"),
        TEXT("[1}"),
        TEXT("{\"a\":1]"),
        /* Commas and colons. */
        TEXT("[1,]"),
        TEXT("[,1]"),
        TEXT("[1,,2]"),
        TEXT("[1 2]"),
        TEXT("[,]"),
        TEXT("{,}"),
        TEXT("{\"a\":1,}"),
        TEXT("{,\"a\":1}"),
        TEXT("{\"a\":1 \"b\":2}"),
        TEXT("{\"a\"}"),
        TEXT("{\"a\":}"),
        TEXT("{\"a\",1}"),
        TEXT("{\"a\"::1}"),
        TEXT("[\"a\":1]"),
        TEXT(":1"),
        /* Names are strings. */
        TEXT("{a:1}"),
        TEXT("{1:1}"),
        TEXT("{null:1}"),
        TEXT("{'a':1}"),
        TEXT("{[]:1}"),
        /* Words. */
        TEXT("True"),
        TEXT("nul"),
        TEXT("nulll"),
        TEXT("NaN"),
        TEXT("Infinity"),
        TEXT("-Infinity"),
        TEXT("undefined"),
        TEXT("[truefalse]"),
        TEXT("tru"),
        TEXT("t"),
        /* Numbers. */
        TEXT("01"),
        TEXT("-01"),
        TEXT("+1"),
        TEXT("-"),
        TEXT("--1"),
        TEXT(".5"),
        TEXT("5."),
        TEXT("-.5"),
        TEXT("1.e1"),
        TEXT("1e"),
        TEXT("1e+"),
        TEXT("1e1.5"),
        TEXT("0x10"),
        TEXT("1_000"),
        TEXT("00"),
        TEXT("- 1"),
        TEXT("1 e1"),
        TEXT("1-1"),
        TEXT("[1.]"),
        /* Strings. */
        TEXT("\""),
        TEXT("\"a"),
        TEXT("\"\\"),
        TEXT("\"\\\""),
        TEXT("'a'"),
        TEXT("\"a\\x41\""),
        TEXT("\"\\u\""),
        TEXT("\"\\u12\""),
        TEXT("\"\\u123g\""),
        TEXT("\"\\U0041\""),
        TEXT("\"\\a\""),
        TEXT("\"\\\n\""),
        TEXT("\"\\'\""),
        TEXT("\"a\nb\""),
        TEXT("\"\t\""),
        TEXT("\"\0\""),
        TEXT("\"\x1f\""),
        TEXT("\"\\\0\""),
        TEXT("\"\\ud800\\u12\""),
        /* White space is four characters, and there are no comments. */
        TEXT("\v1"),
        TEXT("\f1"),
        TEXT("1\xc2\xa0"),
        TEXT("/**/1"),
        TEXT("1 // one"),
        TEXT("# one\n1"),
    };

    (void)state;
    EACH_GIVES(texts, IMP_ERR_JSON_MALFORMED);
}

/* --- Characters (RFC 8259 8, RFC 3629) -------------------------------------------------------- */

static void each_length_of_utf_8_is_accepted_up_to_its_limits(void **state)
{
    static const struct bytes texts[] = {
        TEXT("\"\xc2\x80\""),         TEXT("\"\xdf\xbf\""),         TEXT("\"\xe0\xa0\x80\""),
        TEXT("\"\xed\x9f\xbf\""),     TEXT("\"\xee\x80\x80\""),     TEXT("\"\xef\xbf\xbf\""),
        TEXT("\"\xf0\x90\x80\x80\""), TEXT("\"\xf4\x8f\xbf\xbf\""), TEXT("\"\xef\xbb\xbf\""),
        TEXT("\"\\ud800\\udc00\""),   TEXT("\"\\uDBFF\\uDFFF\""),   TEXT("\"\\ud7ff\\ue000\""),
    };

    (void)state;
    EACH_GIVES(texts, 0);
}

static void what_is_no_unicode_is_refused(void **state)
{
    static const struct bytes texts[] = {
        /* A byte order mark (RFC 8259 8.1), and UTF-16 by its mark. */
        TEXT("\xef\xbb\xbf{}"),
        TEXT("\xef\xbb\xbf"),
        /* Bytes that never stand first, or never at all. */
        TEXT("\"\x80\""),
        TEXT("\"\xbf\""),
        TEXT("\"\xf8\x88\x80\x80\x80\""),
        TEXT("\"\xfe\""),
        TEXT("\"\xff\""),
        /* Longer than needed. */
        TEXT("\"\xc0\x80\""),
        TEXT("\"\xc1\xbf\""),
        TEXT("\"\xe0\x9f\xbf\""),
        TEXT("\"\xf0\x8f\xbf\xbf\""),
        /* Surrogates, and beyond Unicode. */
        TEXT("\"\xed\xa0\x80\""),
        TEXT("\"\xed\xbf\xbf\""),
        TEXT("\"\xf4\x90\x80\x80\""),
        TEXT("\"\xf7\xbf\xbf\xbf\""),
        /* Too short. */
        TEXT("\"\xc3\""),
        TEXT("\"\xe2\x82\""),
        TEXT("\"\xf0\x9f\x98\""),
        TEXT("\"\xe2\x28\xa1\""),
        TEXT("\"\xc3"),
        /* Escapes that are half a pair. */
        TEXT("\"\\ud800\""),
        TEXT("\"\\udfff\""),
        TEXT("\"\\ud800x\""),
        TEXT("\"\\ud800\\n\""),
        TEXT("\"\\ud800\\u0041\""),
        TEXT("\"\\ud800\\ud800\""),
        TEXT("\"\\udc00\\ud800\""),
        TEXT("\"\\ud800\\"),
        TEXT("{\"\\udead\":1}"),
    };

    (void)state;
    EACH_GIVES(texts, IMP_ERR_JSON_ENCODING);
}

/* --- Limits and duplicates -------------------------------------------------------------------- */

static void a_name_stands_once_in_its_object_however_it_is_written(void **state)
{
    static const struct bytes twice[] = {
        TEXT("{\"a\":1,\"a\":1}"),
        TEXT("{\"a\":1,\"b\":2,\"\\u0061\":3}"),
        TEXT("{\"\":1,\"\":2}"),
        TEXT("{\"x\":{\"a\":1,\"b\":{},\"a\":2}}"),
        TEXT("[{\"a\":[{\"a\":1}],\"a\":2}]"),
        TEXT("{\"\xc3\xa9\":1,\"\\u00E9\":2}"),
        TEXT("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"),
        TEXT("{\"a\\/\":1,\"a/\":2}"),
    };
    static const struct bytes once[] = {
        TEXT("{\"a\":1,\"A\":1,\"aa\":1,\"\":1,\"a \":1,\"a\\u0000\":1}"),
        TEXT("{\"a\":\"a\",\"b\":{\"a\":[{\"a\":1},{\"a\":1}]}}"),
    };

    (void)state;
    EACH_GIVES(twice, IMP_ERR_JSON_DUPLICATE);
    EACH_GIVES(once, 0);
}

/* `levels` brackets, alternately of objects and arrays. */
static imp_err_t nested(size_t levels)
{
    char text[256] = "";
    char *at = text;

    for (size_t i = 0; i < levels; i++) {
        at = stpcpy(at, i % 2 ? "{\"a\":" : "[");
    }
    at = stpcpy(at, "1");
    for (size_t i = levels; i > 0; i--) {
        at = stpcpy(at, (i - 1) % 2 ? "}" : "]");
    }
    return check(bytes_of_text(text));
}

static void sixteen_levels_are_the_most(void **state)
{
    (void)state;
    assert_int_equal(nested(JSON_DEPTH_MAX), 0);
    assert_int_equal(nested(JSON_DEPTH_MAX + 1), IMP_ERR_JSON_TOO_LARGE);
    assert_int_equal(check(bytes_of_text("[[[[[[[[[[[[[[[[[[[[[[[[[")), IMP_ERR_JSON_TOO_LARGE);
}

/* An object of `members`, each of which is an object of one. */
static imp_err_t wide(size_t members)
{
    char text[4096] = "{";
    char *at = text + 1;

    for (size_t i = 0; i < members; i++) {
        at += sprintf(at, "%s\"%zu\":{\"a\":1}", i > 0 ? "," : "", i);
    }
    stpcpy(at, "}");
    return check(bytes_of_text(text));
}

static void sixty_four_members_are_the_most(void **state)
{
    (void)state;
    assert_int_equal(wide(JSON_MEMBERS_MAX), 0);
    assert_int_equal(wide(JSON_MEMBERS_MAX + 1), IMP_ERR_JSON_TOO_LARGE);
}

/* --- Reading ---------------------------------------------------------------------------------- */

static const char sample[] =
    "{\"a\":[1,-2.5e3,\"x\\n\"],\"b\":{},\"c\":true,\"d\":false,\"e\":null}";

static void tokens_come_in_order_with_their_texts(void **state)
{
    static const struct {
        enum json_type type;
        const char *text;
    } wanted[] = {
        { JSON_OBJECT, "{" },     { JSON_NAME, "a" },        { JSON_ARRAY, "[" },
        { JSON_NUMBER, "1" },     { JSON_NUMBER, "-2.5e3" }, { JSON_STRING, "x\\n" },
        { JSON_ARRAY_END, "]" },  { JSON_NAME, "b" },        { JSON_OBJECT, "{" },
        { JSON_OBJECT_END, "}" }, { JSON_NAME, "c" },        { JSON_TRUE, "true" },
        { JSON_NAME, "d" },       { JSON_FALSE, "false" },   { JSON_NAME, "e" },
        { JSON_NULL, "null" },    { JSON_OBJECT_END, "}" },  { JSON_END, "" },
        { JSON_END, "" },
    };
    struct json json;
    struct json_token token;

    (void)state;
    json_begin(&json, bytes_of_text(sample));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(json_next(&json, &token), 0);
        assert_int_equal(token.type, wanted[i].type);
        assert_true(bytes_equal(token.text, bytes_of_text(wanted[i].text)));
    }
}

static void an_error_stays(void **state)
{
    struct json json;
    struct json_token token;

    (void)state;
    json_begin(&json, bytes_of_text("[1,\"\x01\",2]"));
    assert_int_equal(json_next(&json, &token), 0);
    assert_int_equal(json_next(&json, &token), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(json_next(&json, &token), IMP_ERR_JSON_MALFORMED);
    }
}

static void members_are_found_at_their_own_level_alone(void **state)
{
    static const char text[] =
        "{\"x\":{\"deep\":1},\"l\":[{\"deep\":2}, 3 ],\"\\u0065\":\"v\",\"n\":7}";
    const struct bytes whole = bytes_of_text(text);
    struct json_token token;

    (void)state;
    assert_true(json_find(whole, "x", &token));
    assert_int_equal(token.type, JSON_OBJECT);
    assert_true(bytes_equal(token.text, bytes_of_text("{\"deep\":1}")));
    assert_true(json_find(token.text, "deep", &token));
    assert_true(json_find(whole, "l", &token));
    assert_int_equal(token.type, JSON_ARRAY);
    assert_true(bytes_equal(token.text, bytes_of_text("[{\"deep\":2}, 3 ]")));
    assert_false(json_find(token.text, "deep", &token));
    assert_true(json_find(whole, "e", &token));
    assert_int_equal(token.type, JSON_STRING);
    assert_true(json_find(whole, "n", &token));
    assert_int_equal(token.type, JSON_NUMBER);
    assert_false(json_find(whole, "deep", &token));
    assert_false(json_find(whole, "", &token));
    assert_false(json_find(bytes_of_text("{}"), "a", &token));
    assert_false(json_find(bytes_of_text("\"a\""), "a", &token));
    /* Texts that did not pass json_check: no view comes out of them. */
    assert_false(json_find(bytes_of_text("{\"a\":[1"), "a", &token));
    assert_false(json_find(bytes_of_text("{\"a\":"), "a", &token));
    assert_false(json_find(bytes_of_text("?"), "a", &token));
}

static void strings_are_copied_without_their_escapes(void **state)
{
    static const struct bytes raw = TEXT("a\\u0000\\u00e9\\u20ac\\ud83d\\ude00\\\"\xc3\xa9");
    static const struct bytes plain = TEXT("a\0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"\xc3\xa9");
    uint8_t out[32];
    size_t bytes = 0;

    (void)state;
    assert_int_equal(json_copy(raw, out, sizeof out, &bytes), 0);
    assert_true(bytes_equal(bytes_of(out, bytes), plain));
    assert_true(json_equal(raw, plain));
    for (size_t cap = 0; cap < plain.len; cap++) {
        assert_int_equal(json_copy(raw, out, cap, &bytes), IMP_ERR_BUG_SPACE);
        assert_false(json_equal(raw, bytes_of(plain.data, cap)));
    }
    assert_false(json_equal(bytes_of_text("a"), bytes_of_text("ab")));
    assert_false(json_equal(bytes_of_text("\\q"), bytes_of_text("q")));
    assert_int_equal(json_copy(bytes_of_text("\\q"), out, sizeof out, &bytes),
                     IMP_ERR_JSON_MALFORMED);
}

static void whole_numbers_are_read_as_far_as_they_fit(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "0", 0 },
        { "-0", 0 },
        { "-1", -1 },
        { "1767225600", 1767225600 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
    };
    static const char *const bad[] = {
        "",
        "-",
        "1.0",
        "1e3",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "1 ",
        "a",
    };
    int64_t value = 5;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(json_read_integer(bytes_of_text(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(json_read_integer(bytes_of_text(bad[i]), &value));
    }
}

/* --- Anything at all -------------------------------------------------------------------------- */

static void parse_anything(struct bytes input, void *context)
{
    const struct bytes whole = bytes_of_text(sample);
    struct json_token token;

    (void)context;
    if (input.len < whole.len) {
        assert_int_not_equal(json_check(input), 0);
    }
    (void)json_find(input, "e", &token);
}

static void no_part_of_a_text_is_a_text_and_no_change_breaks_the_reader(void **state)
{
    (void)state;
    totality_run(bytes_of_text(sample), parse_anything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_grammar_allows_is_accepted),
        cmocka_unit_test(what_the_grammar_does_not_allow_is_refused),
        cmocka_unit_test(each_length_of_utf_8_is_accepted_up_to_its_limits),
        cmocka_unit_test(what_is_no_unicode_is_refused),
        cmocka_unit_test(a_name_stands_once_in_its_object_however_it_is_written),
        cmocka_unit_test(sixteen_levels_are_the_most),
        cmocka_unit_test(sixty_four_members_are_the_most),
        cmocka_unit_test(tokens_come_in_order_with_their_texts),
        cmocka_unit_test(an_error_stays),
        cmocka_unit_test(members_are_found_at_their_own_level_alone),
        cmocka_unit_test(strings_are_copied_without_their_escapes),
        cmocka_unit_test(whole_numbers_are_read_as_far_as_they_fit),
        cmocka_unit_test(no_part_of_a_text_is_a_text_and_no_change_breaks_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
