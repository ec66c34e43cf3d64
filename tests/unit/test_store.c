/* SPDX-License-Identifier: MIT
 * test_store.c -- what the store promises while nothing goes wrong.
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
#include "firmware/store/store_media.h"
#include "tests/support/seal_double.h"
#include "tests/support/store_bench.h"

static const char token[] = "imp-7f3a9c55e0d24b18-secret-token";

/* Run a test once on every kind of flash. */
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

/* The check value of the CRC catalogues: CRC-32/ISO-HDLC of "123456789". */
static void the_crc_is_that_of_ieee_802_3(void **state)
{
    (void)state;
    assert_int_equal(media_crc(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(media_crc(media_crc(0, "1234", 4), "56789", 5), 0xCBF43926);
}

static void check_empty(struct store_bench *bench)
{
    uint8_t byte;

    for (int type = 1; type < STORE_TYPE_COUNT; type++) {
        assert_false(store_has(&bench->store, (enum store_type)type));
        assert_int_equal(store_size(&bench->store, (enum store_type)type), 0);
    }
    assert_int_equal(store_read(&bench->store, STORE_LOCK, 0, &byte, 1), IMP_ERR_STORE_ABSENT);
    assert_int_equal(store_load_key(&bench->store, STORE_STAGED_KEY, KEY_SLOT_STAGED),
                     IMP_ERR_STORE_ABSENT);
    assert_int_equal(bench->flash.program_count + bench->flash.erase_count, 0);
}

static void an_erased_flash_is_an_empty_store_and_is_not_touched(void **state)
{
    (void)state;
    on_every_flash(check_empty);
}

static void check_append(struct store_bench *bench)
{
    const struct bytes parts[] = { bytes_of_text("one "), bytes_of(NULL, 0), bytes_of_text("two "),
                                   bytes_of_text("three") };

    assert_int_equal(bench_append(bench, STORE_PROVISION, "server"), 0);
    assert_int_equal(store_append(&bench->store, STORE_ANCHORS, parts, 4), 0);
    assert_int_equal(store_append(&bench->store, STORE_PENDING, NULL, 0), 0);
    assert_int_equal(bench_append(bench, STORE_PROVISION, "other server"), 0);
    for (int opened = 0; opened < 2; opened++) {
        bench_expect(bench, STORE_PROVISION, "other server");
        bench_expect(bench, STORE_ANCHORS, "one two three");
        bench_expect(bench, STORE_PENDING, "");
        bench_expect(bench, STORE_IDENTITY, NULL);
        assert_int_equal(bench_reopen(bench), 0);
    }
    assert_int_equal(bench->flash.erase_count, 0);
}

static void the_last_record_of_a_type_counts_and_no_append_on_new_flash_erases(void **state)
{
    (void)state;
    on_every_flash(check_append);
}

static void a_read_outside_of_the_clear_part_is_refused(void **state)
{
    struct store_bench bench;
    char out[8] = { 0 };

    (void)state;
    bench_open(&bench, "sf2-som");
    assert_int_equal(bench_append(&bench, STORE_LOCK, "abcdef"), 0);
    assert_int_equal(store_read(&bench.store, STORE_LOCK, 2, out, 3), 0);
    assert_memory_equal(out, "cde", 3);
    assert_int_equal(store_read(&bench.store, STORE_LOCK, 6, out, 0), 0);
    assert_int_equal(store_read(&bench.store, STORE_LOCK, 4, out, 3), IMP_ERR_BUG_ARGUMENT);
    assert_int_equal(store_read(&bench.store, STORE_LOCK, 7, out, 0), IMP_ERR_BUG_ARGUMENT);
    bench_close(&bench);
}

/* --- Secrets -------------------------------------------------------------------------------- */

static void check_secret(struct store_bench *bench)
{
    const struct bytes label = bytes_of_text("line 4");
    uint8_t out[64];
    size_t bytes;

    assert_int_equal(
        store_append_secret(&bench->store, STORE_TOKEN, &label, 1, bytes_of_text(token)), 0);
    bench_move(bench);
    assert_int_equal(bench_reopen(bench), 0);
    assert_int_equal(store_read_secret(&bench->store, STORE_TOKEN, out, sizeof out, &bytes), 0);
    assert_int_equal(bytes, strlen(token));
    assert_memory_equal(out, token, bytes);
    bench_expect(bench, STORE_TOKEN, "line 4");
    assert_false(bench_finds(bench, token, 8));
    assert_int_equal(store_read_secret(&bench->store, STORE_TOKEN, out, strlen(token) - 1, &bytes),
                     IMP_ERR_BUG_SPACE);
    assert_int_equal(store_load_key(&bench->store, STORE_TOKEN, KEY_SLOT_STAGED),
                     IMP_ERR_BUG_ARGUMENT);
    seal_double_unit(2);
    assert_int_equal(store_read_secret(&bench->store, STORE_TOKEN, out, sizeof out, &bytes),
                     IMP_ERR_SEAL_OPEN);
    seal_double_unit(1);
}

static void a_secret_is_sealed_moves_and_opens_on_its_own_unit_only(void **state)
{
    (void)state;
    on_every_flash(check_secret);
}

static void check_key(struct store_bench *bench)
{
    uint8_t scalar[SEAL_DOUBLE_SCALAR_BYTES];
    uint8_t out[64];
    size_t bytes;
    const struct bytes head = bytes_of_text("chain");

    assert_int_equal(store_append_key(&bench->store, STORE_STAGED_KEY, NULL, 0, KEY_SLOT_STAGED),
                     IMP_ERR_KEY_SLOT);
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    memcpy(scalar, seal_double_scalar(KEY_SLOT_STAGED), sizeof scalar);
    assert_int_equal(store_append_key(&bench->store, STORE_IDENTITY, &head, 1, KEY_SLOT_STAGED), 0);
    assert_int_equal(store_size(&bench->store, STORE_IDENTITY), head.len + KEY_POINT_BYTES);
    bench_move(bench);
    key_erase(KEY_SLOT_STAGED);
    assert_int_equal(bench_reopen(bench), 0);
    assert_int_equal(store_load_key(&bench->store, STORE_IDENTITY, KEY_SLOT_CURRENT), 0);
    assert_memory_equal(seal_double_scalar(KEY_SLOT_CURRENT), scalar, sizeof scalar);
    assert_false(bench_finds(bench, scalar, 8));
    assert_int_equal(store_read_secret(&bench->store, STORE_IDENTITY, out, sizeof out, &bytes),
                     IMP_ERR_BUG_ARGUMENT);
}

static void a_key_is_wrapped_moves_and_loads_again(void **state)
{
    (void)state;
    on_every_flash(check_key);
}

static void a_wrapped_key_that_does_not_load_is_never_committed(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    seal_double_spoil_wrap();
    assert_int_equal(store_append_key(&bench.store, STORE_STAGED_KEY, NULL, 0, KEY_SLOT_STAGED),
                     IMP_ERR_SEAL_OPEN);
    assert_int_equal(bench_reopen(&bench), 0);
    assert_false(store_has(&bench.store, STORE_STAGED_KEY));
    bench_close(&bench);
}

static void a_seal_that_fails_changes_nothing(void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_PROVISION, "server"), 0);
    seal_double_fail(IMP_ERR_ENTROPY_FAILED);
    assert_int_equal(store_append_secret(&bench.store, STORE_TOKEN, NULL, 0, bytes_of_text(token)),
                     IMP_ERR_ENTROPY_FAILED);
    assert_false(store_has(&bench.store, STORE_TOKEN));
    assert_int_equal(store_append_secret(&bench.store, STORE_TOKEN, NULL, 0, bytes_of_text(token)),
                     0);
    assert_int_equal(bench_reopen(&bench), 0);
    assert_true(store_has(&bench.store, STORE_TOKEN));
    bench_close(&bench);
}

