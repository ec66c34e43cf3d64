/* SPDX-License-Identifier: MIT
 * test_base64.c -- RFC 4648 section 10's vectors both ways; only the canonical form decodes; any
 * split gives the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/base64.h"
#include "tests/support/totality.h"

/* RFC 4648 section 10, and one with both characters beyond letters and digits. */
static const struct {
    const char *plain;
    const char *encoded;
} vectors[] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\xfb\xef\xbe\xff", "++++/w==" },
};

enum {
    VECTORS = sizeof vectors / sizeof vectors[0]
};

/* Decode the pieces before and after `split`, then end. */
static imp_err_t decode_split(struct bytes in, size_t split, uint8_t *out, size_t cap, size_t *len)
{
    struct base64_decoder decoder = { 0 };
    size_t first = 0;
    size_t second = 0;
    imp_err_t err = base64_decode(&decoder, bytes_of(in.data, split), out, cap, &first);

    if (err == 0) {
        err = base64_decode(&decoder, bytes_of(in.data + split, in.len - split), out + first,
                            cap - first, &second);
    }
    *len = first + second;
    return err ? err : base64_finish(&decoder);
}

static imp_err_t decode(const char *text, uint8_t *out, size_t cap, size_t *len)
{
    return decode_split(bytes_of_text(text), strlen(text), out, cap, len);
}

static void the_vectors_of_rfc_4648_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        char out[32] = { 0 };
        const struct bytes in = bytes_of_text(vectors[i].plain);
        assert_int_equal(base64_encode(in, out), strlen(vectors[i].encoded));
        assert_int_equal(BASE64_CHARS(in.len), strlen(vectors[i].encoded));
        assert_string_equal(out, vectors[i].encoded);
    }
}

static void the_vectors_of_rfc_4648_decode_at_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        const struct bytes in = bytes_of_text(vectors[i].encoded);
        for (size_t split = 0; split <= in.len; split++) {
            uint8_t out[32];
            size_t len;
            assert_int_equal(decode_split(in, split, out, sizeof out, &len), 0);
            assert_int_equal(len, strlen(vectors[i].plain));
            assert_memory_equal(out, vectors[i].plain, len);
        }
    }
}

static void every_byte_value_survives_the_way_there_and_back(void **state)
{
    uint8_t plain[256];
    char encoded[BASE64_CHARS(sizeof plain)];
    uint8_t decoded[sizeof plain];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof plain; i++) {
        plain[i] = (uint8_t)i;
    }
    const size_t chars = base64_encode(bytes_of(plain, sizeof plain), encoded);
    assert_int_equal(chars, sizeof encoded);
    assert_int_equal(decode_split(bytes_of(encoded, chars), chars, decoded, sizeof decoded, &len),
                     0);
    assert_int_equal(len, sizeof plain);
    assert_memory_equal(decoded, plain, len);
}

static void what_is_not_canonical_is_refused_at_every_split(void **state)
{
    static const char *const wrong[] = {
        "Z",        "Zg",       "Zg=",      "Zm9",      "Zm9vY",      "=",         "Z===",
        "Zg===",    "Zm8==",    "Zg=Z",     "Zg==Zg==", "Zm8=Zm9v",   "Zh==",      "Zm9=",
        "Zm9v====", "Zm9v=",    "Zm9-",     "Zm9_",     "Zm9v!",      "Zm9v\v",    "Zm\xc3\xa9v",
        "Zf==",     "Zm9vYmF=", "Zm9vYmG=", "====",     "-----BEGIN", "Zm8=\n=\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct bytes in = bytes_of_text(wrong[i]);
        for (size_t split = 0; split <= in.len; split++) {
            uint8_t out[32];
            size_t len;
            assert_int_equal(decode_split(in, split, out, sizeof out, &len),
                             IMP_ERR_BASE64_MALFORMED);
        }
    }
}

static void a_nul_is_not_white_space(void **state)
{
    uint8_t out[8];
    size_t len;

    (void)state;
    assert_int_equal(decode_split(bytes_of("Zm\0v", 5), 5, out, sizeof out, &len),
                     IMP_ERR_BASE64_MALFORMED);
}

static void white_space_may_stand_anywhere(void **state)
{
    uint8_t out[8];
    size_t len;

    (void)state;
    assert_int_equal(decode("\r\n Z\tm9v\r\nY g\r\n=\n=\r\n", out, sizeof out, &len), 0);
    assert_int_equal(len, 4);
    assert_memory_equal(out, "foob", 4);
}

static void more_than_the_buffer_holds_is_an_error_and_not_written(void **state)
{
    uint8_t out[4] = { 0, 0, 0, 0x55 };
    size_t len;

    (void)state;
    assert_int_equal(decode("Zm9v", out, 3, &len), 0);
    assert_int_equal(decode("Zm9vYg==", out, 3, &len), IMP_ERR_BUG_SPACE);
    assert_int_equal(out[3], 0x55);
}

static void it_decodes_in_place(void **state)
{
    char text[] = "Zm9v\r\nYmFy\r\n";
    size_t len;

    (void)state;
    assert_int_equal(decode(text, (uint8_t *)text, sizeof text, &len), 0);
    assert_int_equal(len, 6);
    assert_memory_equal(text, "foobar", 6);
}

/* What encodes again must be what was read, white space aside. */
static void assert_canonical(struct bytes input, struct bytes decoded)
{
    char again[128];
    const size_t chars = base64_encode(decoded, again);
    size_t at = 0;

    for (size_t i = 0; i < input.len; i++) {
        if (strchr(" \t\r\n", input.data[i]) == NULL) {
            assert_true(at < chars);
            assert_int_equal(input.data[i], again[at++]);
        }
    }
    assert_int_equal(at, chars);
}

static void decode_any(struct bytes input, void *context)
{
    uint8_t out[64];
    size_t len;
    const imp_err_t whole = decode_split(input, input.len, out, sizeof out, &len);

    (void)context;
    if (whole == 0) {
        assert_canonical(input, bytes_of(out, len));
    }
    for (size_t split = 0; split <= input.len; split++) {
        assert_int_equal(decode_split(input, split, out, sizeof out, &len), whole);
    }
}

static void any_input_gives_one_verdict_however_it_is_split(void **state)
{
    (void)state;
    totality_run(bytes_of_text("Zm9vYmE=\r\n"), decode_any, NULL);
    totality_run(bytes_of_text("Zm9v YmFyZg=="), decode_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_encode),
        cmocka_unit_test(the_vectors_of_rfc_4648_decode_at_every_split),
        cmocka_unit_test(every_byte_value_survives_the_way_there_and_back),
        cmocka_unit_test(what_is_not_canonical_is_refused_at_every_split),
        cmocka_unit_test(a_nul_is_not_white_space),
        cmocka_unit_test(white_space_may_stand_anywhere),
        cmocka_unit_test(more_than_the_buffer_holds_is_an_error_and_not_written),
        cmocka_unit_test(it_decodes_in_place),
        cmocka_unit_test(any_input_gives_one_verdict_however_it_is_split),
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
