/* SPDX-License-Identifier: MIT
 * test_unlock.c -- the unlock secret: only the right one opens, and only a salted hash of it is
 * kept. */

/* needs: imprint_port crypto tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/sha.h>

#include "firmware/core/unlock.h"
#include "firmware/crypto/random.h"
#include "port/port.h"
#include "tests/support/port_hal.h"

static const char secret[] = "correct horse";

static int start(void **state)
{
    (void)state;
    port_hal_reset();
    return port_init() != 0 || random_start() != 0;
}

static void the_right_secret_opens_and_any_other_does_not(void **state)
{
    static const char *const wrong[] = {
        "", "correct hors", "correct horse ", "Correct horse", "correct horsf", "xxxxxxxxxxxxx",
    };
    uint8_t record[PROVISION_UNLOCK_BYTES];

    (void)state;
    assert_int_equal(unlock_make(secret, record), 0);
    assert_int_equal(unlock_check(secret, record), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(unlock_check(wrong[i], record), IMP_ERR_CONFIG_LOCKED);
    }
}

static void the_length_is_8_to_64_characters(void **state)
{
    char chars[UNLOCK_CHARS_MAX + 2];
    uint8_t record[PROVISION_UNLOCK_BYTES];

    (void)state;
    for (size_t len = 0; len <= UNLOCK_CHARS_MAX + 1; len++) {
        memset(chars, 's', sizeof chars);
        chars[len] = '\0';
        const bool fits = len >= UNLOCK_CHARS_MIN && len <= UNLOCK_CHARS_MAX;
        if (len < UNLOCK_CHARS_MIN + 2 || len > UNLOCK_CHARS_MAX - 2) {
            assert_int_equal(unlock_make(chars, record), fits ? 0 : IMP_ERR_CONFIG_VALUE);
        }
    }
}

static void two_records_of_one_secret_differ_in_salt_and_hash(void **state)
{
    uint8_t a[PROVISION_UNLOCK_BYTES];
    uint8_t b[PROVISION_UNLOCK_BYTES];

    (void)state;
    assert_int_equal(unlock_make(secret, a), 0);
    assert_int_equal(unlock_make(secret, b), 0);
    assert_memory_not_equal(a, b, 16);
    assert_memory_not_equal(a + 16, b + 16, 32);
}

/* The form in flash: SHA-256 over the last hash, the salt and the secret, 4,096 times, by
 * another library. */
static void the_hash_is_stretched_as_written(void **state)
{
    uint8_t record[PROVISION_UNLOCK_BYTES];
    uint8_t input[SHA256_DIGEST_LENGTH + 16 + sizeof secret - 1] = { 0 };
    uint8_t hash[SHA256_DIGEST_LENGTH];

    (void)state;
    assert_int_equal(unlock_make(secret, record), 0);
    memcpy(input + 32, record, 16);
    memcpy(input + 48, secret, sizeof secret - 1);
    for (int round = 0; round < 4096; round++) {
        SHA256(input, sizeof input, hash);
        memcpy(input, hash, sizeof hash);
    }
    assert_memory_equal(record + 16, hash, sizeof hash);
}

static void a_changed_record_does_not_open(void **state)
{
    uint8_t record[PROVISION_UNLOCK_BYTES];

    (void)state;
    assert_int_equal(unlock_make(secret, record), 0);
    for (size_t at = 0; at < sizeof record; at += 5) {
        record[at] ^= 0x10;
        assert_int_equal(unlock_check(secret, record), IMP_ERR_CONFIG_LOCKED);
        record[at] ^= 0x10;
    }
}

static void without_entropy_there_is_no_salt_and_no_record(void **state)
{
    uint8_t record[PROVISION_UNLOCK_BYTES];

    (void)state;
    port_hal.noise = NOISE_ERROR;
    assert_int_equal(random_start(), IMP_ERR_ENTROPY_FAILED);
    assert_int_equal(unlock_make(secret, record), IMP_ERR_ENTROPY_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_right_secret_opens_and_any_other_does_not, start),
        cmocka_unit_test_setup(the_length_is_8_to_64_characters, start),
        cmocka_unit_test_setup(two_records_of_one_secret_differ_in_salt_and_hash, start),
        cmocka_unit_test_setup(the_hash_is_stretched_as_written, start),
        cmocka_unit_test_setup(a_changed_record_does_not_open, start),
        cmocka_unit_test_setup(without_entropy_there_is_no_salt_and_no_record, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
