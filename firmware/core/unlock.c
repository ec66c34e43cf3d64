/* SPDX-License-Identifier: MIT
 * unlock.c -- make and check the hash of the unlock secret. */
#include "firmware/core/unlock.h"

#include <string.h>

#include "firmware/crypto/hash.h"
#include "firmware/crypto/random.h"
#include "firmware/secret.h"

enum {
    SALT_BYTES = PROVISION_UNLOCK_BYTES - HASH_SHA256_BYTES
};

static imp_err_t stretch(const char *secret, const uint8_t salt[SALT_BYTES],
                         uint8_t hash[HASH_SHA256_BYTES])
{
    imp_err_t err = 0;

    memset(hash, 0, HASH_SHA256_BYTES);
    for (int round = 0; err == 0 && round < UNLOCK_ROUNDS; round++) {
        const struct bytes parts[] = {
            bytes_of(hash, HASH_SHA256_BYTES),
            bytes_of(salt, SALT_BYTES),
            bytes_of_text(secret),
        };
        err = hash_sha256(parts, sizeof parts / sizeof parts[0], hash);
    }
    return err;
}

imp_err_t unlock_make(const char *secret, uint8_t record[PROVISION_UNLOCK_BYTES])
{
    const size_t chars = strlen(secret);

    if (chars < UNLOCK_CHARS_MIN || chars > UNLOCK_CHARS_MAX) {
        return IMP_ERR_CONFIG_VALUE;
    }
    const imp_err_t err = random_fill(record, SALT_BYTES);
    return err ? err : stretch(secret, record, record + SALT_BYTES);
}

imp_err_t unlock_check(const char *secret, const uint8_t record[PROVISION_UNLOCK_BYTES])
{
    uint8_t hash[HASH_SHA256_BYTES];
    imp_err_t err = stretch(secret, record, hash);

    if (err == 0 && !secret_equal(hash, record + SALT_BYTES, sizeof hash)) {
        err = IMP_ERR_CONFIG_LOCKED;
    }
    secret_wipe(hash, sizeof hash);
    return err;
}
