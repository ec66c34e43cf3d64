/* SPDX-License-Identifier: MIT
 * wire.c -- see wire.h. */
#include "host-sim/world/wire.h"

#include <string.h>

#include "host-sim/world/dice.h"
#include "host-sim/world/virtual_time.h"

struct frame {
    uint64_t arrives_ms;
    uint64_t order; /* Frames that arrive together arrive in the order they were sent. */
    enum wire_end to;
    size_t bytes;
    uint8_t at[HAL_NETIF_FRAME_BYTES_MAX];
};

static struct {
    struct dice dice;
    struct wire_weather weather;
    bool is_plugged;
    bool device_is_on;
    void (*frame_event)(uint32_t number);
    uint32_t event_count;
    struct frame frames[WIRE_FRAMES_MAX];
    size_t frame_count;
    uint64_t sent_count;
    struct frame arrived; /* What wire_receive lends out. */
    uint8_t transmit[HAL_NETIF_FRAME_BYTES_MAX];
    struct wire_count count;
    uint64_t digest;
} wire;

void wire_reset(uint64_t seed)
{
    memset(&wire, 0, sizeof wire);
    wire.dice = dice_for(seed, 1);
    wire.is_plugged = true;
    wire.digest = 0xCBF29CE484222325u;
}

void wire_set_weather(const struct wire_weather *weather)
{
    wire.weather = *weather;
}

void wire_plug(bool is_plugged)
{
    wire.is_plugged = is_plugged;
    if (!is_plugged) {
        wire.frame_count = 0;
    }
}

void wire_watch(void (*frame_event)(uint32_t number))
{
    wire.frame_event = frame_event;
}

static void device_event(void)
{
    wire.event_count++;
    if (wire.frame_event != NULL) {
        wire.frame_event(wire.event_count);
    }
}

static bool strikes(uint16_t chance)
{
    return chance > 0 && dice_below(&wire.dice, 1000) < chance;
}

/* FNV-1a. */
static void digest_bytes(const void *bytes, size_t count)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < count; i++) {
        wire.digest = (wire.digest ^ at[i]) * 0x100000001B3u;
    }
}

static void corrupt(struct frame *frame)
{
    const uint32_t flips = 1 + dice_below(&wire.dice, 8);

    wire.count.corrupted++;
    for (uint32_t i = 0; i < flips; i++) {
        frame->at[dice_below(&wire.dice, (uint32_t)frame->bytes)] ^=
            (uint8_t)(1u << dice_below(&wire.dice, 8));
    }
}

static void put_on_wire(enum wire_end end, const void *bytes, size_t count)
{
    if (wire.frame_count == WIRE_FRAMES_MAX) {
        return;
    }
    struct frame *frame = &wire.frames[wire.frame_count++];

    frame->arrives_ms = virtual_ms() + WIRE_LATENCY_MS;
    frame->order = wire.sent_count++;
    frame->to = end == WIRE_DEVICE ? WIRE_LAN : WIRE_DEVICE;
    frame->bytes = count;
    memcpy(frame->at, bytes, count);
    if (strikes(wire.weather.corrupt)) {
        corrupt(frame);
    }
    if (strikes(wire.weather.delay)) {
        wire.count.delayed++;
        frame->arrives_ms += 1 + dice_below(&wire.dice, wire.weather.delay_ms_max);
    }
}

void wire_send(enum wire_end end, const void *frame, size_t bytes)
{
    const uint64_t now = virtual_ms();

    wire.count.sent++;
    digest_bytes(&now, sizeof now);
    digest_bytes(frame, bytes);
    if (!wire.is_plugged || !wire.device_is_on || bytes > HAL_NETIF_FRAME_BYTES_MAX) {
        return;
    }
    if (strikes(wire.weather.drop)) {
        wire.count.dropped++;
        return;
    }
    put_on_wire(end, frame, bytes);
    if (strikes(wire.weather.duplicate)) {
        wire.count.duplicated++;
        put_on_wire(end, frame, bytes);
    }
}

/* The frame for `end` that arrived first; NULL when none has. */
static struct frame *first_arrived(enum wire_end end)
{
    struct frame *first = NULL;

    for (size_t i = 0; i < wire.frame_count; i++) {
        struct frame *frame = &wire.frames[i];
        if (frame->to != end || frame->arrives_ms > virtual_ms()) {
            continue;
        }
        if (first == NULL || frame->arrives_ms < first->arrives_ms ||
            (frame->arrives_ms == first->arrives_ms && frame->order < first->order)) {
            first = frame;
        }
    }
    return first;
}

const uint8_t *wire_receive(enum wire_end end, size_t *bytes)
{
    struct frame *frame = first_arrived(end);

    if (frame == NULL) {
        return NULL;
    }
    wire.arrived = *frame;
    *frame = wire.frames[--wire.frame_count];
    *bytes = wire.arrived.bytes;
    return wire.arrived.at;
}

uint64_t wire_next_ms(void)
{
    uint64_t next = UINT64_MAX;

    for (size_t i = 0; i < wire.frame_count; i++) {
        const uint64_t arrives_ms = wire.frames[i].arrives_ms;
        next = arrives_ms > virtual_ms() && arrives_ms < next ? arrives_ms : next;
    }
    return next;
}

void wire_switch_device(bool is_on)
{
    size_t kept = 0;

    wire.device_is_on = is_on;
    for (size_t i = 0; i < wire.frame_count; i++) {
        if (wire.frames[i].to != WIRE_DEVICE) {
            wire.frames[kept++] = wire.frames[i];
        }
    }
    wire.frame_count = kept;
}

struct wire_count wire_counted(void)
{
    return wire.count;
}

uint64_t wire_digest(void)
{
    return wire.digest;
}

/* --- The device's end ------------------------------------------------------------------------- */

static hal_err_t netif_start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    (void)netif;
    (void)mac;
    return HAL_OK;
}

static bool netif_link_is_up(const struct hal_netif *netif)
{
    (void)netif;
    return wire.is_plugged;
}

static uint8_t *netif_transmit_buffer(const struct hal_netif *netif)
{
    (void)netif;
    return wire.transmit;
}

static hal_err_t netif_send(const struct hal_netif *netif, size_t bytes)
{
    (void)netif;
    device_event();
    wire_send(WIRE_DEVICE, wire.transmit, bytes);
    return HAL_OK;
}

static const uint8_t *netif_receive(const struct hal_netif *netif, size_t *bytes)
{
    (void)netif;
    if (first_arrived(WIRE_DEVICE) != NULL) {
        device_event();
    }
    return wire_receive(WIRE_DEVICE, bytes);
}

static void netif_release(const struct hal_netif *netif)
{
    (void)netif;
}

const struct hal_netif *wire_netif(void)
{
    static const struct hal_netif netif = {
        .start = netif_start,
        .link_is_up = netif_link_is_up,
        .transmit_buffer = netif_transmit_buffer,
        .send = netif_send,
        .receive = netif_receive,
        .release = netif_release,
    };

    return &netif;
}
