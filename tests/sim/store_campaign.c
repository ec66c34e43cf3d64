/* SPDX-License-Identifier: MIT
 * store_campaign.c -- cut the power of a store at every flash operation, then again; rot its bits;
 * break its cells.
 *
 *   store_campaign [SEED]         a sample, a few seconds
 *   store_campaign sim [SEED]     every flash operation cut in 24 ways: 140,000 cut points in 70 s
 *   store_campaign long [SEED]    every cut point, many pairs, a million random sequences
 *
 * and what the line of a failure says, to see it again:
 *   store_campaign GEOMETRY STEP UNSTABLE HOW AT SEED [HOW AT SEED]
 *   store_campaign rot|replay|stuck GEOMETRY STEP SEED
 *   store_campaign sequence SEED
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
    unsigned replays; /* Per step. */
    unsigned stuck;   /* Lives with stuck bits, per geometry. */
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
            damage_rot(world, number, trial_random());
        }
        /* A store that was never written has no live slot that could be intact. */
        for (unsigned i = 0; i < effort->replays && world->store_before.generation > 0; i++) {
            damage_replay(world, number, trial_random());
        }
        damage_remember(world);
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
    damage_forget_the_past();
    trial_close(&world);
}

/* --- Main ----------------------------------------------------------------------------------- */

static int summary(void)
{
    printf("%u cut points, %u pairs, %u failed operations, "
           "%u rot cases (%u detected, the others the same state), %u replays (%u detected), "
           "%u lives with stuck bits, %u sequences\n",
           counts.cuts, counts.pairs, counts.faults, counts.rots, counts.rots_detected,
           counts.replays, counts.replays_detected, counts.stuck, counts.sequences);
    printf("%u passed, %u failed\n",
           counts.cuts + counts.pairs + counts.faults + counts.rots + counts.replays +
               counts.stuck + counts.sequences - counts.failures,
           counts.failures);
    return counts.failures != 0;
}

static int run_campaign(const struct effort *effort, uint64_t seed)
{
    for (unsigned geometry = 0; geometry < flash_geometry_count; geometry++) {
        trial_seed(seed + geometry);
        run_geometry(geometry, effort);
        for (unsigned i = 0; i < effort->stuck; i++) {
            damage_stick(geometry, trial_random());
        }
        fflush(stdout);
    }
    for (unsigned i = 0; i < effort->sequences && counts.failures < 20; i++) {
        sequence_run(seed * 1000000007u + i);
        if ((i + 1) % 100000 == 0) {
            printf("%u sequences, %u failures\n", counts.sequences, counts.failures);
        }
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

static bool find_geometry(const char *name, unsigned *geometry)
{
    *geometry = 0;
    while (*geometry < flash_geometry_count &&
           strcmp(flash_geometries[*geometry].name, name) != 0) {
        (*geometry)++;
    }
    return *geometry < flash_geometry_count;
}

/* Walk the life to a step, undisturbed, and remember the world there. */
static void walk_to(struct world *world, unsigned geometry, unsigned step)
{
    trial_open(world, geometry);
    trial_remember(world);
    for (unsigned number = 0; number < step; number++) {
        damage_remember(world);
        (void)trial_undisturbed(world, number);
        (void)life_read(&world->store, &world->before);
        trial_remember(world);
    }
}

static int no_such_trial(void)
{
    fprintf(stderr, "no such trial\n");
    return 2;
}

/* GEOMETRY STEP UNSTABLE HOW AT SEED [HOW AT SEED] */
static int again_cut(int count, char **words)
{
    static struct world world;
    struct trial trial = { .step = (unsigned)strtoul(words[1], NULL, 10),
                           .is_unstable = words[2][0] == '1' };

    if (!find_geometry(words[0], &trial.geometry) || trial.step >= life_step_count ||
        !parse_cut(words + 3, &trial.first) ||
        (count > 6 && (count < 9 || !parse_cut(words + 6, &trial.second)))) {
        return no_such_trial();
    }
    walk_to(&world, trial.geometry, trial.step);
    trial_run(&world, &trial);
    counts.cuts++;
    return summary();
}

/* rot|replay|stuck GEOMETRY STEP SEED */
static int again_damage(char **words)
{
    static struct world world;
    const unsigned step = (unsigned)strtoul(words[2], NULL, 10);
    const uint64_t seed = strtoull(words[3], NULL, 10);
    unsigned geometry;

    if (!find_geometry(words[1], &geometry) || step > life_step_count || seed == 0) {
        return no_such_trial();
    }
    if (strcmp(words[0], "stuck") == 0) {
        damage_stick(geometry, seed);
        return summary();
    }
    if (step == life_step_count) {
        return no_such_trial();
    }
    walk_to(&world, geometry, step);
    if (strcmp(words[0], "rot") == 0) {
        damage_rot(&world, step, seed);
    } else if (strcmp(words[0], "replay") == 0) {
        damage_replay(&world, step, seed);
    } else {
        return no_such_trial();
    }
    return summary();
}

int main(int argc, char **argv)
{
    /*                                     torn cuts_max pairs faults rots replays stuck sequences */
    static const struct effort sample = { 4, 40, 16, 6, 12, 4, 4, 400 };
    static const struct effort sim = { 11, 100000, 100, 20, 40, 20, 40, 4000 };
    static const struct effort everything = { 8, 100000, 4000, 400, 2000, 500, 500, 1000000 };
    const char *what = argc > 1 ? argv[1] : "";
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(what, "sequence") == 0) {
        sequence_run(seed);
        return summary();
    }
    if (argc == 5) {
        return again_damage(argv + 1);
    }
    if (argc >= 7) {
        return again_cut(argc - 1, argv + 1);
    }
    if (strcmp(what, "sim") == 0) {
        return run_campaign(&sim, seed);
    }
    if (strcmp(what, "long") == 0) {
        return run_campaign(&everything, seed);
    }
    return run_campaign(&sample, argc > 1 ? strtoull(what, NULL, 10) : 1);
}
