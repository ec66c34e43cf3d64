/* SPDX-License-Identifier: MIT
 * hal_unit.h -- what makes this unit this unit: serial number and device key. Link-time: one
 * implementation a board. */
#ifndef HAL_HAL_UNIT_H
#define HAL_HAL_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

enum {
    HAL_UNIT_SERIAL_CHARS_MAX = 32,
    HAL_DEVICE_KEY_BYTES = 32
};

/* The unit's serial number as text of [0-9A-Za-z-], terminated. Not a secret. Does not block.
 * 0; HAL_ERR_UNSUPPORTED (the chip has none: the provisioning record may bring one); HAL_ERR_IO. */
hal_err_t hal_unit_serial(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1]);

/* The device key: 32 secret bytes, unique per unit, the same at every boot, held outside the
 * identity flash (fuses, a PUF, a key register). The caller wipes its copy. Blocks for at most
 * 10 ms. Not for ISRs. 0; HAL_ERR_UNSUPPORTED (this board has none: secrets are then not sealed,
 * and status says so); HAL_ERR_IO (there is one, but it can't be read now: nothing may be sealed
 * or opened). */
hal_err_t hal_device_key(uint8_t key[HAL_DEVICE_KEY_BYTES]);

#endif
