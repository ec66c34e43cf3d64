/* SPDX-License-Identifier: MIT
 * key.c -- software key slots: P-256 by wolfSSL.
 *
 * A slot keeps the scalar sealed, as it is in flash. It is in the clear only inside a call, in
 * memory that the call wipes: a dump of RAM taken between calls has no private key. */
#include "firmware/crypto/key.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include "firmware/crypto/hash.h"
#include "firmware/imp_assert.h"
#include "firmware/secret.h"
#include "port/wolfssl/p256_count.h"
#include "port/wolfssl/rng.h"
#include "port/wolfssl/seal_purpose.h"

enum {
    SCALAR_BYTES = 32
};

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

static imp_err_t fill_slot(enum key_slot at, const uint8_t point[KEY_POINT_BYTES],
                           const uint8_t scalar[SCALAR_BYTES])
{
    struct slot *slot = &slots[at];

    memcpy(slot->point, point, sizeof slot->point);
    const imp_err_t err =
        seal_close_for(SEAL_KEY, point_of(slot), bytes_of(scalar, SCALAR_BYTES), slot->sealed);

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
    return seal_open_for(SEAL_KEY, point_of(slot), bytes_of(slot->sealed, sizeof slot->sealed),
                         scalar);
}

/* Why wolfSSL failed: no room in the arena is the world's fault and passes, a dead noise source
 * says so itself. */
static imp_err_t reason(int wolf, imp_err_t otherwise)
{
    WC_RNG *rng;
    const imp_err_t entropy = rng_get(&rng);

    if (wolf == MEMORY_E) {
        return IMP_ERR_CRYPTO_MEMORY;
    }
    return entropy ? entropy : otherwise;
}

/* wolfSSL frees without wiping the public half and its padding; the object lives on our stack. */
static void free_pair(ecc_key *pair)
{
    wc_ecc_free(pair);
    secret_wipe(pair, sizeof *pair);
}

static int export_pair(ecc_key *pair, uint8_t point[KEY_POINT_BYTES], uint8_t scalar[SCALAR_BYTES])
{
    word32 point_bytes = KEY_POINT_BYTES;
    word32 scalar_bytes = SCALAR_BYTES;
    int wolf = wc_ecc_export_x963(pair, point, &point_bytes);

    if (wolf == 0) {
        wolf = wc_ecc_export_private_only(pair, scalar, &scalar_bytes);
    }
    return wolf;
}

/* The point that belongs to a scalar. IMP_ERR_KEY_PAIR: the scalar is 0, or not below the curve's
 * order. */
static imp_err_t point_from(const uint8_t scalar[SCALAR_BYTES], uint8_t point[KEY_POINT_BYTES])
{
    ecc_key pair;
    word32 point_bytes = KEY_POINT_BYTES;
    int wolf = wc_ecc_init(&pair);

    if (wolf == 0) {
        wolf = wc_ecc_import_private_key_ex(scalar, SCALAR_BYTES, NULL, 0, &pair, ECC_SECP256R1);
    }
    if (wolf == 0) {
        wolf = wc_ecc_make_pub(&pair, NULL);
        p256_count.keygen++;
    }
    if (wolf == 0) {
        wolf = wc_ecc_export_x963(&pair, point, &point_bytes);
    }
    free_pair(&pair);
    return wolf ? reason(wolf, IMP_ERR_KEY_PAIR) : 0;
}

static imp_err_t sign_with(const uint8_t scalar[SCALAR_BYTES],
                           const uint8_t digest[KEY_DIGEST_BYTES],
                           uint8_t signature[KEY_SIGNATURE_BYTES_MAX], size_t *bytes)
{
    ecc_key pair;
    WC_RNG *rng;
    word32 signature_bytes = KEY_SIGNATURE_BYTES_MAX;
    const imp_err_t err = rng_get(&rng);

    *bytes = 0;
    if (err) {
        return err;
    }
    int wolf = wc_ecc_init(&pair);

    if (wolf == 0) {
        wolf = wc_ecc_import_private_key_ex(scalar, SCALAR_BYTES, NULL, 0, &pair, ECC_SECP256R1);
    }
    if (wolf == 0) {
        wolf = wc_ecc_sign_hash(digest, KEY_DIGEST_BYTES, signature, &signature_bytes, rng, &pair);
        p256_count.sign++;
    }
    free_pair(&pair);
    if (wolf) {
        return reason(wolf, IMP_ERR_CRYPTO_FAULT);
    }
    *bytes = signature_bytes;
    return 0;
}

