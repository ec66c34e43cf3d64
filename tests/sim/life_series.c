/* SPDX-License-Identifier: MIT
 * life_series.c -- see life_series.h. */
#include "tests/sim/life_series.h"

#include <stdio.h>
#include <string.h>

#include "host-sim/authority/fault.h"
#include "host-sim/world/dice.h"
#include "host-sim/world/virtual_time.h"

enum {
    CUT_WAYS = 4,
    CONNECTIONS = 6, /* Of a life in which nothing goes wrong: three to enroll, three to renew. */
    BYTE_FAULTS = LAN_FAULT_COUNT - LAN_REFUSED
};

static const enum flash_cut cut_ways[CUT_WAYS] = { FLASH_CUT_BEFORE, FLASH_CUT_TORN, FLASH_CUT_TORN,
                                                   FLASH_CUT_AFTER };

/* All of host-sim/authority/fault.def. */
static const struct {
    const char *name;
    enum fault_stage stage;
} faults[] = {
#define FAULT(name, text, stage, value, help) { text, FAULT_##stage },
#include "host-sim/authority/fault.def"
#undef FAULT
};

/* Where a fault strikes: a wrong certificate has no place but enroll, a wrong server is wrong
 * everywhere. */
static const char *const fault_places[] = { "", ":times=1", ":at=cacerts", ":at=whoami" };

/* THREATS device line 13; 0 would be "no clock", so the first is a second late. */
static const int64_t clocks[] = {
    1, 946684800, CONFIG_BUILD_TIME - 86400, 2147483647, 2147483648, 4294967295, 253402300799,
};

enum {
    FAULTS_COUNT = sizeof faults / sizeof faults[0],
    FAULT_PLACES_COUNT = sizeof fault_places / sizeof fault_places[0],
    CLOCKS_COUNT = sizeof clocks / sizeof clocks[0]
};

/* --- Power ------------------------------------------------------------------------------------ */

static uint64_t cuts_size(const struct life_baseline *baseline)
{
    uint64_t size = 0;

    for (unsigned i = 0; i < flash_geometry_count; i++) {
        size += (uint64_t)baseline->flash[i].flash_operations * CUT_WAYS;
    }
    return size;
}

static void cuts_plan(const struct life_baseline *baseline, struct dice *dice, uint64_t index,
                      struct life_plan *plan)
{
    while (index >= (uint64_t)baseline->flash[plan->geometry].flash_operations * CUT_WAYS) {
        index -= (uint64_t)baseline->flash[plan->geometry].flash_operations * CUT_WAYS;
        plan->geometry++;
    }
    plan->is_unstable = index % CUT_WAYS == 2;
    plan->cuts[0] = (struct life_cut){
        .how = cut_ways[index % CUT_WAYS],
        .at = 1 + (uint32_t)(index / CUT_WAYS),
        .seed = dice_below(dice, 1u << 31),
    };
}

static void random_cut(const struct life_baseline *baseline, struct dice *dice,
                       struct life_plan *plan)
{
    cuts_plan(baseline, dice, dice_roll(dice) % cuts_size(baseline), plan);
}

/* A cut on the kind of flash that the plan has. */
static void add_cut(const struct life_baseline *baseline, struct dice *dice, struct life_plan *plan)
{
    plan->cuts[0] = (struct life_cut){
        .how = cut_ways[dice_below(dice, CUT_WAYS)],
        .at = 1 + dice_below(dice, baseline->flash[plan->geometry].flash_operations),
        .seed = dice_below(dice, 1u << 31),
    };
}

/* Half of the second cuts fall on the few operations of a recovery, the others anywhere. */
static void pairs_plan(const struct life_baseline *baseline, struct dice *dice,
                       struct life_plan *plan)
{
    random_cut(baseline, dice, plan);
    const uint32_t all = baseline->flash[plan->geometry].flash_operations;

    plan->cuts[1] = (struct life_cut){
        .how = cut_ways[dice_below(dice, CUT_WAYS)],
        .at = 1 + dice_below(dice, dice_below(dice, 2) ? 6 : all),
        .seed = dice_below(dice, 1u << 31),
    };
}

static void failures_plan(const struct life_baseline *baseline, struct dice *dice,
                          struct life_plan *plan)
{
    random_cut(baseline, dice, plan);
    plan->cuts[0].how = FLASH_FAULT;
    plan->is_unstable = false;
}

/* --- Network ---------------------------------------------------------------------------------- */

