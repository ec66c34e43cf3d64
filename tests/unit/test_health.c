/* SPDX-License-Identifier: MIT
 * test_health.c -- the cut-offs of SP 800-90B, computed from the standard's own formulas, met
 * exactly.
 *
 * Repetition count (4.4.1): C = 1 + ceil(30 / 4) = 9. Adaptive proportion (4.4.2): C = 1 +
 * CRITBINOM(512, 2^-4, 1 - 2^-30) = 71; the exact tails are P[X >= 70] = 2^-29.98 and P[X >= 71] =
 * 2^-31.27. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/crypto/health.h"

/* Samples that count up, so that no test sees a run; every `step`-th is `value`, `times` times from
 * the first on. */
static void fill(uint8_t *out, size_t len, uint8_t value, size_t step, size_t times)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(1 + i % 200);
        if (i % step == 0 && i / step < times) {
            out[i] = value;
        }
    }
}

static void a_run_of_eight_passes_and_of_nine_is_stuck(void **state)
{
    const uint8_t run[9] = { 7, 7, 7, 7, 7, 7, 7, 7, 7 };
    struct health health = { 0 };

    (void)state;
    assert_int_equal(health_feed(&health, bytes_of(run, 8)), 0);
    assert_int_equal(health_feed(&health, bytes_of(run, 1)), IMP_ERR_ENTROPY_STUCK);
}

static void a_run_may_be_split_over_calls_and_begins_anew_with_another_value(void **state)
{
    const uint8_t sevens[8] = { 7, 7, 7, 7, 7, 7, 7, 7 };
    const uint8_t eight = 8;
    struct health health = { 0 };

    (void)state;
    assert_int_equal(health_feed(&health, bytes_of(sevens, 8)), 0);
    assert_int_equal(health_feed(&health, bytes_of(&eight, 1)), 0);
    assert_int_equal(health_feed(&health, bytes_of(sevens, 8)), 0);
    assert_int_equal(health_feed(&health, bytes_of(sevens, 1)), IMP_ERR_ENTROPY_STUCK);
}

static void a_run_of_zeros_from_the_first_sample_counts(void **state)
{
    const uint8_t zeros[9] = { 0 };
    struct health health = { 0 };

    (void)state;
    assert_int_equal(health_feed(&health, bytes_of(zeros, 9)), IMP_ERR_ENTROPY_STUCK);
}

static void seventy_of_a_window_pass_and_seventy_one_are_biased(void **state)
{
    uint8_t window[HEALTH_WINDOW_SAMPLES];
    struct health health = { 0 };

    (void)state;
    fill(window, sizeof window, 255, 7, 70);
    assert_int_equal(health_feed(&health, bytes_of(window, sizeof window)), 0);

    health = (struct health){ 0 };
    fill(window, sizeof window, 255, 7, 71);
    assert_int_equal(health_feed(&health, bytes_of(window, sizeof window)), IMP_ERR_ENTROPY_BIASED);
}

static void the_count_begins_anew_with_each_window(void **state)
{
    uint8_t window[HEALTH_WINDOW_SAMPLES];
    struct health health = { 0 };

    (void)state;
    fill(window, sizeof window, 255, 7, 70);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(health_feed(&health, bytes_of(window, sizeof window)), 0);
    }
}

static void only_the_first_value_of_a_window_is_counted(void **state)
{
    uint8_t window[HEALTH_WINDOW_SAMPLES];
    struct health health = { 0 };

    (void)state;
    fill(window, sizeof window, 255, 2, 200);
    window[0] = 201;
    assert_int_equal(health_feed(&health, bytes_of(window, sizeof window)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_eight_passes_and_of_nine_is_stuck),
        cmocka_unit_test(a_run_may_be_split_over_calls_and_begins_anew_with_another_value),
        cmocka_unit_test(a_run_of_zeros_from_the_first_sample_counts),
        cmocka_unit_test(seventy_of_a_window_pass_and_seventy_one_are_biased),
        cmocka_unit_test(the_count_begins_anew_with_each_window),
        cmocka_unit_test(only_the_first_value_of_a_window_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