/* IMP_ERR_KEY_PAIR: the signature is not by the point's scalar. */
static imp_err_t verify_with(const uint8_t point[KEY_POINT_BYTES],
                             const uint8_t digest[KEY_DIGEST_BYTES], struct bytes signature)
{
    ecc_key pair;
    int verified = 0;
    int wolf = wc_ecc_init(&pair);

    if (wolf == 0) {
        wolf = wc_ecc_import_x963_ex(point, KEY_POINT_BYTES, &pair, ECC_SECP256R1);
    }
    if (wolf == 0) {
        wolf = wc_ecc_verify_hash(signature.data, (word32)signature.len, digest, KEY_DIGEST_BYTES,
                                  &verified, &pair);
        p256_count.verify++;
    }
    free_pair(&pair);
    if (wolf) {
        return reason(wolf, IMP_ERR_KEY_PAIR);
    }
    return verified == 1 ? 0 : IMP_ERR_KEY_PAIR;
}

/* What the pair is for is what shows that it works: a signature by the scalar that the point
 * verifies. A point off the curve, or of another scalar, can't. */
static imp_err_t check_pair(const uint8_t point[KEY_POINT_BYTES],
                            const uint8_t scalar[SCALAR_BYTES])
{
    uint8_t digest[KEY_DIGEST_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t bytes;
    const struct bytes message = bytes_of(point, KEY_POINT_BYTES);
    imp_err_t err = hash_sha256(&message, 1, digest);

    if (!err) {
        err = sign_with(scalar, digest, signature, &bytes);
    }
    if (!err) {
        err = verify_with(point, digest, bytes_of(signature, bytes));
    }
    return err;
}

static imp_err_t make_pair(uint8_t point[KEY_POINT_BYTES], uint8_t scalar[SCALAR_BYTES])
{
    ecc_key pair;
    WC_RNG *rng;
    const imp_err_t err = rng_get(&rng);

    if (err) {
        return err;
    }
    int wolf = wc_ecc_init(&pair);

    if (wolf == 0) {
        wolf = wc_ecc_make_key_ex(rng, SCALAR_BYTES, &pair, ECC_SECP256R1);
        p256_count.keygen++;
    }
    if (wolf == 0) {
        wolf = export_pair(&pair, point, scalar);
    }
    free_pair(&pair);
    return wolf ? reason(wolf, IMP_ERR_KEY_PAIR) : 0;
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

/* The wrapped form holds the scalar alone; computing the point again binds the two, so that a
 * record may move without anybody knowing the point, and finds a pair that does not belong together
 * before it signs anything. */
imp_err_t key_unwrap(enum key_slot slot, struct bytes bound_to,
                     const uint8_t point[KEY_POINT_BYTES], const uint8_t wrapped[KEY_WRAPPED_BYTES])
{
    uint8_t scalar[SCALAR_BYTES];
    uint8_t computed[KEY_POINT_BYTES];

    IMP_ASSERT(slot < KEY_SLOT_COUNT);
    key_erase(slot);
    imp_err_t err = seal_open_for(SEAL_KEY, bound_to, bytes_of(wrapped, KEY_WRAPPED_BYTES), scalar);

    if (!err) {
        err = point_from(scalar, computed);
    }
    if (err == IMP_ERR_KEY_PAIR || (!err && memcmp(computed, point, sizeof computed) != 0)) {
        err = IMP_ERR_SEAL_OPEN;
    }
    if (!err) {
        err = fill_slot(slot, point, scalar);
    }
    secret_wipe(scalar, sizeof scalar);
    return err;
}

imp_err_t key_sign(enum key_slot slot, const uint8_t digest[KEY_DIGEST_BYTES],
                   uint8_t signature[KEY_SIGNATURE_BYTES_MAX], size_t *bytes)
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