static uint64_t bytes_size(const struct life_baseline *baseline)
{
    uint64_t size = 0;

    for (unsigned i = 0; i < CONNECTIONS; i++) {
        size +=
            baseline->flash[0].bytes[i][LAN_TO_DEVICE] + baseline->flash[0].bytes[i][LAN_TO_SERVER];
    }
    return size * BYTE_FAULTS;
}

static void bytes_plan(const struct life_baseline *baseline, uint64_t index, struct life_plan *plan)
{
    const uint64_t kind = index % BYTE_FAULTS;
    uint64_t at = index / BYTE_FAULTS;

    for (unsigned i = 0; i < CONNECTIONS; i++) {
        for (int d = 0; d < 2; d++) {
            const uint32_t bytes = baseline->flash[0].bytes[i][d];
            if (at < bytes) {
                plan->lan = (struct lan_plan){
                    .fault = (enum lan_fault)(LAN_REFUSED + (int)kind),
                    .direction = (enum lan_direction)d,
                    .connection = i + 1,
                    .at_byte = (uint32_t)at,
                };
                return;
            }
            at -= bytes;
        }
    }
}

static void weather_plan(const struct life_baseline *baseline, struct dice *dice,
                         struct life_plan *plan)
{
    if (dice_below(dice, 2)) {
        random_cut(baseline, dice, plan);
    }
    plan->weather = (struct wire_weather){
        .drop = (uint16_t)dice_below(dice, 300),
        .duplicate = (uint16_t)dice_below(dice, 300),
        .corrupt = (uint16_t)dice_below(dice, 200),
        .delay = (uint16_t)dice_below(dice, 500),
        .delay_ms_max = (uint16_t)(1 + dice_below(dice, 3000)),
    };
    plan->weather_ms = 1000 + dice_below(dice, 600000);
    if (dice_below(dice, 2)) {
        plan->unplug_at_ms = dice_below(dice, 200);
        plan->unplug_ms = 1 + dice_below(dice, 120000);
    }
}

static void names_plan(struct dice *dice, uint64_t index, struct life_plan *plan)
{
    plan->dns = (enum lan_dns)(1 + index % (LAN_DNS_COUNT - 1));
    plan->weather_ms = 1000 + dice_below(dice, 1800000);
}

/* --- Authority and clock ---------------------------------------------------------------------- */

static void authority_plan(const struct life_baseline *baseline, struct dice *dice, uint64_t index,
                           struct life_plan *plan)
{
    static const unsigned places[] = { [FAULT_INSTEAD] = FAULT_PLACES_COUNT,
                                       [FAULT_CERTIFICATE] = 2,
                                       [FAULT_WIRE] = FAULT_PLACES_COUNT,
                                       [FAULT_SERVER] = 1 };
    const unsigned fault = (unsigned)(index % FAULTS_COUNT);
    const unsigned place = (unsigned)(index / FAULTS_COUNT) % places[faults[fault].stage];

    snprintf(plan->faults, sizeof plan->faults, "%s%s", faults[fault].name, fault_places[place]);
    plan->weather_ms = 1000 + dice_below(dice, 1800000);
    plan->is_late = dice_below(dice, 2);
    if (dice_below(dice, 3) == 0) {
        random_cut(baseline, dice, plan);
    }
}

static void clocks_plan(const struct life_baseline *baseline, struct dice *dice, uint64_t index,
                        struct life_plan *plan)
{
    plan->clock = clocks[index % CLOCKS_COUNT];
    plan->weather_ms = 1000 + dice_below(dice, 3600000);
    if (dice_below(dice, 2) == 0) {
        random_cut(baseline, dice, plan);
    }
}

/* Renewed by itself in time; or asleep until the certificate has expired; with and without a clock. */
static void ages_plan(const struct life_baseline *baseline, struct dice *dice, uint64_t index,
                      struct life_plan *plan)
{
    plan->days = (uint16_t)(2 + index % 12);
    if (dice_below(dice, 2)) {
        plan->sleep_days = (uint16_t)(1 + dice_below(dice, 2u * plan->days));
    }
    if (dice_below(dice, 2)) {
        random_cut(baseline, dice, plan);
    }
}

static void dates_plan(const struct life_baseline *baseline, struct dice *dice, uint64_t index,
                       struct life_plan *plan)
{
    static const int64_t dates[] = { 946684800, 4070908800, 253402300799 };