/* --- Room ----------------------------------------------------------------------------------- */

static void check_full(struct store_bench *bench)
{
    static const uint8_t large[STORE_PAYLOAD_BYTES_MAX + 1];
    struct bytes part = bytes_of(large, sizeof large);

    assert_int_equal(store_append(&bench->store, STORE_ANCHORS, &part, 1), IMP_ERR_STORE_FULL);
    for (int i = 0; i < 3; i++) {
        part.len = STORE_PAYLOAD_BYTES_MAX;
        assert_int_equal(store_append(&bench->store, STORE_ANCHORS, &part, 1), 0);
    }
    if (bench->store.slot_bytes < 2 * sizeof large) {
        assert_int_equal(store_append(&bench->store, STORE_PROVISION, &part, 1),
                         IMP_ERR_STORE_FULL);
    }
    assert_int_equal(bench_append(bench, STORE_PROVISION, "small"), 0);
    assert_int_equal(bench_reopen(bench), 0);
    assert_int_equal(store_size(&bench->store, STORE_ANCHORS), STORE_PAYLOAD_BYTES_MAX);
    bench_expect(bench, STORE_PROVISION, "small");
}

static void what_is_too_large_is_refused_and_the_store_goes_on(void **state)
{
    (void)state;
    on_every_flash(check_full);
}

/* The records of an enrollment, with a chain and anchors of usual size. */
static void enroll(struct store_bench *bench)
{
    static const uint8_t certificates[1500];
    static const enum store_type spent[] = { STORE_TOKEN, STORE_TOKEN_CLEAR, STORE_STAGED_KEY,
                                             STORE_PENDING, STORE_ATTEMPTS };
    const struct bytes part = bytes_of(certificates, sizeof certificates);

    assert_int_equal(store_append_secret(&bench->store, STORE_TOKEN, NULL, 0, bytes_of_text(token)),
                     0);
    assert_int_equal(store_append(&bench->store, STORE_ANCHORS, &part, 1), 0);
    assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
    assert_int_equal(store_append_key(&bench->store, STORE_STAGED_KEY, NULL, 0, KEY_SLOT_STAGED),
                     0);
    assert_int_equal(store_append_key(&bench->store, STORE_IDENTITY, &part, 1, KEY_SLOT_STAGED), 0);
    assert_int_equal(store_forget(&bench->store, spent, sizeof spent / sizeof spent[0]), 0);
}

