/* SPDX-License-Identifier: MIT
 * store_bench.h -- a store on a simulated flash, for unit tests. */
#ifndef TESTS_SUPPORT_STORE_BENCH_H
#define TESTS_SUPPORT_STORE_BENCH_H

#include "firmware/store/store.h"
#include "host-sim/device/flash_model.h"

struct store_bench {
    struct flash_model flash;
    struct store store;
};

/* An open store on an erased flash; bench_close frees it. */
void bench_open(struct store_bench *bench, const char *geometry);
void bench_close(struct store_bench *bench);

/* What the next boot finds. */
imp_err_t bench_reopen(struct store_bench *bench);

/* Append `text` as the clear part. */
imp_err_t bench_append(struct store_bench *bench, enum store_type type, const char *text);

/* The record's clear part is exactly `text`; NULL: there is none. */
void bench_expect(const struct store_bench *bench, enum store_type type, const char *text);

/* True when these bytes lie anywhere in the flash. */
bool bench_finds(const struct store_bench *bench, const void *what, size_t bytes);

/* Append attempt counters until the live slot changes, a large one at a time while there is much
 * room. */
void bench_move(struct store_bench *bench);

/* Bits of the bytes `from` to `to` turned over, one at a time: store_open must say `expected` to
 * each. */
void bench_flip_each_bit(struct store_bench *bench, uint32_t from, uint32_t to, imp_err_t expected);

#endif
