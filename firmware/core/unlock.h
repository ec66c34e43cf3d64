/* SPDX-License-Identifier: MIT
 * unlock.h -- the operator's unlock secret: only a salted, stretched hash of it is kept. */
#ifndef FIRMWARE_CORE_UNLOCK_H
#define FIRMWARE_CORE_UNLOCK_H

#include "firmware/core/provision.h"

/* SHA-256 iterated over salt and secret; 4,096 rounds are about 40 ms on a 142 MHz Cortex-M3.
 * Against someone who can read the flash a short secret falls all the same: choose a long one. */
enum {
    UNLOCK_CHARS_MIN = 8,
    UNLOCK_CHARS_MAX = 64,
    UNLOCK_ROUNDS = 4096
};

/* Make the record (fresh salt | hash) of `secret`. 0; IMP_ERR_CONFIG_VALUE (length); an entropy
 * error. */
imp_err_t unlock_make(const char *secret, uint8_t record[PROVISION_UNLOCK_BYTES]);

/* 0 when `secret` is the one; IMP_ERR_CONFIG_LOCKED. The comparison is constant-time. */
imp_err_t unlock_check(const char *secret, const uint8_t record[PROVISION_UNLOCK_BYTES]);

#endif
