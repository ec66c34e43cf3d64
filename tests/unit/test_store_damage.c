/* SPDX-License-Identifier: MIT
 * test_store_damage.c -- rot, replay, torn markers, broken cells: the same identity or a named
 * error.
 *
 * needs: tests/support/store_bench.c tests/support/seal_double.c tests/support/assert_fails.c
 * needs: host-sim/device/flash_model.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/little_endian.h"
#include "firmware/store/store_layout.h"
#include "firmware/store/store_media.h"
#include "tests/support/seal_double.h"
#include "tests/support/store_bench.h"

static const char token[] = "imp-7f3a9c55e0d24b18-secret-token";

/* Offset of the first record of a slot. */
static uint32_t first_record(const struct store_bench *bench, uint32_t slot)
{
    return slot * bench->store.slot_bytes + layout_slot_records(&bench->flash.flash);
}

static void fill(struct store_bench *bench, uint32_t from, uint32_t bytes, uint8_t value)
{
    memset(bench->flash.cells + from, value, bytes);
}

/* --- Rot ------------------------------------------------------------------------------------ */

static void any_flipped_bit_of_a_record_stops_the_store_and_of_a_marker_changes_nothing(
    void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    const uint32_t record = first_record(&bench, 0);
    const uint32_t marker = record + layout_record_committed(&bench.flash.flash);
    const uint32_t payload = record + layout_record_payload(&bench.flash.flash);

    bench_flip_each_bit(&bench, 0, SLOT_HEADER_BYTES, IMP_ERR_STORE_DAMAGED);
    bench_flip_each_bit(&bench, record, record + RECORD_HEADER_BYTES, IMP_ERR_STORE_DAMAGED);
    bench_flip_each_bit(&bench, payload, payload + 8 + RECORD_PAYLOAD_CRC_BYTES,
                        IMP_ERR_STORE_DAMAGED);
    bench_flip_each_bit(&bench, SLOT_HEADER_BYTES, record, 0);
    bench_flip_each_bit(&bench, marker, payload, 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_close(&bench);
}

/* Whole runs of cells that have lost their charge, at every place of a log of five records: the
 * store is what it was, or stops. What can't be told from a cut append is the last record alone;
 * and a longer run may take slot header and LIVE marker at once, which is a slot never begun. */
static void erased_runs_never_pass_for_a_shorter_log(void **state)
{
    static const size_t runs[] = { 4, 8 };
    struct store_bench bench;

    (void)state;
    for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) {
        for (uint32_t offset = 0;; offset += 4) {
            bench_open(&bench, "nor-4k");
            assert_int_equal(bench_append(&bench, STORE_PROVISION, "provision"), 0);
            assert_int_equal(bench_append(&bench, STORE_ANCHORS, "anchors"), 0);
            assert_int_equal(bench_append(&bench, STORE_STAGED_KEY, "staged"), 0);
            assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
            const uint32_t last = bench.store.next_offset;
            assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), 0);
            if (offset + runs[r] > last) {
                bench_close(&bench);
                break;
            }
            memset(bench.flash.cells + offset, 0xFF, runs[r]);
            const imp_err_t err = bench_reopen(&bench);
            if (err == 0) {
                bench_expect(&bench, STORE_IDENTITY, "who I am");
            } else {
                assert_int_equal(err, IMP_ERR_STORE_DAMAGED);
            }
            bench_close(&bench);
        }
    }
}

static void rot_in_free_flash_only_makes_the_next_record_go_elsewhere(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    flash_model_rot(&bench.flash, bench.store.next_offset + 3, 5);
    flash_model_rot(&bench.flash, bench.store.next_offset + RECORD_HEADER_BYTES, 0);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), 0);
    assert_int_equal(bench.store.live_slot, 1);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_expect(&bench, STORE_LOCK, "locked");
    bench_close(&bench);
}

static void rot_that_comes_between_boot_and_move_is_not_copied_under_a_new_crc(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    flash_model_rot(&bench.flash,
                    first_record(&bench, 0) + layout_record_payload(&bench.flash.flash), 2);
    bench.store.must_move = true;
    assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), IMP_ERR_STORE_DAMAGED);
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
    bench_close(&bench);
}

