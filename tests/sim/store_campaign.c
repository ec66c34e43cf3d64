/* SPDX-License-Identifier: MIT
 * store_campaign.c -- cut the power of a store at every flash operation, then again; rot its bits; break its cells.
 *
 *   store_campaign                sample, a few seconds
 *   store_campaign long [SEED]    every cut point, many pairs, a million random sequences (hours)
 *   store_campaign GEOMETRY STEP UNSTABLE HOW AT SEED [HOW AT SEED]   the trial that a failure names
 *   store_campaign sequence SEED  the sequence that a failure names
 *
 * A trial takes one step of the life in tests/support/store_life.c, from the flash and the store as they were before it,
 * and loses power at flash operation AT: `before` it, `torn`, or `after` it (or the operation fails: `fault`). The second
 * cut comes while the next boot recovers or takes the step again. Afterwards store_open must find the state before or
 * after the step, whole, and never go back from the later one; the step, taken again, must succeed. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/imp_assert.h"
#include "host-sim/device/flash_model.h"
#include "tests/support/seal_double.h"
#include "tests/support/store_life.h"

enum {
    REASON_CHARS_MAX = 160,
    POSSIBLE_MAX = 64
};

struct cut {
    enum flash_cut how;
    uint32_t at;
    uint64_t seed;
};

struct trial {
    unsigned geometry;
    unsigned step;
    bool is_unstable;
    struct cut first;
    struct cut second;
};

/* A flash and the store on it, as they were before a step. */
struct world {
    unsigned geometry;
    struct flash_model flash;
    struct flash_model flash_before;
    struct store store;
    struct store store_before;
    struct life_state before;
    char reason[REASON_CHARS_MAX];
};

static const char *const cut_names[] = {
    [FLASH_CUT_NONE] = "none",   [FLASH_CUT_BEFORE] = "before", [FLASH_CUT_TORN] = "torn",
    [FLASH_CUT_AFTER] = "after", [FLASH_FAULT] = "fault",
};

static uint64_t random_state;
static struct {
    unsigned cuts;
    unsigned pairs;
    unsigned faults;
    unsigned rots;
    unsigned rots_detected;
    unsigned stuck;
    unsigned sequences;
    unsigned failures;
} counts;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint32_t below(uint32_t limit)
{
    return (uint32_t)((next_random() >> 11) % limit);
}

static void seed_random(uint64_t seed)
{
    random_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < 8; i++) {
        (void)next_random();
    }
}

_Noreturn void imp_assert_failed(const char *file, int line)
{
    fprintf(stderr, "IMP_ASSERT failed: %s:%d\n", file, line);
    abort();
}

/* False, and why. */
__attribute__((format(printf, 2, 3))) static bool fail(struct world *world, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(world->reason, sizeof world->reason, format, arguments);
    va_end(arguments);
    return false;
}

/* --- One trial ------------------------------------------------------------------------------ */

static void remember(struct world *world)
{
    flash_model_copy(&world->flash_before, &world->flash);
    world->store_before = world->store;
}

static void restore(struct world *world)
{
    flash_model_copy(&world->flash, &world->flash_before);
    world->store = world->store_before;
}

/* How far a state has come from the one before the step. */
static unsigned progress(const struct life_state *before, const struct life_state *seen)
{
    unsigned changed = 0;

    for (int type = 1; type < STORE_TYPE_COUNT; type++) {
        changed += before->of[type] != seen->of[type];
    }
    return changed;
}

/* Open the store and judge what is found. *furthest is the furthest that was seen before, and is raised. */
static bool boot(struct world *world, const struct life_step *step, unsigned *furthest)
{
    struct life_state seen;
    imp_err_t err = store_open(&world->store, &world->flash.flash);

    if (!world->flash.is_powered) {
        return true;
    }
    if (err) {
        return fail(world, "store_open says %s", imprint_err_name(err));
    }
    err = life_read(&world->store, &seen);
    if (err) {
        return fail(world, "a record reads as %s", imprint_err_name(err));
    }
    if (!life_is_between(&world->before, step, &seen)) {
        return fail(world, "the state is neither the old nor the new one");
    }
    if (progress(&world->before, &seen) < *furthest) {
        return fail(world, "a state that was seen is gone");
    }
    *furthest = progress(&world->before, &seen);
    return true;
}

static bool contains(const struct flash_model *flash, const uint8_t *what, size_t bytes)
{
    return memmem(flash->cells, flash->flash.region_bytes, what, bytes) != NULL;
}

