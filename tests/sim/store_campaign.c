/* SPDX-License-Identifier: MIT
 * store_campaign.c -- cut the power of a store at every flash operation, then again; rot its bits;
 * break its cells.
 *
 *   store_campaign [SEED]         a sample, a few seconds
 *   store_campaign long [SEED]    every cut point, many pairs, a million random sequences
 *   store_campaign sequence SEED  the sequence that a failure names
 *   store_campaign GEOMETRY STEP UNSTABLE HOW AT SEED [HOW AT SEED]
 *                                 the trial that a failure names
 *
 * A trial takes one step of the life in tests/support/store_life.c, from the flash and the store
 * as they were before it, and loses power at flash operation AT: `before` it, `torn`, or `after`
 * it (or the operation fails: `fault`). The second cut comes while the next boot recovers or takes
 * the step again. Afterwards store_open must find the state before or after the step, whole, and
 * never go back from the later one; the step, taken again, must succeed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/store_trial.h"

/* --- Trials of one step --------------------------------------------------------------------- */

struct effort {
    unsigned torn_seeds; /* Torn cuts of each kind at each cut point. */
    unsigned cuts_max;   /* Trials per step; more cut points are sampled. */
    unsigned pairs;      /* Per step. */
    unsigned faults;
    unsigned rots;
    unsigned stuck; /* Lives with stuck bits, per geometry. */
    unsigned sequences;
};

static void cut_everywhere(struct world *world, struct trial trial, uint32_t operations,
                           const struct effort *effort)
{
    const uint32_t kinds = 2 + 2 * effort->torn_seeds;
    const uint32_t all = operations * kinds;
    const uint32_t trials = all < effort->cuts_max ? all : effort->cuts_max;

    for (uint32_t i = 0; i < trials; i++) {
        const uint32_t chosen = trials == all ? i : trial_below(all);
        const uint32_t kind = chosen % kinds;
        trial.is_unstable = kind >= 2 && kind % 2 == 1;
        trial.first = (struct cut){
            .how = kind == 0   ? FLASH_CUT_BEFORE
                   : kind == 1 ? FLASH_CUT_AFTER
                               : FLASH_CUT_TORN,
            .at = 1 + chosen / kinds,
            .seed = trial_random() & 0xFFFFFFFF,
        };
        trial_run(world, &trial);
        counts.cuts++;
    }
}

static void cut_twice(struct world *world, struct trial trial, uint32_t operations,
                      const struct effort *effort)
{
    for (unsigned i = 0; i < effort->pairs; i++) {
        /* Half of the second cuts fall on the few operations of recovery. */
        const uint32_t reach = trial_below(2) ? 4 : operations + 8;
        trial.is_unstable = trial_below(2);
        trial.first = (struct cut){ trial_random_cut(), 1 + trial_below(operations),
                                    trial_random() & 0xFFFFFFFF };
        trial.second =
            (struct cut){ trial_random_cut(), 1 + trial_below(reach), trial_random() & 0xFFFFFFFF };
        trial_run(world, &trial);
        counts.pairs++;
    }
}

