/* SPDX-License-Identifier: MIT
 * world.c -- see world.h. */
#include "host-sim/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/world/authority_here.h"
#include "host-sim/world/dice.h"
#include "host-sim/world/lan.h"
#include "host-sim/world/unit_memory.h"
#include "host-sim/world/virtual_time.h"
#include "host-sim/world/wire.h"

enum {
    TURNS_MAX = 1000 /* Of network and authority in one moment. */
};

struct world world;

static jmp_buf power_lost;
static bool is_inside; /* A call into the device is under way. */
static struct dice entropy_dice;

/* --- The board -------------------------------------------------------------------------------- */

static uint64_t board_now_ms(void)
{
    return virtual_ms() - world.power_on_ms;
}

static hal_err_t board_rtc_seconds(int64_t *seconds)
{
    if (world.clock_seconds == WORLD_NO_CLOCK) {
        return HAL_ERR_UNSUPPORTED;
    }
    *seconds = world.clock_seconds + (int64_t)(board_now_ms() / 1000);
    return HAL_OK;
}

static hal_err_t board_entropy(uint8_t *out, size_t bytes)
{
    if (world.entropy_fails) {
        return HAL_ERR_IO;
    }
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(dice_roll(&entropy_dice) >> 56);
    }
    return HAL_OK;
}

static const char *board_serial(void)
{
    return "sim-1";
}

static void board_device_key(uint8_t key[32])
{
    struct dice dice = dice_for(world.seed, 4);

    for (size_t i = 0; i < 32; i++) {
        key[i] = (uint8_t)dice_roll(&dice);
    }
}

static void board_identity_changed(enum imprint_identity_event event)
{
    world.events[event]++;
}

static void leave(enum world_loss loss)
{
    world.power = loss;
    if (is_inside) {
        longjmp(power_lost, 1);
    }
}

static void board_assert_failed(const char *file, int line)
{
    snprintf(world.assertion, sizeof world.assertion, "%s:%d", file, line);
    leave(WORLD_ASSERTED);
    abort();
}

static void on_flash_cut(void *context)
{
    (void)context;
    leave(WORLD_CUT_IN_FLASH);
}

static void on_frame(uint32_t number)
{
    if (number == world.cut_at_frame) {
        leave(WORLD_CUT_AT_FRAME);
    }
}

/* --- Power ------------------------------------------------------------------------------------ */

static void lost_power(void)
{
    wire_switch_device(false);
    world.cut_at_frame = 0;
}

bool world_call(void (*call)(void *context), void *context)
{
    if (world.power != WORLD_POWERED) {
        return false;
    }
    is_inside = true;
    if (setjmp(power_lost) == 0) {
        call(context);
    }
    is_inside = false;
    if (world.power != WORLD_POWERED) {
        lost_power();
        return false;
    }
    return true;
}

static void call_power_on(void *context)
{
    (void)context;
    world.unit->power_on(&world.board);
}

void world_power_on(void)
{
    unit_memory_restore();
    wire_switch_device(true);
    world.power = WORLD_POWERED;
    world.power_on_ms = virtual_ms();
    world.boots++;
    world.last_state = IMPRINT_STATE_COUNT;
    (void)world_call(call_power_on, NULL);
}

void world_power_off(void)
{
    world.power = WORLD_SWITCHED_OFF;
    lost_power();
}

/* --- Turns ------------------------------------------------------------------------------------ */

static void call_turn(void *context)
{
    *(uint32_t *)context = world.unit->turn();
}

static void digest(uint64_t value)
{
    world.digest = (world.digest ^ value) * 0x100000001B3u;
}

static void note_state(void)
{
    struct imprint_status status;

    world.unit->status(&status);
    if (status.state == world.last_state) {
        return;
    }
    digest((uint64_t)status.state << 32 | (uint32_t)status.reason);
    digest(virtual_ms());
    world.last_state = status.state;
    if (world.is_told) {
        printf("%12.3f s  boot %u  %-8s %s\n", (double)virtual_ms() / 1000, world.boots,
               world.unit->state_name(status.state),
               status.reason ? world.unit->error_name(status.reason) : "");
    }
}

/* What the rest of the world does in this moment. */
static void turn_world(void)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        const bool moved = lan_turn();

        if (!moved && lan_counted().open == 0) {
            return;
        }
        authority_turn();
        if (!moved && !lan_turn()) {
            return;
        }
    }
    fprintf(stderr, "the simulated network does not come to rest\n");
    abort();
}

static void pass_time(uint32_t wait_ms)
{
    const uint64_t now = virtual_ms();
    const uint64_t frame_ms = wire_next_ms();
    const uint32_t lan_ms = lan_wait_ms();
    uint64_t next = now + (wait_ms < lan_ms ? wait_ms : lan_ms);

    next = frame_ms < next ? frame_ms : next;
    virtual_time_set(next);
}

bool world_turn(uint32_t limit_ms)
{
    uint32_t wait_ms = 0;

    world.turns++;
    if (!world_call(call_turn, &wait_ms)) {
        turn_world();
        return false;
    }
    note_state();
    turn_world();
    pass_time(wait_ms < limit_ms ? wait_ms : limit_ms);
    return true;
}

void world_wait(uint32_t ms)
{
    const uint64_t until = virtual_ms() + ms;

    while (virtual_ms() < until) {
        turn_world();
        pass_time((uint32_t)(until - virtual_ms()));
    }
}

/* --- Begin ------------------------------------------------------------------------------------ */

void world_prepare(void)
{
    unit_memory_save();
    authority_prepare();
}

void world_begin(uint64_t seed, const struct flash_geometry *geometry)
{
    memset(&world, 0, sizeof world);
    world.unit = unit_door();
    world.seed = seed;
    world.power = WORLD_SWITCHED_OFF;
    world.digest = 0xCBF29CE484222325u;
    if (!flash_model_open(&world.flash, geometry, seed)) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    world.flash.power_lost = on_flash_cut;
    world.board = (struct unit_board){
        .flash = &world.flash.flash,
        .netif = wire_netif(),
        .now_ms = board_now_ms,
        .rtc_seconds = board_rtc_seconds,
        .entropy = board_entropy,
        .serial = board_serial,
        .device_key = board_device_key,
        .identity_changed = board_identity_changed,
        .assert_failed = board_assert_failed,
    };
    entropy_dice = dice_for(seed, 3);
    wire_reset(seed);
    wire_watch(on_frame);
    authority_begin(seed);
    lan_begin(seed, authority_accept);
}
