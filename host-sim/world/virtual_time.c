/* SPDX-License-Identifier: MIT
 * virtual_time.c -- see virtual_time.h. The linker prefers the program's own time() and its kin to
 * the C library's, for every shared library in the process. */
#define _GNU_SOURCE /* syscall */
#include "host-sim/world/virtual_time.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "firmware/config.h"

static int64_t epoch = CONFIG_BUILD_TIME + 86400;
static uint64_t now_ms;

uint64_t virtual_ms(void)
{
    return now_ms;
}

void virtual_time_set(uint64_t ms)
{
    now_ms = ms > now_ms ? ms : now_ms;
}

int64_t virtual_epoch(void)
{
    return epoch;
}

void virtual_time_begin(int64_t begin)
{
    epoch = begin;
}

uint64_t real_ms(void)
{
    struct timespec now;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- What the C library would have said ------------------------------------------------------- */

time_t time(time_t *out)
{
    const time_t now = (time_t)(epoch + (int64_t)(now_ms / 1000));

    if (out != NULL) {
        *out = now;
    }
    return now;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    const int64_t base = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? epoch : 1000;

    out->tv_sec = (time_t)(base + (int64_t)(now_ms / 1000));
    out->tv_nsec = (long)(now_ms % 1000) * 1000000;
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    out->tv_sec = time(NULL);
    out->tv_usec = (suseconds_t)(now_ms % 1000) * 1000;
    return 0;
}