/* What is forgotten or erased must not be found on flash; only what is written in the clear can be looked for. */
static bool is_destroyed(struct world *world, const struct life_step *step)
{
    for (unsigned i = 0; i < life_step_count; i++) {
        const struct life_step *token = &life_steps[i];
        uint8_t content[16];
        life_content(token->serial, content, sizeof content);
        if (token->kind == LIFE_APPEND && token->type == STORE_TOKEN_CLEAR &&
            (step->kind == LIFE_FORGET || step->kind == LIFE_ERASE) &&
            !store_has(&world->store, STORE_TOKEN_CLEAR) &&
            contains(&world->flash, content, sizeof content)) {
            return fail(world, "the token can still be read");
        }
    }
    return true;
}

static bool holds(struct world *world, const struct life_state *expected, const char *when)
{
    struct life_state seen;
    const imp_err_t err = life_read(&world->store, &seen);

    if (err || !life_equal(&seen, expected)) {
        return fail(world, "%s: not the new state (%s)", when, imprint_err_name(err));
    }
    return true;
}

/* The step again, and one more record: both must work, and last. */
static bool converge(struct world *world, const struct life_step *step)
{
    const struct life_step more = {
        .kind = LIFE_APPEND, .type = STORE_ATTEMPTS, .clear_bytes = 2, .serial = 999
    };
    struct life_state expected = life_after(&world->before, step);
    imp_err_t err = life_take(&world->store, step, &world->flash.flash);

    if (err) {
        return fail(world, "the step, taken again, says %s", imprint_err_name(err));
    }
    if (!holds(world, &expected, "after the step") || !is_destroyed(world, step)) {
        return false;
    }
    err = life_take(&world->store, &more, &world->flash.flash);
    expected = life_after(&expected, &more);
    if (err) {
        return fail(world, "the next append says %s", imprint_err_name(err));
    }
    err = store_open(&world->store, &world->flash.flash);
    if (err) {
        return fail(world, "store_open says %s in the end", imprint_err_name(err));
    }
    if (!holds(world, &expected, "in the end")) {
        return false;
    }
    return world->flash.is_unstable || world->flash.violation_count == 0 ||
           fail(world, "a unit was programmed twice");
}

static bool run_trial(struct world *world, const struct trial *trial)
{
    const struct life_step *step = &life_steps[trial->step];
    unsigned furthest = 0;

    restore(world);
    world->flash.is_unstable = trial->is_unstable;
    flash_model_arm(&world->flash, trial->first.how, trial->first.at, trial->first.seed);
    const imp_err_t err = life_take(&world->store, step, &world->flash.flash);
    if (trial->first.how == FLASH_FAULT && err == 0) {
        const struct life_state after = life_after(&world->before, step);
        if (!holds(world, &after, "after the fault")) {
            return false;
        }
        furthest = progress(&world->before, &after);
    }
    flash_model_power_on(&world->flash);
    if (trial->second.how != FLASH_CUT_NONE) {
        flash_model_arm(&world->flash, trial->second.how, trial->second.at, trial->second.seed);
        if (!boot(world, step, &furthest)) {
            return false;
        }
        if (world->flash.is_powered) {
            (void)life_take(&world->store, step, &world->flash.flash);
        }
        flash_model_power_on(&world->flash);
    }
    for (int boots = 0; boots < 3; boots++) {
        if (!boot(world, step, &furthest) || (furthest > 0 && !is_destroyed(world, step))) {
            return false;
        }
    }
    return converge(world, step);
}

static void print_cut(const struct cut *cut)
{
    printf(" %s %u %llu", cut_names[cut->how], cut->at, (unsigned long long)cut->seed);
}

static void try_trial(struct world *world, const struct trial *trial)
{
    if (run_trial(world, trial)) {
        return;
    }
    counts.failures++;
    printf("not ok - store_campaign %s %u %d", flash_geometries[trial->geometry].name, trial->step,
           trial->is_unstable);
    print_cut(&trial->first);
    if (trial->second.how != FLASH_CUT_NONE) {
        print_cut(&trial->second);
    }
    printf(" : %s\n", world->reason);
}

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
        const uint32_t chosen = trials == all ? i : below(all);
        const uint32_t kind = chosen % kinds;
        trial.is_unstable = kind >= 2 && kind % 2 == 1;
        trial.first = (struct cut){
            .how = kind == 0   ? FLASH_CUT_BEFORE
                   : kind == 1 ? FLASH_CUT_AFTER
                               : FLASH_CUT_TORN,
            .at = 1 + chosen / kinds,
            .seed = next_random() & 0xFFFFFFFF,
        };
        try_trial(world, &trial);
        counts.cuts++;
    }
}

