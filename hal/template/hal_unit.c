/* SPDX-License-Identifier: MIT
 * hal_unit.c -- template: what makes this unit this unit. */
#include "hal/hal_unit.h"

/* The chip's unique id as hex, say. Unique is what counts: the device's default name and its MAC
 * address are made from it. */
hal_err_t hal_unit_serial(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    (void)serial;
    return HAL_ERR_UNSUPPORTED;
}

/* Fuses, a PUF or a key register that debug port and flash reader don't reach. Not the unique
 * id: that is printed on half of the debug tools there are. If the chip has nothing of the kind
 * this stays as it is: secrets are then stored unsealed, `status` says so, and a release build
 * asks the board for its reason. */
hal_err_t hal_device_key(uint8_t key[HAL_DEVICE_KEY_BYTES])
{
    (void)key;
    return HAL_ERR_UNSUPPORTED;
}
