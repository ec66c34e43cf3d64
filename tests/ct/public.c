/* SPDX-License-Identifier: MIT
 * public.c -- where a secret ends: each wrapper here (ld --wrap) calls the real function and says
 * which of its results everybody may know, or makes secret what comes in. */
#include <string.h>

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/sp.h>

#include "firmware/crypto/random.h"
#include "firmware/secret.h"
#include "tests/ct/secret_mark.h"

/* --- What comes in secret --------------------------------------------------------------------- */

/* Every random byte: nonces of signatures, new keys, nonces of sealing. */
int __real_wc_RNG_GenerateBlock(WC_RNG *rng, byte *out, word32 bytes);
int __wrap_wc_RNG_GenerateBlock(WC_RNG *rng, byte *out, word32 bytes);

int __wrap_wc_RNG_GenerateBlock(WC_RNG *rng, byte *out, word32 bytes)
{
    const int wolf = __real_wc_RNG_GenerateBlock(rng, out, bytes);

    SECRET(out, bytes);
    return wolf;
}

/* --- What goes out public --------------------------------------------------------------------- */

/* What is sealed may lie in anybody's hands: that is what sealing is for. Plain text meets nothing
 * but the key stream, by XOR; so a public copy of it stands in. */
int __real_wc_AesGcmEncrypt(Aes *aes, byte *out, const byte *in, word32 bytes, const byte *nonce,
                            word32 nonce_bytes, byte *tag, word32 tag_bytes, const byte *bound_to,
                            word32 bound_to_bytes);
int __wrap_wc_AesGcmEncrypt(Aes *aes, byte *out, const byte *in, word32 bytes, const byte *nonce,
                            word32 nonce_bytes, byte *tag, word32 tag_bytes, const byte *bound_to,
                            word32 bound_to_bytes);

int __wrap_wc_AesGcmEncrypt(Aes *aes, byte *out, const byte *in, word32 bytes, const byte *nonce,
                            word32 nonce_bytes, byte *tag, word32 tag_bytes, const byte *bound_to,
                            word32 bound_to_bytes)
{
    byte copy[512];

    memcpy(copy, in, bytes);
    PUBLIC(copy, bytes);
    const int wolf = __real_wc_AesGcmEncrypt(aes, out, copy, bytes, nonce, nonce_bytes, tag,
                                             tag_bytes, bound_to, bound_to_bytes);

    PUBLIC(out, bytes);
    PUBLIC(tag, tag_bytes);
    return wolf;
}

/* A nonce or a salt of our own code is written down beside what it served. */
imp_err_t __real_random_fill(uint8_t *out, size_t len);
imp_err_t __wrap_random_fill(uint8_t *out, size_t len);

imp_err_t __wrap_random_fill(uint8_t *out, size_t len)
{
    const imp_err_t err = __real_random_fill(out, len);

    PUBLIC(out, len);
    return err;
}

static void make_number_public(mp_int *number)
{
    PUBLIC(&number->used, sizeof number->used);
    PUBLIC(number->dp, number->size * sizeof number->dp[0]);
}

static void make_point_public(ecc_point *point)
{
    make_number_public(point->x);
    make_number_public(point->y);
    make_number_public(point->z);
}

/* A signature is r and s. */
int __real_sp_ecc_sign_256(const byte *hash, word32 bytes, WC_RNG *rng, const mp_int *scalar,
                           mp_int *r, mp_int *s, mp_int *nonce, void *heap);
int __wrap_sp_ecc_sign_256(const byte *hash, word32 bytes, WC_RNG *rng, const mp_int *scalar,
                           mp_int *r, mp_int *s, mp_int *nonce, void *heap);

int __wrap_sp_ecc_sign_256(const byte *hash, word32 bytes, WC_RNG *rng, const mp_int *scalar,
                           mp_int *r, mp_int *s, mp_int *nonce, void *heap)
{
    int wolf = __real_sp_ecc_sign_256(hash, bytes, rng, scalar, r, s, nonce, heap);

    make_number_public(r);
    make_number_public(s);
    PUBLIC(&wolf, sizeof wolf);
    return wolf;
}

