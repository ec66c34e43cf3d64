/* SPDX-License-Identifier: MIT
 * rate_limit.h -- how often within a minute: a table of fixed size, whatever is counted.
 */
#ifndef IMPRINT_AUTHORITY_RATE_LIMIT_H
#define IMPRINT_AUTHORITY_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RATE_ROWS = 1024, /* Keys remembered; two that share a row forget each other. */
    RATE_WINDOW_S = 60
};

struct rate_limit {
    long per_minute; /* Of one key; 0: no limit. */
    struct {
        uint64_t key;
        int64_t since;
        long count;
    } row[RATE_ROWS];
};

/* Count one for `key` at `now` (seconds; a clock that jumps back begins a new minute). */
void rate_limit_count(struct rate_limit *limit, uint64_t key, int64_t now);

/* Seconds until `key` may have one more; 0: now. Counts nothing. */
long rate_limit_wait_s(const struct rate_limit *limit, uint64_t key, int64_t now);

#endif
