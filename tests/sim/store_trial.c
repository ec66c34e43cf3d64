/* SPDX-License-Identifier: MIT
 * store_trial.c -- one step of a store's life, cut once or twice, and what must hold after that. */
#define _GNU_SOURCE
#include "tests/sim/store_trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/imp_assert.h"
#include "tests/support/seal_double.h"

struct counts counts;

const char *const trial_cut_names[] = {
    [FLASH_CUT_NONE] = "none",   [FLASH_CUT_BEFORE] = "before", [FLASH_CUT_TORN] = "torn",
    [FLASH_CUT_AFTER] = "after", [FLASH_FAULT] = "fault",
};

static uint64_t random_state;

uint64_t trial_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

uint32_t trial_below(uint32_t limit)
{
    return (uint32_t)((trial_random() >> 11) % limit);
}

void trial_seed(uint64_t seed)
{
    random_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < 8; i++) {
        (void)trial_random();
    }
}

uint64_t trial_random_state(uint64_t state)
{
    const uint64_t before = random_state;

    random_state = state;
    return before;
}

enum flash_cut trial_random_cut(void)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_TORN, FLASH_CUT_TORN, FLASH_CUT_TORN,
                                           FLASH_CUT_BEFORE, FLASH_CUT_AFTER };

    return cuts[trial_below(sizeof cuts / sizeof cuts[0])];
}

_Noreturn void imp_assert_failed(const char *file, int line)
{
    fprintf(stderr, "IMP_ASSERT failed: %s:%d\n", file, line);
    abort();
}

/* False, and why. */
bool trial_fail(struct world *world, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(world->reason, sizeof world->reason, format, arguments);
    va_end(arguments);
    return false;
}

/* --- A world ------------------------------------------------------------------------------- */

void trial_open(struct world *world, unsigned geometry)
{
    memset(world, 0, sizeof *world);
    world->geometry = geometry;
    seal_double_reset(1, 1);
    if (!flash_model_open(&world->flash, &flash_geometries[geometry], 1) ||
        !flash_model_open(&world->flash_before, &flash_geometries[geometry], 1) ||
        store_open(&world->store, &world->flash.flash) != 0) {
        printf("no memory\n");
        exit(2);
    }
}

void trial_close(struct world *world)
{
    flash_model_close(&world->flash);
    flash_model_close(&world->flash_before);
}

/* --- One trial ------------------------------------------------------------------------------ */

void trial_remember(struct world *world)
{
    flash_model_copy(&world->flash_before, &world->flash);
    world->store_before = world->store;
}

void trial_restore(struct world *world)
{
    flash_model_copy(&world->flash, &world->flash_before);
    world->store = world->store_before;
    world->is_tampered = false;
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

/* Open the store and judge what is found. *furthest is the furthest that was seen before, and is
 * raised. */
static bool boot(struct world *world, const struct life_step *step, unsigned *furthest)
{
    struct life_state seen;
    imp_err_t err = store_open(&world->store, &world->flash.flash);

    world->err = err;
    if (!world->flash.is_powered) {
        return true;
    }
    if (err) {
        return trial_fail(world, "store_open says %s", imprint_err_name(err));
    }
    err = life_read(&world->store, &seen);
    if (err) {
        return trial_fail(world, "a record reads as %s", imprint_err_name(err));
    }
    if (!life_is_between(&world->before, step, &seen)) {
        return trial_fail(world, "the state is neither the old nor the new one");
    }
    if (progress(&world->before, &seen) < *furthest) {
        return trial_fail(world, "a state that was seen is gone");
    }
    *furthest = progress(&world->before, &seen);
    return true;
}

static bool contains(const struct flash_model *flash, const uint8_t *what, size_t bytes)
{
    return memmem(flash->cells, flash->flash.region_bytes, what, bytes) != NULL;
}

/* What is forgotten or erased must not be found on flash; only what is written in the clear can
 * be looked for. */
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
            return trial_fail(world, "the token can still be read");
        }
    }
    return true;
}

