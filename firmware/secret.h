/* SPDX-License-Identifier: MIT
 * secret.h -- the two operations that secrets need and the C library does not promise. */
#ifndef FIRMWARE_SECRET_H
#define FIRMWARE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Overwrite `len` bytes with zero, even where the compiler sees that nobody reads them again. */
void secret_wipe(void *at, size_t len);

/* Compare `len` bytes in time that depends on `len` only. */
bool secret_equal(const void *a, const void *b, size_t len);

#endif
