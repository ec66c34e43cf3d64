/* SPDX-License-Identifier: MIT
 * world.h -- one device in a whole world in one process: flash that loses power, a wire with
 * weather, an enrollment authority, and time that passes only when nothing is left to do.
 *
 * Everything is deterministic: one seed, one run. There is one world a process; a simulator forks a
 * process for each life, so that each begins with the same authority. */
#ifndef HOST_SIM_WORLD_WORLD_H
#define HOST_SIM_WORLD_WORLD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "host-sim/device/flash_model.h"
#include "host-sim/world/unit.h"

enum {
    WORLD_NO_CLOCK = 0 /* clock_seconds: the board has no clock. */
};

/* How the device's power was lost. */
enum world_loss {
    WORLD_POWERED,
    WORLD_CUT_IN_FLASH,
    WORLD_CUT_AT_FRAME,
    WORLD_SWITCHED_OFF,
    WORLD_ASSERTED /* An assertion of the firmware failed: a bug. */
};

struct world {
    const struct unit_door *unit;
    struct flash_model flash;
    struct unit_board board;
    uint64_t seed;
    enum world_loss power;
    uint64_t power_on_ms; /* virtual_ms of the last power-on. */
    uint32_t boots;
    uint32_t turns;
    uint32_t cut_at_frame; /* Frame event at which the power is lost; 0: none. */
    bool entropy_fails;
    /* The board's clock: what it says at power-on, plus uptime; WORLD_NO_CLOCK. */
    int64_t clock_seconds;
    uint32_t events[IMPRINT_IDENTITY_EXPIRED + 1]; /* That the firmware told of. */
    char assertion[96];                            /* Where it failed. */
    uint64_t digest; /* Over the states that the device went through. */
    enum imprint_state last_state;
    bool is_told; /* Each change of state is printed. */
};

/* The world of this process; world_begin fills it. */
extern struct world world;

/* Once a process, before any fork: the authority, its certificates and database; the device's
 * memory as it was loaded. Ends the process with a message when that fails. */
void world_prepare(void);

/* Begin a life with this seed and kind of flash; the device is off. Ends the process with a message
 * when memory is out. */
void world_begin(uint64_t seed, const struct flash_geometry *geometry);

/* Switch the device on; on the way the flash model's plan may cut it off again. */
void world_power_on(void);

/* Take the power away between two turns. */
void world_power_off(void);

/* One turn of everything: device, network, authority; then time passes until something is to be
 * done. At most `limit_ms` pass. False: the device has lost its power. */
bool world_turn(uint32_t limit_ms);

/* Call the device outside its main loop (a console command). False: it lost its power on the way. */
bool world_call(void (*call)(void *context), void *context);

/* Time passes while the device is off. */
void world_wait(uint32_t ms);

#endif
