/* SPDX-License-Identifier: MIT
 * store_damage.c -- what time and other people do to a store: rot, stuck bits, old content brought
 * back. The same state, or an error; never another. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/store_trial.h"

enum {
    PAST_MAX = 64
};

static bool report(const struct world *world, bool is_right, const char *what, unsigned step,
                   uint64_t seed)
{
    if (!is_right) {
        counts.failures++;
        printf("not ok - store_campaign %s %s %u %llu : %s\n", what,
               flash_geometries[world->geometry].name, step, (unsigned long long)seed,
               world->reason);
    }
    return is_right;
}

/* The step after the damage: it says that it worked and has, or that it did not and nothing is
 * lost. In the end an error is allowed, after a step that worked only the one of damage. */
static bool goes_on(struct world *world, const struct life_step *step)
{
    const struct life_state after = life_after(&world->before, step);
    struct life_state seen;
    const imp_err_t result = life_take(&world->store, step, &world->flash.flash);
    imp_err_t err = store_open(&world->store, &world->flash.flash);

    err = err ? err : life_read(&world->store, &seen);
    if (err) {
        return result != 0 || err == IMP_ERR_STORE_DAMAGED ||
               trial_fail(world, "after the step: %s", imprint_err_name(err));
    }
    if (result == 0) {
        return life_equal(&seen, &after) || trial_fail(world, "the step was not taken");
    }
    return life_is_between(&world->before, step, &seen) ||
           trial_fail(world, "another state after a step that failed");
}

/* --- Rot ------------------------------------------------------------------------------------ */

static uint32_t random_used_byte(const struct flash_model *flash)
{
    uint32_t at = trial_below(flash->flash.region_bytes);

    for (int tries = 0; tries < 4000 && flash->cells[at] == flash->flash.erased_value; tries++) {
        at = trial_below(flash->flash.region_bytes);
    }
    return at;
}

/* One to five flipped bits, alone or close together. */
static void flip_bits(struct world *world)
{
    const bool is_close = trial_below(2);
    uint32_t at = 0;

    for (unsigned i = 0, flips = 1 + trial_below(5); i < flips; i++) {
        if (i == 0 || !is_close) {
            at = trial_below(8) == 0 ? trial_below(world->flash.flash.region_bytes)
                                     : random_used_byte(&world->flash);
        } else if (at + 1 < world->flash.flash.region_bytes) {
            at += trial_below(2);
        }
        flash_model_rot(&world->flash, at, trial_below(8));
    }
}

void damage_rot(struct world *world, unsigned step, uint64_t seed)
{
    const uint64_t random = trial_random_state(seed);
    struct life_state seen;

    trial_restore(world);
    flip_bits(world);
    imp_err_t err = store_open(&world->store, &world->flash.flash);
    counts.rots++;
    if (err == IMP_ERR_STORE_DAMAGED) {
        counts.rots_detected++;
    } else {
        bool is_right = true;
        err = err ? err : life_read(&world->store, &seen);
        if (err || !life_equal(&seen, &world->before)) {
            is_right = trial_fail(world, "%s", err ? imprint_err_name(err) : "another state");
        }
        is_right =
            is_right && (life_steps[step].kind == LIFE_FILL || goes_on(world, &life_steps[step]));
        (void)report(world, is_right, "rot", step, seed);
    }
    (void)trial_random_state(random);
}

/* --- Stuck bits ----------------------------------------------------------------------------- */

/* A life on flash with a few stuck bits: a step that says it worked has worked; one that says it
 * did not leaves the state before it, the one after it, or an error. */