    if (dice_below(dice, 2)) {
        random_cut(baseline, dice, plan);
    }
    plan->date = dates[index % 3];
    plan->dates = (uint16_t)(1 + dice_below(dice, 4));
    plan->is_late = dice_below(dice, 2);
    plan->days = dice_below(dice, 2) ? (uint16_t)(2 + dice_below(dice, 10)) : 0;
}

static void mistakes_plan(const struct life_baseline *baseline, struct dice *dice, uint64_t index,
                          struct life_plan *plan)
{
    plan->mistake = (enum life_mistake)(1 + index % (LIFE_MISTAKE_COUNT - 1));
    plan->weather_ms = plan->mistake == LIFE_NO_ENTROPY ? 1000 + dice_below(dice, 60000) : 0;
    if (dice_below(dice, 2)) {
        random_cut(baseline, dice, plan);
    }
}

/* --- For the campaign ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned share;
} all_series[LIFE_SERIES_COUNT] = {
    [LIFE_CUTS] = { "cuts", 360 },        [LIFE_PAIRS] = { "pairs", 200 },
    [LIFE_FAILURES] = { "failures", 30 }, [LIFE_FRAMES] = { "frames", 80 },
    [LIFE_BYTES] = { "bytes", 110 },      [LIFE_WEATHER] = { "weather", 30 },
    [LIFE_NAMES] = { "names", 20 },       [LIFE_AUTHORITY] = { "authority", 70 },
    [LIFE_CLOCKS] = { "clocks", 20 },     [LIFE_AGES] = { "ages", 20 },
    [LIFE_DATES] = { "dates", 20 },       [LIFE_MISTAKES] = { "mistakes", 40 },
};

const char *life_series_name(enum life_series series)
{
    return all_series[series].name;
}

unsigned life_series_share(enum life_series series)
{
    return all_series[series].share;
}

uint64_t life_series_size(enum life_series series, const struct life_baseline *baseline)
{
    switch (series) {
    case LIFE_CUTS:
        return cuts_size(baseline);
    case LIFE_FRAMES:
        return baseline->flash[0].frames;
    case LIFE_BYTES:
        return bytes_size(baseline);
    case LIFE_NAMES:
        return LAN_DNS_COUNT - 1;
    case LIFE_AUTHORITY:
        return FAULTS_COUNT * FAULT_PLACES_COUNT;
    case LIFE_CLOCKS:
        return CLOCKS_COUNT;
    case LIFE_AGES:
        return 12;
    case LIFE_DATES:
        return 3;
    case LIFE_MISTAKES:
        return LIFE_MISTAKE_COUNT - 1;
    default:
        return UINT32_MAX;
    }
}

void life_series_plan(enum life_series series, const struct life_baseline *baseline, uint64_t seed,
                      uint64_t index, struct life_plan *plan)
{
    struct dice dice = dice_for(seed ^ (index << 8), 16 + (uint64_t)series);
    const uint64_t number = index % life_series_size(series, baseline);

    memset(plan, 0, sizeof *plan);
    plan->seed = 1 + dice_below(&dice, 1000000);
    switch (series) {
    case LIFE_CUTS:
        cuts_plan(baseline, &dice, number, plan);
        break;
    case LIFE_PAIRS:
        pairs_plan(baseline, &dice, plan);
        break;
    case LIFE_FAILURES:
        failures_plan(baseline, &dice, plan);
        break;
    case LIFE_FRAMES:
        plan->geometry =
            (unsigned)(index / life_series_size(series, baseline)) % flash_geometry_count;
        plan->cuts[0].at_frame = 1 + (uint32_t)number;
        break;
    case LIFE_BYTES:
        bytes_plan(baseline, number, plan);
        if (dice_below(&dice, 2)) {
            add_cut(baseline, &dice, plan);
        }
        break;
    case LIFE_WEATHER:
        weather_plan(baseline, &dice, plan);
        break;
    case LIFE_NAMES:
        names_plan(&dice, number, plan);
        break;
    case LIFE_AUTHORITY:
        authority_plan(baseline, &dice, number, plan);
        break;
    case LIFE_AGES:
        ages_plan(baseline, &dice, number, plan);
        break;
    case LIFE_MISTAKES:
        mistakes_plan(baseline, &dice, number, plan);
        break;
    case LIFE_DATES:
        dates_plan(baseline, &dice, number, plan);
        break;
    default:
        clocks_plan(baseline, &dice, number, plan);
        break;
    }
}
