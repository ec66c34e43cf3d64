/* SPDX-License-Identifier: MIT
 * store_life.c -- what tests do with a store, and what must then be in it. */
#include "tests/support/store_life.h"

#include <string.h>

#include "tests/support/seal_double.h"

const struct life_step life_steps[] = {
    { LIFE_APPEND, STORE_PROVISION, 150, 0, 1, { 0 }, 0 },
    { LIFE_APPEND, STORE_TOKEN_CLEAR, 40, 0, 2, { 0 }, 0 },
    { LIFE_SECRET, STORE_TOKEN, 0, 40, 3, { 0 }, 0 },
    { LIFE_FORGET, 0, 0, 0, 0, { STORE_TOKEN_CLEAR }, 1 },
    { LIFE_APPEND, STORE_ATTEMPTS, 1, 0, 5, { 0 }, 0 },
    { LIFE_APPEND, STORE_ANCHORS, 700, 0, 6, { 0 }, 0 },
    { LIFE_KEY, STORE_STAGED_KEY, 0, 0, 7, { 0 }, 0 },
    { LIFE_APPEND, STORE_PENDING, 0, 0, 8, { 0 }, 0 },
    { LIFE_KEY, STORE_IDENTITY, 900, 0, 9, { 0 }, 0 },
    { LIFE_FORGET,
      0,
      0,
      0,
      0,
      { STORE_TOKEN, STORE_TOKEN_CLEAR, STORE_STAGED_KEY, STORE_PENDING, STORE_ATTEMPTS },
      5 },
    { LIFE_FILL, STORE_ATTEMPTS, 0, 0, 1100, { 0 }, 0 },
    { LIFE_APPEND, STORE_ATTEMPTS, LIFE_FILL_LEFT_BYTES, 0, 12, { 0 }, 0 },
    { LIFE_SECRET, STORE_TOKEN, 5, 128, 13, { 0 }, 0 },
    { LIFE_KEY, STORE_STAGED_KEY, 17, 0, 14, { 0 }, 0 },
    { LIFE_KEY, STORE_IDENTITY, 1200, 0, 15, { 0 }, 0 },
    { LIFE_FORGET, 0, 0, 0, 0, { STORE_TOKEN, STORE_STAGED_KEY, STORE_ATTEMPTS }, 3 },
    /* A renewal: a new key beside the identity, its candidate, promoted; then one given up. */
    { LIFE_KEY, STORE_STAGED_KEY, 0, 0, 40, { 0 }, 0 },
    { LIFE_APPEND, STORE_PENDING, 12, 0, 41, { 0 }, 0 },
    { LIFE_KEY, STORE_CANDIDATE, 1100, 0, 40, { 0 }, 0 },
    { LIFE_KEY, STORE_IDENTITY, 1100, 0, 40, { 0 }, 0 },
    { LIFE_FORGET,
      0,
      0,
      0,
      0,
      { STORE_TOKEN, STORE_TOKEN_CLEAR, STORE_STAGED_KEY, STORE_CANDIDATE, STORE_PENDING,
        STORE_ATTEMPTS },
      6 },
    { LIFE_KEY, STORE_STAGED_KEY, 0, 0, 45, { 0 }, 0 },
    { LIFE_KEY, STORE_CANDIDATE, 900, 0, 45, { 0 }, 0 },
    { LIFE_FORGET, 0, 0, 0, 0, { STORE_CANDIDATE, STORE_STAGED_KEY, STORE_PENDING }, 3 },
    { LIFE_SECRET, STORE_TOKEN, 0, 256, 17, { 0 }, 0 },
    { LIFE_FILL, STORE_ATTEMPTS, 0, 0, 1800, { 0 }, 0 },
    { LIFE_KEY, STORE_STAGED_KEY, LIFE_FILL_LEFT_BYTES, 0, 19, { 0 }, 0 },
    { LIFE_FORGET, 0, 0, 0, 0, { STORE_STAGED_KEY }, 1 },
    { LIFE_APPEND, STORE_LOCK, 33, 0, 21, { 0 }, 0 },
    { LIFE_FILL, STORE_ATTEMPTS, 0, 0, 2200, { 0 }, 0 },
    { LIFE_FORGET, 0, 0, 0, 0, { STORE_TOKEN }, 1 },
    { LIFE_APPEND, STORE_PROVISION, LIFE_FILL_LEFT_BYTES, 0, 24, { 0 }, 0 },
    { LIFE_ERASE, 0, 0, 0, 0, { 0 }, 0 },
    { LIFE_APPEND, STORE_PROVISION, 150, 0, 26, { 0 }, 0 },
    { LIFE_SECRET, STORE_TOKEN, 0, 40, 27, { 0 }, 0 },
};
const unsigned life_step_count = sizeof life_steps / sizeof life_steps[0];

