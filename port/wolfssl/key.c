/* SPDX-License-Identifier: MIT
 * key.c -- software key slots: P-256 by wolfSSL.
 *
 * A slot keeps the scalar sealed, as it is in flash. It is in the clear only inside a call, in memory that the call
 * wipes: a dump of RAM taken between calls has no private key. */
#include "firmware/crypto/key.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "firmware/crypto/hash.h"
#include "firmware/imp_assert.h"
#include "firmware/secret.h"
#include "port/wolfssl/p256_count.h"
#include "port/wolfssl/rng.h"
#include "port/wolfssl/seal_purpose.h"

enum { SCALAR_BYTES = 32 };

_Static_assert(KEY_WRAPPED_BYTES == SCALAR_BYTES + 12 + 16, "a sealed scalar");

static struct slot {
    bool is_present;
    uint8_t point[KEY_POINT_BYTES];
    uint8_t sealed[KEY_WRAPPED_BYTES];
} slots[KEY_SLOT_COUNT];

/* In RAM the sealed scalar is bound to its point. */
static struct bytes point_of(const struct slot *slot)
{
    return bytes_of(slot->point, sizeof slot->point);
}

static imp_err_t fill_slot(enum key_slot at, const uint8_t point[KEY_POINT_BYTES], const uint8_t scalar[SCALAR_BYTES])
{
    struct slot *slot = &slots[at];

    memcpy(slot->point, point, sizeof slot->point);
    const imp_err_t err = seal_close_for(SEAL_KEY, point_of(slot), bytes_of(scalar, SCALAR_BYTES), slot->sealed);

    slot->is_present = !err;
    return err;
}

static imp_err_t open_slot(enum key_slot at, uint8_t scalar[SCALAR_BYTES])
{
    const struct slot *slot = &slots[at];

    if (!slot->is_present) {
        memset(scalar, 0, SCALAR_BYTES);
        return IMP_ERR_KEY_SLOT;
    }
    return seal_open_for(SEAL_KEY, point_of(slot), bytes_of(slot->sealed, sizeof slot->sealed), scalar);
}

/* wolfSSL frees without wiping the public half and its padding; the object lives on our stack. */
static void free_pair(ecc_key *pair)
{
    wc_ecc_free(pair);
    secret_wipe(pair, sizeof *pair);
}

static bool export_pair(ecc_key *pair, uint8_t point[KEY_POINT_BYTES], uint8_t scalar[SCALAR_BYTES])
{
    word32 point_bytes = KEY_POINT_BYTES;
    word32 scalar_bytes = SCALAR_BYTES;

    return wc_ecc_export_x963(pair, point, &point_bytes) == 0 && point_bytes == KEY_POINT_BYTES &&
           wc_ecc_export_private_only(pair, scalar, &scalar_bytes) == 0 && scalar_bytes == SCALAR_BYTES;
}

/* The point that belongs to a scalar. IMP_ERR_KEY_PAIR: the scalar is 0, or not below the curve's order. */
static imp_err_t point_from(const uint8_t scalar[SCALAR_BYTES], uint8_t point[KEY_POINT_BYTES])
{
    ecc_key pair;
    word32 point_bytes = KEY_POINT_BYTES;
    imp_err_t err = IMP_ERR_KEY_PAIR;

    if (wc_ecc_init(&pair) == 0) {
        if (wc_ecc_import_private_key_ex(scalar, SCALAR_BYTES, NULL, 0, &pair, ECC_SECP256R1) == 0 &&
            wc_ecc_make_pub(&pair, NULL) == 0 && wc_ecc_export_x963(&pair, point, &point_bytes) == 0) {
            err = 0;
        }
        p256_count.keygen++;
        free_pair(&pair);
    }
    return err;
}

static imp_err_t sign_with(const uint8_t scalar[SCALAR_BYTES], const uint8_t digest[KEY_DIGEST_BYTES],
                           uint8_t signature[KEY_SIGNATURE_BYTES_MAX], size_t *bytes)
{
    ecc_key pair;
    WC_RNG *rng;
    word32 signature_bytes = KEY_SIGNATURE_BYTES_MAX;
    imp_err_t err = rng_get(&rng);

    if (err || wc_ecc_init(&pair) != 0) {
        return err ? err : IMP_ERR_CRYPTO_FAULT;
    }
    if (wc_ecc_import_private_key_ex(scalar, SCALAR_BYTES, NULL, 0, &pair, ECC_SECP256R1) != 0 ||
        wc_ecc_sign_hash(digest, KEY_DIGEST_BYTES, signature, &signature_bytes, rng, &pair) != 0) {
        err = rng_get(&rng) ? rng_get(&rng) : IMP_ERR_CRYPTO_FAULT;
    }
    p256_count.sign++;
    free_pair(&pair);
    *bytes = err ? 0 : signature_bytes;
    return err;
}

static bool signature_is_by(const uint8_t point[KEY_POINT_BYTES], const uint8_t digest[KEY_DIGEST_BYTES],
                            const uint8_t *signature, size_t bytes)
{
    ecc_key pair;
    int verified = 0;

    if (wc_ecc_init(&pair) == 0) {
        if (wc_ecc_import_x963_ex(point, KEY_POINT_BYTES, &pair, ECC_SECP256R1) == 0 &&
            wc_ecc_verify_hash(signature, (word32)bytes, digest, KEY_DIGEST_BYTES, &verified, &pair) != 0) {
            verified = 0;
        }
        p256_count.verify++;
        free_pair(&pair);
    }
    return verified == 1;
}

