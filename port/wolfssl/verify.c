/* SPDX-License-Identifier: MIT
 * verify.c -- crypto_verify over raw key parts: ECDSA, RSA PKCS#1 v1.5 and RSA-PSS (RFC 8017) by
 * wolfSSL. */
#include "firmware/crypto/verify.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include <wolfssl/wolfcrypt/signature.h>

#include "port/arena.h"
#include "port/wolfssl/p256_count.h"

enum scheme {
    SCHEME_NONE,
    SCHEME_ECDSA,
    SCHEME_PKCS1,
    SCHEME_PSS
};

struct algorithm {
    enum scheme scheme;
    enum wc_HashType hash;
    int mgf;
};

#if PORT_RSA
#define MGF(bits) WC_MGF1SHA##bits
#else
#define MGF(bits) 0
#endif

static const struct algorithm algorithms[] = {
    [CRYPTO_ECDSA_SHA256] = { SCHEME_ECDSA, WC_HASH_TYPE_SHA256, 0 },
    [CRYPTO_ECDSA_SHA384] = { SCHEME_ECDSA, WC_HASH_TYPE_SHA384, 0 },
    [CRYPTO_ECDSA_SHA512] = { SCHEME_ECDSA, WC_HASH_TYPE_SHA512, 0 },
    [CRYPTO_RSA_PKCS1_SHA256] = { SCHEME_PKCS1, WC_HASH_TYPE_SHA256, 0 },
    [CRYPTO_RSA_PKCS1_SHA384] = { SCHEME_PKCS1, WC_HASH_TYPE_SHA384, 0 },
    [CRYPTO_RSA_PKCS1_SHA512] = { SCHEME_PKCS1, WC_HASH_TYPE_SHA512, 0 },
    [CRYPTO_RSA_PSS_SHA256] = { SCHEME_PSS, WC_HASH_TYPE_SHA256, MGF(256) },
    [CRYPTO_RSA_PSS_SHA384] = { SCHEME_PSS, WC_HASH_TYPE_SHA384, MGF(384) },
    [CRYPTO_RSA_PSS_SHA512] = { SCHEME_PSS, WC_HASH_TYPE_SHA512, MGF(512) },
};

/* A digest and the algorithm that says what to make of it. */
struct digest {
    struct algorithm algorithm;
    uint8_t at[WC_MAX_DIGEST_SIZE];
    word32 bytes;
};

static imp_err_t error_from(int wolf)
{
    switch (wolf) {
    case MEMORY_E:
        return IMP_ERR_CRYPTO_MEMORY;
    case NOT_COMPILED_IN:
    case WC_KEY_SIZE_E:
        return IMP_ERR_CRYPTO_UNSUPPORTED;
    default:
        return IMP_ERR_CRYPTO_SIGNATURE;
    }
}

/* --- ECDSA ------------------------------------------------------------------------------------ */

static int curve_of(enum crypto_key_type type)
{
    switch (type) {
    case CRYPTO_KEY_EC_P256:
        return ECC_SECP256R1;
#if PORT_P384_P521
    case CRYPTO_KEY_EC_P384:
        return ECC_SECP384R1;
    case CRYPTO_KEY_EC_P521:
        return ECC_SECP521R1;
#endif
    default:
        return ECC_CURVE_INVALID;
    }
}

static imp_err_t verify_ecdsa(const struct crypto_public_key *key, const struct digest *digest,
                              struct bytes signature)
{
    const int curve = curve_of(key->type);

    if (curve == ECC_CURVE_INVALID) {
        return IMP_ERR_CRYPTO_UNSUPPORTED;
    }
    ecc_key *public = port_arena_alloc(sizeof *public);
    int verified = 0;

    if (public == NULL) {
        return IMP_ERR_CRYPTO_MEMORY;
    }
    int wolf = wc_ecc_init(public);

    if (wolf == 0) {
        wolf = wc_ecc_import_x963_ex(key->point.data, (word32)key->point.len, public, curve);
    }
    if (wolf == 0) {
        wolf = wc_ecc_verify_hash(signature.data, (word32)signature.len, digest->at, digest->bytes,
                                  &verified, public);
        p256_count.verify += curve == ECC_SECP256R1;
    }
    wc_ecc_free(public);
    port_arena_free(public);
    if (wolf != 0) {
        return error_from(wolf);
    }
    return verified == 1 ? 0 : IMP_ERR_CRYPTO_SIGNATURE;
}

/* --- RSA -------------------------------------------------------------------------------------- */

#if PORT_RSA

enum {
    RSA_BYTES_MIN = 2048 / 8,
    RSA_BYTES_MAX = 4096 / 8,
    DIGEST_INFO_BYTES_MAX = 19 + WC_MAX_DIGEST_SIZE
};

/* The padding is rebuilt and compared as a whole, never parsed (RFC 8017 8.2.2). */
static imp_err_t check_pkcs1(const struct digest *digest, const uint8_t *recovered, int bytes)
{
    uint8_t expected[DIGEST_INFO_BYTES_MAX];
    const word32 expected_bytes = wc_EncodeSignature(expected, digest->at, digest->bytes,
                                                     wc_HashGetOID(digest->algorithm.hash));

    return bytes > 0 && expected_bytes == (word32)bytes &&
                   memcmp(expected, recovered, expected_bytes) == 0
               ? 0
               : IMP_ERR_CRYPTO_SIGNATURE;
}

