/* SPDX-License-Identifier: MIT
 * test_port_noise.c -- the samples that seed the generator go through the same tests as those at
 * the start.
 *
 * needs: imprint_port wolfssl lwip tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/crypto/health.h"
#include "firmware/crypto/random.h"
#include "tests/support/port_hal.h"

enum {
    PATTERN_BYTES = 16, /* What the start reads before its samples. */
    START_BYTES = PATTERN_BYTES + HEALTH_STARTUP_SAMPLES
};

/* wolfSSL has a test of its own for seeds, which would only say that they failed: that the error
 * says "stuck" shows that ours has looked. */
static void noise_that_sticks_while_it_seeds_is_named_by_our_own_test(void **state)
{
    (void)state;
    for (uint32_t after = 0; after < 24; after++) {
        port_hal_reset();
        port_hal.noise = NOISE_CONSTANT;
        port_hal.good_bytes = START_BYTES + after;
        assert_int_equal(random_start(), IMP_ERR_ENTROPY_STUCK);
    }
}

static void noise_that_stays_good_seeds(void **state)
{
    uint8_t out[32];

    (void)state;
    port_hal_reset();
    assert_int_equal(random_start(), 0);
    assert_int_equal(random_fill(out, sizeof out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_that_sticks_while_it_seeds_is_named_by_our_own_test),
        cmocka_unit_test(noise_that_stays_good_seeds),
    };

    return cmocka_run_group_tests_name("port_noise", tests, NULL, NULL);
}
