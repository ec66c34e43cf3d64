/* SPDX-License-Identifier: MIT
 * test_store_forget.c -- what is forgotten is gone from the cells, and a device can be made blank.
 *
 * needs: tests/support/store_bench.c tests/support/seal_double.c tests/support/assert_fails.c
 * needs: host-sim/device/flash_model.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/seal_double.h"
#include "tests/support/store_bench.h"

static const char token[] = "imp-7f3a9c55e0d24b18-secret-token";
static const char older_token[] = "imp-0000000000000000-older-token";
static const enum store_type tokens[] = { STORE_TOKEN, STORE_TOKEN_CLEAR };

static void on_every_flash(void (*test)(struct store_bench *bench))
{
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        struct store_bench bench;
        bench_open(&bench, flash_geometries[i].name);
        test(&bench);
        assert_int_equal(bench.flash.violation_count, 0);
        bench_close(&bench);
    }
}

/* --- Forgetting ----------------------------------------------------------------------------- */

static void check_forget(struct store_bench *bench)
{
    assert_int_equal(bench_append(bench, STORE_TOKEN_CLEAR, older_token), 0);
    assert_int_equal(bench_append(bench, STORE_IDENTITY, "who I am"), 0);
    assert_int_equal(bench_append(bench, STORE_TOKEN_CLEAR, token), 0);
    assert_int_equal(store_forget(&bench->store, tokens, 2), 0);
    for (int opened = 0; opened < 2; opened++) {
        bench_expect(bench, STORE_TOKEN_CLEAR, NULL);
        bench_expect(bench, STORE_IDENTITY, "who I am");
        assert_false(bench_finds(bench, token, 8));
        assert_false(bench_finds(bench, older_token + 4, 8));
        assert_int_equal(bench_reopen(bench), 0);
    }
    assert_int_equal(bench_append(bench, STORE_TOKEN_CLEAR, "another"), 0);
    assert_int_equal(bench_reopen(bench), 0);
    bench_expect(bench, STORE_TOKEN_CLEAR, "another");
}

static void what_is_forgotten_and_what_it_replaced_is_gone_from_the_cells(void **state)
{
    (void)state;
    on_every_flash(check_forget);
}

static void check_forget_after_move(struct store_bench *bench)
{
    assert_int_equal(bench_append(bench, STORE_TOKEN_CLEAR, token), 0);
    bench_move(bench);
    assert_true(bench_finds(bench, token, 8));
    assert_int_equal(store_forget(&bench->store, tokens, 2), 0);
    assert_false(bench_finds(bench, token, 8));
    assert_int_equal(bench_reopen(bench), 0);
    bench_expect(bench, STORE_TOKEN_CLEAR, NULL);
    assert_true(store_has(&bench->store, STORE_ATTEMPTS));
}

static void the_slot_that_was_left_is_cleaned_too(void **state)
{
    (void)state;
    on_every_flash(check_forget_after_move);
}

static void check_idle_forget(struct store_bench *bench)
{
    assert_int_equal(store_forget(&bench->store, tokens, 2), 0);
    assert_int_equal(bench_append(bench, STORE_TOKEN_CLEAR, token), 0);
    assert_int_equal(store_forget(&bench->store, tokens, 2), 0);
    const uint32_t operations = bench->flash.program_count + bench->flash.erase_count;

    assert_int_equal(store_forget(&bench->store, tokens, 2), 0);
    assert_int_equal(bench_reopen(bench), 0);
    assert_int_equal(store_forget(&bench->store, tokens, 2), 0);
    assert_int_equal(bench->flash.program_count + bench->flash.erase_count, operations);
}

static void forgetting_again_or_what_never_was_costs_nothing(void **state)
{
    (void)state;
    on_every_flash(check_idle_forget);
}

static void an_uncommitted_record_is_forgotten_as_well(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        struct store_bench bench;
        bench_open(&bench, flash_geometries[i].name);
        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
        flash_model_arm(&bench.flash, FLASH_CUT_BEFORE, 3,
                        1); /* Header, payload, then the marker. */
        assert_int_equal(bench_append(&bench, STORE_TOKEN_CLEAR, token), IMP_ERR_STORE_FLASH);
        flash_model_power_on(&bench.flash);
        assert_int_equal(bench_reopen(&bench), 0);
        bench_expect(&bench, STORE_TOKEN_CLEAR, NULL);
        assert_true(bench_finds(&bench, token, 8));
        assert_int_equal(store_forget(&bench.store, tokens, 2), 0);
        assert_false(bench_finds(&bench, token, 8));
        assert_int_equal(bench_reopen(&bench), 0);
        bench_expect(&bench, STORE_IDENTITY, "who I am");
        bench_close(&bench);
    }
}

static void the_first_record_cut_short_is_forgotten_as_well(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        struct store_bench bench;
        bench_open(&bench, flash_geometries[i].name);
        flash_model_arm(&bench.flash, FLASH_CUT_BEFORE, 5, 1);
        assert_int_equal(bench_append(&bench, STORE_TOKEN_CLEAR, token), IMP_ERR_STORE_FLASH);
        flash_model_power_on(&bench.flash);
        assert_int_equal(bench_reopen(&bench), 0);
        bench_expect(&bench, STORE_TOKEN_CLEAR, NULL);
        assert_int_equal(store_forget(&bench.store, tokens, 2), 0);
        assert_false(bench_finds(&bench, token, 8));
        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
        bench_close(&bench);
    }
}

