/* SPDX-License-Identifier: MIT
 * backoff.c -- full jitter (the wait is uniform below the bound, not near it), so that a fleet
 * spreads out. */
#include "firmware/core/backoff.h"

#include "firmware/config.h"
#include "firmware/imp_assert.h"

uint32_t backoff_bound_ms(uint32_t attempts)
{
    uint32_t bound_ms = CONFIG_BACKOFF_FIRST_MS;

    IMP_ASSERT(attempts > 0);
    while (--attempts > 0 && bound_ms < CONFIG_BACKOFF_CAP_MS) {
        bound_ms *= 2;
    }
    return bound_ms < CONFIG_BACKOFF_CAP_MS ? bound_ms : CONFIG_BACKOFF_CAP_MS;
}

uint32_t backoff_wait_ms(uint32_t attempts, uint32_t retry_after_s, uint32_t random)
{
    const uint32_t bound_ms = backoff_bound_ms(attempts);
    const uint32_t asked_s_max = (CONFIG_RETRY_AFTER_CAP_MS - bound_ms) / 1000u;
    const uint32_t asked_s = retry_after_s < asked_s_max ? retry_after_s : asked_s_max;

    return asked_s * 1000u + (uint32_t)((uint64_t)random * (bound_ms + 1u) >> 32);
}

bool backoff_is_doubling(uint32_t attempts)
{
    return attempts > 0 && (attempts & (attempts - 1)) == 0;
}
