/* SPDX-License-Identifier: MIT
 * test_port_pair.c -- a key pair that is damaged on its way out of the library is noticed before
 * anybody has it.
 *
 * The linker puts our function between the port and wolfSSL's, so that the damage is done where a
 * fault in memory would do it.
 *
 * needs: imprint_port wolfssl lwip tests/support/port_hal.c
 * needs: -Wl,--wrap=wc_ecc_export_private_only -Wl,--wrap=wc_ecc_export_x963 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "firmware/crypto/key.h"
#include "firmware/crypto/random.h"
#include "tests/support/port_hal.h"

int __real_wc_ecc_export_private_only(ecc_key *pair, byte *out, word32 *bytes);
int __wrap_wc_ecc_export_private_only(ecc_key *pair, byte *out, word32 *bytes);
int __real_wc_ecc_export_x963(ecc_key *pair, byte *out, word32 *bytes);
int __wrap_wc_ecc_export_x963(ecc_key *pair, byte *out, word32 *bytes);

/* The bit that is flipped in each, counted from the first byte's highest; -1: none. */
static int scalar_bit;
static int point_bit;

static void flip(byte *out, int bit)
{
    if (bit >= 0) {
        out[bit / 8] ^= (byte)(0x80 >> bit % 8);
    }
}

int __wrap_wc_ecc_export_private_only(ecc_key *pair, byte *out, word32 *bytes)
{
    const int result = __real_wc_ecc_export_private_only(pair, out, bytes);

    flip(out, scalar_bit);
    return result;
}

int __wrap_wc_ecc_export_x963(ecc_key *pair, byte *out, word32 *bytes)
{
    const int result = __real_wc_ecc_export_x963(pair, out, bytes);

    flip(out, point_bit);
    return result;
}

static int fresh(void **state)
{
    (void)state;
    port_hal_reset();
    key_erase(KEY_SLOT_STAGED);
    scalar_bit = -1;
    point_bit = -1;
    return random_start();
}

static void an_undamaged_pair_is_taken(void **state)
{
    (void)state;
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_true(key_is_present(KEY_SLOT_STAGED));
}

static void is_refused(void)
{
    assert_int_equal(key_generate(KEY_SLOT_STAGED), IMP_ERR_KEY_PAIR);
    assert_false(key_is_present(KEY_SLOT_STAGED));
}

static void a_new_pair_with_a_damaged_scalar_is_refused(void **state)
{
    (void)state;
    for (scalar_bit = 0; scalar_bit < 256; scalar_bit += 51) {
        is_refused();
    }
}

/* The form byte, x and y. */
static void a_new_pair_with_a_damaged_point_is_refused(void **state)
{
    (void)state;
    for (point_bit = 0; point_bit < 8 * KEY_POINT_BYTES; point_bit += 73) {
        is_refused();
    }
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_undamaged_pair_is_taken),
        TEST(a_new_pair_with_a_damaged_scalar_is_refused),
        TEST(a_new_pair_with_a_damaged_point_is_refused),
    };

    return cmocka_run_group_tests_name("port_pair", tests, NULL, NULL);
}
