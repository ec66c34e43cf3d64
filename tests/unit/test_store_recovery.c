/* SPDX-License-Identifier: MIT
 * test_store_recovery.c -- what store_open makes of the rarer remains of a power loss.
 *
 * needs: tests/support/store_bench.c tests/support/seal_double.c tests/support/assert_fails.c
 * needs: host-sim/device/flash_model.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/store/store_layout.h"
#include "tests/support/store_bench.h"

/* Cells that look as a finished erase leaves them. */
static void blank(struct store_bench *bench, uint32_t from, uint32_t bytes)
{
    memset(bench->flash.cells + from, bench->flash.flash.erased_value, bytes);
}

/* One record, and then a move for a second one, cut `before_end` flash operations before its
 * end. */
static void cut_move(struct store_bench *bench, const char *geometry, uint32_t before_end)
{
    bench_open(bench, geometry);
    assert_int_equal(bench_append(bench, STORE_IDENTITY, "who I am"), 0);
    struct flash_model before;
    const struct store store = bench->store;

    assert_true(flash_model_open(&before, &flash_geometries[1], 1) &&
                bench->flash.flash.sector_bytes == 4096);
    flash_model_copy(&before, &bench->flash);
    flash_model_arm(&bench->flash, FLASH_CUT_NONE, 0, 1);
    bench->store.must_move = true;
    assert_int_equal(bench_append(bench, STORE_LOCK, "locked"), 0);
    const uint32_t operations = bench->flash.operation_count;

    flash_model_copy(&bench->flash, &before);
    flash_model_close(&before);
    bench->store = store;
    bench->store.must_move = true;
    flash_model_arm(&bench->flash, FLASH_CUT_BEFORE, operations - before_end, 1);
    (void)bench_append(bench, STORE_LOCK, "locked");
    assert_false(bench->flash.is_powered);
    flash_model_power_on(&bench->flash);
}

static void the_old_slot_is_retired_by_the_next_boot_where_power_was_lost_before_that(void **state)
{
    struct store_bench bench;

    (void)state;
    cut_move(&bench, "nor-4k", 0);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_LOCK, "locked");
    bench.flash.cells[bench.store.slot_bytes] ^= 1;
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
    bench_close(&bench);
}

static void nothing_is_written_beside_an_interrupted_move_which_is_erased_first(void **state)
{
    struct store_bench bench;

    (void)state;
    cut_move(&bench, "nor-4k", 1);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_LOCK, NULL);
    assert_int_equal(bench_append(&bench, STORE_ATTEMPTS, "1"), 0);
    assert_int_equal(bench.store.live_slot, 1);
    assert_int_equal(bench.store.generation, 3); /* The one cut short was 2. */
    assert_int_equal(bench.store.erase_count, bench.store.slot_bytes / 4096);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_expect(&bench, STORE_LOCK, NULL);
    bench_expect(&bench, STORE_ATTEMPTS, "1");
    bench_close(&bench);
}

static void a_slot_that_only_looks_unused_after_an_interrupted_erase_is_erased_again(void **state)
{
    struct store_bench bench;

    (void)state;
    cut_move(&bench, "nor-4k", 1);
    blank(&bench, bench.store.slot_bytes, bench.store.slot_bytes);
    assert_int_equal(bench_reopen(&bench), 0);
    bench.store.must_move = true;
    assert_int_equal(bench_append(&bench, STORE_ATTEMPTS, "1"), 0);
    assert_int_equal(bench.store.erase_count, bench.store.slot_bytes / 4096);
    bench_close(&bench);
}

static void a_live_slot_with_fewer_records_than_it_began_with_is_damaged(void **state)
{
    struct store_bench bench;

    (void)state;
    cut_move(&bench, "nor-4k", 0);
    assert_int_equal(bench_reopen(&bench), 0);
    const struct hal_flash *flash = &bench.flash.flash;
    const uint32_t second = bench.store.entries[STORE_LOCK].offset;

    assert_true(second > bench.store.entries[STORE_IDENTITY].offset);
    blank(&bench, second, layout_record_bytes(flash, 6, 0));
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
    bench_close(&bench);
}