/* --- Old slots ------------------------------------------------------------------------------ */

static void a_ruined_new_slot_does_not_bring_the_old_identity_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        struct store_bench bench;
        bench_open(&bench, flash_geometries[i].name);
        const uint8_t zero = (uint8_t)~flash_geometries[i].erased_value;

        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "old"), 0);
        bench_move(&bench);
        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "new"), 0);
        fill(&bench, bench.store.slot_bytes, SLOT_HEADER_BYTES, zero);
        assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
        fill(&bench, bench.store.slot_bytes, SLOT_HEADER_BYTES, (uint8_t)~zero);
        assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
        bench_close(&bench);
    }
}

static void an_old_slot_replayed_never_wins_while_the_new_one_is_intact(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    const uint32_t slot_bytes = bench.store.slot_bytes;
    uint8_t *old = malloc(slot_bytes);

    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "old"), 0);
    memcpy(old, bench.flash.cells,
           slot_bytes); /* Taken while it counted: it is not marked as retired. */
    bench_move(&bench);
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "new"), 0);
    memcpy(bench.flash.cells, old, slot_bytes);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "new");

    /* In the place of the new one it is nobody's: it says which slot it belongs to. */
    bench_move(&bench);
    assert_int_equal(bench.store.live_slot, 0);
    memcpy(bench.flash.cells + slot_bytes, old, slot_bytes);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "new");
    free(old);
    bench_close(&bench);
}

/* The attacker puts the only record of slot 0, a token, into `slot` as of `generation`, with every
 * CRC right. */
static void forge(struct store_bench *bench, uint8_t slot, uint8_t generation)
{
    uint8_t *header = bench->flash.cells + slot * bench->store.slot_bytes;
    uint8_t *record = bench->flash.cells + first_record(bench, slot);
    uint8_t *payload = record + layout_record_payload(&bench->flash.flash);
    uint8_t bound[RECORD_BOUND_BYTES] = { slot, generation, 0, 0, 0 };
    const uint32_t sealed_bytes = (uint32_t)strlen(token) + SEAL_OVERHEAD_BYTES;

    if (slot != 0) {
        memcpy(header, bench->flash.cells, bench->store.slot_bytes);
        memset(bench->flash.cells, 0xFF, bench->store.slot_bytes);
    }
    header[SLOT_AT_INDEX] = slot;
    header[SLOT_AT_GENERATION] = generation;
    le32_put(header + SLOT_AT_CRC, media_crc(0, header, SLOT_AT_CRC));
    memcpy(bound + 5, record, RECORD_AT_CRC);
    le32_put(record + RECORD_AT_CRC, media_crc(0, bound, sizeof bound));
    le32_put(payload + sealed_bytes,
             media_crc(media_crc(0, record, RECORD_HEADER_BYTES), payload, sealed_bytes));
}

static void a_secret_is_bound_to_its_slot_and_its_generation(void **state)
{
    static const struct {
        uint8_t slot;
        uint8_t generation;
        imp_err_t expected;
    } cases[] = { { 0, 1, 0 }, { 0, 7, IMP_ERR_SEAL_OPEN }, { 1, 1, IMP_ERR_SEAL_OPEN } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_bench bench;
        uint8_t out[64];
        size_t bytes;
        bench_open(&bench, "nor-4k");
        assert_int_equal(
            store_append_secret(&bench.store, STORE_TOKEN, NULL, 0, bytes_of_text(token)), 0);
        forge(&bench, cases[i].slot, cases[i].generation);
        assert_int_equal(bench_reopen(&bench), 0);
        assert_true(store_has(&bench.store, STORE_TOKEN));
        assert_int_equal(store_read_secret(&bench.store, STORE_TOKEN, out, sizeof out, &bytes),
                         cases[i].expected);
        bench_close(&bench);
    }
}

static void a_record_of_an_earlier_life_of_the_slot_is_not_ours(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    uint8_t *slot = bench.flash.cells;

    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "old"), 0);
    le32_put(slot + SLOT_AT_GENERATION, 3);
    le32_put(slot + SLOT_AT_CRC, media_crc(0, slot, SLOT_AT_CRC));
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
    bench_close(&bench);
}

