/* SPDX-License-Identifier: MIT
 * seal_double.h -- crypto/seal.h and crypto/key.h for tests of the store: AES-256-GCM by
 * OpenSSL, keys that only look like keys. Seeded: the same calls give the same bytes. */
#ifndef TESTS_SUPPORT_SEAL_DOUBLE_H
#define TESTS_SUPPORT_SEAL_DOUBLE_H

#include <stdint.h>

#include "firmware/crypto/key.h"
#include "firmware/crypto/seal.h"

enum {
    SEAL_DOUBLE_SCALAR_BYTES = 32
};

/* Forget all keys and start anew: as unit number `unit`, with randomness that follows from
 * `seed`. */
void seal_double_reset(uint8_t unit, uint64_t seed);

/* Begin the randomness of another seed. */
void seal_double_seed(uint64_t seed);

/* From now on this is unit number `unit`: what another one sealed does not open. */
void seal_double_unit(uint8_t unit);

/* The next seal_close, seal_move or key_wrap returns `err`. */
void seal_double_fail(imp_err_t err);

/* The next key_wrap gives something that does not load again. */
void seal_double_spoil_wrap(void);

/* The private key in `slot`, to look for it where it must not be. The slot must hold one. */
const uint8_t *seal_double_scalar(enum key_slot slot);

#endif
