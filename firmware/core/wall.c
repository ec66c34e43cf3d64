/* SPDX-License-Identifier: MIT
 * wall.c -- floor and estimate. */
#include "firmware/core/wall.h"

#include "firmware/config.h"

void wall_start(struct wall *wall)
{
    *wall = (struct wall){ .floor = CONFIG_BUILD_TIME };
}

void wall_reset_floor(struct wall *wall)
{
    wall->floor = CONFIG_BUILD_TIME;
}

void wall_raise_floor(struct wall *wall, int64_t not_before)
{
    if (not_before > wall->floor) {
        wall->floor = not_before;
    }
}

void wall_hear(struct wall *wall, int64_t date, uint64_t now_ms)
{
    int64_t now;

    if (date >= wall->floor && (!wall->was_set || !wall_is_sane(wall, now_ms, &now))) {
        wall->estimate = date;
        wall->estimate_ms = now_ms;
        wall->has_estimate = true;
        wall->was_set = false;
    }
}

imp_err_t wall_set(struct wall *wall, int64_t seconds, uint64_t now_ms)
{
    const int64_t year_2000 = 946684800;
    const int64_t end_of_9999 = 253402300799; /* No certificate has a later date. */

    if (seconds < year_2000 || seconds > end_of_9999) {
        return IMP_ERR_CONFIG_VALUE;
    }
    wall->estimate = seconds;
    wall->estimate_ms = now_ms;
    wall->has_estimate = true;
    wall->was_set = true;
    return 0;
}

bool wall_estimate(const struct wall *wall, uint64_t now_ms, int64_t *seconds)
{
    *seconds = wall->estimate + (int64_t)((now_ms - wall->estimate_ms) / 1000u);
    return wall->has_estimate;
}

bool wall_is_sane(const struct wall *wall, uint64_t now_ms, int64_t *seconds)
{
    return wall_estimate(wall, now_ms, seconds) && *seconds >= wall->floor;
}

struct chain_time wall_for_verdict(const struct wall *wall, uint64_t now_ms)
{
    struct chain_time time = { .floor = wall->floor };
    const bool is_sane = wall_is_sane(wall, now_ms, &time.now);

    time.has_now = wall->was_set && is_sane;
    return time;
}
