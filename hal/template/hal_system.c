/* SPDX-License-Identifier: MIT
 * hal_system.c -- template: watchdog and reset.
 *
 * To write, and left out here because neither can say that it did nothing:
 *
 *   hal_watchdog_feed  one register write; an empty function, with its reason, on a board without a
 *                      watchdog. Its limit is longer than an erase and than 5 s.
 *   hal_reset          the core's or the chip's reset request, then a loop that never ends. */
#include "hal/hal_system.h"
