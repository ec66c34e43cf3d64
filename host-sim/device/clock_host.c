/* SPDX-License-Identifier: MIT
 * clock_host.c -- time on the host board: the kernel's monotonic clock since the process began, and
 * its wall clock.
 *
 * All of the board's time passes through this file and its one struct, so that a virtual clock fits
 * here later. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "hal/hal_clock.h"

#include <time.h>

#include "host-sim/device/console_stdio.h"
#include "host-sim/device/netif_slirp.h"

struct clock_host {
    int64_t reset_ns; /* Monotonic time of the reset; 0: nobody has asked yet. */
};

static struct clock_host clock_host;

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t hal_clock_ms(void)
{
    const int64_t now_ns = monotonic_ns();

    if (clock_host.reset_ns == 0) {
        clock_host.reset_ns = now_ns;
    }
    return (uint64_t)(now_ns - clock_host.reset_ns) / 1000000;
}

hal_err_t hal_clock_rtc_seconds(int64_t *seconds)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return HAL_ERR_IO;
    }
    *seconds = now.tv_sec;
    return 0;
}

void hal_clock_idle(uint32_t limit_ms)
{
    if (!console_stdio_is_empty()) {
        return;
    }
    netif_slirp_wait(limit_ms, console_stdio_fd());
}
