/* SPDX-License-Identifier: MIT
 * key.h -- P-256 key slots. The private key never passes this line: software slots today, a
 * secure element tomorrow.
 *
 * A slot is RAM of the port (or a register of the element). What makes a software slot survive a
 * reset is its wrapped form: the private key sealed as in seal.h, with a purpose of its own,
 * which only this unit can load again. All functions that return an error may also return
 * IMP_ERR_CRYPTO_MEMORY: a full arena is not broken hardware. */
#ifndef FIRMWARE_CRYPTO_KEY_H
#define FIRMWARE_CRYPTO_KEY_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum key_slot {
    KEY_SLOT_STAGED,  /* The key of the enrollment operation under way. */
    KEY_SLOT_CURRENT, /* The key of the committed identity. */
    KEY_SLOT_COUNT
};

enum {
    KEY_POINT_BYTES = 65,        /* Uncompressed public point: 04 | X | Y (SEC 1 2.3.3). */
    KEY_WRAPPED_BYTES = 32 + 28, /* Sealed private key. */
    KEY_DIGEST_BYTES = 32,       /* SHA-256. */
    KEY_SIGNATURE_BYTES_MAX = 72 /* DER ECDSA-Sig-Value. */
};

/* Make a new key pair in `slot` and check it: scalar in range, point on the curve, sign and
 * verify. One key generation, one signature, one verification. 0; an entropy error;
 * IMP_ERR_KEY_PAIR: the slot is then empty. */
imp_err_t key_generate(enum key_slot slot);

/* The public point of the key in `slot`. 0; IMP_ERR_KEY_SLOT. */
imp_err_t key_public(enum key_slot slot, uint8_t point[KEY_POINT_BYTES]);

/* The wrapped form of the key in `slot`, bound to `bound_to` and to its public point. 0;
 * IMP_ERR_KEY_SLOT; IMP_ERR_SEAL_KEY; entropy. */
imp_err_t key_wrap(enum key_slot slot, struct bytes bound_to, uint8_t wrapped[KEY_WRAPPED_BYTES]);

/* Load a wrapped key into `slot`. 0; IMP_ERR_SEAL_OPEN (not this unit's, altered, bound
 * elsewhere, or another point); IMP_ERR_SEAL_KEY: the slot is then empty. */
imp_err_t key_unwrap(enum key_slot slot, struct bytes bound_to,
                     const uint8_t point[KEY_POINT_BYTES],
                     const uint8_t wrapped[KEY_WRAPPED_BYTES]);

/* Sign a SHA-256 digest with the key in `slot`: DER ECDSA signature (RFC 3279 2.2.3), length in
 * *bytes. 0; IMP_ERR_KEY_SLOT; entropy; IMP_ERR_CRYPTO_FAULT. */
imp_err_t key_sign(enum key_slot slot, const uint8_t digest[KEY_DIGEST_BYTES],
                   uint8_t signature[KEY_SIGNATURE_BYTES_MAX], size_t *bytes);

/* True when `slot` holds a key. */
bool key_is_present(enum key_slot slot);

/* Wipe `slot`. */
void key_erase(enum key_slot slot);

#endif
