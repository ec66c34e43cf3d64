/* SPDX-License-Identifier: MIT
 * board_host.h -- what the host board is told before it is switched on: its files, and what a reset
 * means. */
#ifndef HOST_SIM_DEVICE_BOARD_HOST_H
#define HOST_SIM_DEVICE_BOARD_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct hal_flash;

struct board_host {
    /* The identity flash. */
    const struct hal_flash *flash;

    /* Arguments, ending with NULL, of the new process that a reset begins. NULL: a reset ends the
     * process with `reset_exit_code`. */
    char **restart;
    int reset_exit_code;

    /* Standard input is the console. */
    bool has_console;
};

/* Describe the board; called once, before board_init. Copied; what it points to stays the
 * caller's. */
void board_host_use(const struct board_host *board);

#endif