/* `work` holds the signature and is overwritten with what it recovers to. */
static imp_err_t open_signature(RsaKey *public, const struct digest *digest, uint8_t *work,
                                word32 work_bytes)
{
    uint8_t *recovered = NULL;
    int wolf;

    if (digest->algorithm.scheme == SCHEME_PKCS1) {
        wolf = wc_RsaSSL_VerifyInline(work, work_bytes, &recovered, public);
        return wolf < 0 ? error_from(wolf) : check_pkcs1(digest, recovered, wolf);
    }
    wolf = wc_RsaPSS_VerifyCheckInline(work, work_bytes, &recovered, digest->at, digest->bytes,
                                       digest->algorithm.hash, digest->algorithm.mgf, public);
    return wolf < 0 ? error_from(wolf) : 0;
}

/* An exponent is odd and 3 or more (RFC 8017 3.1): with 1 a signature would be its own message. */
static bool exponent_is_taken(struct bytes e)
{
    return e.len > 0 && e.len <= RSA_BYTES_MAX && e.data[0] != 0 && (e.data[e.len - 1] & 1) == 1 &&
           (e.len > 1 || e.data[0] >= 3);
}

static bool modulus_is_taken(struct bytes n)
{
    return n.len >= RSA_BYTES_MIN && n.len <= RSA_BYTES_MAX && n.data[0] >= 0x80;
}

static imp_err_t verify_rsa(const struct crypto_public_key *key, const struct digest *digest,
                            struct bytes signature)
{
    if (!modulus_is_taken(key->modulus) || !exponent_is_taken(key->exponent)) {
        return IMP_ERR_CRYPTO_UNSUPPORTED;
    }
    if (signature.len != key->modulus.len) {
        return IMP_ERR_CRYPTO_SIGNATURE;
    }
    struct {
        RsaKey public;
        uint8_t signature[RSA_BYTES_MAX];
    } *work = port_arena_alloc(sizeof *work);

    if (work == NULL) {
        return IMP_ERR_CRYPTO_MEMORY;
    }
    int wolf = wc_InitRsaKey(&work->public, NULL);

    if (wolf == 0) {
        wolf =
            wc_RsaPublicKeyDecodeRaw(key->modulus.data, (word32)key->modulus.len,
                                     key->exponent.data, (word32)key->exponent.len, &work->public);
    }
    imp_err_t err = wolf ? error_from(wolf) : 0;

    if (!err) {
        memcpy(work->signature, signature.data, signature.len);
        err = open_signature(&work->public, digest, work->signature, (word32)signature.len);
    }
    wc_FreeRsaKey(&work->public);
    port_arena_free(work);
    return err;
}

/* A client that only verifies with RSA still refers to these three, which wolfSSL leaves out: they
 * refuse. */
int wc_RsaSSL_Sign(const byte *in, word32 in_bytes, byte *out, word32 out_bytes, RsaKey *key,
                   WC_RNG *rng)
{
    (void)in, (void)in_bytes, (void)out, (void)out_bytes, (void)key, (void)rng;
    return NOT_COMPILED_IN;
}

int wc_RsaPSS_Sign(const byte *in, word32 in_bytes, byte *out, word32 out_bytes,
                   enum wc_HashType hash, int mgf, RsaKey *key, WC_RNG *rng)
{
    (void)in, (void)in_bytes, (void)out, (void)out_bytes, (void)hash, (void)mgf, (void)key,
        (void)rng;
    return NOT_COMPILED_IN;
}

int wc_RsaPrivateDecryptInline(byte *in, word32 in_bytes, byte **out, RsaKey *key)
{
    (void)in, (void)in_bytes, (void)out, (void)key;
    return NOT_COMPILED_IN;
}

#else

static imp_err_t verify_rsa(const struct crypto_public_key *key, const struct digest *digest,
                            struct bytes signature)
{
    (void)key, (void)digest, (void)signature;
    return IMP_ERR_CRYPTO_UNSUPPORTED;
}

#endif

/* --- Both ------------------------------------------------------------------------------------- */

static imp_err_t make_digest(enum crypto_signature algorithm, struct bytes message,
                             struct digest *digest)
{
    if ((size_t)algorithm >= sizeof algorithms / sizeof algorithms[0] ||
        algorithms[algorithm].scheme == SCHEME_NONE) {
        return IMP_ERR_CRYPTO_UNSUPPORTED;
    }
    digest->algorithm = algorithms[algorithm];
    const int bytes = wc_HashGetDigestSize(digest->algorithm.hash);

    if (bytes <= 0 || (size_t)bytes > sizeof digest->at) {
        return IMP_ERR_CRYPTO_UNSUPPORTED;
    }
    digest->bytes = (word32)bytes;
    const int wolf = wc_Hash(digest->algorithm.hash, message.data, (word32)message.len, digest->at,
                             digest->bytes);

    return wolf == 0 ? 0 : error_from(wolf);
}

imp_err_t crypto_verify(const struct crypto_public_key *key, enum crypto_signature algorithm,
                        struct bytes message, struct bytes signature)
{
    struct digest digest;
    const imp_err_t err = make_digest(algorithm, message, &digest);

    if (err) {
        return err;
    }
    const bool key_is_rsa = key->type == CRYPTO_KEY_RSA;
    const bool scheme_is_rsa = digest.algorithm.scheme != SCHEME_ECDSA;

    if (key_is_rsa != scheme_is_rsa) {
        return IMP_ERR_CRYPTO_UNSUPPORTED;
    }
    return key_is_rsa ? verify_rsa(key, &digest, signature) : verify_ecdsa(key, &digest, signature);
}
