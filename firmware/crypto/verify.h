/* SPDX-License-Identifier: MIT
 * verify.h -- crypto_verify: the one primitive under the verdict; implemented by the port. */
#ifndef FIRMWARE_CRYPTO_VERIFY_H
#define FIRMWARE_CRYPTO_VERIFY_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum crypto_key_type {
    CRYPTO_KEY_UNKNOWN,
    CRYPTO_KEY_RSA,
    CRYPTO_KEY_EC_P256,
    CRYPTO_KEY_EC_P384,
    CRYPTO_KEY_EC_P521
};

enum crypto_signature {
    CRYPTO_SIGNATURE_UNKNOWN,
    CRYPTO_ECDSA_SHA256,
    CRYPTO_ECDSA_SHA384,
    CRYPTO_ECDSA_SHA512,
    CRYPTO_RSA_PKCS1_SHA256,
    CRYPTO_RSA_PKCS1_SHA384,
    CRYPTO_RSA_PKCS1_SHA512,
    CRYPTO_RSA_PSS_SHA256, /* Salt as long as the digest, MGF1 with the same hash. */
    CRYPTO_RSA_PSS_SHA384,
    CRYPTO_RSA_PSS_SHA512
};

/* A public key as it stands in a SubjectPublicKeyInfo; views into the certificate. */
struct crypto_public_key {
    enum crypto_key_type type;
    struct bytes point;    /* EC: 04 | X | Y. */
    struct bytes modulus;  /* RSA: unsigned big-endian, no leading zero. */
    struct bytes exponent; /* RSA: the same. */
};

/* Verify `signature` (ECDSA: DER; RSA: as long as the modulus) over `message`. `signature` must
 * fit the key's type. 0; IMP_ERR_CRYPTO_SIGNATURE; IMP_ERR_CRYPTO_UNSUPPORTED (not built in, or
 * sizes outside RSA 2048 to 4096); IMP_ERR_CRYPTO_MEMORY. At most one public-key operation. */
imp_err_t crypto_verify(const struct crypto_public_key *key, enum crypto_signature algorithm,
                        struct bytes message, struct bytes signature);

#endif
