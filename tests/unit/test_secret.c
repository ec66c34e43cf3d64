/* SPDX-License-Identifier: MIT
 * test_secret.c -- wipe reaches every byte and no other; equal looks at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/secret.h"

static void wipe_clears_exactly_what_it_was_given(void **state)
{
    uint8_t bytes[34];

    (void)state;
    for (size_t len = 0; len <= 32; len++) {
        memset(bytes, 0xA5, sizeof bytes);
        secret_wipe(bytes + 1, len);
        assert_int_equal(bytes[0], 0xA5);
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(bytes[1 + i], 0);
        }
        assert_int_equal(bytes[1 + len], 0xA5);
    }
}

static void equal_sees_a_difference_in_any_single_bit(void **state)
{
    uint8_t a[32];
    uint8_t b[32];

    (void)state;
    memset(a, 0x3C, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(secret_equal(a, b, sizeof a));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(secret_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void equal_looks_no_further_than_its_length(void **state)
{
    (void)state;
    assert_true(secret_equal("tokenA", "tokenB", 5));
    assert_true(secret_equal("a", "b", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wipe_clears_exactly_what_it_was_given),
        cmocka_unit_test(equal_sees_a_difference_in_any_single_bit),
        cmocka_unit_test(equal_looks_no_further_than_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
