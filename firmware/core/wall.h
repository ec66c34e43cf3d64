/* SPDX-License-Identifier: MIT
 * wall.h -- what a device without a clock may believe about the date.
 *
 * The floor comes from signed facts only (build time, notBefore of our committed certificate):
 * it proves "expired", never "not yet valid". The estimate comes from a verified answer's Date
 * or from the application, plus uptime: it times renewal and warnings. Only a clock that was set
 * (RTC, application) judges notBefore. */
#ifndef FIRMWARE_CORE_WALL_H
#define FIRMWARE_CORE_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/error.h"
#include "firmware/trust/chain.h"

/* All fields are private. */
struct wall {
    int64_t floor;
    int64_t estimate; /* At `estimate_ms` of uptime. */
    uint64_t estimate_ms;
    bool has_estimate;
    bool was_set; /* By RTC or application. */
};

/* Nothing is known but the build time. */
void wall_start(struct wall *wall);

/* No certificate is committed (any more): the floor is the build time again. The estimate stays. */
void wall_reset_floor(struct wall *wall);

/* A committed certificate begins at `not_before`: the floor never lies before it. */
void wall_raise_floor(struct wall *wall, int64_t not_before);

/* A verified answer said `date`. Overrides an earlier answer, and a clock that was set to a time
 * before the floor, which is wrong; never any other. A date before the floor is ignored. */
void wall_hear(struct wall *wall, int64_t date, uint64_t now_ms);

/* RTC or application: judges notBefore from now on. IMP_ERR_CONFIG_VALUE before 2000-01-01 and
 * after 9999-12-31. */
imp_err_t wall_set(struct wall *wall, int64_t seconds, uint64_t now_ms);

/* The estimate now; false when there is none. */
bool wall_estimate(const struct wall *wall, uint64_t now_ms, int64_t *seconds);

/* The same, and false when it lies before the floor: then it is known to be wrong. */
bool wall_is_sane(const struct wall *wall, uint64_t now_ms, int64_t *seconds);

/* What the verdict may use: the floor, and the time of a clock that was set and is sane. */
struct chain_time wall_for_verdict(const struct wall *wall, uint64_t now_ms);

#endif