static void a_record_whose_sequence_goes_back_is_damage(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    const uint32_t first = first_record(&bench, 0);

    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "old"), 0);
    const uint32_t record_bytes = bench.store.next_offset - first;
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "new"), 0);
    memcpy(bench.flash.cells + bench.store.next_offset, bench.flash.cells + first, record_bytes);
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_DAMAGED);
    bench_close(&bench);
}

/* Give the only record, of `bytes` bytes in slot 0, these numbers, with every CRC right. */
static void renumber(struct store_bench *bench, size_t bytes, uint32_t generation,
                     uint32_t sequence)
{
    uint8_t *header = bench->flash.cells;
    uint8_t *record = bench->flash.cells + first_record(bench, 0);
    uint8_t *payload = record + layout_record_payload(&bench->flash.flash);
    uint8_t bound[RECORD_BOUND_BYTES] = { 0 };

    le32_put(header + SLOT_AT_GENERATION, generation);
    le32_put(header + SLOT_AT_CRC, media_crc(0, header, SLOT_AT_CRC));
    le32_put(record + RECORD_AT_SEQUENCE, sequence);
    le32_put(bound + 1, generation);
    memcpy(bound + 5, record, RECORD_AT_CRC);
    le32_put(record + RECORD_AT_CRC, media_crc(0, bound, sizeof bound));
    le32_put(payload + bytes, media_crc(media_crc(0, record, RECORD_HEADER_BYTES), payload, bytes));
}

static void behind_the_last_sequence_number_the_store_is_full_until_it_is_erased(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    renumber(&bench, 8, 1, UINT32_MAX - 1);
    assert_int_equal(bench_reopen(&bench), 0);
    assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), 0);
    assert_int_equal(bench_append(&bench, STORE_ATTEMPTS, "1"), IMP_ERR_STORE_FULL);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_expect(&bench, STORE_LOCK, "locked");
    bench_expect(&bench, STORE_ATTEMPTS, NULL);
    assert_int_equal(store_erase(&bench.store, &bench.flash.flash), 0);
    assert_int_equal(bench_append(&bench, STORE_ATTEMPTS, "1"), 0);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_ATTEMPTS, "1");
    bench_close(&bench);
}

/* Moves whose generations go past the largest number; power is lost at operation `at`. False when
 * they needed fewer. */
static bool cut_beyond_the_last_generation(const char *geometry, uint32_t at)
{
    struct store_bench bench;
    char text[2] = "0";

    bench_open(&bench, geometry);
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    renumber(&bench, 8, UINT32_MAX - 1, 1);
    assert_int_equal(bench_reopen(&bench), 0);
    flash_model_arm(&bench.flash, FLASH_CUT_TORN, at, at);
    imp_err_t err = 0;
    while (err == 0 && text[0] < '4' && bench.flash.is_powered) {
        text[0]++;
        bench.store.must_move = true;
        err = bench_append(&bench, STORE_ATTEMPTS, text);
    }
    const bool is_cut = !bench.flash.is_powered;

    assert_true(err == 0 || is_cut);
    flash_model_power_on(&bench.flash);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    if (err == 0) {
        bench_expect(&bench, STORE_ATTEMPTS, text);
    }
    bench_close(&bench);
    return is_cut;
}

static void generations_are_counted_modulo_2_to_the_32(void **state)
{
    (void)state;
    for (unsigned g = 0; g < flash_geometry_count; g++) {
        uint32_t at = 1;
        while (cut_beyond_the_last_generation(flash_geometries[g].name, at)) {
            at++;
        }
        assert_true(at > 40);
    }
}

/* --- What others wrote ---------------------------------------------------------------------- */