static void fail_everywhere(struct world *world, struct trial trial, uint32_t operations,
                            const struct effort *effort)
{
    for (unsigned i = 0; i < effort->faults; i++) {
        trial.first =
            (struct cut){ FLASH_FAULT, 1 + trial_below(operations), trial_random() & 0xFFFFFFFF };
        trial_run(world, &trial);
        counts.faults++;
    }
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

/* One to five flipped bits, alone or close together: the same state, or an error. */
static void rot_once(struct world *world, unsigned step)
{
    const unsigned flips = 1 + trial_below(5);
    const bool is_close = trial_below(2);
    struct life_state seen;
    uint32_t at = 0;

    trial_restore(world);
    for (unsigned i = 0; i < flips; i++) {
        if (i == 0 || !is_close) {
            at = trial_below(8) == 0 ? trial_below(world->flash.flash.region_bytes)
                                     : random_used_byte(&world->flash);
        } else if (at + 1 < world->flash.flash.region_bytes) {
            at += trial_below(2);
        }
        flash_model_rot(&world->flash, at, trial_below(8));
    }
    imp_err_t err = store_open(&world->store, &world->flash.flash);
    counts.rots++;
    if (err == IMP_ERR_STORE_DAMAGED) {
        counts.rots_detected++;
        return;
    }
    err = err ? err : life_read(&world->store, &seen);
    if (err || !life_equal(&seen, &world->before)) {
        counts.failures++;
        printf("not ok - rot: %u flips around byte %u of %s before step %u: %s\n", flips, at,
               flash_geometries[world->geometry].name, step,
               err ? imprint_err_name(err) : "another state");
    }
}

/* --- The life ------------------------------------------------------------------------------ */

/* Step through the life; before each step, `visit` it with what it takes undisturbed. */
static void walk_life(struct world *world, const struct effort *effort)
{
    for (unsigned number = 0; number < life_step_count && counts.failures < 20; number++) {
        struct trial trial = { .geometry = world->geometry, .step = number };
        trial_remember(world);
        const struct life_state before = world->before;
        const uint32_t operations = trial_undisturbed(world, number);

        if (operations > 0 && life_steps[number].kind != LIFE_FILL) {
            cut_everywhere(world, trial, operations, effort);
            cut_twice(world, trial, operations, effort);
            fail_everywhere(world, trial, operations, effort);
        }
        for (unsigned i = 0; i < effort->rots; i++) {
            rot_once(world, number);
        }
        trial_restore(world);
        world->before = before;
        (void)trial_undisturbed(world, number);
        (void)life_read(&world->store, &world->before);
    }
}

static void run_geometry(unsigned geometry, const struct effort *effort)
{
    static struct world world;
    const unsigned failures = counts.failures;

    trial_open(&world, geometry);
    walk_life(&world, effort);
    printf("%s - %-13s sector %6u unit %2u erased %02X %-5s  "
           "one life: %4u programs %3u erases, sector wear %u\n",
           counts.failures == failures ? "ok" : "not ok", flash_geometries[geometry].name,
           flash_geometries[geometry].sector_bytes, flash_geometries[geometry].program_unit_bytes,
           flash_geometries[geometry].erased_value,
           flash_geometries[geometry].program_again ? "again" : "once", world.flash.program_count,
           world.flash.erase_count, flash_model_wear(&world.flash));
    trial_close(&world);
}

/* --- Stuck bits ----------------------------------------------------------------------------- */

/* A life on flash with a few stuck bits: a step that says it worked has worked; one that says it
 * did not leaves the state before it, the one after it, or an error. */
static void live_with_stuck_bits(unsigned geometry, uint64_t seed)
{
    static struct world world;
    bool is_right = true;

    trial_open(&world, geometry);
    trial_seed(seed);
    for (unsigned i = 1 + trial_below(3); i > 0; i--) {
        const uint32_t slot_at = trial_below(2) * world.store.slot_bytes;
        flash_model_stick(&world.flash, slot_at + trial_below(3000),
                          (uint8_t)(1u << trial_below(8)), (uint8_t)(trial_below(2) * 255));
    }
    imp_err_t err = store_open(&world.store, &world.flash.flash);
    for (unsigned number = 0; number < life_step_count && is_right && err == 0; number++) {
        const struct life_step *step = &life_steps[number];
        struct life_state seen = { { 0 } };
        if (step->kind == LIFE_FILL) {
            continue;
        }
        const struct life_state after = life_after(&world.before, step);
        const imp_err_t result = life_take(&world.store, step, &world.flash.flash);
        err = store_open(&world.store, &world.flash.flash);
        err = err ? err : life_read(&world.store, &seen);
        if (err == 0 && result == 0) {
            is_right = life_equal(&seen, &after);
        } else if (err == 0) {
            is_right = life_is_between(&world.before, step, &seen);
        } else {
            is_right = result != 0 || err == IMP_ERR_STORE_DAMAGED;
        }
        world.before = seen;
    }
    if (!is_right) {
        counts.failures++;
        printf("not ok - stuck bits, %s seed %llu\n", flash_geometries[geometry].name,
               (unsigned long long)seed);
    }
    counts.stuck++;
    trial_close(&world);
}

/* --- Main ----------------------------------------------------------------------------------- */

static int summary(void)
{
    printf("%u cut points, %u pairs, %u failed operations, "
           "%u rot cases (%u detected, the others the same state), "
           "%u lives with stuck bits, %u sequences\n",
           counts.cuts, counts.pairs, counts.faults, counts.rots, counts.rots_detected,
           counts.stuck, counts.sequences);
    printf("%u passed, %u failed\n",
           counts.cuts + counts.pairs + counts.faults + counts.rots + counts.stuck +
               counts.sequences - counts.failures,
           counts.failures);
    return counts.failures != 0;
}

static int run_campaign(const struct effort *effort, uint64_t seed)
{
    for (unsigned geometry = 0; geometry < flash_geometry_count; geometry++) {
        trial_seed(seed + geometry);
        run_geometry(geometry, effort);
        for (unsigned i = 0; i < effort->stuck; i++) {
            live_with_stuck_bits(geometry, seed + i);
        }
        fflush(stdout);
    }
    for (unsigned i = 0; i < effort->sequences && counts.failures < 20; i++) {
        sequence_run(seed * 1000000007u + i);
    }
    return summary();
}

static bool parse_cut(char **words, struct cut *cut)
{
    for (int how = FLASH_CUT_BEFORE; how <= FLASH_FAULT; how++) {
        if (strcmp(words[0], trial_cut_names[how]) == 0) {
            *cut = (struct cut){ (enum flash_cut)how, (uint32_t)strtoul(words[1], NULL, 10),
                                 strtoull(words[2], NULL, 10) };
            return true;
        }
    }
    return false;
}

/* Walk the life to the step of a trial, and run that. */
static int replay(int count, char **words)
{
    static struct world world;
    struct trial trial = { .step = (unsigned)strtoul(words[1], NULL, 10),
                           .is_unstable = words[2][0] == '1' };

    while (trial.geometry < flash_geometry_count &&
           strcmp(flash_geometries[trial.geometry].name, words[0]) != 0) {
        trial.geometry++;
    }
    if (trial.geometry == flash_geometry_count || trial.step >= life_step_count ||
        !parse_cut(words + 3, &trial.first) ||
        (count > 6 && (count < 9 || !parse_cut(words + 6, &trial.second)))) {
        fprintf(stderr, "no such trial\n");
        return 2;
    }
    trial_open(&world, trial.geometry);
    for (unsigned number = 0; number < trial.step; number++) {
        (void)trial_undisturbed(&world, number);
        (void)life_read(&world.store, &world.before);
    }
    trial_remember(&world);
    trial_run(&world, &trial);
    counts.cuts++;
    trial_close(&world);
    return summary();
}

int main(int argc, char **argv)
{
    static const struct effort sample = { 4, 40, 16, 6, 12, 4, 400 };
    static const struct effort everything = { 8, 100000, 4000, 400, 2000, 500, 1000000 };

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "sequence") == 0) {
        sequence_run(strtoull(argv[2], NULL, 10));
        return summary();
    }
    if (argc >= 7) {
        return replay(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "long") == 0) {
        return run_campaign(&everything, argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
    }
    return run_campaign(&sample, argc > 1 ? strtoull(argv[1], NULL, 10) : 1);
}
