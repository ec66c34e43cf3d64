/* SPDX-License-Identifier: MIT
 * seal.c -- AES-256-GCM under a key derived from the device key, one key a purpose. */
#include "firmware/crypto/seal.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/hmac.h>

#include "firmware/crypto/random.h"
#include "firmware/secret.h"
#include "hal/hal_unit.h"
#include "port/arena.h"
#include "port/wolfssl/seal_purpose.h"

enum {
    NONCE_BYTES = 12,
    TAG_BYTES = 16,
    KEY_BYTES = 32,
    PLAIN_BYTES_MAX = 512
};

_Static_assert(SEAL_OVERHEAD_BYTES == NONCE_BYTES + TAG_BYTES, "nonce | ciphertext | tag");
_Static_assert(KEY_BYTES == (int)HAL_DEVICE_KEY_BYTES, "the device key is read whole");
_Static_assert(KEY_BYTES == (int)WC_SHA256_DIGEST_SIZE, "HMAC-SHA256 gives an AES-256 key");

/* Stored records depend on these. */
static const char *const labels[] = {
    [SEAL_SECRET] = "imprint seal 1 secret",
    [SEAL_KEY] = "imprint seal 1 key",
};

/* A board without a device key seals under 32 zero bytes in its place: same format, no secrecy. */
static imp_err_t read_device_key(uint8_t key[KEY_BYTES])
{
    const hal_err_t err = hal_device_key(key);

    if (err == HAL_ERR_UNSUPPORTED) {
        memset(key, 0, KEY_BYTES);
        return 0;
    }
    return err ? IMP_ERR_SEAL_KEY : 0;
}

static imp_err_t derive(enum seal_purpose purpose, uint8_t key[KEY_BYTES])
{
    Hmac hmac;
    uint8_t device_key[KEY_BYTES];
    imp_err_t err = read_device_key(device_key);

    if (!err) {
        const char *label = labels[purpose];

        if (wc_HmacInit(&hmac, NULL, INVALID_DEVID) != 0 ||
            wc_HmacSetKey(&hmac, WC_SHA256, device_key, KEY_BYTES) != 0 ||
            wc_HmacUpdate(&hmac, (const byte *)label, (word32)strlen(label)) != 0 ||
            wc_HmacFinal(&hmac, key) != 0) {
            err = IMP_ERR_CRYPTO_FAULT;
        }
        wc_HmacFree(&hmac);
        secret_wipe(&hmac, sizeof hmac);
    }
    secret_wipe(device_key, sizeof device_key);
    return err;
}

/* An AES object with the purpose's key, in the arena: it is large for a stack. */
static imp_err_t keyed_aes(enum seal_purpose purpose, Aes **aes)
{
    uint8_t key[KEY_BYTES];
    imp_err_t err = derive(purpose, key);

    *aes = NULL;
    if (!err) {
        *aes = port_arena_calloc(1, sizeof **aes);
        if (*aes == NULL) {
            err = IMP_ERR_CRYPTO_MEMORY;
        } else if (wc_AesInit(*aes, NULL, INVALID_DEVID) != 0 ||
                   wc_AesGcmSetKey(*aes, key, KEY_BYTES) != 0) {
            err = IMP_ERR_CRYPTO_FAULT;
        }
    }
    secret_wipe(key, sizeof key);
    return err;
}

/* Freed arena memory is zero: no key schedule stays. */
static void free_aes(Aes *aes)
{
    if (aes != NULL) {
        wc_AesFree(aes);
        port_arena_free(aes);
    }
}

imp_err_t seal_close_for(enum seal_purpose purpose, struct bytes bound_to, struct bytes plain,
                         uint8_t *sealed)
{
    Aes *aes = NULL;
    imp_err_t err = random_fill(sealed, NONCE_BYTES);

    if (!err) {
        err = keyed_aes(purpose, &aes);
    }
    if (!err) {
        uint8_t *cipher = sealed + NONCE_BYTES;

        if (wc_AesGcmEncrypt(aes, cipher, plain.data, (word32)plain.len, sealed, NONCE_BYTES,
                             cipher + plain.len, TAG_BYTES, bound_to.data,
                             (word32)bound_to.len) != 0) {
            err = IMP_ERR_CRYPTO_FAULT;
        }
    }
    free_aes(aes);
    if (err) {
        memset(sealed, 0, plain.len + SEAL_OVERHEAD_BYTES);
    }
    return err;
}

imp_err_t seal_open_for(enum seal_purpose purpose, struct bytes bound_to, struct bytes sealed,
                        uint8_t *plain)
{
    Aes *aes = NULL;

    if (sealed.len < SEAL_OVERHEAD_BYTES || sealed.len > PLAIN_BYTES_MAX + SEAL_OVERHEAD_BYTES) {
        return IMP_ERR_SEAL_OPEN;
    }
    const size_t plain_bytes = sealed.len - SEAL_OVERHEAD_BYTES;
    const uint8_t *cipher = sealed.data + NONCE_BYTES;
    imp_err_t err = keyed_aes(purpose, &aes);

    if (!err && wc_AesGcmDecrypt(aes, plain, cipher, (word32)plain_bytes, sealed.data, NONCE_BYTES,
                                 cipher + plain_bytes, TAG_BYTES, bound_to.data,
                                 (word32)bound_to.len) != 0) {
        err = IMP_ERR_SEAL_OPEN;
    }
    free_aes(aes);
    if (err) {
        secret_wipe(plain, plain_bytes);
    }
    return err;
}

bool seal_is_secret(void)
{
    uint8_t device_key[KEY_BYTES];
    const hal_err_t err = hal_device_key(device_key);

    secret_wipe(device_key, sizeof device_key);
    return err != HAL_ERR_UNSUPPORTED;
}

imp_err_t seal_close(struct bytes bound_to, struct bytes plain, uint8_t *sealed)
{
    if (plain.len > PLAIN_BYTES_MAX) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    return seal_close_for(SEAL_SECRET, bound_to, plain, sealed);
}

imp_err_t seal_open(struct bytes bound_to, struct bytes sealed, uint8_t *plain)
{
    return seal_open_for(SEAL_SECRET, bound_to, sealed, plain);
}

/* The plain text passes through `resealed`, which holds it for no longer than this call; the
 * ciphertext of the new nonce then takes its place (GCM works in place). */
imp_err_t seal_move(struct bytes bound_to, struct bytes sealed, struct bytes new_bound_to,
                    uint8_t *resealed)
{
    enum seal_purpose purpose = SEAL_SECRET;
    uint8_t *plain = resealed + NONCE_BYTES;
    imp_err_t err = seal_open_for(purpose, bound_to, sealed, plain);

    if (err == IMP_ERR_SEAL_OPEN) {
        purpose = SEAL_KEY;
        err = seal_open_for(purpose, bound_to, sealed, plain);
    }
    if (!err) {
        err = seal_close_for(purpose, new_bound_to,
                             bytes_of(plain, sealed.len - SEAL_OVERHEAD_BYTES), resealed);
    }
    return err;
}
