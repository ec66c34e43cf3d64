/* SPDX-License-Identifier: MIT
 * test_base64url.c -- RFC 4648 section 5 without padding: one form for each content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/base64url.h"
#include "tests/support/totality.h"

/* RFC 4648 section 10 without padding, RFC 7515 appendix C, and both characters of section 5. */
static const struct {
    const char *plain;
    const char *encoded;
} vectors[] = {
    { "", "" },
    { "f", "Zg" },
    { "fo", "Zm8" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg" },
    { "fooba", "Zm9vYmE" },
    { "foobar", "Zm9vYmFy" },
    { "\x03\xec\xff\xe0\xc1", "A-z_4ME" },
    { "\xfb\xef\xbe\xff", "----_w" },
};

static void vectors_decode_where_there_is_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct bytes in = totality_flush(bytes_of_text(vectors[i].encoded));
        const struct bytes plain = bytes_of_text(vectors[i].plain);
        uint8_t out[16];
        size_t written;

        assert_int_equal(BASE64URL_BYTES(in.len), plain.len);
        for (size_t cap = 0; cap < plain.len; cap++) {
            assert_int_equal(base64url_decode(in, out, cap, &written), IMP_ERR_BUG_SPACE);
        }
        assert_int_equal(base64url_decode(in, out, plain.len, &written), 0);
        assert_true(bytes_equal(bytes_of(out, written), plain));
        /* Where it lies. */
        assert_int_equal(base64url_decode(in, (uint8_t *)in.data, in.len, &written), 0);
        assert_true(bytes_equal(bytes_of(in.data, written), plain));
        free((void *)in.data);
    }
}

static void what_is_not_canonical_is_refused(void **state)
{
    static const char *const wrong[] = {
        "Zg==", "Zg=",  "Z",     "Zm9vZ", "Zh",        "Zm9", "Zm+v", "Zm/v",    "Zm9v\n",
        " Zg",  "Zm 8", "Zm9v.", "Zm%",   "Z\xc3\xa9", "-",   "_",    "A-z_4MF", "Zm9v=",
    };
    uint8_t out[16];
    size_t written;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(base64url_decode(bytes_of_text(wrong[i]), out, sizeof out, &written),
                         IMP_ERR_BASE64_MALFORMED);
    }
}

/* Of all texts of four characters or fewer over a small alphabet, those that decode encode back to
 * themselves: two texts never have one content. */
static void no_two_texts_have_one_content(void **state)
{
    static const char letters[] = "AQgwB_=";
    enum {
        LETTERS = sizeof letters - 1
    };
    uint8_t seen[1024][4];
    size_t seen_bytes[1024];
    size_t count = 0;

    (void)state;
    for (unsigned n = 0; n < LETTERS * LETTERS * LETTERS; n++) {
        const char text[3] = { letters[n % LETTERS], letters[n / LETTERS % LETTERS],
                               letters[n / LETTERS / LETTERS] };
        for (size_t len = 2; len <= 3; len++) {
            uint8_t out[4];
            size_t written;
            if ((len == 2 && n >= LETTERS * LETTERS) ||
                base64url_decode(bytes_of(text, len), out, sizeof out, &written) != 0) {
                continue;
            }
            for (size_t i = 0; i < count; i++) {
                assert_false(bytes_equal(bytes_of(seen[i], seen_bytes[i]), bytes_of(out, written)));
            }
            memcpy(seen[count], out, sizeof out);
            seen_bytes[count++] = written;
        }
    }
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_decode_where_there_is_room),
        cmocka_unit_test(what_is_not_canonical_is_refused),
        cmocka_unit_test(no_two_texts_have_one_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
