/* SPDX-License-Identifier: MIT
 * sim_key.c -- the private key as a file, for programs on this machine that can't ask the device to
 * sign.
 *
 * The firmware has no function that gives a key away. This is the other way: read the identity's
 * record from the flash image as docs/SPEC.md draws it, and open it with the unit's key. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "firmware/store/store_layout.h"
#include "host-sim/device/sim.h"

enum {
    SCALAR_BYTES = 32,
    NONCE_BYTES = 12,
    TAG_BYTES = 16,
    KEY_MODE = 0600
};

/* What the record of the identity holds of its key. */
struct sealed_key {
    uint8_t bound[RECORD_BOUND_BYTES];
    uint8_t point[KEY_POINT_BYTES];
    uint8_t wrapped[KEY_WRAPPED_BYTES];
};

static void note_identity(void *context, const struct store_visit *visit)
{
    if (visit->type == STORE_IDENTITY && visit->counts) {
        *(struct store_visit *)context = *visit;
    }
}

static bool read_sealed(const struct hal_flash *flash, struct sealed_key *key)
{
    struct store store;
    struct store_visit found = { 0 };
    uint8_t header[RECORD_HEADER_BYTES];
    uint32_t secret_at;

    if (store_open(&store, flash) != 0 || store_visit(&store, note_identity, &found) != 0 ||
        found.clear_bytes < KEY_POINT_BYTES || found.secret_bytes != KEY_WRAPPED_BYTES ||
        flash->read(flash, found.offset, header, sizeof header) != 0) {
        return false;
    }
    secret_at = found.offset + layout_record_payload(flash) + found.clear_bytes;
    key->bound[0] = found.slot;
    for (unsigned i = 0; i < 4; i++) {
        key->bound[1 + i] = (uint8_t)(store.generation >> (8 * i));
    }
    memcpy(key->bound + 5, header, RECORD_AT_CRC);
    return flash->read(flash, secret_at - KEY_POINT_BYTES, key->point, KEY_POINT_BYTES) == 0 &&
           flash->read(flash, secret_at, key->wrapped, KEY_WRAPPED_BYTES) == 0;
}

/* AES-256-GCM under HMAC-SHA256(device key, "imprint seal 1 key"): nonce | ciphertext | tag. */
static bool open_sealed(const struct sealed_key *key, const uint8_t sealing_key[32],
                        uint8_t scalar[SCALAR_BYTES])
{
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    uint8_t tag[TAG_BYTES];
    int bytes = 0;
    bool opened;

    memcpy(tag, key->wrapped + NONCE_BYTES + SCALAR_BYTES, sizeof tag);
    opened =
        gcm != NULL &&
        EVP_DecryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, sealing_key, key->wrapped) == 1 &&
        EVP_DecryptUpdate(gcm, NULL, &bytes, key->bound, sizeof key->bound) == 1 &&
        EVP_DecryptUpdate(gcm, scalar, &bytes, key->wrapped + NONCE_BYTES, SCALAR_BYTES) == 1 &&
        EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
        EVP_DecryptFinal_ex(gcm, scalar + bytes, &bytes) == 1;
    EVP_CIPHER_CTX_free(gcm);
    return opened;
}

static bool read_scalar(const struct sealed_key *key, uint8_t scalar[SCALAR_BYTES])
{
    static const char label[] = "imprint seal 1 key";
    uint8_t device_key[HAL_DEVICE_KEY_BYTES];
    uint8_t sealing_key[32];
    unsigned bytes = 0;
    bool opened;

    opened = hal_device_key(device_key) == 0 &&
             HMAC(EVP_sha256(), device_key, sizeof device_key, (const uint8_t *)label,
                  sizeof label - 1, sealing_key, &bytes) != NULL &&
             open_sealed(key, sealing_key, scalar);
    OPENSSL_cleanse(device_key, sizeof device_key);
    OPENSSL_cleanse(sealing_key, sizeof sealing_key);
    return opened;
}

static OSSL_PARAM *pair_params(const struct sealed_key *key, const BIGNUM *scalar)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;

    if (build != NULL && scalar != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, key->point,
                                         KEY_POINT_BYTES) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    OSSL_PARAM_BLD_free(build);
    return params;
}

/* The key pair; NULL unless scalar and point belong together. */
static EVP_PKEY *make_pair(const struct sealed_key *key, const uint8_t scalar[SCALAR_BYTES])
{
    BIGNUM *number = BN_secure_new();
    OSSL_PARAM *params = pair_params(key, BN_bin2bn(scalar, SCALAR_BYTES, number));
    EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY_CTX *check = NULL;
    EVP_PKEY *pair = NULL;

    if (params != NULL && from != NULL && EVP_PKEY_fromdata_init(from) == 1 &&
        EVP_PKEY_fromdata(from, &pair, EVP_PKEY_KEYPAIR, params) == 1) {
        check = EVP_PKEY_CTX_new(pair, NULL);
    }
    if (check == NULL || EVP_PKEY_pairwise_check(check) != 1) {
        EVP_PKEY_free(pair);
        pair = NULL;
    }
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_CTX_free(from);
    OSSL_PARAM_free(params);
    BN_clear_free(number);
    return pair;
}

static int publish_pair(const struct sim_device *device, const EVP_PKEY *pair)
{
    BIO *pem = BIO_new(BIO_s_secmem());
    char *text = NULL;
    int code = SIM_FAULT;

    if (pem != NULL && PEM_write_bio_PrivateKey(pem, pair, NULL, NULL, 0, NULL, NULL) == 1) {
        const long chars = BIO_get_mem_data(pem, &text);

        code = sim_publish(device, "device.key", KEY_MODE, bytes_of(text, (size_t)chars));
    }
    BIO_free(pem);
    return code;
}

int sim_export_key(const struct sim_device *device)
{
    struct sealed_key key;
    uint8_t scalar[SCALAR_BYTES];
    EVP_PKEY *pair = NULL;
    int code = SIM_FAULT;

    if (read_sealed(flash_file_flash(&device->flash), &key) && read_scalar(&key, scalar)) {
        pair = make_pair(&key, scalar);
    }
    OPENSSL_cleanse(scalar, sizeof scalar);
    if (pair != NULL) {
        code = publish_pair(device, pair);
    } else {
        cli_fail(device->args, SIM_FAULT, "the private key can't be read from the flash image");
    }
    EVP_PKEY_free(pair);
    return code;
}
