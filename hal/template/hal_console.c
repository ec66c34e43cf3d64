/* SPDX-License-Identifier: MIT
 * hal_console.c -- template: a byte stream to the operator.
 *
 * To write, and left out here because a console that swallows everything would look like one:
 *
 *   hal_console_read   the next byte out of a ring that the receive interrupt fills; the main loop
 *                      may be away for 50 ms, which is 576 bytes at 115200 baud.
 *   hal_console_write  wait for room in the transmitter, byte by byte; it must also work inside a
 *                      fault report, so don't wait for an interrupt. */
#include "hal/hal_console.h"