/* Its marker LIVE was torn and looked blank to one boot, which began to erase the slot; then
 * power went, and now the marker looks set. */
static void a_new_slot_that_was_being_erased_does_not_hide_the_old_one(void **state)
{
    struct store_bench bench;

    (void)state;
    cut_move(&bench, "nor-4k", 0); /* LIVE is set, the old slot is not retired. */
    const uint32_t payload = bench.store.slot_bytes + layout_slot_records(&bench.flash.flash) +
                             layout_record_payload(&bench.flash.flash);

    blank(&bench, payload, 4);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_expect(&bench, STORE_LOCK, NULL);
    assert_int_equal(bench_append(&bench, STORE_ATTEMPTS, "1"), 0);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_expect(&bench, STORE_ATTEMPTS, "1");
    bench_close(&bench);
}

/* A FORGOTTEN torn near half of its bits: some boots see a record that counts, some do not. */
static void what_one_boot_found_holds_until_the_next(void **state)
{
    unsigned found = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct store_bench bench;
        bench_open(&bench, "nor-4k");
        assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
        assert_int_equal(store_append_key(&bench.store, STORE_IDENTITY, NULL, 0, KEY_SLOT_STAGED),
                         0);
        const uint32_t marker = bench.store.entries[STORE_IDENTITY].offset +
                                layout_record_forgotten(&bench.flash.flash);
        bench.flash.cells[marker] = 0x00;
        bench.flash.cells[marker + 1] = 0xF0;
        bench.flash.undecided[marker + 1] = 0xF0;
        bench.flash.is_unstable = true;
        flash_model_arm(&bench.flash, FLASH_CUT_NONE, 0, seed);
        assert_int_equal(bench_reopen(&bench), 0);
        const bool is_found = store_has(&bench.store, STORE_IDENTITY);
        for (int i = 0; i < 50 && is_found; i++) {
            assert_int_equal(store_load_key(&bench.store, STORE_IDENTITY, KEY_SLOT_CURRENT), 0);
        }
        found += is_found;
        bench_close(&bench);
    }
    assert_in_range(found, 1, 99);
}

static void a_first_record_cut_short_leaves_a_blank_store_that_takes_the_next(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        for (uint32_t at = 1; at <= 5; at++) {
            struct store_bench bench;
            bench_open(&bench, flash_geometries[i].name);
            for (int tries = 0; tries < 3; tries++) {
                flash_model_arm(&bench.flash, FLASH_CUT_TORN, at, at + (uint64_t)tries);
                (void)bench_append(&bench, STORE_IDENTITY, "who I am");
                flash_model_power_on(&bench.flash);
                assert_int_equal(bench_reopen(&bench), 0);
            }
            assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
            bench_move(&bench);
            assert_int_equal(bench_reopen(&bench), 0);
            bench_expect(&bench, STORE_IDENTITY, "who I am");
            assert_int_equal(bench.flash.violation_count, 0);
            bench_close(&bench);
        }
    }
}

/* What flash holds that its maker or an earlier firmware did not leave erased. */
static void litter(struct store_bench *bench, uint32_t from, uint32_t bytes)
{
    memset(bench->flash.cells + from, ~bench->flash.flash.erased_value, bytes);
    for (uint32_t at = from; at < from + bytes; at++) {
        bench->flash.used[at / bench->flash.flash.program_unit_bytes] = 1;
    }
}

/* The flash only looks erased where a slot begins. What an append said is so at the next boot,
 * wherever behind the record recovery begins to doubt the end of the log. */
