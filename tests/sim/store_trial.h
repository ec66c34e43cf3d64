/* SPDX-License-Identifier: MIT
 * store_trial.h -- what the parts of the store's campaign share: a store and its flash, cuts of its
 * power, and what must hold after them. */
#ifndef TESTS_SIM_STORE_TRIAL_H
#define TESTS_SIM_STORE_TRIAL_H

#include "host-sim/device/flash_model.h"
#include "tests/support/store_life.h"

enum {
    TRIAL_REASON_CHARS_MAX = 160
};

/* A loss of power, or with FLASH_FAULT a failure, at flash operation `at`, counted from 1. */
struct cut {
    enum flash_cut how;
    uint32_t at;
    uint64_t seed;
};

/* A step of the life, and what happens to it: FLASH_CUT_NONE in `second` is a single cut. */
struct trial {
    unsigned geometry;
    unsigned step;
    bool is_unstable;
    struct cut first;
    struct cut second;
};

/* A flash and the store on it, now and as they were before a step. */
struct world {
    unsigned geometry;
    struct flash_model flash;
    struct flash_model flash_before;
    struct store store;
    struct store store_before;
    struct life_state before;
    bool is_tampered;                    /* What is on flash is no more what the store wrote. */
    char reason[TRIAL_REASON_CHARS_MAX]; /* Why the last trial failed... */
    imp_err_t err;                       /* ...and what the store said then. */
};

struct counts {
    unsigned cuts;
    unsigned pairs;
    unsigned faults;
    unsigned rots;
    unsigned rots_detected;
    unsigned stuck;
    unsigned replays;
    unsigned replays_detected;
    unsigned sequences;
    unsigned failures;
};
extern struct counts counts;

/* Names of enum flash_cut, as in a replay line. */
extern const char *const trial_cut_names[];

/* Randomness of the campaign itself: which trials, not what is torn in them. */
void trial_seed(uint64_t seed);
uint64_t trial_random(void);
uint32_t trial_below(uint32_t limit);

/* Set what trial_random goes on from, not 0; the state before, to set it back. */
uint64_t trial_random_state(uint64_t state);

/* A way to lose power; torn more often than not. */
enum flash_cut trial_random_cut(void);

/* An empty store on an erased flash. Exits when there is no memory. trial_close frees it. */
void trial_open(struct world *world, unsigned geometry);
void trial_close(struct world *world);

/* Remember the world as it is; go back to that. */
void trial_remember(struct world *world);
void trial_restore(struct world *world);

/* False, and `world->reason` is set as by printf. */
bool trial_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The store has exactly the state `expected`. */
bool trial_holds(struct world *world, const struct life_state *expected, const char *when);

/* Take a step of the life with nothing in its way, and check what it did; a failure is printed and
 * counted. Returns how many flash operations it took. */
uint32_t trial_undisturbed(struct world *world, unsigned step);

/* Run a trial from the remembered world. A failure is printed, with the line that replays it, and
 * counted. */
void trial_run(struct world *world, const struct trial *trial);

/* Take `step` from the world as it is, lose power at random in it, and see that all is as it should
 * be after that. False: world->reason says why. */
bool trial_goes_on_after_a_cut(struct world *world, const struct life_step *step);

/* --- store_damage.c: each is printed and counted as trial_run does -------------------------------
 *
 * From the remembered world: a few bits rot, or old content is put into the slot that does not
 * count; then the step is taken. */
void damage_rot(struct world *world, unsigned step, uint64_t seed);
void damage_replay(struct world *world, unsigned step, uint64_t seed);

/* A life on a flash with stuck bits. */
void damage_stick(unsigned geometry, uint64_t seed);

/* What damage_replay may bring back: nothing; the remembered flash, too. */
void damage_forget_the_past(void);
void damage_remember(const struct world *world);

/* Run a random sequence of steps, cut at random. As trial_run. */
void sequence_run(uint64_t seed);

#endif
