/* SPDX-License-Identifier: MIT
 * store_bench.c -- a store on a simulated flash, for unit tests. */
#define _GNU_SOURCE
#include "tests/support/store_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/seal_double.h"

void bench_open(struct store_bench *bench, const char *geometry)
{
    unsigned i = 0;

    while (strcmp(flash_geometries[i].name, geometry) != 0) {
        i++;
        assert_true(i < flash_geometry_count);
    }
    seal_double_reset(1, 1);
    assert_true(flash_model_open(&bench->flash, &flash_geometries[i], 1));
    assert_int_equal(bench_reopen(bench), 0);
}

void bench_close(struct store_bench *bench)
{
    flash_model_close(&bench->flash);
}

imp_err_t bench_reopen(struct store_bench *bench)
{
    return store_open(&bench->store, &bench->flash.flash);
}

imp_err_t bench_append(struct store_bench *bench, enum store_type type, const char *text)
{
    const struct bytes part = bytes_of_text(text);

    return store_append(&bench->store, type, &part, 1);
}

void bench_expect(const struct store_bench *bench, enum store_type type, const char *text)
{
    char found[STORE_PAYLOAD_BYTES_MAX];
    const size_t bytes = store_size(&bench->store, type);

    assert_int_equal(store_has(&bench->store, type), text != NULL);
    if (text != NULL) {
        assert_int_equal(bytes, strlen(text));
        assert_int_equal(store_read(&bench->store, type, 0, found, bytes), 0);
        assert_memory_equal(found, text, bytes);
    }
}

bool bench_finds(const struct store_bench *bench, const void *what, size_t bytes)
{
    return memmem(bench->flash.cells, bench->flash.flash.region_bytes, what, bytes) != NULL;
}

void bench_move(struct store_bench *bench)
{
    static const uint8_t filler[6000];
    const uint8_t slot = bench->store.live_slot;

    while (bench->store.live_slot == slot) {
        const uint32_t room = (slot + 1u) * bench->store.slot_bytes - bench->store.next_offset;
        const struct bytes part = bytes_of(filler, room > 8000 ? sizeof filler : 100);
        assert_int_equal(store_append(&bench->store, STORE_ATTEMPTS, &part, 1), 0);
    }
}

void bench_flip_each_bit(struct store_bench *bench, uint32_t from, uint32_t to, imp_err_t expected)
{
    for (uint32_t at = from; at < to; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            flash_model_rot(&bench->flash, at, bit);
            assert_int_equal(bench_reopen(bench), expected);
            flash_model_rot(&bench->flash, at, bit);
        }
    }
    assert_int_equal(bench_reopen(bench), 0);
}
