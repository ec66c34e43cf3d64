/* SPDX-License-Identifier: MIT
 * hash.c -- SHA-256 by wolfSSL. */
#include "firmware/crypto/hash.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/sha256.h>

imp_err_t hash_sha256(const struct bytes parts[], size_t count, uint8_t digest[HASH_SHA256_BYTES])
{
    wc_Sha256 sha;
    int failed = wc_InitSha256(&sha);

    for (size_t i = 0; i < count && !failed; i++) {
        if (parts[i].len > 0) {
            failed = wc_Sha256Update(&sha, parts[i].data, (word32)parts[i].len);
        }
    }
    if (!failed) {
        failed = wc_Sha256Final(&sha, digest);
    }
    wc_Sha256Free(&sha);
    return failed ? IMP_ERR_CRYPTO_FAULT : 0;
}
