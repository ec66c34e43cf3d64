/* SPDX-License-Identifier: MIT
 * hal_console.h -- a byte stream to the operator. */
#ifndef HAL_HAL_CONSOLE_H
#define HAL_HAL_CONSOLE_H

#include <stddef.h>

/* The next received byte (0 to 255), or -1 when there is none. Does not block. Not for ISRs. */
int hal_console_read(void);

/* Write `bytes` bytes. Blocks until the last is in the transmitter (87 us a byte at 115200 baud);
 * where the transmitter stands still it gives up within a second and drops the rest. Works inside a
 * fault report. Not for ISRs. */
void hal_console_write(const char *text, size_t bytes);

#endif
