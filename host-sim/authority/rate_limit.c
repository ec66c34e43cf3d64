/* SPDX-License-Identifier: MIT
 * rate_limit.c -- a row a key, found by its hash alone.
 */
#include "host-sim/authority/rate_limit.h"

#include <stddef.h>

/* Fibonacci hashing: the upper bits of the product depend on all of the key. */
static size_t row_of(uint64_t key)
{
    return (size_t)((key * 0x9E3779B97F4A7C15u) >> 54) % RATE_ROWS;
}

/* Is the row's minute one of this key, and not over? */
static bool is_current(const struct rate_limit *limit, size_t i, uint64_t key, int64_t now)
{
    const int64_t since = limit->row[i].since;

    return limit->row[i].key == key && now >= since && now - since < RATE_WINDOW_S;
}

void rate_limit_count(struct rate_limit *limit, uint64_t key, int64_t now)
{
    const size_t i = row_of(key);

    if (!is_current(limit, i, key, now)) {
        limit->row[i].key = key;
        limit->row[i].since = now;
        limit->row[i].count = 0;
    }
    limit->row[i].count++;
}

long rate_limit_wait_s(const struct rate_limit *limit, uint64_t key, int64_t now)
{
    const size_t i = row_of(key);

    if (limit->per_minute == 0 || !is_current(limit, i, key, now) ||
        limit->row[i].count < limit->per_minute) {
        return 0;
    }
    return (long)(RATE_WINDOW_S - (now - limit->row[i].since));
}
