/* SPDX-License-Identifier: MIT
 * wire.h -- the Ethernet cable between the device and the rest of the world, with everything that
 * can happen to a frame.
 *
 * Frames take WIRE_LATENCY_MS. The device's end is a hal_netif; the other end is lan.h. What goes
 * wrong is chosen by seeded dice; the same calls give the same frames at the same times. */
#ifndef HOST_SIM_WORLD_WIRE_H
#define HOST_SIM_WORLD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal_netif.h"

enum {
    WIRE_LATENCY_MS = 1,
    WIRE_FRAMES_MAX = 256 /* In flight; what is over is dropped. */
};

enum wire_end {
    WIRE_DEVICE,
    WIRE_LAN
};

/* What befalls frames: chances in 1,000 each. */
struct wire_weather {
    uint16_t drop;
    uint16_t duplicate;
    uint16_t corrupt; /* One to eight bits flipped, anywhere in the frame. */
    uint16_t delay;   /* By up to delay_ms_max; frames behind it overtake it. */
    uint16_t delay_ms_max;
};

/* What happened to frames since wire_reset. */
struct wire_count {
    uint32_t sent;
    uint32_t dropped;
    uint32_t duplicated;
    uint32_t corrupted;
    uint32_t delayed;
};

/* An unplugged cable loses what is in flight; begins plugged in, in fair weather. */
void wire_reset(uint64_t seed);

void wire_set_weather(const struct wire_weather *weather);

/* Plug the cable in or out. */
void wire_plug(bool is_plugged);

/* Called before each frame that the device sends or takes, with its number since wire_reset, counted
 * from 1; may not return (the power is cut). NULL: nobody asks. */
void wire_watch(void (*frame_event)(uint32_t number));

/* Send from `end`; the frame is copied. */
void wire_send(enum wire_end end, const void *frame, size_t bytes);

/* The next frame that has arrived at `end`, valid until the next call of a function here; NULL when
 * there is none. */
const uint8_t *wire_receive(enum wire_end end, size_t *bytes);

/* The moment (virtual_ms) after this one at which the next frame arrives anywhere; UINT64_MAX: none
 * is under way. */
uint64_t wire_next_ms(void);

/* The device is switched on or off: what is on its way to it is lost, and what is sent to it while it
 * is off. */
void wire_switch_device(bool is_on);

struct wire_count wire_counted(void);

/* A hash over all frames and when they were sent: two runs with the same one did the same. */
uint64_t wire_digest(void);

/* The device's interface. */
const struct hal_netif *wire_netif(void);

#endif