/* What the pair is for is what shows that it works: a signature by the scalar that the point verifies. A point off
 * the curve, or of another scalar, can't. */
static imp_err_t check_pair(const uint8_t point[KEY_POINT_BYTES], const uint8_t scalar[SCALAR_BYTES])
{
    uint8_t digest[KEY_DIGEST_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t bytes;
    const struct bytes message = bytes_of(point, KEY_POINT_BYTES);
    imp_err_t err = hash_sha256(&message, 1, digest);

    if (!err) {
        err = sign_with(scalar, digest, signature, &bytes);
    }
    if (!err && !signature_is_by(point, digest, signature, bytes)) {
        err = IMP_ERR_KEY_PAIR;
    }
    return err;
}

static imp_err_t make_pair(uint8_t point[KEY_POINT_BYTES], uint8_t scalar[SCALAR_BYTES])
{
    ecc_key pair;
    WC_RNG *rng;
    imp_err_t err = rng_get(&rng);

    if (err || wc_ecc_init(&pair) != 0) {
        return err ? err : IMP_ERR_CRYPTO_FAULT;
    }
    if (wc_ecc_make_key_ex(rng, SCALAR_BYTES, &pair, ECC_SECP256R1) != 0) {
        err = rng_get(&rng) ? rng_get(&rng) : IMP_ERR_KEY_PAIR;
    } else if (!export_pair(&pair, point, scalar)) {
        err = IMP_ERR_KEY_PAIR;
    }
    p256_count.keygen++;
    free_pair(&pair);
    return err;
}

imp_err_t key_generate(enum key_slot slot)
{
    uint8_t point[KEY_POINT_BYTES];
    uint8_t scalar[SCALAR_BYTES];

    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    key_erase(slot);
    imp_err_t err = make_pair(point, scalar);

    if (!err) {
        err = check_pair(point, scalar);
    }
    if (!err) {
        err = fill_slot(slot, point, scalar);
    }
    secret_wipe(scalar, sizeof scalar);
    return err;
}

imp_err_t key_public(enum key_slot slot, uint8_t point[KEY_POINT_BYTES])
{
    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    if (!slots[slot].is_present) {
        return IMP_ERR_KEY_SLOT;
    }
    memcpy(point, slots[slot].point, KEY_POINT_BYTES);
    return 0;
}

imp_err_t key_wrap(enum key_slot slot, struct bytes bound_to, uint8_t wrapped[KEY_WRAPPED_BYTES])
{
    uint8_t scalar[SCALAR_BYTES];

    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    imp_err_t err = open_slot(slot, scalar);

    if (!err) {
        err = seal_close_for(SEAL_KEY, bound_to, bytes_of(scalar, sizeof scalar), wrapped);
    }
    secret_wipe(scalar, sizeof scalar);
    return err;
}

/* The wrapped form holds the scalar alone; computing the point again binds the two, so that a record may move without
 * anybody knowing the point, and finds a pair that does not belong together before it signs anything. */
imp_err_t key_unwrap(enum key_slot slot, struct bytes bound_to, const uint8_t point[KEY_POINT_BYTES],
                     const uint8_t wrapped[KEY_WRAPPED_BYTES])
{
    uint8_t scalar[SCALAR_BYTES];
    uint8_t computed[KEY_POINT_BYTES];

    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    key_erase(slot);
    imp_err_t err = seal_open_for(SEAL_KEY, bound_to, bytes_of(wrapped, KEY_WRAPPED_BYTES), scalar);

    if (!err && (point_from(scalar, computed) != 0 || memcmp(computed, point, sizeof computed) != 0)) {
        err = IMP_ERR_SEAL_OPEN;
    }
    if (!err) {
        err = fill_slot(slot, point, scalar);
    }
    secret_wipe(scalar, sizeof scalar);
    return err;
}

imp_err_t key_sign(enum key_slot slot, const uint8_t digest[KEY_DIGEST_BYTES], uint8_t signature[KEY_SIGNATURE_BYTES_MAX],
                   size_t *bytes)
{
    uint8_t scalar[SCALAR_BYTES];

    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    *bytes = 0;
    imp_err_t err = open_slot(slot, scalar);

    if (!err) {
        err = sign_with(scalar, digest, signature, bytes);
    }
    secret_wipe(scalar, sizeof scalar);
    return err;
}

imp_err_t key_promote(void)
{
    if (!slots[KEY_SLOT_STAGED].is_present) {
        return IMP_ERR_KEY_SLOT;
    }
    slots[KEY_SLOT_CURRENT] = slots[KEY_SLOT_STAGED];
    key_erase(KEY_SLOT_STAGED);
    return 0;
}

bool key_is_present(enum key_slot slot)
{
    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    return slots[slot].is_present;
}

void key_erase(enum key_slot slot)
{
    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    secret_wipe(&slots[slot], sizeof slots[slot]);
}
