/* SPDX-License-Identifier: MIT
 * hal_clock.c -- template: time since reset, and the wall clock.
 *
 * To write, and left out here because no value would be true:
 *
 *   hal_clock_ms    64 bits, counted up by a timer interrupt or extended from a free-running
 *                   counter. The core reads 64 bits in two halves: hal/arch/cortex-m/systick.c has
 *                   a reader that can't see one old and one new half.
 *   hal_clock_idle  sleep until an interrupt, never past `limit_ms`; returning at once is
 *                   allowed. */
#include "hal/hal_clock.h"

/* With an RTC: seconds since 1970, but only if it was set and its supply has not failed since (most
 * have a flag for that); HAL_ERR_IO otherwise. A wrong date is worse than none. */
hal_err_t hal_clock_rtc_seconds(int64_t *seconds)
{
    (void)seconds;
    return HAL_ERR_UNSUPPORTED;
}
