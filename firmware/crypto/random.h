/* SPDX-License-Identifier: MIT
 * random.h -- the only way entropy enters the firmware; implemented by the port over the HAL's
 * noise source. */
#ifndef FIRMWARE_CRYPTO_RANDOM_H
#define FIRMWARE_CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/error.h"

/* Test the noise source (SP 800-90B 4.3, 1024 samples: crypto/health.h) and seed the DRBG (SP
 * 800-90A Hash_DRBG). Called once after reset, before any key or connection. 0;
 * IMP_ERR_ENTROPY_FAILED; IMP_ERR_ENTROPY_STUCK; IMP_ERR_ENTROPY_BIASED: then nothing random may
 * be used until a reset, and random_fill keeps refusing. */
imp_err_t random_start(void);

/* Fill `out` with `len` bytes (at most 256) from the DRBG. 0; what random_start said;
 * IMP_ERR_ENTROPY_FAILED (a reseed failed): `out` is then zero. */
imp_err_t random_fill(uint8_t *out, size_t len);

#endif
