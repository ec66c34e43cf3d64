/* SPDX-License-Identifier: MIT
 * herd.c -- 10,000 devices restart in the same moment: how many knock on the authority's door in
 * the worst second?
 *
 *   herd [SEED]                   every scenario; exit status 1 when one exceeds 5 % of the devices
 *   herd series SCENARIO [SEED]   its tries, second by second, to plot
 *
 * Waits and what is kept over a reset are those of firmware/core/backoff.c, as machine.c uses it. A
 * failure is known at once and by all in the same moment, which is the worst case: real ones take
 * different times. The first tries after a reset all come together and don't count: only who
 * switches the power on can spread these. Deterministic by seed. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/backoff.h"
#include "firmware/imp_assert.h"

enum {
    DEVICES = 10000,
    LIMIT = DEVICES * 5 / 100, /* A second. */
    TICK_MS = 100,
    SECOND_TICKS = 1000 / TICK_MS,
    HORIZON_S = 40 * 3600,
    TICKS = HORIZON_S * SECOND_TICKS,
    NOBODY = -1
};

/* What happens to the authority and to the power. */
struct scenario {
    const char *name;
    const char *title;
    uint32_t down_s;           /* Connections are refused until then. */
    uint32_t busy_s;           /* Then everybody hears 503 until then. */
    uint32_t retry_after_s;    /* What a 503 asks for; 0 for none. */
    uint32_t per_second;       /* So many are served; 0 for all. Others hear 503. */
    uint32_t power_fails_s[4]; /* All devices restart then, with what they kept in flash. */
};

static const struct scenario scenarios[] = {
    { .name = "up", .title = "authority is up" },
    { .name = "down-60s", .title = "down for 60 s", .down_s = 60 },
    { .name = "down-1h", .title = "down for 1 h", .down_s = 3600 },
    { .name = "busy", .title = "serves 200 a second, 503 to others", .per_second = 200 },
    { .name = "busy-asks",
      .title = "serves 200 a second, 503 + Retry-After: 10",
      .retry_after_s = 10,
      .per_second = 200 },
    { .name = "asks-120s",
      .title = "503 + Retry-After: 120 for 10 min",
      .busy_s = 600,
      .retry_after_s = 120 },
    { .name = "asks-1s",
      .title = "503 + Retry-After: 1 for 10 min",
      .busy_s = 600,
      .retry_after_s = 1 },
    { .name = "asks-2d",
      .title = "503 + Retry-After: 2 days, once",
      .busy_s = 1,
      .retry_after_s = 2 * 86400 },
    { .name = "restarts",
      .title = "down for 20 min, power fails at 10, 90, 300 s",
      .down_s = 1200,
      .power_fails_s = { 10, 90, 300 } },
};

struct device {
    uint32_t attempts;
    uint32_t kept;  /* Of these, in flash. */
    int32_t next;   /* In the same tick. */
    bool has_tried; /* Since its reset. */
};

static struct herd {
    struct device devices[DEVICES];
    int32_t due[TICKS];    /* The first device of each tick. */
    uint32_t tries[TICKS]; /* First ones not counted. */
    uint32_t served[HORIZON_S];
    uint64_t random;
    uint32_t waiting;
    uint32_t done_tick;
} herd;