/* --- Content -------------------------------------------------------------------------------- */

void life_content(uint32_t serial, uint8_t *out, size_t bytes)
{
    uint32_t x = serial * 2654435761u + 1;

    for (size_t i = 0; i < bytes; i++) {
        x = x * 1664525u + 1013904223u;
        out[i] = (uint8_t)(x >> 24);
    }
}

/* FNV-1a. Never 0 at the end: that stands for "absent". */
static uint64_t digest(uint64_t so_far, const uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        so_far = (so_far ^ at[i]) * 0x100000001B3u;
    }
    return so_far;
}

static uint64_t digest_of(const uint8_t *clear, size_t clear_bytes, const uint8_t *secret,
                          size_t secret_bytes)
{
    const uint8_t sizes[2] = { (uint8_t)clear_bytes, (uint8_t)secret_bytes };
    uint64_t sum = digest(0xCBF29CE484222325u, sizes, sizeof sizes);

    sum = digest(sum, clear, clear_bytes);
    return digest(sum, secret, secret_bytes) | 1;
}

/* The clear part, in two views to have more than one; then the secret. */
struct content {
    uint8_t clear[STORE_PAYLOAD_BYTES_MAX];
    uint8_t secret[STORE_SECRET_BYTES_MAX];
    struct bytes parts[2];
};

static void make_content(const struct life_step *step, struct content *content)
{
    const size_t half = step->clear_bytes / 2;

    life_content(step->serial, content->clear, step->clear_bytes);
    life_content(step->serial + 1000000, content->secret, step->secret_bytes);
    content->parts[0] = bytes_of(content->clear, half);
    content->parts[1] = bytes_of(content->clear + half, step->clear_bytes - half);
}

static void make_key(const struct life_step *step)
{
    seal_double_seed(step->serial);
    (void)key_generate(KEY_SLOT_STAGED);
}

/* --- Steps ---------------------------------------------------------------------------------- */

/* The n-th append of a fill: large ones while there is much room, then small ones, so that what
 * counts in the end is small. A record of that size always fits where it is. False when no more
 * is to be written. */
static bool next_of_fill(const struct store *store, const struct life_step *fill, uint32_t n,
                         struct life_step *append)
{
    const uint32_t end = (store->live_slot + 1u) * store->slot_bytes;
    const uint32_t room = end - store->next_offset;

    *append =
        (struct life_step){ .kind = LIFE_APPEND, .type = fill->type, .serial = fill->serial + n };
    if (store->must_move || room < LIFE_FILL_LEFT_BYTES) {
        return false;
    }
    append->clear_bytes = room > 10000 ? 7000 : 100;
    return true;
}

static imp_err_t take_fill(struct store *store, const struct life_step *step)
{
    struct life_step append;
    imp_err_t err = 0;

    for (uint32_t n = 0; err == 0 && next_of_fill(store, step, n, &append); n++) {
        err = life_take(store, &append, store->flash);
    }
    return err;
}

