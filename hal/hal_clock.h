/* SPDX-License-Identifier: MIT
 * hal_clock.h -- time since reset, and the wall clock where the board has one. */
#ifndef HAL_HAL_CLOCK_H
#define HAL_HAL_CLOCK_H

#include <stdint.h>

#include "hal/hal_err.h"

/* Milliseconds since reset; never goes back, never wraps. Does not block. Not for ISRs. */
uint64_t hal_clock_ms(void);

/* Seconds since 1970-01-01T00:00:00Z from a clock that was set and kept running. Does not block.
 * 0; HAL_ERR_UNSUPPORTED (no such clock); HAL_ERR_IO (there is one, but it was never set or has
 * stopped). */
hal_err_t hal_clock_rtc_seconds(int64_t *seconds);

/* Wait for something to happen, at most `limit_ms` (a main loop's idle; an interrupt may end it
 * early). */
void hal_clock_idle(uint32_t limit_ms);

#endif