static void a_first_enrollment_on_the_reference_board_erases_nothing_and_ten_erase_once(
    void **state)
{
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "sf2-som");
    assert_int_equal(bench_append(&bench, STORE_PROVISION, "server"), 0);
    enroll(&bench);
    assert_int_equal(bench.flash.erase_count, 0);
    for (int i = 0; i < 100; i++) {
        const uint32_t before = bench.flash.erase_count;
        enroll(&bench);
        assert_true(bench.flash.erase_count - before <= 1);
    }
    assert_true(bench.flash.erase_count <= 10);
    assert_int_equal(bench.store.erase_count, bench.flash.erase_count);
    bench_close(&bench);
}

/* --- The bytes ------------------------------------------------------------------------------ */

/* docs/SPEC.md shows these. */
static void the_bytes_on_flash_are_those_of_the_specification(void **state)
{
    static const uint8_t expected[] = {
        'I',  'M',  'P',  'S',  0x01, 0x00, 0x01, 0x01,
        0x00, 0x00, 0x01, 0x00, /* header: 64 KB slot, unit 1 */
        0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
        0xAA, 0x84, 0x34, 0x40, /* generation 1, 1 record */
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00,
        0xFF, 0xFF, 0xFF, 0xFF, /* CLEAN, LIVE, RETIRED */
        0xFF, 0xFF, 0xFF, 0xFF, /* USED */
        0x08, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x01, 0x00, 0x00, 0x00, /* attempts, 3 bytes, sequence 1 */
        0xB4, 0xCA, 0x00, 0x32, 0x00, 0x00, 0x00, 0x00,
        0xFF, 0xFF, 0xFF, 0xFF,                         /* CRC, COMMITTED, FORGOTTEN */
        'a',  'b',  'c',  0x35, 0xAE, 0xB3, 0xB5, 0xFF, /* payload, CRC, erased flash */
    };
    struct store_bench bench;

    (void)state;
    bench_open(&bench, "sf2-som");
    assert_int_equal(bench_append(&bench, STORE_ATTEMPTS, "abc"), 0);
    assert_memory_equal(bench.flash.cells, expected, sizeof expected);
    bench_close(&bench);
}

/* --- Looking -------------------------------------------------------------------------------- */

struct seen {
    unsigned records;
    unsigned counting;
    unsigned forgotten;
};

static void look(void *context, const struct store_visit *visit)
{
    struct seen *seen = context;

    seen->records++;
    seen->counting += visit->counts;
    seen->forgotten += visit->is_forgotten;
    assert_true(visit->is_committed);
}

static void a_visit_shows_what_counts_and_what_only_lies_there(void **state)
{
    static const enum store_type lock = STORE_LOCK;
    struct store_bench bench;
    struct seen seen = { 0, 0, 0 };

    (void)state;
    bench_open(&bench, "nor-4k");
    assert_int_equal(bench_append(&bench, STORE_PROVISION, "old"), 0);
    assert_int_equal(bench_append(&bench, STORE_PROVISION, "new"), 0);
    assert_int_equal(bench_append(&bench, STORE_LOCK, "lock"), 0);
    assert_int_equal(store_forget(&bench.store, &lock, 1), 0);
    assert_int_equal(store_visit(&bench.store, look, &seen), 0);
    assert_int_equal(seen.records, 3);
    assert_int_equal(seen.counting, 1);
    assert_int_equal(seen.forgotten, 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crc_is_that_of_ieee_802_3),
        cmocka_unit_test(an_erased_flash_is_an_empty_store_and_is_not_touched),
        cmocka_unit_test(the_last_record_of_a_type_counts_and_no_append_on_new_flash_erases),
        cmocka_unit_test(a_read_outside_of_the_clear_part_is_refused),
        cmocka_unit_test(a_secret_is_sealed_moves_and_opens_on_its_own_unit_only),
        cmocka_unit_test(a_key_is_wrapped_moves_and_loads_again),
        cmocka_unit_test(a_wrapped_key_that_does_not_load_is_never_committed),
        cmocka_unit_test(a_seal_that_fails_changes_nothing),
        cmocka_unit_test(what_is_too_large_is_refused_and_the_store_goes_on),
        cmocka_unit_test(
            a_first_enrollment_on_the_reference_board_erases_nothing_and_ten_erase_once),
        cmocka_unit_test(the_bytes_on_flash_are_those_of_the_specification),
        cmocka_unit_test(a_visit_shows_what_counts_and_what_only_lies_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
