/* SPDX-License-Identifier: MIT
 * test_arena.c -- the one allocator: it never overlaps, joins what is freed, wipes it, and counts.
 *
 * needs: imprint_port wolfssl lwip tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "port/arena.h"
#include "port/port.h"

static void whole_again(void)
{
    const struct port_arena_use use = port_arena_use();

    assert_int_equal(use.used_bytes, 0);
    assert_int_equal(use.block_count, 0);
    assert_int_equal(use.largest_free_bytes, use.arena_bytes - 16);
}

static void blocks_are_aligned_and_the_whole_arena_can_be_had(void **state)
{
    (void)state;
    const uint32_t most = port_arena_use().largest_free_bytes;
    void *all = port_arena_alloc(most);

    assert_non_null(all);
    assert_int_equal((uintptr_t)all % 8, 0);
    memset(all, 0xAA, most);
    assert_int_equal(port_arena_use().largest_free_bytes, 0);
    port_arena_free(all);
    whole_again();
}

static void what_is_not_there_is_null_and_counted(void **state)
{
    (void)state;
    const struct port_arena_use before = port_arena_use();

    assert_null(port_arena_alloc(before.largest_free_bytes + 1));
    assert_null(port_arena_alloc(SIZE_MAX));
    assert_null(port_arena_alloc(SIZE_MAX - 7));
    assert_null(port_arena_calloc(SIZE_MAX / 2, 3));
    assert_true(port_arena_use().failure_count >= before.failure_count + 3);
    assert_int_equal(port_arena_use().used_bytes, 0);
    port_arena_free(NULL);
    whole_again();
}

static void blocks_of_nothing_are_blocks(void **state)
{
    (void)state;
    void *a = port_arena_alloc(0);
    void *b = port_arena_alloc(0);

    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    port_arena_free(a);
    port_arena_free(b);
    whole_again();
}

static void neighbours_are_joined_in_every_order(void **state)
{
    static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        void *blocks[3];

        for (size_t j = 0; j < 3; j++) {
            blocks[j] = port_arena_alloc(100 + j);
        }
        for (size_t j = 0; j < 3; j++) {
            port_arena_free(blocks[orders[i][j]]);
        }
        whole_again();
    }
}

static void freed_memory_is_zero(void **state)
{
    (void)state;
    uint8_t *secret = port_arena_alloc(333);

    memset(secret, 0x5A, 333);
    port_arena_free(secret);
    uint8_t *again = port_arena_alloc(port_arena_use().largest_free_bytes);

    for (size_t i = 8; i < 333; i++) {
        assert_int_equal(again[i], 0);
    }
    port_arena_free(again);
}

static void the_smallest_hole_that_fits_is_taken(void **state)
{
    (void)state;
    void *wide = port_arena_alloc(400);
    void *wall1 = port_arena_alloc(8);
    void *narrow = port_arena_alloc(100);
    void *wall2 = port_arena_alloc(8);

    port_arena_free(wide);
    port_arena_free(narrow);
    assert_ptr_equal(port_arena_alloc(96), narrow);
    assert_ptr_equal(port_arena_alloc(200), wide);
    port_arena_free(wide);
    port_arena_free(narrow);
    port_arena_free(wall1);
    port_arena_free(wall2);
    whole_again();
}

static void moving_a_block_keeps_what_it_holds(void **state)
{
    (void)state;
    uint8_t *block = port_arena_realloc(NULL, 10);

    memcpy(block, "0123456789", 10);
    void *wall = port_arena_alloc(8);
    uint8_t *moved = port_arena_realloc(block, 100);

    assert_memory_equal(moved, "0123456789", 10);
    assert_null(port_arena_realloc(moved, SIZE_MAX / 2));
    assert_memory_equal(moved, "0123456789", 10);
    moved = port_arena_realloc(moved, 4);
    assert_memory_equal(moved, "0123", 4);
    port_arena_free(moved);
    port_arena_free(wall);
    whole_again();
}

static uint32_t dice(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

struct held {
    uint8_t *at;
    size_t bytes;
    uint8_t mark;
};

static void check_and_free(struct held *held)
{
    for (size_t i = 0; i < held->bytes; i++) {
        assert_int_equal(held->at[i], held->mark);
    }
    port_arena_free(held->at);
    held->at = NULL;
}

/* Blocks of all sizes come and go; each keeps its own bytes, and in the end the arena is whole. */
static void a_long_random_life_mixes_nothing_up(void **state)
{
    struct held held[64] = { { 0 } };
    uint32_t random = 1;
    uint32_t most = 0;

    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        struct held *one = &held[dice(&random) % 64];

        if (one->at != NULL) {
            check_and_free(one);
            continue;
        }
        one->bytes = dice(&random) % (dice(&random) % 8 == 0 ? 6000 : 300);
        one->mark = (uint8_t)i;
        one->at = port_arena_alloc(one->bytes);
        if (one->at != NULL) {
            memset(one->at, one->mark, one->bytes);
        }
        const uint32_t used = port_arena_use().used_bytes;

        most = used > most ? used : most;
    }
    for (size_t i = 0; i < 64; i++) {
        if (held[i].at != NULL) {
            check_and_free(&held[i]);
        }
    }
    assert_true(port_arena_use().high_water_bytes >= most);
    whole_again();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_the_whole_arena_can_be_had),
        cmocka_unit_test(what_is_not_there_is_null_and_counted),
        cmocka_unit_test(blocks_of_nothing_are_blocks),
        cmocka_unit_test(neighbours_are_joined_in_every_order),
        cmocka_unit_test(freed_memory_is_zero),
        cmocka_unit_test(the_smallest_hole_that_fits_is_taken),
        cmocka_unit_test(moving_a_block_keeps_what_it_holds),
        cmocka_unit_test(a_long_random_life_mixes_nothing_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
