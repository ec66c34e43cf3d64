/* SPDX-License-Identifier: MIT
 * board.h -- what every board (and the simulator, which is a board) gives to the application. */
#ifndef BOARDS_BOARD_H
#define BOARDS_BOARD_H

#include "hal/hal_flash.h"
#include "hal/hal_netif.h"

/* Bring up clocks, console and buses. Called once, first. Does not fail: a part that is not there shows itself when it
 * is used (flash with a wrong JEDEC id answers every call with HAL_ERR_IO). */
void board_init(void);

/* The identity flash and the Ethernet interface of this board. Static; never NULL. */
const struct hal_flash *board_flash(void);
const struct hal_netif *board_netif(void);

/* The board's name as in boards/, for `status`. */
const char *board_name(void);

#endif
