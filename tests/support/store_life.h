/* SPDX-License-Identifier: MIT
 * store_life.h -- what tests do with a store, and what must then be in it.
 *
 * A state is one number per record type: 0 when no record counts, else a digest of all that the
 * record holds, its secret opened and its key loaded. A step changes one state into another; the
 * reference says into which, from the step alone. */
#ifndef TESTS_SUPPORT_STORE_LIFE_H
#define TESTS_SUPPORT_STORE_LIFE_H

#include "firmware/store/store.h"

struct life_state {
    uint64_t of[STORE_TYPE_COUNT];
};

enum life_kind {
    LIFE_APPEND,
    LIFE_SECRET,
    LIFE_KEY,
    LIFE_FORGET,
    LIFE_ERASE,
    LIFE_FILL /* Many appends: until the next larger one must move. */
};

struct life_step {
    enum life_kind kind;
    enum store_type type;
    uint16_t clear_bytes;
    uint16_t secret_bytes;
    uint32_t serial; /* Chooses the content. */
    enum store_type forgets[6];
    size_t forget_count;
};

enum {
    LIFE_FILL_LEFT_BYTES = 300
};

/* The life of a device: provisioned, enrolled, renewed until slots are full, erased, provisioned
 * again. */
extern const struct life_step life_steps[];
extern const unsigned life_step_count;

/* Take a step. What the store function returned. */
imp_err_t life_take(struct store *store, const struct life_step *step,
                    const struct hal_flash *flash);

/* The state that `step` makes of `before`. */
struct life_state life_after(const struct life_state *before, const struct life_step *step);

/* What is in the store. 0, or the error of a record that can't be read as a whole. */
imp_err_t life_read(const struct store *store, struct life_state *state);

bool life_equal(const struct life_state *a, const struct life_state *b);

/* True when power lost during `step` may leave `seen`: what was before or after it, or, of
 * several types that are forgotten, the first ones forgotten. */
bool life_is_between(const struct life_state *before, const struct life_step *step,
                     const struct life_state *seen);

/* `bytes` bytes of the content number `serial`. */
void life_content(uint32_t serial, uint8_t *out, size_t bytes);

#endif
