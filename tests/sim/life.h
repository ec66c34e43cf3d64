/* SPDX-License-Identifier: MIT
 * life.h -- a device's whole life in the simulated world (host-sim/world), under a plan of what goes
 * wrong: provisioned, enrolled, proved, renewed, wiped. An operator who never gives up does again
 * whatever the device says is missing. */
#ifndef TESTS_SIM_LIFE_H
#define TESTS_SIM_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/imprint.h"
#include "host-sim/device/flash_model.h"
#include "host-sim/world/lan.h"
#include "host-sim/world/wire.h"

/* One loss of power. */
struct life_cut {
    enum flash_cut how; /* FLASH_CUT_NONE: none in flash. */
    uint32_t at;        /* Flash operation, counted from power-on (the second) or from birth. */
    uint32_t seed;      /* Of what is torn. */
    uint32_t at_frame;  /* Or at this frame that the device sends or takes; 0: none. */
};

/* What an operator gets wrong at first, or a board. */
enum life_mistake {
    LIFE_NO_MISTAKE,
    LIFE_UNKNOWN_TOKEN,
    LIFE_REVOKED_TOKEN,
    LIFE_EXPIRED_TOKEN,
    LIFE_EXHAUSTED_TOKEN,
    LIFE_WRONG_PIN,
    LIFE_LEAF_PIN,
    LIFE_NO_ENTROPY, /* The noise source fails until weather_ms. */
    LIFE_MISTAKE_COUNT
};

struct life_plan {
    uint64_t seed;
    unsigned geometry; /* Index into flash_geometries. */
    bool is_unstable;  /* Torn cells read differently each time. */
    struct life_cut cuts[2];
    struct lan_plan lan;
    bool is_late; /* The connection fault strikes while the device renews, not while it enrolls. */
    enum lan_dns dns;
    struct wire_weather weather;
    char faults[48];     /* How the authority misbehaves, as `serve --fault` has it. */
    uint32_t weather_ms; /* How long bad weather, DNS and faults last. */
    uint32_t unplug_ms;  /* The cable is out for so long from... */
    uint32_t unplug_at_ms;
    int64_t clock; /* What the board's clock says at each power-on; 0: it has none. */
    uint16_t
        days; /* The certificates' validity; 0: a year, and the operator asks for the renewal. */
    uint16_t sleep_days; /* Once enrolled, the device is off for so long. */
    int64_t date; /* What the authority's first `dates` answers after the enrollment say it is. */
    uint16_t dates;
    enum life_mistake mistake; /* Put right once the device has said so. */
    bool is_short;             /* The life ends with the first proof. */
    bool is_told;              /* Each change of state is printed. */
};

/* What a life was like. */
struct life_result {
    const char *wrong; /* What must not be; NULL: nothing. */
    char detail[160];
    uint32_t flash_operations; /* Programs and erases of the whole life, when nothing was cut. */
    uint32_t frames;           /* The device's frame events. */
    uint32_t connections;
    uint32_t bytes[8][2]; /* Payload of the first connections, by direction (enum lan_direction). */
    uint32_t boots;
    uint32_t cuts_struck;
    uint32_t faults_struck; /* Of connections, frames, names and the authority. */
    uint32_t lost_answers;  /* Certificates that were handed out again. */
    uint32_t turns;
    uint64_t virtual_ms;
    uint64_t digest;                           /* Two runs of one plan have the same. */
    uint64_t transitions[IMPRINT_STATE_COUNT]; /* Bit TO of [FROM]: it happened. */
    uint8_t errors[1024 / 8];                  /* Bit -err: it was seen as reason or last error. */
};

/* Live it. Once a process after world_prepare; the caller forks. */
void life_live(const struct life_plan *plan, struct life_result *result);

/* A plan as one line of words, which life_parse reads back. */
void life_print(const struct life_plan *plan, char *out, size_t cap);
bool life_parse(const char *text, struct life_plan *plan);

#endif
