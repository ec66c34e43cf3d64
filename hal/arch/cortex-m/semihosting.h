/* SPDX-License-Identifier: MIT
 * semihosting.h -- files of the machine that runs the emulator.
 * Source: Semihosting for AArch32 and AArch64 (Arm IHI 0100), chapter 6.
 *
 * For emulators only, and named so: on silicon nobody answers, and a release build does not link
 * with these. An image that may call them can read every file that the emulator's user can. */
#ifndef HAL_ARCH_CORTEX_M_SEMIHOSTING_H
#define HAL_ARCH_CORTEX_M_SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

/* The emulator's command line for the image, terminated, into `text`. Blocks for microseconds.
 * 0; HAL_ERR_IO (longer than `capacity` - 1, or the emulator refuses). */
hal_err_t semihosting_command_line_emulator(char *text, size_t capacity);

/* Open `path` on the host for reading, as bytes. Blocks as long as the host does.
 * 0 with a file number in `file`; HAL_ERR_IO (no such file, or not ours to read). */
hal_err_t semihosting_open_emulator(const char *path, uint32_t *file);

/* Read `capacity` bytes, fewer only at the end of the file; how many in `*bytes`. Blocks as long as
 * the host does. 0; HAL_ERR_IO. */
hal_err_t semihosting_read_emulator(uint32_t file, void *out, size_t capacity, size_t *bytes);

/* Give the file number back. */
void semihosting_close_emulator(uint32_t file);

#endif