static enum flash_cut random_cut(void)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_TORN, FLASH_CUT_TORN, FLASH_CUT_TORN,
                                           FLASH_CUT_BEFORE, FLASH_CUT_AFTER };

    return cuts[below(sizeof cuts / sizeof cuts[0])];
}

static void cut_twice(struct world *world, struct trial trial, uint32_t operations,
                      const struct effort *effort)
{
    for (unsigned i = 0; i < effort->pairs; i++) {
        /* Half of the second cuts fall on the few operations of recovery. */
        const uint32_t reach = below(2) ? 4 : operations + 8;
        trial.is_unstable = below(2);
        trial.first =
            (struct cut){ random_cut(), 1 + below(operations), next_random() & 0xFFFFFFFF };
        trial.second = (struct cut){ random_cut(), 1 + below(reach), next_random() & 0xFFFFFFFF };
        try_trial(world, &trial);
        counts.pairs++;
    }
}

static void fail_everywhere(struct world *world, struct trial trial, uint32_t operations,
                            const struct effort *effort)
{
    for (unsigned i = 0; i < effort->faults; i++) {
        trial.first =
            (struct cut){ FLASH_FAULT, 1 + below(operations), next_random() & 0xFFFFFFFF };
        try_trial(world, &trial);
        counts.faults++;
    }
}

/* --- Rot ------------------------------------------------------------------------------------ */

static uint32_t random_used_byte(const struct flash_model *flash)
{
    uint32_t at = below(flash->flash.region_bytes);

    for (int tries = 0; tries < 4000 && flash->cells[at] == flash->flash.erased_value; tries++) {
        at = below(flash->flash.region_bytes);
    }
    return at;
}

