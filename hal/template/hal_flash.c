/* SPDX-License-Identifier: MIT
 * hal_flash.c -- template: the flash that holds the identity.
 *
 * Hand `template_flash` out as board_flash(). Every function checks the range first, and writes
 * nothing if that fails; hal/drivers/s25fl.c is a complete one. */
#include "hal/hal_flash.h"

/* Copy from the region. Memory-mapped flash is a memcpy; an ECC error is HAL_ERR_IO, not a
 * fault. */
static hal_err_t read_bytes(const struct hal_flash *flash, uint32_t offset, void *out, size_t bytes)
{
    (void)flash;
    (void)offset;
    (void)out;
    (void)bytes;
    return HAL_ERR_UNSUPPORTED;
}

/* Unit by unit, in order, with a limit on the time. Where the chip stalls on reads from the bank it
 * programs, the code that waits has to run from RAM. */
static hal_err_t program_bytes(const struct hal_flash *flash, uint32_t offset, const void *in,
                               size_t bytes)
{
    (void)flash;
    (void)offset;
    (void)in;
    (void)bytes;
    return HAL_ERR_UNSUPPORTED;
}

/* One sector, with the data sheet's limit on the time. */
static hal_err_t erase_sector(const struct hal_flash *flash, uint32_t offset)
{
    (void)flash;
    (void)offset;
    return HAL_ERR_UNSUPPORTED;
}

/* Fill in the geometry: it is zero here, which no board has. `program_again` is false wherever
 * the flash has ECC, and false is always safe. */
extern const struct hal_flash template_flash;
const struct hal_flash template_flash = {
    .read = read_bytes,
    .program = program_bytes,
    .erase = erase_sector,
};