static void what_lies_behind_a_record_does_not_stop_the_log(void **state)
{
    const uint32_t bytes[] = { 8, 3000 };
    char text[3001];

    (void)state;
    for (unsigned g = 0; g < flash_geometry_count; g++) {
        for (uint32_t far = 0; far < 400; far += 32) {
            for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
                struct store_bench bench;
                bench_open(&bench, flash_geometries[g].name);
                const uint32_t behind = layout_slot_records(&bench.flash.flash) +
                                        layout_record_bytes(&bench.flash.flash, bytes[i], 0);
                litter(&bench, behind + far, 64);
                litter(&bench, behind, 1); /* As a torn header. */
                memset(text, 'x', bytes[i]);
                text[bytes[i]] = '\0';
                assert_int_equal(bench_reopen(&bench), 0);
                assert_int_equal(bench_append(&bench, STORE_PROVISION, text), 0);
                assert_int_equal(bench_reopen(&bench), 0);
                bench_expect(&bench, STORE_PROVISION, text);
                assert_int_equal(bench.flash.violation_count, 0);
                bench_close(&bench);
            }
        }
    }
}

/* A record of `bytes` bytes beside the identity; power is lost at operation `at`. False when the
 * append needed fewer. */
static bool cut_on_littered_flash(const char *geometry, size_t bytes, uint32_t at)
{
    struct store_bench bench;
    char text[1201];

    bench_open(&bench, geometry);
    litter(&bench, layout_slot_records(&bench.flash.flash) + 1200, 64);
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    flash_model_arm(&bench.flash, FLASH_CUT_AFTER, at, at);
    const imp_err_t err = bench_append(&bench, STORE_PROVISION, text);
    const bool is_cut = !bench.flash.is_powered;

    assert_true(err == 0 || is_cut);
    flash_model_power_on(&bench.flash);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    assert_true(err != 0 || store_has(&bench.store, STORE_PROVISION));
    assert_int_equal(bench_append(&bench, STORE_PROVISION, text), 0);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_PROVISION, text);
    bench_close(&bench);
    return is_cut;
}

/* The first record is far enough from what the flash holds, the second one is not. */
static void a_cut_append_does_not_lose_the_log_to_what_lies_behind_it(void **state)
{
    (void)state;
    for (unsigned g = 0; g < flash_geometry_count; g++) {
        for (size_t bytes = 600; bytes <= 1200; bytes += 50) {
            uint32_t at = 1;
            while (cut_on_littered_flash(flash_geometries[g].name, bytes, at)) {
                at++;
            }
            assert_true(at > 4);
        }
    }
}

static void erasing_a_damaged_store_does_not_trust_a_slot_that_only_begins_erased(void **state)
{
    (void)state;
    for (uint32_t far = 0; far < 300; far += 50) {
        struct store_bench bench;
        bench_open(&bench, "nor-4k");
        assert_int_equal(bench_append(&bench, STORE_PROVISION, "server"), 0);
        const uint32_t records = layout_slot_records(&bench.flash.flash);
        litter(&bench, bench.store.slot_bytes + records + far, 64);
        bench.flash.cells[records] ^= 1;
        assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
        assert_int_equal(store_erase(&bench.store, &bench.flash.flash), 0);
        assert_int_equal(bench_reopen(&bench), 0);
        bench_expect(&bench, STORE_PROVISION, NULL);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_slot_is_retired_by_the_next_boot_where_power_was_lost_before_that),
        cmocka_unit_test(nothing_is_written_beside_an_interrupted_move_which_is_erased_first),
        cmocka_unit_test(a_slot_that_only_looks_unused_after_an_interrupted_erase_is_erased_again),
        cmocka_unit_test(a_live_slot_with_fewer_records_than_it_began_with_is_damaged),
        cmocka_unit_test(a_new_slot_that_was_being_erased_does_not_hide_the_old_one),
        cmocka_unit_test(what_one_boot_found_holds_until_the_next),
        cmocka_unit_test(a_first_record_cut_short_leaves_a_blank_store_that_takes_the_next),
        cmocka_unit_test(what_lies_behind_a_record_does_not_stop_the_log),
        cmocka_unit_test(a_cut_append_does_not_lose_the_log_to_what_lies_behind_it),
        cmocka_unit_test(erasing_a_damaged_store_does_not_trust_a_slot_that_only_begins_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