static void a_newer_format_and_another_geometry_are_named(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    uint8_t *slot = bench.flash.cells;

    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    slot[SLOT_AT_FORMAT] = 2;
    le32_put(slot + SLOT_AT_CRC, media_crc(0, slot, SLOT_AT_CRC));
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_FORMAT);
    slot[SLOT_AT_FORMAT] = SLOT_FORMAT;
    slot[SLOT_AT_UNIT] = 4;
    le32_put(slot + SLOT_AT_CRC, media_crc(0, slot, SLOT_AT_CRC));
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_GEOMETRY);
    bench_close(&bench);
}

static void a_record_of_an_unknown_type_is_a_newer_format(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    uint8_t *record = bench.flash.cells + first_record(&bench, 0);
    uint8_t bound[RECORD_BOUND_BYTES] = { 0, 1, 0, 0, 0 };

    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    record[RECORD_AT_TYPE] = STORE_TYPE_COUNT;
    memcpy(bound + 5, record, RECORD_AT_CRC);
    le32_put(record + RECORD_AT_CRC, media_crc(0, bound, sizeof bound));
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_FORMAT);
    bench_close(&bench);
}

static void a_flash_that_does_not_fit_is_refused(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    struct hal_flash *flash = &bench.flash.flash;

    flash->program_unit_bytes = 3;
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_GEOMETRY);
    flash->program_unit_bytes = 64;
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_GEOMETRY);
    flash->program_unit_bytes = 1;
    flash->erased_value = 0x5A;
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_GEOMETRY);
    flash->erased_value = 0xFF;
    flash->region_bytes = 2 * STORE_SLOT_BYTES_MIN - 1;
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_GEOMETRY);
    flash->region_bytes = 2 * STORE_SLOT_BYTES_MIN;
    flash->sector_bytes = 0;
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_GEOMETRY);
    flash->sector_bytes = 4096;
    assert_int_equal(bench_reopen(&bench), 0);
    bench_close(&bench);
}

/* --- Torn markers --------------------------------------------------------------------------- */

/* Put the last record's marker into a state that a torn program can leave. */
static void tear_marker(struct store_bench *bench, uint32_t record,
                        const uint8_t cells[MARKER_BYTES_MIN])
{
    memcpy(bench->flash.cells + record + layout_record_committed(&bench->flash.flash), cells,
           MARKER_BYTES_MIN);
}

static void a_marker_counts_from_half_of_its_bits_on_and_is_completed(void **state)
{
    static const uint8_t faint[] = { 0x00, 0x01, 0xFF, 0xFF };
    static const uint8_t half[] = { 0x00, 0x00, 0xFF, 0xFF };
    static const uint8_t whole[] = { 0x00, 0x00, 0x00, 0x00 };
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "old"), 0);
    const uint32_t last = bench.store.next_offset;
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "new"), 0);

    tear_marker(&bench, last, faint);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "old");
    assert_true(bench.store.must_move);
    tear_marker(&bench, last, half);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "new");
    assert_false(bench.store.must_move);
    assert_memory_equal(bench.flash.cells + last + layout_record_committed(&bench.flash.flash),
                        whole, sizeof whole);
    bench_close(&bench);
}

static void a_marker_on_the_edge_is_read_often_and_then_decided_for_good(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct store_bench bench;
        bench_open(&bench, "nor-4k");
        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "old"), 0);
        const uint32_t last = bench.store.next_offset;
        assert_int_equal(bench_append(&bench, STORE_IDENTITY, "new"), 0);
        memset(bench.flash.undecided + last + layout_record_committed(&bench.flash.flash), 0xFF,
               MARKER_BYTES_MIN);
        bench.flash.is_unstable = true;
        flash_model_arm(&bench.flash, FLASH_CUT_NONE, 0, seed);
        for (int boots = 0; boots < 4; boots++) {
            assert_int_equal(bench_reopen(&bench), 0);
            bench_expect(&bench, STORE_IDENTITY, "new");
        }
        bench_close(&bench);
    }
}

static void a_forgetting_that_hardly_began_leaves_the_record_and_a_move_clears_its_marker(
    void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    bench.flash.cells[first_record(&bench, 0) + layout_record_forgotten(&bench.flash.flash)] = 0x0F;
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), 0);
    assert_int_equal(bench.store.live_slot, 1);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_close(&bench);
}

