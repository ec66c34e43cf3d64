/* SPDX-License-Identifier: MIT
 * seal_double.c -- crypto/seal.h and crypto/key.h for tests of the store. A "public point" is 04
 * and two hashes of the scalar: enough to tell whether key and point belong together. */
#include "tests/support/seal_double.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

enum {
    NONCE_BYTES = 12,
    TAG_BYTES = 16,
    PURPOSE_SECRET = 1,
    PURPOSE_KEY = 2
};

static struct {
    uint64_t random;
    uint8_t unit;
    imp_err_t failure;
    bool is_spoiling;
    bool is_present[KEY_SLOT_COUNT];
    uint8_t scalars[KEY_SLOT_COUNT][SEAL_DOUBLE_SCALAR_BYTES];
    EVP_CIPHER_CTX *cipher;
} device;

/* A double that fails by itself would blame the store. */
static void must(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void fill_random(uint8_t *out, size_t bytes)
{
    while (bytes-- > 0) {
        device.random = device.random * 6364136223846793005u + 1442695040888963407u;
        *out++ = (uint8_t)(device.random >> 56);
    }
}

static void begin(uint8_t purpose, const uint8_t *nonce, struct bytes bound_to, int is_encrypting)
{
    uint8_t key[32];
    int bytes;

    memset(key, device.unit, sizeof key);
    key[0] = purpose;
    if (device.cipher == NULL) {
        device.cipher = EVP_CIPHER_CTX_new();
        must(EVP_CipherInit_ex(device.cipher, EVP_aes_256_gcm(), NULL, NULL, NULL, 1) == 1);
    }
    must(EVP_CipherInit_ex(device.cipher, NULL, NULL, key, nonce, is_encrypting) == 1);
    must(EVP_CipherUpdate(device.cipher, NULL, &bytes, bound_to.data, (int)bound_to.len) == 1);
}

static imp_err_t close_for(uint8_t purpose, struct bytes bound_to, struct bytes plain,
                           uint8_t *sealed)
{
    const imp_err_t failure = device.failure;
    int bytes;

    device.failure = 0;
    if (failure) {
        return failure;
    }
    fill_random(sealed, NONCE_BYTES);
    begin(purpose, sealed, bound_to, 1);
    must(EVP_CipherUpdate(device.cipher, sealed + NONCE_BYTES, &bytes, plain.data,
                          (int)plain.len) == 1);
    must(EVP_CipherFinal_ex(device.cipher, sealed + NONCE_BYTES + plain.len, &bytes) == 1);
    must(EVP_CIPHER_CTX_ctrl(device.cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
                             sealed + NONCE_BYTES + plain.len) == 1);
    return 0;
}

static imp_err_t open_for(uint8_t purpose, struct bytes bound_to, struct bytes sealed,
                          uint8_t *plain)
{
    uint8_t tag[TAG_BYTES];
    int bytes;

    if (sealed.len < SEAL_OVERHEAD_BYTES) {
        return IMP_ERR_SEAL_OPEN;
    }
    const size_t plain_bytes = sealed.len - SEAL_OVERHEAD_BYTES;
    memcpy(tag, sealed.data + NONCE_BYTES + plain_bytes, sizeof tag);
    begin(purpose, sealed.data, bound_to, 0);
    must(EVP_CipherUpdate(device.cipher, plain, &bytes, sealed.data + NONCE_BYTES,
                          (int)plain_bytes) == 1);
    must(EVP_CIPHER_CTX_ctrl(device.cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1);
    if (EVP_CipherFinal_ex(device.cipher, plain + plain_bytes, &bytes) != 1) {
        memset(plain, 0, plain_bytes);
        return IMP_ERR_SEAL_OPEN;
    }
    return 0;
}

void seal_double_reset(uint8_t unit, uint64_t seed)
{
    EVP_CIPHER_CTX_free(device.cipher);
    memset(&device, 0, sizeof device);
    device.unit = unit;
    device.random = seed;
}

void seal_double_seed(uint64_t seed)
{
    device.random = seed;
}

void seal_double_unit(uint8_t unit)
{
    device.unit = unit;
}

void seal_double_fail(imp_err_t err)
{
    device.failure = err;
}

void seal_double_spoil_wrap(void)
{
    device.is_spoiling = true;
}

const uint8_t *seal_double_scalar(enum key_slot slot)
{
    must(device.is_present[slot]);
    return device.scalars[slot];
}

/* --- crypto/seal.h -------------------------------------------------------------------------- */

bool seal_is_secret(void)
{
    return true;
}

imp_err_t seal_close(struct bytes bound_to, struct bytes plain, uint8_t *sealed)
{
    return close_for(PURPOSE_SECRET, bound_to, plain, sealed);
}

imp_err_t seal_open(struct bytes bound_to, struct bytes sealed, uint8_t *plain)
{
    return open_for(PURPOSE_SECRET, bound_to, sealed, plain);
}

imp_err_t seal_move(struct bytes bound_to, struct bytes sealed, struct bytes new_bound_to,
                    uint8_t *resealed)
{
    uint8_t plain[512];
    uint8_t purpose = PURPOSE_SECRET;
    imp_err_t err = open_for(purpose, bound_to, sealed, plain);

    if (err) {
        purpose = PURPOSE_KEY;
        err = open_for(purpose, bound_to, sealed, plain);
    }
    return err ? err
               : close_for(purpose, new_bound_to, bytes_of(plain, sealed.len - SEAL_OVERHEAD_BYTES),
                           resealed);
}

/* --- crypto/key.h --------------------------------------------------------------------------- */

static void point_of(const uint8_t scalar[SEAL_DOUBLE_SCALAR_BYTES], uint8_t point[KEY_POINT_BYTES])
{
    point[0] = 0x04;
    (void)SHA256(scalar, SEAL_DOUBLE_SCALAR_BYTES, point + 1);
    (void)SHA256(point, 1 + SHA256_DIGEST_LENGTH, point + 1 + SHA256_DIGEST_LENGTH);
}

imp_err_t key_generate(enum key_slot slot)
{
    fill_random(device.scalars[slot], sizeof device.scalars[slot]);
    device.is_present[slot] = true;
    return 0;
}

imp_err_t key_public(enum key_slot slot, uint8_t point[KEY_POINT_BYTES])
{
    if (!device.is_present[slot]) {
        return IMP_ERR_KEY_SLOT;
    }
    point_of(device.scalars[slot], point);
    return 0;
}

imp_err_t key_wrap(enum key_slot slot, struct bytes bound_to, uint8_t wrapped[KEY_WRAPPED_BYTES])
{
    if (!device.is_present[slot]) {
        return IMP_ERR_KEY_SLOT;
    }
    const struct bytes scalar = bytes_of(device.scalars[slot], sizeof device.scalars[slot]);
    const imp_err_t err = close_for(PURPOSE_KEY, bound_to, scalar, wrapped);

    wrapped[20] ^= device.is_spoiling;
    device.is_spoiling = false;
    return err;
}

imp_err_t key_unwrap(enum key_slot slot, struct bytes bound_to,
                     const uint8_t point[KEY_POINT_BYTES], const uint8_t wrapped[KEY_WRAPPED_BYTES])
{
    uint8_t computed[KEY_POINT_BYTES];
    imp_err_t err =
        open_for(PURPOSE_KEY, bound_to, bytes_of(wrapped, KEY_WRAPPED_BYTES), device.scalars[slot]);

    point_of(device.scalars[slot], computed);
    if (err == 0 && memcmp(computed, point, sizeof computed) != 0) {
        err = IMP_ERR_SEAL_OPEN;
    }
    device.is_present[slot] = err == 0;
    return err;
}

bool key_is_present(enum key_slot slot)
{
    return device.is_present[slot];
}

void key_erase(enum key_slot slot)
{
    memset(device.scalars[slot], 0, sizeof device.scalars[slot]);
    device.is_present[slot] = false;
}
