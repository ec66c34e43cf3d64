/* SPDX-License-Identifier: MIT
 * test_backoff.c -- waits double, jitter fills the whole bound, a server can't park a device. */

/* needs: tests/support/assert_fails.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/config.h"
#include "firmware/core/backoff.h"

static void the_bound_doubles_with_each_failure_up_to_the_cap(void **state)
{
    uint64_t expected_ms = CONFIG_BACKOFF_FIRST_MS;

    (void)state;
    for (uint32_t attempts = 1; attempts <= 40; attempts++) {
        assert_int_equal(backoff_bound_ms(attempts), expected_ms);
        expected_ms =
            expected_ms * 2 < CONFIG_BACKOFF_CAP_MS ? expected_ms * 2 : CONFIG_BACKOFF_CAP_MS;
    }
}

static void the_bound_stays_at_the_cap_for_any_count(void **state)
{
    static const uint32_t counts[] = { 32, 33, 64, 1000, INT32_MAX, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        assert_int_equal(backoff_bound_ms(counts[i]), CONFIG_BACKOFF_CAP_MS);
    }
}

static void a_wait_without_a_failure_is_our_mistake(void **state)
{
    (void)state;
    expect_assert_failure(backoff_bound_ms(0));
}

static void the_wait_reaches_from_zero_to_the_bound(void **state)
{
    (void)state;
    for (uint32_t attempts = 1; attempts <= 20; attempts++) {
        const uint32_t bound_ms = backoff_bound_ms(attempts);
        assert_int_equal(backoff_wait_ms(attempts, 0, 0), 0);
        assert_in_range(backoff_wait_ms(attempts, 0, UINT32_MAX), bound_ms - 1, bound_ms);
        assert_in_range(backoff_wait_ms(attempts, 0, UINT32_MAX / 2), bound_ms / 2 - 1,
                        bound_ms / 2 + 1);
    }
}

/* Each tenth of the bound gets its tenth of the random words. */
static void the_wait_is_uniform(void **state)
{
    enum {
        WORDS = 1000000,
        TENTHS = 10
    };
    uint32_t counts[TENTHS + 1] = { 0 };
    const uint32_t bound_ms = backoff_bound_ms(8);

    (void)state;
    for (uint32_t i = 0; i < WORDS; i++) {
        const uint64_t wait_ms = backoff_wait_ms(8, 0, i * 4294u);
        counts[wait_ms * TENTHS / bound_ms]++;
    }
    for (size_t i = 0; i < TENTHS; i++) {
        assert_in_range(counts[i], WORDS / TENTHS - WORDS / 100, WORDS / TENTHS + WORDS / 100);
    }
}

static void retry_after_is_a_floor_below_the_jitter(void **state)
{
    (void)state;
    assert_int_equal(backoff_wait_ms(1, 5, 0), 5000);
    assert_in_range(backoff_wait_ms(1, 5, UINT32_MAX), 5000 + CONFIG_BACKOFF_FIRST_MS - 1,
                    5000 + CONFIG_BACKOFF_FIRST_MS);
}

static void no_server_makes_a_device_wait_for_more_than_a_day(void **state)
{
    static const uint32_t asked_s[] = {
        86400, 86401, 4294967, 4294968, 2147483647, UINT32_MAX,
    };

    (void)state;
    assert_int_equal(CONFIG_RETRY_AFTER_CAP_MS, 24 * 3600 * 1000);
    assert_int_equal(backoff_wait_ms(1, 86000, 0), 86000000);
    for (size_t i = 0; i < sizeof asked_s / sizeof asked_s[0]; i++) {
        for (uint32_t attempts = 1; attempts < 40; attempts += 19) {
            const uint32_t bound_ms = backoff_bound_ms(attempts);
            assert_in_range(backoff_wait_ms(attempts, asked_s[i], 0),
                            CONFIG_RETRY_AFTER_CAP_MS - bound_ms - 1000,
                            CONFIG_RETRY_AFTER_CAP_MS - bound_ms);
            assert_in_range(backoff_wait_ms(attempts, asked_s[i], UINT32_MAX),
                            CONFIG_RETRY_AFTER_CAP_MS - 1001, CONFIG_RETRY_AFTER_CAP_MS);
        }
    }
}

/* --- A herd ----------------------------------------------------------------------------------- */

enum {
    HERD_DEVICES = 10000,
    HERD_SECONDS = 90000
};

/* The most tries in a second of devices that all fail at time 0 and hear `retry_after_s` then, and
 * fail until `end_s`. tests/herd has the whole story. */
static uint32_t worst_second_of_a_herd(uint32_t retry_after_s, uint32_t end_s)
{
    static uint16_t tries[HERD_SECONDS];
    uint32_t random = 1;
    uint32_t worst = 0;

    memset(tries, 0, sizeof tries);
    for (unsigned device = 0; device < HERD_DEVICES; device++) {
        uint64_t now_ms = 0;
        for (uint32_t attempts = 1; now_ms / 1000 <= end_s; attempts++) {
            random = random * 1664525u + 1013904223u;
            now_ms += backoff_wait_ms(attempts, attempts == 1 ? retry_after_s : 0, random);
            assert_true(now_ms / 1000 < HERD_SECONDS);
            tries[now_ms / 1000]++;
        }
    }
    for (unsigned second = 0; second < HERD_SECONDS; second++) {
        worst = tries[second] > worst ? tries[second] : worst;
    }
    return worst;
}

static void a_herd_that_failed_together_comes_back_spread(void **state)
{
    (void)state;
    assert_in_range(worst_second_of_a_herd(0, 3600), 1, HERD_DEVICES / 20);
}

static void a_herd_that_was_told_the_same_second_comes_back_spread(void **state)
{
    static const uint32_t asked_s[] = { 1, 120, 86400, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof asked_s / sizeof asked_s[0]; i++) {
        assert_in_range(worst_second_of_a_herd(asked_s[i], 600), 1, HERD_DEVICES / 20);
    }
}

static void the_count_is_kept_at_powers_of_two(void **state)
{
    uint32_t kept = 0;

    (void)state;
    for (uint32_t attempts = 1; attempts <= 1024; attempts++) {
        kept += backoff_is_doubling(attempts);
    }
    assert_int_equal(kept, 11);
    for (unsigned bit = 0; bit < 32; bit++) {
        assert_true(backoff_is_doubling(1u << bit));
    }
    assert_false(backoff_is_doubling(3));
    assert_false(backoff_is_doubling(UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_doubles_with_each_failure_up_to_the_cap),
        cmocka_unit_test(the_bound_stays_at_the_cap_for_any_count),
        cmocka_unit_test(a_wait_without_a_failure_is_our_mistake),
        cmocka_unit_test(the_wait_reaches_from_zero_to_the_bound),
        cmocka_unit_test(the_wait_is_uniform),
        cmocka_unit_test(retry_after_is_a_floor_below_the_jitter),
        cmocka_unit_test(no_server_makes_a_device_wait_for_more_than_a_day),
        cmocka_unit_test(a_herd_that_failed_together_comes_back_spread),
        cmocka_unit_test(a_herd_that_was_told_the_same_second_comes_back_spread),
        cmocka_unit_test(the_count_is_kept_at_powers_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
