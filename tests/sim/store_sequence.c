/* SPDX-License-Identifier: MIT
 * store_sequence.c -- random steps of a store, power lost at random, also while it recovers. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/store_trial.h"

enum {
    POSSIBLE_MAX = 64
};

/* The states that the next store_open may find, oldest first. */
struct possible {
    struct life_state states[POSSIBLE_MAX];
    unsigned count;
};

static void add_possible(struct possible *possible, const struct life_state *state)
{
    if (possible->count < POSSIBLE_MAX) {
        possible->states[possible->count++] = *state;
    }
}

/* A step that was cut short may have got anywhere on its way. */
static void add_step(struct possible *possible, const struct life_state *before,
                     const struct life_step *step)
{
    struct life_step part = *step;

    if (step->kind == LIFE_FORGET) {
        for (part.forget_count = 1; part.forget_count <= step->forget_count; part.forget_count++) {
            const struct life_state after = life_after(before, &part);
            add_possible(possible, &after);
        }
        return;
    }
    const struct life_state after = life_after(before, step);
    add_possible(possible, &after);
}

/* Is `seen` possible? Then what is older is so no more; where cells are stable, nor is what is
 * newer. */
static bool find_possible(struct possible *possible, const struct life_state *seen,
                          bool is_unstable)
{
    unsigned at = 0;

    while (at < possible->count && !life_equal(&possible->states[at], seen)) {
        at++;
    }
    if (at == possible->count) {
        return false;
    }
    possible->count = is_unstable ? possible->count - at : 1;
    memmove(possible->states, possible->states + at, possible->count * sizeof possible->states[0]);
    return true;
}

static struct life_step random_step(uint32_t slot_bytes)
{
    static const enum store_type clear_types[] = { STORE_PROVISION, STORE_TOKEN_CLEAR,
                                                   STORE_PENDING,   STORE_ANCHORS,
                                                   STORE_ATTEMPTS,  STORE_LOCK };
    static const enum store_type key_types[] = { STORE_STAGED_KEY, STORE_IDENTITY,
                                                 STORE_CANDIDATE };
    const uint16_t bytes_max = slot_bytes >= 65536 ? 6000 : 400;
    struct life_step step = { .serial = (uint32_t)(trial_random() & 0xFFFFFF),
                              .clear_bytes = (uint16_t)trial_below(bytes_max) };
    const uint32_t kind = trial_below(20);

    if (kind < 12) {
        step.kind = LIFE_APPEND;
        step.type = clear_types[trial_below(6)];
    } else if (kind < 14) {
        step.kind = LIFE_SECRET;
        step.type = STORE_TOKEN;
        step.secret_bytes = (uint16_t)(1 + trial_below(128));
    } else if (kind < 17) {
        step.kind = LIFE_KEY;
        step.type = key_types[trial_below(3)];
    } else if (kind < 19 || trial_below(4) != 0) {
        step.kind = LIFE_FORGET;
        step.forget_count = 1 + trial_below(3);
        for (size_t i = 0; i < step.forget_count; i++) {
            step.forgets[i] = (enum store_type)(1 + trial_below(STORE_TYPE_COUNT - 1));
        }
    } else {
        step.kind = LIFE_ERASE;
    }
    return step;
}

/* Boot until the power holds. */
static bool boot_sequence(struct world *world, struct possible *possible)
{
    imp_err_t err;

    do {
        const bool is_cut = trial_below(4) == 0;
        flash_model_power_on(&world->flash);
        flash_model_arm(&world->flash, is_cut ? trial_random_cut() : FLASH_CUT_NONE,
                        1 + trial_below(6), trial_random());
        err = store_open(&world->store, &world->flash.flash);
    } while (!world->flash.is_powered);
    if (err) {
        return trial_fail(world, "store_open says %s", imprint_err_name(err));
    }
    err = life_read(&world->store, &world->before);
    if (err) {
        return trial_fail(world, "a record reads as %s", imprint_err_name(err));
    }
    return find_possible(possible, &world->before, world->flash.is_unstable) ||
           trial_fail(world, "a state that can't be");
}

static bool run_steps(struct world *world)
{
    struct possible possible = { .count = 1 };

    for (unsigned steps = 6 + trial_below(30); steps > 0; steps--) {
        const struct life_step step = random_step(world->store.slot_bytes);
        const bool is_cut = trial_below(3) == 0;
        flash_model_arm(&world->flash, is_cut ? trial_random_cut() : FLASH_CUT_NONE,
                        1 + trial_below(trial_below(3) ? 20 : 120), trial_random());
        const imp_err_t err = life_take(&world->store, &step, &world->flash.flash);
        if (!world->flash.is_powered) {
            add_step(&possible, &world->before, &step);
        } else if (err) {
            return trial_fail(world, "a step says %s", imprint_err_name(err));
        } else {
            possible.states[0] = life_after(&world->before, &step);
            possible.count = 1;
            world->before = possible.states[0];
            if (!trial_holds(world, &world->before, "at once")) {
                return false;
            }
        }
        if ((!world->flash.is_powered || trial_below(4) == 0) && !boot_sequence(world, &possible)) {
            return false;
        }
    }
    return true;
}

void sequence_run(uint64_t seed)
{
    static struct world worlds[16];

    trial_seed(seed);
    const unsigned geometry = trial_below(4) == 0 ? trial_below(flash_geometry_count)
                                                  : 1 + trial_below(4) + (trial_below(2) ? 4 : 0);
    struct world *world = &worlds[geometry % flash_geometry_count];

    world->reason[0] = '\0';
    trial_open(world, geometry % flash_geometry_count);
    world->flash.is_unstable = trial_below(2);
    if (!run_steps(world)) {
        counts.failures++;
        printf("not ok - store_campaign sequence %llu : %s, %s%s\n", (unsigned long long)seed,
               world->reason, flash_geometries[world->geometry].name,
               world->flash.is_unstable ? ", unstable" : "");
    }
    counts.sequences++;
    trial_close(world);
}
