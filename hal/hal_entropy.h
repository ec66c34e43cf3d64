/* SPDX-License-Identifier: MIT
 * hal_entropy.h -- raw noise from the chip. Link-time: each board brings one implementation. */
#ifndef HAL_HAL_ENTROPY_H
#define HAL_HAL_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

/* Fill `out` with `bytes` bytes from the noise source, unconditioned where the chip allows it:
 * the caller tests them (NIST SP 800-90B section 4.4) and feeds them to a DRBG, and must get at
 * least 4 bits of min-entropy a byte. Blocks for at most 10 ms per 32 bytes. Not for ISRs. 0;
 * HAL_ERR_IO (timed out, or the source reports a failure: `out` is then to be ignored). A
 * partial fill is HAL_ERR_IO. */
hal_err_t hal_entropy_read(uint8_t *out, size_t bytes);

#endif