/* One to five flipped bits, alone or close together: the same state, or an error. */
static void rot_once(struct world *world, unsigned step)
{
    const unsigned flips = 1 + below(5);
    const bool is_close = below(2);
    struct life_state seen;
    uint32_t at = 0;

    restore(world);
    for (unsigned i = 0; i < flips; i++) {
        if (i == 0 || !is_close) {
            at = below(8) == 0 ? below(world->flash.flash.region_bytes)
                               : random_used_byte(&world->flash);
        } else if (at + 1 < world->flash.flash.region_bytes) {
            at += below(2);
        }
        flash_model_rot(&world->flash, at, below(8));
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

/* --- The life ------------------------------------------------------------------------------- */

static bool open_world(struct world *world, unsigned geometry)
{
    memset(world, 0, sizeof *world);
    world->geometry = geometry;
    seal_double_reset(1, 1);
    return flash_model_open(&world->flash, &flash_geometries[geometry], 1) &&
           flash_model_open(&world->flash_before, &flash_geometries[geometry], 1) &&
           store_open(&world->store, &world->flash.flash) == 0;
}

static void close_world(struct world *world)
{
    flash_model_close(&world->flash);
    flash_model_close(&world->flash_before);
}

/* Take a step undisturbed, and check it. Its flash operations. */
static uint32_t take_undisturbed(struct world *world, unsigned number)
{
    const struct life_step *step = &life_steps[number];
    struct life_state expected = life_after(&world->before, step);

    flash_model_arm(&world->flash, FLASH_CUT_NONE, 0, number);
    const imp_err_t err = life_take(&world->store, step, &world->flash.flash);
    const uint32_t operations = world->flash.operation_count;

    if (step->kind == LIFE_FILL) {
        (void)life_read(&world->store, &expected);
    }
    bool is_right = err == 0 && holds(world, &expected, "at once");
    is_right = is_right && store_open(&world->store, &world->flash.flash) == 0 &&
               holds(world, &expected, "reopened") && world->flash.operation_count == operations &&
               is_destroyed(world, step);
    if (!is_right) {
        counts.failures++;
        printf("not ok - %s, step %u undisturbed: %s %s\n", flash_geometries[world->geometry].name,
               number, imprint_err_name(err), world->reason);
    }
    return operations;
}

/* Step through the life; before each step, `visit` it with what it takes undisturbed. */
static void walk_life(struct world *world, const struct effort *effort)
{
    for (unsigned number = 0; number < life_step_count && counts.failures < 20; number++) {
        struct trial trial = { .geometry = world->geometry, .step = number };
        remember(world);
        const struct life_state before = world->before;
        const uint32_t operations = take_undisturbed(world, number);

        if (operations > 0 && life_steps[number].kind != LIFE_FILL) {
            cut_everywhere(world, trial, operations, effort);
            cut_twice(world, trial, operations, effort);
            fail_everywhere(world, trial, operations, effort);
        }
        for (unsigned i = 0; i < effort->rots; i++) {
            rot_once(world, number);
        }
        restore(world);
        world->before = before;
        (void)take_undisturbed(world, number);
        (void)life_read(&world->store, &world->before);
    }
}

static void run_geometry(unsigned geometry, const struct effort *effort)
{
    static struct world world;
    const unsigned failures = counts.failures;

    if (!open_world(&world, geometry)) {
        printf("no memory\n");
        exit(2);
    }
    walk_life(&world, effort);
    printf(
        "%s - %-13s sector %6u unit %2u erased %02X %-5s  one life: %4u programs %3u erases, sector wear %u\n",
        counts.failures == failures ? "ok" : "not ok", flash_geometries[geometry].name,
        flash_geometries[geometry].sector_bytes, flash_geometries[geometry].program_unit_bytes,
        flash_geometries[geometry].erased_value,
        flash_geometries[geometry].program_again ? "again" : "once", world.flash.program_count,
        world.flash.erase_count, flash_model_wear(&world.flash));
    close_world(&world);
}

/* --- Stuck bits ----------------------------------------------------------------------------- */

/* A life on flash with a few stuck bits: a step that says it worked has worked; one that says it did not leaves the
 * state before it, the one after it, or an error. */
static void live_with_stuck_bits(unsigned geometry, uint64_t seed)
{
    static struct world world;
    bool is_right = open_world(&world, geometry);

    seed_random(seed);
    for (unsigned i = 1 + below(3); i > 0; i--) {
        const uint32_t slot_at = below(2) * world.store.slot_bytes;
        flash_model_stick(&world.flash, slot_at + below(3000), (uint8_t)(1u << below(8)),
                          (uint8_t)(below(2) * 255));
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
    close_world(&world);
}

/* --- Random sequences ----------------------------------------------------------------------- */

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

/* Is `seen` possible? Then what is older is so no more; where cells are stable, nor is what is newer. */
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
    const uint16_t bytes_max = slot_bytes >= 65536 ? 6000 : 400;
    struct life_step step = { .serial = (uint32_t)(next_random() & 0xFFFFFF),
                              .clear_bytes = (uint16_t)below(bytes_max) };
    const uint32_t kind = below(20);

    if (kind < 12) {
        step.kind = LIFE_APPEND;
        step.type = clear_types[below(6)];
    } else if (kind < 14) {
        step.kind = LIFE_SECRET;
        step.type = STORE_TOKEN;
        step.secret_bytes = (uint16_t)(1 + below(128));
    } else if (kind < 17) {
        step.kind = LIFE_KEY;
        step.type = below(2) ? STORE_STAGED_KEY : STORE_IDENTITY;
    } else if (kind < 19 || below(4) != 0) {
        step.kind = LIFE_FORGET;
        step.forget_count = 1 + below(3);
        for (size_t i = 0; i < step.forget_count; i++) {
            step.forgets[i] = (enum store_type)(1 + below(STORE_TYPE_COUNT - 1));
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
        const bool is_cut = below(4) == 0;
        flash_model_power_on(&world->flash);
        flash_model_arm(&world->flash, is_cut ? random_cut() : FLASH_CUT_NONE, 1 + below(6),
                        next_random());
        err = store_open(&world->store, &world->flash.flash);
    } while (!world->flash.is_powered);
    if (err) {
        return fail(world, "store_open says %s", imprint_err_name(err));
    }
    err = life_read(&world->store, &world->before);
    if (err) {
        return fail(world, "a record reads as %s", imprint_err_name(err));
    }
    return find_possible(possible, &world->before, world->flash.is_unstable) ||
           fail(world, "a state that can't be");
}

static bool run_steps(struct world *world)
{
    struct possible possible = { .count = 1 };

    for (unsigned steps = 6 + below(30); steps > 0; steps--) {
        const struct life_step step = random_step(world->store.slot_bytes);
        const bool is_cut = below(3) == 0;
        flash_model_arm(&world->flash, is_cut ? random_cut() : FLASH_CUT_NONE,
                        1 + below(below(3) ? 20 : 120), next_random());
        const imp_err_t err = life_take(&world->store, &step, &world->flash.flash);
        if (!world->flash.is_powered) {
            add_step(&possible, &world->before, &step);
        } else if (err) {
            return fail(world, "a step says %s", imprint_err_name(err));
        } else {
            possible.states[0] = life_after(&world->before, &step);
            possible.count = 1;
            world->before = possible.states[0];
            if (!holds(world, &world->before, "at once")) {
                return false;
            }
        }
        if ((!world->flash.is_powered || below(4) == 0) && !boot_sequence(world, &possible)) {
            return false;
        }
    }
    return true;
}

static void run_sequence(uint64_t seed)
{
    static struct world worlds[16];

    seed_random(seed);
    const unsigned geometry =
        below(4) == 0 ? below(flash_geometry_count) : 1 + below(4) + (below(2) ? 4 : 0);
    struct world *world = &worlds[geometry % flash_geometry_count];

    world->reason[0] = '\0';
    if (!open_world(world, geometry % flash_geometry_count)) {
        exit(2);
    }
    world->flash.is_unstable = below(2);
    if (!run_steps(world)) {
        counts.failures++;
        printf("not ok - store_campaign sequence %llu : %s, %s%s\n", (unsigned long long)seed,
               world->reason, flash_geometries[world->geometry].name,
               world->flash.is_unstable ? ", unstable" : "");
    }
    counts.sequences++;
    close_world(world);
}

/* --- Main ----------------------------------------------------------------------------------- */

static int summary(void)
{
    printf(
        "%u cut points, %u pairs, %u failed operations, %u rot cases (%u detected, the others the same state), "
        "%u lives with stuck bits, %u sequences\n",
        counts.cuts, counts.pairs, counts.faults, counts.rots, counts.rots_detected, counts.stuck,
        counts.sequences);
    printf("%u passed, %u failed\n",
           counts.cuts + counts.pairs + counts.faults + counts.rots + counts.stuck +
               counts.sequences - counts.failures,
           counts.failures);
    return counts.failures != 0;
}

static int run_campaign(const struct effort *effort, uint64_t seed)
{
    for (unsigned geometry = 0; geometry < flash_geometry_count; geometry++) {
        seed_random(seed + geometry);
        run_geometry(geometry, effort);
        for (unsigned i = 0; i < effort->stuck; i++) {
            live_with_stuck_bits(geometry, seed + i);
        }
        fflush(stdout);
    }
    for (unsigned i = 0; i < effort->sequences && counts.failures < 20; i++) {
        run_sequence(seed * 1000000007u + i);
    }
    return summary();
}

static bool parse_cut(char **words, struct cut *cut)
{
    for (int how = FLASH_CUT_BEFORE; how <= FLASH_FAULT; how++) {
        if (strcmp(words[0], cut_names[how]) == 0) {
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
    static const struct effort none = { 0 };
    static struct world world;
    struct trial trial = { .step = (unsigned)strtoul(words[1], NULL, 10),
                           .is_unstable = words[2][0] == '1' };

    while (trial.geometry < flash_geometry_count &&
           strcmp(flash_geometries[trial.geometry].name, words[0]) != 0) {
        trial.geometry++;
    }
    if (trial.geometry == flash_geometry_count || trial.step >= life_step_count ||
        !parse_cut(words + 3, &trial.first) ||
        (count > 6 && (count < 9 || !parse_cut(words + 6, &trial.second))) ||
        !open_world(&world, trial.geometry)) {
        fprintf(stderr, "no such trial\n");
        return 2;
    }
    (void)none;
    for (unsigned number = 0; number < trial.step; number++) {
        (void)take_undisturbed(&world, number);
        (void)life_read(&world.store, &world.before);
    }
    remember(&world);
    try_trial(&world, &trial);
    counts.cuts++;
    close_world(&world);
    return summary();
}

int main(int argc, char **argv)
{
    static const struct effort sample = { 4, 40, 16, 6, 12, 4, 400 };
    static const struct effort everything = { 8, 100000, 4000, 400, 2000, 500, 1000000 };

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "sequence") == 0) {
        run_sequence(strtoull(argv[2], NULL, 10));
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