static void a_cell_that_can_not_be_wiped_makes_the_others_move_and_the_slot_be_erased(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    const uint32_t record = bench.store.next_offset;
    assert_int_equal(bench_append(&bench, STORE_TOKEN_CLEAR, "\x80"), 0);
    flash_model_stick(&bench.flash, record + 24, 0x80, 0x80);
    assert_int_equal(store_forget(&bench.store, tokens, 2), 0);
    assert_int_equal(bench.store.live_slot, 1);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_expect(&bench, STORE_TOKEN_CLEAR, NULL);
    bench_close(&bench);
}

/* --- Erasing -------------------------------------------------------------------------------- */

static void check_erase(struct store_bench *bench)
{
    const struct hal_flash *flash = &bench->flash.flash;

    assert_int_equal(store_erase(&bench->store, flash), 0);
    assert_int_equal(bench->flash.erase_count, 0); /* There was nothing to erase. */
    assert_int_equal(bench_append(bench, STORE_TOKEN_CLEAR, token), 0);
    assert_int_equal(bench_append(bench, STORE_IDENTITY, "who I am"), 0);
    assert_int_equal(store_erase(&bench->store, flash), 0);
    assert_false(bench_finds(bench, token, 8));
    for (int opened = 0; opened < 2; opened++) {
        bench_expect(bench, STORE_TOKEN_CLEAR, NULL);
        bench_expect(bench, STORE_IDENTITY, NULL);
        assert_int_equal(bench_reopen(bench), 0);
    }
    const uint32_t erases = bench->flash.erase_count;
    assert_int_equal(store_erase(&bench->store, flash), 0);
    assert_int_equal(bench->flash.erase_count, erases);
    assert_int_equal(bench_append(bench, STORE_IDENTITY, "another"), 0);
    bench_move(bench);
    assert_int_equal(bench->flash.erase_count, erases); /* The move finds an erased slot. */
    assert_int_equal(bench_reopen(bench), 0);
    bench_expect(bench, STORE_IDENTITY, "another");
}

static void an_erased_device_is_blank_and_takes_records_without_another_erase(void **state)
{
    (void)state;
    on_every_flash(check_erase);
}

/* Deterministic junk over the whole flash: no header anywhere, or none that makes sense. */
static void spoil(struct store_bench *bench, uint32_t seed)
{
    for (uint32_t at = 0; at < bench->flash.flash.region_bytes; at++) {
        seed = seed * 1664525u + 1013904223u;
        bench->flash.cells[at] = (uint8_t)(seed >> 24);
    }
    memset(bench->flash.used, 1,
           bench->flash.flash.region_bytes / bench->flash.flash.program_unit_bytes);
}

static void any_content_can_be_erased(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        for (uint32_t seed = 1; seed <= 4; seed++) {
            struct store_bench bench;
            bench_open(&bench, flash_geometries[i].name);
            spoil(&bench, seed);
            if (seed > 2) { /* As a torn erase leaves it: nothing at the beginning of the slots. */
                memset(bench.flash.cells, flash_geometries[i].erased_value, 512);
                memset(bench.flash.cells + bench.store.slot_bytes, flash_geometries[i].erased_value,
                       512);
            }
            assert_int_equal(store_erase(&bench.store, &bench.flash.flash), 0);
            assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
            bench_move(&bench);
            assert_int_equal(bench_reopen(&bench), 0);
            bench_expect(&bench, STORE_IDENTITY, "who I am");
            bench_close(&bench);
        }
    }
}

static void a_damaged_store_can_be_erased_and_used_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        struct store_bench bench;
        bench_open(&bench, flash_geometries[i].name);
        assert_int_equal(bench_append(&bench, STORE_TOKEN_CLEAR, token), 0);
        flash_model_rot(&bench.flash, 5, 1);
        assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
        assert_int_equal(store_erase(&bench.store, &bench.flash.flash), 0);
        assert_false(bench_finds(&bench, token, 8));
        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
        assert_int_equal(bench_reopen(&bench), 0);
        bench_expect(&bench, STORE_IDENTITY, "who I am");
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_forgotten_and_what_it_replaced_is_gone_from_the_cells),
        cmocka_unit_test(the_slot_that_was_left_is_cleaned_too),
        cmocka_unit_test(forgetting_again_or_what_never_was_costs_nothing),
        cmocka_unit_test(an_uncommitted_record_is_forgotten_as_well),
        cmocka_unit_test(the_first_record_cut_short_is_forgotten_as_well),
        cmocka_unit_test(a_cell_that_can_not_be_wiped_makes_the_others_move_and_the_slot_be_erased),
        cmocka_unit_test(an_erased_device_is_blank_and_takes_records_without_another_erase),
        cmocka_unit_test(any_content_can_be_erased),
        cmocka_unit_test(a_damaged_store_can_be_erased_and_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
