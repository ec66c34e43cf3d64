/* SPDX-License-Identifier: MIT
 * life_series.h -- which lives a campaign lives: plans by series and number. */
#ifndef TESTS_SIM_LIFE_SERIES_H
#define TESTS_SIM_LIFE_SERIES_H

#include <stdint.h>

#include "tests/sim/life.h"

enum {
    LIFE_GEOMETRIES_MAX = 16
};

/* Lives in which nothing went wrong, one for each kind of flash: what there is to be cut. */
struct life_baseline {
    struct life_result flash[LIFE_GEOMETRIES_MAX];
};

enum life_series {
    LIFE_CUTS,      /* Each flash operation, cut in each of four ways, on each kind of flash. */
    LIFE_PAIRS,     /* A second cut while the device recovers from the first. */
    LIFE_FAILURES,  /* A program or erase reports that it failed. */
    LIFE_FRAMES,    /* Power cut at each frame that the device sends or takes. */
    LIFE_BYTES,     /* Each connection broken at each byte, in both directions, in each way. */
    LIFE_WEATHER,   /* Frames lost, doubled, changed, late; the cable out. */
    LIFE_NAMES,     /* DNS that lies. */
    LIFE_AUTHORITY, /* An authority that misbehaves, with and without a cut. */
    LIFE_CLOCKS,    /* Clocks at the moments of THREATS device line 13. */
    LIFE_AGES,      /* Certificates of a few days: renewed in time, or slept through. */
    LIFE_DATES,     /* An authority that says it is 2000, 2099 or 9999. */
    LIFE_MISTAKES,  /* Wrong tokens and pins, and a noise source that fails. */
    LIFE_SERIES_COUNT
};

/* "cuts" and so on. */
const char *life_series_name(enum life_series series);

/* How many plans the series has before it repeats itself with other seeds. */
uint64_t life_series_size(enum life_series series, const struct life_baseline *baseline);

/* Plan number `index` of the series; what is left to chance comes from `seed`. */
void life_series_plan(enum life_series series, const struct life_baseline *baseline, uint64_t seed,
                      uint64_t index, struct life_plan *plan);

/* Of 1,000 lives of a campaign, how many belong to the series. */
unsigned life_series_share(enum life_series series);

#endif
