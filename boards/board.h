/* SPDX-License-Identifier: MIT
 * board.h -- what every board (and the simulator, which is a board) gives to the application. */
#ifndef BOARDS_BOARD_H
#define BOARDS_BOARD_H

#include <stddef.h>

#include "hal/hal_flash.h"
#include "hal/hal_netif.h"

/* Bring up clocks, console and buses. Called once, first. Does not fail: a part that is not
 * there shows itself when it is used (flash with a wrong JEDEC id answers every call with
 * HAL_ERR_IO). */
void board_init(void);

/* The identity flash and the Ethernet interface of this board. Static; never NULL. */
const struct hal_flash *board_flash(void);
const struct hal_netif *board_netif(void);

/* The board's name as in boards/, for `status`. */
const char *board_name(void);

/* The program as it lies in memory, code and initial data, for its hash in `status`. NULL and 0
 * on the host, where the operating system has placed it. */
const void *board_image(size_t *bytes);

/* The deepest the stack has been since reset, in bytes, by the paint that is left on it (a frame
 * that was reserved but never written does not show). 0 where nobody measures: on the host,
 * whose stack is not a budget. Reads the whole unused part of the stack; not for ISRs. */
size_t board_stack_high_water(void);

#endif
