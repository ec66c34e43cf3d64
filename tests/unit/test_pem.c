/* SPDX-License-Identifier: MIT
 * test_pem.c -- blocks with exactly the label asked for, and nothing but white space around
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/pem.h"
#include "tests/support/totality.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"

static int32_t read_first(const char *text, uint8_t *out, size_t cap, size_t *len)
{
    struct bytes rest = bytes_of_text(text);
    return pem_next(&rest, "CERTIFICATE", out, cap, len);
}

static void a_block_gives_its_bytes(void **state)
{
    static const char *const forms[] = {
        BEGIN "Zm9v\nYmFy\n" END,
        BEGIN "Zm9vYmFy\n-----END CERTIFICATE-----",
        "\n \t\r\n" BEGIN "Zm9vYmFy\n" END "\n\n",
        "-----BEGIN CERTIFICATE-----\r\nZm9vYmFy\r\n-----END CERTIFICATE-----\r\n",
        "-----BEGIN CERTIFICATE----- \t\nZm9vYmFy\n-----END CERTIFICATE----- \n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        uint8_t out[16];
        size_t len;
        assert_int_equal(read_first(forms[i], out, sizeof out, &len), 1);
        assert_int_equal(len, 6);
        assert_memory_equal(out, "foobar", 6);
    }
}

static void blocks_come_one_after_the_other_and_end(void **state)
{
    struct bytes rest = bytes_of_text(BEGIN "Zm9v\n" END "\r\n" BEGIN "YmFy\n" END " \n");
    uint8_t out[8];
    size_t len;

    (void)state;
    assert_int_equal(pem_next(&rest, "CERTIFICATE", out, sizeof out, &len), 1);
    assert_memory_equal(out, "foo", 3);
    assert_int_equal(pem_next(&rest, "CERTIFICATE", out, sizeof out, &len), 1);
    assert_memory_equal(out, "bar", 3);
    assert_int_equal(pem_next(&rest, "CERTIFICATE", out, sizeof out, &len), 0);
    assert_int_equal(len, 0);
}

static void anything_else_is_malformed(void **state)
{
    static const char *const wrong[] = {
        "x",
        "subject=CN = x\n" BEGIN "Zm9v\n" END,
        BEGIN,
        BEGIN "Zm9v\n",
        BEGIN "Zm9v\n-----END CERTIFICATE----",
        BEGIN "Zm9v\n-----END TRUSTED CERTIFICATE-----\n",
        BEGIN "Zm9v\n-----END CERTIFICATE REQUEST-----\n",
        BEGIN "Zm9v\n" BEGIN "YmFy\n" END,
        BEGIN "Zm9v-----END CERTIFICATE-----\n",
        BEGIN "Zm9v\n" END "x",
        "-----BEGIN X509 CERTIFICATE-----\nZm9v\n-----END X509 CERTIFICATE-----\n",
        "-----BEGIN certificate-----\nZm9v\n-----END certificate-----\n",
        "----BEGIN CERTIFICATE----\nZm9v\n----END CERTIFICATE----\n",
        "-----BEGIN CERTIFICATE-----Zm9v\n" END,
        "-----BEGIN CERTIFICATE----- x\nZm9v\n" END,
        "-----BEGIN  CERTIFICATE-----\nZm9v\n" END,
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct bytes rest = bytes_of_text(wrong[i]);
        uint8_t out[16];
        size_t len;
        int32_t found;
        do { /* What follows a good block is the next call's affair. */
            found = pem_next(&rest, "CERTIFICATE", out, sizeof out, &len);
        } while (found == 1);
        if (found != IMP_ERR_PEM_MALFORMED) {
            fail_msg("%d: %s", (int)found, wrong[i]);
        }
    }
}

static void headers_and_bad_base64_are_not_base64(void **state)
{
    static const char *const wrong[] = {
        BEGIN "Comment: x\n\nZm9v\n" END, BEGIN "Zm9\n" END,  BEGIN "Zm9v=\n" END,
        BEGIN "Zm8=Zm9v\n" END,           BEGIN "Zm9=\n" END,
    };
    uint8_t out[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_first(wrong[i], out, sizeof out, &len), IMP_ERR_BASE64_MALFORMED);
    }
}

static void more_than_the_buffer_holds_is_an_error(void **state)
{
    uint8_t out[3];
    size_t len;

    (void)state;
    assert_int_equal(read_first(BEGIN "Zm9v\n" END, out, sizeof out, &len), 1);
    assert_int_equal(read_first(BEGIN "Zm9vYg==\n" END, out, sizeof out, &len), IMP_ERR_BUG_SPACE);
}

static void it_decodes_over_its_own_text(void **state)
{
    char text[] = BEGIN "Zm9v\nYmFy\n" END BEGIN "Zm9v\n" END;
    struct bytes rest = bytes_of_text(text);
    size_t len;

    (void)state;
    assert_int_equal(pem_next(&rest, "CERTIFICATE", (uint8_t *)text, sizeof text, &len), 1);
    assert_memory_equal(text, "foobar", 6);
    assert_int_equal(pem_next(&rest, "CERTIFICATE", (uint8_t *)text + len, sizeof text - len, &len),
                     1);
    assert_memory_equal(text, "foobarfoo", 9);
    assert_int_equal(pem_next(&rest, "CERTIFICATE", (uint8_t *)text, sizeof text, &len), 0);
}

static void parse_any(struct bytes input, void *context)
{
    uint8_t out[32];
    size_t len;
    int32_t found;

    (void)context;
    do {
        found = pem_next(&input, "X", out, sizeof out, &len);
    } while (found == 1);
    assert_true(found <= 0);
}

static void any_input_has_a_verdict(void **state)
{
    (void)state;
    totality_run(bytes_of_text(" -----BEGIN X-----\r\nZm9v\nYg==\n-----END X-----\n"
                               "-----BEGIN X-----\n-----END X-----"),
                 parse_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_gives_its_bytes),
        cmocka_unit_test(blocks_come_one_after_the_other_and_end),
        cmocka_unit_test(anything_else_is_malformed),
        cmocka_unit_test(headers_and_bad_base64_are_not_base64),
        cmocka_unit_test(more_than_the_buffer_holds_is_an_error),
        cmocka_unit_test(it_decodes_over_its_own_text),
        cmocka_unit_test(any_input_has_a_verdict),
    };

    return cmocka_run_group_tests_name("pem", tests, NULL, NULL);
}
