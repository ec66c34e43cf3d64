/* SPDX-License-Identifier: MIT
 * entropy_host.c -- hal_entropy over getrandom(2), or over SplitMix64 when a seed was given. */
#define _GNU_SOURCE /* getrandom */
#include "host-sim/device/entropy_host.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>

#include "hal/hal_entropy.h"

struct noise {
    bool seeded;
    uint64_t state;
};

static struct noise noise;

void entropy_host_seed(uint64_t seed)
{
    noise.seeded = true;
    noise.state = seed;
}

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
 * figure 17. */
static uint64_t next_seeded(void)
{
    uint64_t mixed = noise.state += 0x9E3779B97F4A7C15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

hal_err_t hal_entropy_read(uint8_t *out, size_t bytes)
{
    size_t filled = 0;

    while (noise.seeded && filled < bytes) {
        out[filled++] = (uint8_t)(next_seeded() >> 56);
    }
    while (filled < bytes) {
        const ssize_t got = getrandom(out + filled, bytes - filled, 0);

        if (got < 0 && errno != EINTR) {
            return HAL_ERR_IO;
        }
        filled += got > 0 ? (size_t)got : 0;
    }
    return 0;
}