_Noreturn void imp_assert_failed(const char *file, int line)
{
    fprintf(stderr, "IMP_ASSERT failed: %s:%d\n", file, line);
    abort();
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint32_t random_word(void)
{
    uint64_t z = herd.random += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}

static void put(int32_t number, uint64_t tick)
{
    if (tick >= TICKS) {
        fprintf(stderr, "a device waits for longer than %d s\n", HORIZON_S);
        exit(2);
    }
    herd.devices[number].next = herd.due[tick];
    herd.due[tick] = number;
}

static void switch_on(uint32_t tick)
{
    for (uint32_t at = 0; at < TICKS; at++) {
        herd.due[at] = NOBODY;
    }
    for (int32_t number = 0; number < DEVICES; number++) {
        struct device *device = &herd.devices[number];
        if (device->next != number) { /* Not enrolled. */
            device->attempts = device->kept;
            device->has_tried = false;
            put(number, tick);
        }
    }
}

/* As machine.c wait_in does. */
static void fail(int32_t number, uint32_t tick, uint32_t retry_after_s)
{
    struct device *device = &herd.devices[number];

    device->attempts++;
    if (backoff_is_doubling(device->attempts)) {
        device->kept = device->attempts;
    }
    const uint32_t wait_ms = backoff_wait_ms(device->attempts, retry_after_s, random_word());
    put(number, tick + (uint64_t)wait_ms / TICK_MS);
}

static void try(const struct scenario *scenario, int32_t number, uint32_t tick)
{
    struct device *device = &herd.devices[number];
    const uint32_t second = tick / SECOND_TICKS;

    herd.tries[tick] += device->has_tried;
    device->has_tried = true;
    if (second < scenario->down_s) {
        fail(number, tick, 0);
    } else if (second < scenario->busy_s ||
               (scenario->per_second > 0 && herd.served[second] >= scenario->per_second)) {
        fail(number, tick, scenario->retry_after_s);
    } else {
        herd.served[second]++;
        herd.waiting--;
        herd.done_tick = tick;
        device->next = number; /* Enrolled. */
    }
}

static void run(const struct scenario *scenario, uint64_t seed)
{
    memset(&herd, 0, sizeof herd);
    herd.random = seed;
    herd.waiting = DEVICES;
    for (int32_t number = 0; number < DEVICES; number++) {
        herd.devices[number].next = NOBODY;
    }
    switch_on(0);
    for (uint32_t tick = 0; tick < TICKS && herd.waiting > 0; tick++) {
        for (size_t i = 0; i < sizeof scenario->power_fails_s / sizeof(uint32_t); i++) {
            if (tick > 0 && tick == scenario->power_fails_s[i] * SECOND_TICKS) {
                switch_on(tick);
            }
        }
        while (herd.due[tick] != NOBODY) {
            const int32_t number = herd.due[tick];
            herd.due[tick] = herd.devices[number].next;
            try(scenario, number, tick);
        }
    }
}

/* The most tries within any 1000 ms, and where these begin. */
static uint32_t worst_second(uint32_t *at_tick)
{
    uint32_t worst = 0;
    uint32_t sum = 0;

    *at_tick = 0;
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        sum += herd.tries[tick];
        sum -= tick >= SECOND_TICKS ? herd.tries[tick - SECOND_TICKS] : 0;
        if (sum > worst) {
            worst = sum;
            *at_tick = tick >= SECOND_TICKS ? tick - SECOND_TICKS + 1 : 0;
        }
    }
    return worst;
}

static bool report(const struct scenario *scenario, uint64_t seed)
{
    uint32_t at_tick;
    uint64_t tries = 0;

    run(scenario, seed);
    const uint32_t worst = worst_second(&at_tick);
    const bool is_polite = worst <= LIMIT && herd.waiting == 0;

    for (uint32_t tick = 0; tick < TICKS; tick++) {
        tries += herd.tries[tick];
    }
    printf(
        "%s - %-46s worst second %4u (%4.1f %%) at %7.1f s, %5.1f tries each, all enrolled after "
        "%.0f s\n",
        is_polite ? "ok" : "not ok", scenario->title, worst, worst * 100.0 / DEVICES,
        at_tick * TICK_MS / 1000.0, 1 + (double)tries / DEVICES, herd.done_tick * TICK_MS / 1000.0);
    return is_polite;
}

static int print_series(const char *name, uint64_t seed)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            run(&scenarios[i], seed);
            for (uint32_t tick = 0; tick <= herd.done_tick; tick += SECOND_TICKS) {
                uint32_t sum = 0;
                for (uint32_t part = 0; part < SECOND_TICKS; part++) {
                    sum += herd.tries[tick + part];
                }
                printf("%u\n", sum);
            }
            return 0;
        }
    }
    fprintf(stderr, "no scenario \"%s\"\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    unsigned passed = 0;
    const unsigned count = sizeof scenarios / sizeof scenarios[0];

    if (argc > 2 && strcmp(argv[1], "series") == 0) {
        return print_series(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    }
    for (unsigned i = 0; i < count; i++) {
        passed += report(&scenarios[i], argc > 1 ? strtoull(argv[1], NULL, 10) : 1);
    }
    printf("%d devices, at most %d of them a second: %u passed, %u failed\n", DEVICES, LIMIT,
           passed, count - passed);
    printf("%u passed, %u failed\n", passed, count - passed);
    return passed != count;
}
