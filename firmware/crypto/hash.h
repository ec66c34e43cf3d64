/* SPDX-License-Identifier: MIT
 * hash.h -- SHA-256 (FIPS 180-4), implemented by the port. */
#ifndef FIRMWARE_CRYPTO_HASH_H
#define FIRMWARE_CRYPTO_HASH_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum {
    HASH_SHA256_BYTES = 32
};

/* SHA-256 over the `count` views in `parts`, one after the other. Does not block; borrows. 0;
 * IMP_ERR_CRYPTO_FAULT. */
imp_err_t hash_sha256(const struct bytes parts[], size_t count, uint8_t digest[HASH_SHA256_BYTES]);

#endif
