/* SPDX-License-Identifier: MIT
 * hal_entropy.c -- template: raw noise from the chip. */
#include "hal/hal_entropy.h"

/* Start the noise source, wait with a limit for each word, check its own failure flags, and
 * copy. Never fill up from a counter, a serial number or a generator with a fixed seed: that
 * makes two devices with one key. If what you have is for an emulator or a lab only, end its
 * name in `_emulator` and refuse that name in the board's linker script (see
 * boards/sf2-som/board.ld). */
hal_err_t hal_entropy_read(uint8_t *out, size_t bytes)
{
    (void)out;
    (void)bytes;
    return HAL_ERR_UNSUPPORTED;
}
