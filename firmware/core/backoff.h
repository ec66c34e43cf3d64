/* SPDX-License-Identifier: MIT
 * backoff.h -- how long to wait after a failure: full jitter below a bound that doubles. */
#ifndef FIRMWARE_CORE_BACKOFF_H
#define FIRMWARE_CORE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* Bound of the wait after `attempts` failures in a row (1 or more): CONFIG_BACKOFF_FIRST_MS
 * doubled each time, at most CONFIG_BACKOFF_CAP_MS. */
uint32_t backoff_bound_ms(uint32_t attempts);

/* The wait: uniform in [0, bound], plus what the server asked for (`retry_after_s`, 0 when it did
 * not ask): devices told the same second still come back spread. At most CONFIG_RETRY_AFTER_CAP_MS
 * in all; of a longer request as much is obeyed as leaves room for the spread. `random` is 32
 * random bits. docs/herd.md shows what this makes of 10,000 devices. */
uint32_t backoff_wait_ms(uint32_t attempts, uint32_t retry_after_s, uint32_t random);

/* True when the count is to be kept in flash: at each doubling, so that a count of n costs
 * log2(n) programs. */
bool backoff_is_doubling(uint32_t attempts);

#endif