/* A key pair is its public key and a scalar, which stays secret. */
#define MAKE_KEY_OF(bits)                                                                         \
    int __real_sp_ecc_make_key_##bits(WC_RNG *rng, mp_int *scalar, ecc_point *point, void *heap); \
    int __wrap_sp_ecc_make_key_##bits(WC_RNG *rng, mp_int *scalar, ecc_point *point, void *heap); \
    int __wrap_sp_ecc_make_key_##bits(WC_RNG *rng, mp_int *scalar, ecc_point *point, void *heap)  \
    {                                                                                             \
        int wolf = __real_sp_ecc_make_key_##bits(rng, scalar, point, heap);                       \
        make_point_public(point);                                                                 \
        PUBLIC(&wolf, sizeof wolf);                                                               \
        return wolf;                                                                              \
    }
MAKE_KEY_OF(256)
MAKE_KEY_OF(384)
MAKE_KEY_OF(521)

/* The public key of a scalar: the product, once it is an affine point. */
int __real_sp_ecc_mulmod_base_256(const mp_int *scalar, ecc_point *point, int map, void *heap);
int __wrap_sp_ecc_mulmod_base_256(const mp_int *scalar, ecc_point *point, int map, void *heap);

int __wrap_sp_ecc_mulmod_base_256(const mp_int *scalar, ecc_point *point, int map, void *heap)
{
    int wolf = __real_sp_ecc_mulmod_base_256(scalar, point, map, heap);

    if (map) {
        make_point_public(point);
    }
    PUBLIC(&wolf, sizeof wolf);
    return wolf;
}

/* A scalar that was exported fits its 32 bytes. */
int __real_wc_ecc_export_private_only(ecc_key *key, byte *out, word32 *bytes);
int __wrap_wc_ecc_export_private_only(ecc_key *key, byte *out, word32 *bytes);

int __wrap_wc_ecc_export_private_only(ecc_key *key, byte *out, word32 *bytes)
{
    int wolf = __real_wc_ecc_export_private_only(key, out, bytes);

    PUBLIC(bytes, sizeof *bytes);
    PUBLIC(&wolf, sizeof wolf);
    return wolf;
}

/* Whether a tag was right is public; what was sealed is secret: private keys and tokens. */
int __real_wc_AesGcmDecrypt(Aes *aes, byte *out, const byte *in, word32 bytes, const byte *nonce,
                            word32 nonce_bytes, const byte *tag, word32 tag_bytes,
                            const byte *bound_to, word32 bound_to_bytes);
int __wrap_wc_AesGcmDecrypt(Aes *aes, byte *out, const byte *in, word32 bytes, const byte *nonce,
                            word32 nonce_bytes, const byte *tag, word32 tag_bytes,
                            const byte *bound_to, word32 bound_to_bytes);

int __wrap_wc_AesGcmDecrypt(Aes *aes, byte *out, const byte *in, word32 bytes, const byte *nonce,
                            word32 nonce_bytes, const byte *tag, word32 tag_bytes,
                            const byte *bound_to, word32 bound_to_bytes)
{
    int wolf = __real_wc_AesGcmDecrypt(aes, out, in, bytes, nonce, nonce_bytes, tag, tag_bytes,
                                       bound_to, bound_to_bytes);

    SECRET(out, bytes);
    PUBLIC(&wolf, sizeof wolf);
    return wolf;
}

/* Whether two secrets are equal. */
bool __real_secret_equal(const void *a, const void *b, size_t len);
bool __wrap_secret_equal(const void *a, const void *b, size_t len);

bool __wrap_secret_equal(const void *a, const void *b, size_t len)
{
    bool is_equal = __real_secret_equal(a, b, len);

    PUBLIC(&is_equal, sizeof is_equal);
    return is_equal;
}

/* How long a secret is that somebody typed; not a character of it. */
size_t __wrap_strlen(const char *text);

size_t __wrap_strlen(const char *text)
{
    size_t len = 0;
    char c;

    do {
        c = text[len++];
        PUBLIC(&c, sizeof c);
    } while (c != '\0');
    return len - 1;
}