imp_err_t life_take(struct store *store, const struct life_step *step,
                    const struct hal_flash *flash)
{
    static struct content content;

    make_content(step, &content);
    switch (step->kind) {
    case LIFE_APPEND:
        return store_append(store, step->type, content.parts, 2);
    case LIFE_SECRET:
        return store_append_secret(store, step->type, content.parts, 2,
                                   bytes_of(content.secret, step->secret_bytes));
    case LIFE_KEY:
        make_key(step);
        return store_append_key(store, step->type, content.parts, 2, KEY_SLOT_STAGED);
    case LIFE_FORGET:
        return store_forget(store, step->forgets, step->forget_count);
    case LIFE_ERASE:
        return store_erase(store, flash);
    case LIFE_FILL:
        return take_fill(store, step);
    }
    return IMP_ERR_BUG_ARGUMENT;
}

static uint64_t digest_after(const struct life_step *step)
{
    static struct content content;
    size_t clear_bytes = step->clear_bytes;

    make_content(step, &content);
    if (step->kind != LIFE_KEY) {
        return digest_of(content.clear, clear_bytes, content.secret, step->secret_bytes);
    }
    make_key(step);
    (void)key_public(KEY_SLOT_STAGED, content.clear + clear_bytes);
    clear_bytes += KEY_POINT_BYTES;
    return digest_of(content.clear, clear_bytes, seal_double_scalar(KEY_SLOT_STAGED),
                     SEAL_DOUBLE_SCALAR_BYTES);
}

struct life_state life_after(const struct life_state *before, const struct life_step *step)
{
    struct life_state after = *before;

    if (step->kind == LIFE_ERASE) {
        memset(&after, 0, sizeof after);
    } else if (step->kind == LIFE_FORGET) {
        for (size_t i = 0; i < step->forget_count; i++) {
            after.of[step->forgets[i]] = 0;
        }
    } else {
        after.of[step->type] = digest_after(step);
    }
    return after;
}

/* --- States --------------------------------------------------------------------------------- */

static imp_err_t read_record(const struct store *store, enum store_type type, uint64_t *sum)
{
    static uint8_t clear[STORE_PAYLOAD_BYTES_MAX];
    uint8_t secret[STORE_SECRET_BYTES_MAX];
    size_t secret_bytes = 0;
    const size_t clear_bytes = store_size(store, type);
    imp_err_t err = store_read(store, type, 0, clear, clear_bytes);

    if (err == 0 &&
        (type == STORE_STAGED_KEY || type == STORE_IDENTITY || type == STORE_CANDIDATE)) {
        err = store_load_key(store, type, KEY_SLOT_CURRENT);
        secret_bytes = SEAL_DOUBLE_SCALAR_BYTES;
        if (err == 0) {
            memcpy(secret, seal_double_scalar(KEY_SLOT_CURRENT), secret_bytes);
        }
    } else if (err == 0 && type == STORE_TOKEN) {
        err = store_read_secret(store, type, secret, sizeof secret, &secret_bytes);
    }
    *sum = err ? 0 : digest_of(clear, clear_bytes, secret, secret_bytes);
    return err;
}

imp_err_t life_read(const struct store *store, struct life_state *state)
{
    imp_err_t err = 0;

    memset(state, 0, sizeof *state);
    for (int type = 1; type < STORE_TYPE_COUNT && err == 0; type++) {
        if (store_has(store, (enum store_type)type)) {
            err = read_record(store, (enum store_type)type, &state->of[type]);
        }
    }
    return err;
}

bool life_equal(const struct life_state *a, const struct life_state *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool life_is_between(const struct life_state *before, const struct life_step *step,
                     const struct life_state *seen)
{
    struct life_step part = *step;

    if (step->kind != LIFE_FORGET) {
        const struct life_state after = life_after(before, step);
        return life_equal(before, seen) || life_equal(&after, seen);
    }
    for (part.forget_count = 0; part.forget_count <= step->forget_count; part.forget_count++) {
        const struct life_state after = life_after(before, &part);
        if (life_equal(&after, seen)) {
            return true;
        }
    }
    return false;
}
