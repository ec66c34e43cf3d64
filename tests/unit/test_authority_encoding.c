/* SPDX-License-Identifier: MIT
 * test_authority_encoding.c -- base64, fingerprints and moments of the authority.
 *
 * needs: imprint-authority-parts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host-sim/authority/encoding.h"

/* RFC 4648 section 10. */
static void base64_follows_the_vectors_of_the_rfc(void **state)
{
    static const char *const vectors[][2] = {
        { "f", "Zg==" },        { "fo", "Zm8=" },        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
    };
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char *text = base64_encode((const uint8_t *)vectors[i][0], strlen(vectors[i][0]));

        assert_non_null(text);
        assert_string_equal(text, vectors[i][1]);
        assert_int_equal(base64_to_bytes(text, strlen(text), bytes), strlen(vectors[i][0]));
        assert_memory_equal(bytes, vectors[i][0], strlen(vectors[i][0]));
        free(text);
    }
    assert_int_equal(base64_to_bytes("", 0, bytes), 0);
}

static void only_canonical_base64_is_read(void **state)
{
    static const char *const wrong[] = { "Z",    "Zg",    "Zg=",      "Zg===",   "Zh==",
                                         "Zm9=", "=Zg==", "Zg==Z",    "Zg=g=",   "Z-==",
                                         "====", "Zm9v=", "Zm9v====", "Zg==\x01" };
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (base64_to_bytes(wrong[i], strlen(wrong[i]), bytes) >= 0) {
            fail_msg("read: %s", wrong[i]);
        }
    }
    assert_int_equal(base64_to_bytes(" Z g\r\n=\t= ", 10, bytes), 1);
}

static void long_base64_has_no_line_breaks(void **state)
{
    static const uint8_t zeros[3 * 400];
    char *text = base64_encode(zeros, sizeof zeros);

    (void)state;
    assert_non_null(text);
    assert_int_equal(strspn(text, "A"), 4 * 400);
    assert_int_equal(strlen(text), 4 * 400);
    free(text);
}

static void base64url_has_no_padding(void **state)
{
    static const uint8_t bytes[] = { 0xFB, 0xFF, 0xFE, 0xFF };
    char text[9];

    (void)state;
    base64url_encode(bytes, sizeof bytes, text);
    assert_string_equal(text, "-__-_w");
}

static void hex_comes_plain_and_with_colons(void **state)
{
    static const uint8_t bytes[] = { 0x00, 0xAB, 0x7F };
    char text[9];

    (void)state;
    hex_encode(bytes, sizeof bytes, text);
    assert_string_equal(text, "00ab7f");
    hex_encode_colons(bytes, sizeof bytes, text);
    assert_string_equal(text, "00:AB:7F");
}

static void moments_are_written_and_read_in_utc(void **state)
{
    static const char *const wrong[] = { "2026-02-30T00:00:00Z",
                                         "2026-11-21T01:35:06",
                                         "2026-11-21 01:35:06Z",
                                         "2026-11-21T01:35:06Zx",
                                         "2026-11-21T24:00:00Z",
                                         "26-11-21T01:35:06Z",
                                         "" };
    char text[MOMENT_CHARS];
    int64_t moment = 0;

    (void)state;
    moment_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    assert_true(moment_parse("2038-01-19T03:14:08Z", &moment));
    assert_int_equal(moment, INT64_C(0x80000000));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(moment_parse(wrong[i], &moment));
    }
}

static void a_moment_ahead_is_a_duration_or_a_date(void **state)
{
    static const char *const wrong[] = { "0h",
                                         "-1h",
                                         "1",
                                         "h",
                                         "1w",
                                         "1hh",
                                         "99999999999d",
                                         "9223372036854775807s",
                                         "1970-01-01T00:00:01Z" };
    int64_t moment = 0;

    (void)state;
    assert_true(moment_parse_ahead("90s", 1000, &moment));
    assert_int_equal(moment, 1090);
    assert_true(moment_parse_ahead("15m", 1000, &moment));
    assert_int_equal(moment, 1900);
    assert_true(moment_parse_ahead("24h", 1000, &moment));
    assert_int_equal(moment, 87400);
    assert_true(moment_parse_ahead("7d", 1000, &moment));
    assert_int_equal(moment, 605800);
    assert_true(moment_parse_ahead("1970-01-01T01:00:00Z", 1000, &moment));
    assert_int_equal(moment, 3600);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(moment_parse_ahead(wrong[i], 1000, &moment));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_follows_the_vectors_of_the_rfc),
        cmocka_unit_test(only_canonical_base64_is_read),
        cmocka_unit_test(long_base64_has_no_line_breaks),
        cmocka_unit_test(base64url_has_no_padding),
        cmocka_unit_test(hex_comes_plain_and_with_colons),
        cmocka_unit_test(moments_are_written_and_read_in_utc),
        cmocka_unit_test(a_moment_ahead_is_a_duration_or_a_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