void damage_stick(unsigned geometry, uint64_t seed)
{
    static struct world world;
    const uint64_t random = trial_random_state(seed);
    bool is_right = true;
    unsigned number = 0;

    trial_open(&world, geometry);
    for (unsigned i = 1 + trial_below(3); i > 0; i--) {
        const uint32_t slot_at = trial_below(2) * world.store.slot_bytes;
        flash_model_stick(&world.flash, slot_at + trial_below(3000),
                          (uint8_t)(1u << trial_below(8)), (uint8_t)(trial_below(2) * 255));
    }
    imp_err_t err = store_open(&world.store, &world.flash.flash);
    for (; number < life_step_count && is_right && err == 0; number++) {
        const struct life_step *step = &life_steps[number];
        if (step->kind == LIFE_FILL) {
            continue;
        }
        is_right = goes_on(&world, step);
        err = store_open(&world.store, &world.flash.flash);
        err = err ? err : life_read(&world.store, &world.before);
    }
    (void)report(&world, is_right, "stuck", number, seed);
    counts.stuck++;
    trial_close(&world);
    (void)trial_random_state(random);
}

/* --- Replay --------------------------------------------------------------------------------- */

/* The flash as it was before each step of the life so far. */
static struct {
    struct flash_model flash[PAST_MAX];
    unsigned count;
} past;

void damage_forget_the_past(void)
{
    while (past.count > 0) {
        flash_model_close(&past.flash[--past.count]);
    }
}

void damage_remember(const struct world *world)
{
    if (past.count < PAST_MAX &&
        flash_model_open(&past.flash[past.count], &flash_geometries[world->geometry], 1)) {
        flash_model_copy(&past.flash[past.count++], &world->flash_before);
    }
}

static void copy_cells(struct flash_model *to, uint32_t to_at, const struct flash_model *from,
                       uint32_t from_at, uint32_t bytes)
{
    const uint32_t unit = to->flash.program_unit_bytes;

    memcpy(to->cells + to_at, from->cells + from_at, bytes);
    memset(to->undecided + to_at, 0, bytes);
    memcpy(to->used + to_at / unit, from->used + from_at / unit, bytes / unit);
}

/* Somebody who can write the flash puts old content into the slot that does not count: that slot as
 * it once was, the live slot as it once was or is now, or a part of these. Nothing changes; and the
 * next step, cut once, works as ever. Only where parts make up a slot that never was, the store may
 * stop with its error once it uses that slot. */
void damage_replay(struct world *world, unsigned step, uint64_t seed)
{
    const uint64_t random = trial_random_state(seed);
    const uint32_t slot_bytes = world->store_before.slot_bytes;
    const uint32_t live_at = world->store_before.live_slot * slot_bytes;
    const uint32_t other_at = slot_bytes - live_at;
    struct life_state seen;

    trial_restore(world);
    const uint32_t which = trial_below(past.count + 1);
    const struct flash_model *from = which < past.count ? &past.flash[which] : &world->flash_before;
    const uint32_t from_at = trial_below(2) ? other_at : live_at;
    const uint32_t sectors = slot_bytes / world->flash.flash.sector_bytes;
    const uint32_t first = trial_below(3) == 0 ? trial_below(sectors) : 0;
    const uint32_t count = trial_below(2) ? sectors - first : 1 + trial_below(sectors - first);
    const uint32_t skip = first * world->flash.flash.sector_bytes;

    /* Half a slot that says it is clean: a unit that is used is then programmed, and refuses. */
    world->is_tampered = true;
    copy_cells(&world->flash, other_at + skip, from, from_at + skip,
               count * world->flash.flash.sector_bytes);
    imp_err_t err = store_open(&world->store, &world->flash.flash);
    err = err ? err : life_read(&world->store, &seen);
    bool is_right = (err == 0 && life_equal(&seen, &world->before)) ||
                    trial_fail(world, "%s", err ? imprint_err_name(err) : "another state");
    if (is_right && life_steps[step].kind != LIFE_FILL) {
        is_right = trial_goes_on_after_a_cut(world, &life_steps[step]);
        if (!is_right && count < sectors && world->err == IMP_ERR_STORE_DAMAGED) {
            counts.replays_detected++;
            is_right = true;
        }
    }
    (void)report(world, is_right, "replay", step, seed);
    counts.replays++;
    (void)trial_random_state(random);
}