/* --- Broken cells --------------------------------------------------------------------------- */

static void an_append_whose_program_fails_goes_to_the_other_slot(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        for (uint32_t at = 1; at <= 3; at++) {
            struct store_bench bench;
            bench_open(&bench, flash_geometries[i].name);
            assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
            flash_model_arm(&bench.flash, FLASH_FAULT, at, at);
            assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), 0);
            /* The third is the marker, which has more than one copy where it can't be repaired. */
            assert_int_equal(bench.store.live_slot, at < 3 || flash_geometries[i].program_again);
            assert_int_equal(bench_reopen(&bench), 0);
            bench_expect(&bench, STORE_IDENTITY, "who I am");
            bench_expect(&bench, STORE_LOCK, "locked");
            bench_close(&bench);
        }
    }
}

static void an_append_on_a_stuck_bit_is_noticed_and_goes_to_the_other_slot(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    flash_model_stick(&bench.flash,
                      bench.store.next_offset + layout_record_payload(&bench.flash.flash) + 2, 0x80,
                      0x80);
    assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), 0);
    assert_int_equal(bench.store.live_slot, 1);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_LOCK, "locked");
    bench_close(&bench);
}

static void a_slot_that_seemed_unused_and_is_not_gets_its_erase(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_IDENTITY, "who I am"), 0);
    fill(&bench, first_record(&bench, 1), 50, 0x24);
    bench_move(&bench);
    assert_int_equal(bench.flash.erase_count, bench.store.slot_bytes / 4096);
    assert_int_equal(bench_reopen(&bench), 0);
    bench_expect(&bench, STORE_IDENTITY, "who I am");
    bench_close(&bench);
}

static void a_flash_that_does_not_answer_is_named(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    bench.flash.is_powered = false;
    assert_int_equal(bench_append(&bench, STORE_LOCK, "locked"), IMP_ERR_STORE_FLASH);
    assert_int_equal(bench_reopen(&bench), IMP_ERR_STORE_FLASH);
    assert_int_equal(store_erase(&bench.store, &bench.flash.flash), IMP_ERR_STORE_FLASH);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            any_flipped_bit_of_a_record_stops_the_store_and_of_a_marker_changes_nothing),
        cmocka_unit_test(erased_runs_never_pass_for_a_shorter_log),
        cmocka_unit_test(rot_in_free_flash_only_makes_the_next_record_go_elsewhere),
        cmocka_unit_test(rot_that_comes_between_boot_and_move_is_not_copied_under_a_new_crc),
        cmocka_unit_test(a_ruined_new_slot_does_not_bring_the_old_identity_back),
        cmocka_unit_test(an_old_slot_replayed_never_wins_while_the_new_one_is_intact),
        cmocka_unit_test(a_secret_is_bound_to_its_slot_and_its_generation),
        cmocka_unit_test(a_record_of_an_earlier_life_of_the_slot_is_not_ours),
        cmocka_unit_test(a_record_whose_sequence_goes_back_is_damage),
        cmocka_unit_test(behind_the_last_sequence_number_the_store_is_full_until_it_is_erased),
        cmocka_unit_test(generations_are_counted_modulo_2_to_the_32),
        cmocka_unit_test(a_newer_format_and_another_geometry_are_named),
        cmocka_unit_test(a_record_of_an_unknown_type_is_a_newer_format),
        cmocka_unit_test(a_flash_that_does_not_fit_is_refused),
        cmocka_unit_test(a_marker_counts_from_half_of_its_bits_on_and_is_completed),
        cmocka_unit_test(a_marker_on_the_edge_is_read_often_and_then_decided_for_good),
        cmocka_unit_test(
            a_forgetting_that_hardly_began_leaves_the_record_and_a_move_clears_its_marker),
        cmocka_unit_test(an_append_whose_program_fails_goes_to_the_other_slot),
        cmocka_unit_test(an_append_on_a_stuck_bit_is_noticed_and_goes_to_the_other_slot),
        cmocka_unit_test(a_slot_that_seemed_unused_and_is_not_gets_its_erase),
        cmocka_unit_test(a_flash_that_does_not_answer_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