bool trial_holds(struct world *world, const struct life_state *expected, const char *when)
{
    struct life_state seen;
    const imp_err_t err = life_read(&world->store, &seen);

    if (err || !life_equal(&seen, expected)) {
        return trial_fail(world, "%s: not the new state (%s)", when, imprint_err_name(err));
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
        return trial_fail(world, "the step, taken again, says %s", imprint_err_name(err));
    }
    if (!trial_holds(world, &expected, "after the step") || !is_destroyed(world, step)) {
        return false;
    }
    err = life_take(&world->store, &more, &world->flash.flash);
    expected = life_after(&expected, &more);
    if (err) {
        return trial_fail(world, "the next append says %s", imprint_err_name(err));
    }
    err = store_open(&world->store, &world->flash.flash);
    world->err = err;
    if (err) {
        return trial_fail(world, "store_open says %s in the end", imprint_err_name(err));
    }
    if (!trial_holds(world, &expected, "in the end")) {
        return false;
    }
    return world->flash.is_unstable || world->is_tampered || world->flash.violation_count == 0 ||
           trial_fail(world, "a unit was programmed twice");
}

/* Recover as often as it takes, then take the step again. *furthest as in boot. */
static bool recover_and_converge(struct world *world, const struct life_step *step,
                                 unsigned *furthest)
{
    for (int boots = 0; boots < 3; boots++) {
        if (!boot(world, step, furthest) || (*furthest > 0 && !is_destroyed(world, step))) {
            return false;
        }
    }
    return converge(world, step);
}

bool trial_goes_on_after_a_cut(struct world *world, const struct life_step *step)
{
    unsigned furthest = 0;

    flash_model_arm(&world->flash, trial_random_cut(), 1 + trial_below(30), trial_random());
    (void)life_take(&world->store, step, &world->flash.flash);
    flash_model_power_on(&world->flash);
    return recover_and_converge(world, step, &furthest);
}

static bool run_trial(struct world *world, const struct trial *trial)
{
    const struct life_step *step = &life_steps[trial->step];
    unsigned furthest = 0;

    trial_restore(world);
    world->flash.is_unstable = trial->is_unstable;
    flash_model_arm(&world->flash, trial->first.how, trial->first.at, trial->first.seed);
    const imp_err_t err = life_take(&world->store, step, &world->flash.flash);
    if (trial->first.how == FLASH_FAULT && err == 0) {
        const struct life_state after = life_after(&world->before, step);
        if (!trial_holds(world, &after, "after the fault")) {
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
    return recover_and_converge(world, step, &furthest);
}

static void print_cut(const struct cut *cut)
{
    printf(" %s %u %llu", trial_cut_names[cut->how], cut->at, (unsigned long long)cut->seed);
}

void trial_run(struct world *world, const struct trial *trial)
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

/* Take a step undisturbed, and check it. Its flash operations. */
uint32_t trial_undisturbed(struct world *world, unsigned number)
{
    const struct life_step *step = &life_steps[number];
    struct life_state expected = life_after(&world->before, step);

    flash_model_arm(&world->flash, FLASH_CUT_NONE, 0, number);
    const imp_err_t err = life_take(&world->store, step, &world->flash.flash);
    const uint32_t operations = world->flash.operation_count;

    if (step->kind == LIFE_FILL) {
        (void)life_read(&world->store, &expected);
    }
    bool is_right = err == 0 && trial_holds(world, &expected, "at once");
    is_right = is_right && store_open(&world->store, &world->flash.flash) == 0 &&
               trial_holds(world, &expected, "reopened") &&
               world->flash.operation_count == operations && is_destroyed(world, step);
    if (!is_right) {
        counts.failures++;
        printf("not ok - %s, step %u undisturbed: %s %s\n", flash_geometries[world->geometry].name,
               number, imprint_err_name(err), world->reason);
    }
    return operations;
}
