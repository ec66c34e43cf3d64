/* SPDX-License-Identifier: MIT
 * board_host.c -- the host as a board: boards/board.h and hal_system for a Linux process. */
#define _POSIX_C_SOURCE 200809L
#include "host-sim/device/board_host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "boards/board.h"
#include "hal/hal_system.h"
#include "host-sim/device/console_stdio.h"
#include "host-sim/device/netif_slirp.h"

static struct board_host host;

void board_host_use(const struct board_host *board)
{
    host = *board;
}

void board_init(void)
{
    /* A console or a peer that went away is an error of the write, not the end of the device. */
    signal(SIGPIPE, SIG_IGN);
    if (host.has_console) {
        console_stdio_start();
    }
}

const struct hal_flash *board_flash(void)
{
    return host.flash;
}

const struct hal_netif *board_netif(void)
{
    return netif_slirp();
}

const char *board_name(void)
{
    return "host";
}

const void *board_image(size_t *bytes)
{
    *bytes = 0;
    return NULL;
}

size_t board_stack_high_water(void)
{
    return 0;
}

void hal_watchdog_feed(void)
{
}

/* Every descriptor but the standard three closes itself, and with them the lock on the flash
 * file. */
void hal_reset(void)
{
    if (host.restart != NULL) {
        fflush(NULL);
        console_stdio_stop();
        execv("/proc/self/exe", host.restart);
        perror("reset");
    }
    exit(host.reset_exit_code);
}
