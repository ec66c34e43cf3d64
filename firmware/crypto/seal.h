/* SPDX-License-Identifier: MIT
 * seal.h -- secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key derived from the unit's
 * device key.
 *
 * A sealed secret is nonce (12, random) | ciphertext | tag (16). The purpose is part of what is
 * authenticated, so that a private key sealed by crypto/key.h never opens here. On a board
 * without a device key the key is all zero: the format is the same, nothing is secret, and
 * `status` says "not sealed". */
#ifndef FIRMWARE_CRYPTO_SEAL_H
#define FIRMWARE_CRYPTO_SEAL_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum {
    SEAL_OVERHEAD_BYTES = 12 + 16
};

/* Every error below may also be IMP_ERR_CRYPTO_MEMORY: the arena is full for now. */

/* True when the board has a device key. */
bool seal_is_secret(void);

/* Seal `plain` (0 to 512 bytes), bound to `bound_to` (associated data: the record header), into
 * `sealed`, which has plain.len + SEAL_OVERHEAD_BYTES bytes. 0; IMP_ERR_SEAL_KEY; an entropy
 * error; IMP_ERR_CRYPTO_FAULT. */
imp_err_t seal_close(struct bytes bound_to, struct bytes plain, uint8_t *sealed);

/* Open what seal_close made, into `plain` (sealed.len - SEAL_OVERHEAD_BYTES bytes; the caller
 * wipes it). 0; IMP_ERR_SEAL_OPEN (another unit's, altered, or bound to something else; `plain`
 * is zero); IMP_ERR_SEAL_KEY. */
imp_err_t seal_open(struct bytes bound_to, struct bytes sealed, uint8_t *plain);

/* Open a sealed secret of either purpose and seal it again, bound to `new_bound_to`, without
 * giving it to anybody (a record moves to the other flash slot). `resealed` has sealed.len
 * bytes. Errors as above. */
imp_err_t seal_move(struct bytes bound_to, struct bytes sealed, struct bytes new_bound_to,
                    uint8_t *resealed);

#endif
