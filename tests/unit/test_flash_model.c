/* SPDX-License-Identifier: MIT
 * test_flash_model.c -- the simulated flash is as unkind as its header says, and no unkinder.
 *
 * needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host-sim/device/flash_model.h"

static const struct flash_geometry again = { "again", 2048, 256, 4, 0xFF, true };
static const struct flash_geometry once = { "once", 2048, 256, 8, 0xFF, false };
static const struct flash_geometry inverse = { "inverse", 2048, 256, 1, 0x00, true };

static hal_err_t program(struct flash_model *model, uint32_t offset, const void *in, size_t bytes)
{
    return model->flash.program(&model->flash, offset, in, bytes);
}

static hal_err_t erase(struct flash_model *model, uint32_t offset)
{
    return model->flash.erase(&model->flash, offset);
}

static void expect_cells(struct flash_model *model, uint32_t offset, const void *expected,
                         size_t bytes)
{
    uint8_t found[64];

    assert_true(bytes <= sizeof found);
    assert_int_equal(model->flash.read(&model->flash, offset, found, bytes), 0);
    assert_memory_equal(found, expected, bytes);
}

static void the_list_has_eight_kinds_and_more_and_spans_what_is_promised(void **state)
{
    uint32_t smallest = UINT32_MAX;
    uint32_t largest = 0;
    unsigned kinds = 0; /* Of erased value and program again. */

    (void)state;
    assert_true(flash_geometry_count >= 8);
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        const struct flash_geometry *geometry = &flash_geometries[i];
        smallest = geometry->sector_bytes < smallest ? geometry->sector_bytes : smallest;
        largest = geometry->sector_bytes > largest ? geometry->sector_bytes : largest;
        kinds |= 1u << ((geometry->erased_value == 0 ? 2 : 0) + (geometry->program_again ? 1 : 0));
    }
    assert_int_equal(smallest, 256);
    assert_int_equal(largest, 131072);
    assert_int_equal(kinds, 15);
}

static void a_program_moves_bits_away_from_the_erased_value_only(void **state)
{
    struct flash_model model;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    assert_int_equal(program(&model, 8, "\x0F\xF0\xAA\xFF", 4), 0);
    assert_int_equal(program(&model, 8, "\xFF\x3C\x55\xFF", 4), 0);
    expect_cells(&model, 4, "\xFF\xFF\xFF\xFF\x0F\x30\x00\xFF\xFF", 9);
    assert_int_equal(erase(&model, 0), 0);
    expect_cells(&model, 8, "\xFF\xFF\xFF\xFF", 4);
    flash_model_close(&model);

    assert_true(flash_model_open(&model, &inverse, 1));
    assert_int_equal(program(&model, 8, "\x0F", 1), 0);
    assert_int_equal(program(&model, 8, "\x30", 1), 0);
    expect_cells(&model, 7, "\x00\x3F\x00", 3);
    flash_model_close(&model);
}

static void what_is_not_whole_units_or_outside_is_refused_untouched(void **state)
{
    const uint8_t zeros[8] = { 0 };
    struct flash_model model;
    uint8_t out[8];

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    assert_int_equal(program(&model, 2, zeros, 4), HAL_ERR_RANGE);
    assert_int_equal(program(&model, 4, zeros, 3), HAL_ERR_RANGE);
    assert_int_equal(program(&model, 2044, zeros, 8), HAL_ERR_RANGE);
    assert_int_equal(program(&model, 4096, zeros, 4), HAL_ERR_RANGE);
    assert_int_equal(erase(&model, 4), HAL_ERR_RANGE);
    assert_int_equal(erase(&model, 2048), HAL_ERR_RANGE);
    assert_int_equal(model.flash.read(&model.flash, 2041, out, 8), HAL_ERR_RANGE);
    assert_int_equal(model.flash.read(&model.flash, 4096, out, 0), HAL_ERR_RANGE);
    expect_cells(&model, 0, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_int_equal(model.program_count + model.erase_count, 0);
    flash_model_close(&model);
}

static void a_unit_is_programmed_once_where_that_is_the_rule(void **state)
{
    struct flash_model model;

    (void)state;
    assert_true(flash_model_open(&model, &once, 1));
    assert_int_equal(program(&model, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8), 0);
    assert_int_equal(program(&model, 8, "12345678", 8), HAL_ERR_IO);
    expect_cells(&model, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_int_equal(model.violation_count, 1);
    assert_int_equal(erase(&model, 0), 0);
    assert_int_equal(program(&model, 8, "12345678", 8), 0);
    expect_cells(&model, 8, "12345678", 8);
    flash_model_close(&model);
}

static void after_a_cut_nothing_answers_until_power_is_back(void **state)
{
    struct flash_model model;
    uint8_t out;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    flash_model_arm(&model, FLASH_CUT_AFTER, 2, 1);
    assert_int_equal(program(&model, 0, "abcd", 4), 0);
    assert_int_equal(program(&model, 4, "efgh", 4), HAL_ERR_IO);
    assert_int_equal(program(&model, 8, "ijkl", 4), HAL_ERR_IO);
    assert_int_equal(erase(&model, 0), HAL_ERR_IO);
    assert_int_equal(model.flash.read(&model.flash, 0, &out, 1), HAL_ERR_IO);
    flash_model_power_on(&model);
    expect_cells(&model, 0, "abcdefgh\xFF", 9);
    flash_model_close(&model);
}

/* The device that the cut stops, and what it finds of the flash at that moment. */
struct stopped_device {
    jmp_buf stop;
    struct flash_model *model;
    unsigned calls;
};

static void stop_device(void *context)
{
    struct stopped_device *device = context;

    device->calls++;
    assert_false(device->model->is_powered);
    longjmp(device->stop, 1);
}

static void a_cut_stops_the_device_before_the_call_returns(void **state)
{
    static struct flash_model model;
    static struct flash_model copy;
    static struct stopped_device device;
    volatile bool has_returned = false;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1) && flash_model_open(&copy, &again, 1));
    device = (struct stopped_device){ .model = &model };
    model.power_lost = stop_device;
    model.power_lost_context = &device;
    flash_model_arm(&model, FLASH_CUT_AFTER, 2, 1);
    if (setjmp(device.stop) == 0) {
        assert_int_equal(program(&model, 0, "abcd", 4), 0);
        (void)program(&model, 4, "efgh", 4);
        has_returned = true;
    }
    assert_false(has_returned);
    assert_int_equal(device.calls, 1);

    /* Off is off: no second call. A fault is none, and a copy tells nobody. */
    assert_int_equal(program(&model, 8, "ijkl", 4), HAL_ERR_IO);
    flash_model_power_on(&model);
    expect_cells(&model, 0, "abcdefgh\xFF", 9);
    flash_model_arm(&model, FLASH_FAULT, 1, 1);
    assert_int_equal(program(&model, 8, "ijkl", 4), HAL_ERR_IO);
    flash_model_arm(&model, FLASH_CUT_BEFORE, 1, 1);
    flash_model_copy(&copy, &model);
    assert_int_equal(erase(&copy, 0), HAL_ERR_IO);
    assert_false(copy.is_powered);
    assert_int_equal(device.calls, 1);
    flash_model_close(&model);
    flash_model_close(&copy);
}

static void a_cut_before_an_operation_leaves_no_trace_of_it(void **state)
{
    struct flash_model model;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    assert_int_equal(program(&model, 0, "abcd", 4), 0);
    flash_model_arm(&model, FLASH_CUT_BEFORE, 1, 1);
    assert_int_equal(erase(&model, 0), HAL_ERR_IO);
    flash_model_power_on(&model);
    flash_model_arm(&model, FLASH_CUT_BEFORE, 1, 1);
    assert_int_equal(program(&model, 4, "efgh", 4), HAL_ERR_IO);
    flash_model_power_on(&model);
    expect_cells(&model, 0, "abcd\xFF\xFF\xFF\xFF", 8);
    flash_model_close(&model);
}

/* How many units are wholly programmed (zero), wholly erased, and in between. */
static void count_units(struct flash_model *model, uint32_t bytes, unsigned counts[3])
{
    const uint32_t unit = model->flash.program_unit_bytes;

    memset(counts, 0, 3 * sizeof counts[0]);
    for (uint32_t at = 0; at < bytes; at += unit) {
        unsigned ones = 0;
        for (uint32_t bit = 0; bit < unit * 8; bit++) {
            ones += model->cells[at + bit / 8] >> bit % 8 & 1;
        }
        counts[ones == 0 ? 0 : ones == unit * 8 ? 1 : 2]++;
    }
}

static void a_torn_program_is_a_prefix_a_torn_unit_and_nothing(void **state)
{
    static const uint8_t zeros[64];
    unsigned kinds_seen = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct flash_model model;
        unsigned counts[3];
        assert_true(flash_model_open(&model, &again, 1));
        flash_model_arm(&model, FLASH_CUT_TORN, 1, seed);
        assert_int_equal(program(&model, 0, zeros, sizeof zeros), HAL_ERR_IO);
        count_units(&model, sizeof zeros, counts);
        assert_true(counts[2] <= 1);
        for (uint32_t at = 0; at < 4 * counts[0]; at++) {
            assert_int_equal(model.cells[at], 0);
        }
        kinds_seen |= counts[2] == 1 ? 1u : 0;                    /* Some bits of a unit. */
        kinds_seen |= counts[0] == 0 && counts[2] == 0 ? 2u : 0;  /* None at all. */
        kinds_seen |= counts[0] == 15 && counts[2] == 1 ? 4u : 0; /* In the last unit. */
        flash_model_close(&model);
    }
    assert_int_equal(kinds_seen, 7);
}

static void a_torn_erase_is_a_mix_of_old_and_erased_bits_in_that_sector(void **state)
{
    static const uint8_t zeros[512];
    unsigned partial = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct flash_model model;
        unsigned ones = 0;
        assert_true(flash_model_open(&model, &again, 1));
        assert_int_equal(program(&model, 0, zeros, sizeof zeros), 0);
        flash_model_arm(&model, FLASH_CUT_TORN, 1, seed);
        assert_int_equal(erase(&model, 0), HAL_ERR_IO);
        for (uint32_t bit = 0; bit < 256 * 8; bit++) {
            ones += model.cells[bit / 8] >> bit % 8 & 1;
        }
        partial += ones > 0 && ones < 256 * 8;
        assert_memory_equal(model.cells + 256, zeros, 256);
        assert_int_equal(model.wear[0], 1);
        flash_model_close(&model);
    }
    assert_true(partial > 50);
}

/* The byte, read so often that each undecided bit shows both ways. */
static uint8_t bits_that_change(struct flash_model *model, uint32_t offset)
{
    uint8_t first;
    uint8_t changed = 0;

    assert_int_equal(model->flash.read(&model->flash, offset, &first, 1), 0);
    for (int i = 0; i < 100; i++) {
        uint8_t next;
        assert_int_equal(model->flash.read(&model->flash, offset, &next, 1), 0);
        changed |= first ^ next;
    }
    return changed;
}

static void undecided_bits_change_until_they_are_programmed_or_erased(void **state)
{
    struct flash_model model;
    uint64_t seed = 0;

    (void)state;
    assert_true(flash_model_open(&model, &inverse, 1));
    model.is_unstable = true;
    do {
        assert_int_equal(erase(&model, 0), 0);
        flash_model_arm(&model, FLASH_CUT_TORN, 1, ++seed);
        assert_int_equal(program(&model, 0, "\x3F", 1), HAL_ERR_IO);
        flash_model_power_on(&model);
    } while (model.undecided[0] == 0);
    assert_int_equal(bits_that_change(&model, 0), model.undecided[0]);
    assert_int_equal(model.undecided[0] & 0xC0, 0); /* Those were not to change. */
    assert_int_equal(program(&model, 0, "\xC0", 1), 0);
    assert_int_not_equal(bits_that_change(&model, 0), 0);
    assert_int_equal(program(&model, 0, "\xFF", 1), 0);
    assert_int_equal(bits_that_change(&model, 0), 0);
    expect_cells(&model, 0, "\xFF", 1);
    flash_model_close(&model);
}

static void a_failed_program_keeps_the_power_and_tears_its_units(void **state)
{
    static const uint8_t zeros[64];
    struct flash_model model;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    flash_model_arm(&model, FLASH_FAULT, 1, 5);
    assert_int_equal(program(&model, 0, zeros, sizeof zeros), HAL_ERR_IO);
    assert_memory_not_equal(model.cells, zeros, sizeof zeros);
    assert_int_equal(program(&model, 0, zeros, sizeof zeros), 0);
    expect_cells(&model, 0, zeros, sizeof zeros);
    flash_model_close(&model);
}

static void stuck_bits_rot_and_wear_are_what_they_are_set_to(void **state)
{
    struct flash_model model;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    flash_model_stick(&model, 5, 0x81, 0x01);
    expect_cells(&model, 4, "\xFF\x7F\xFF\xFF", 4);
    assert_int_equal(program(&model, 4, "\x00\x00\x00\x00", 4), 0);
    expect_cells(&model, 4, "\x00\x01\x00\x00", 4);
    flash_model_rot(&model, 4, 3);
    expect_cells(&model, 4, "\x08\x01\x00\x00", 4);
    assert_int_equal(erase(&model, 256), 0);
    assert_int_equal(erase(&model, 256), 0);
    assert_int_equal(erase(&model, 512), 0);
    assert_int_equal(flash_model_wear(&model), 2);
    assert_int_equal(model.erase_count, 3);
    flash_model_close(&model);
}

static void a_copy_goes_on_like_its_original(void **state)
{
    static const uint8_t zeros[64];
    struct flash_model model;
    struct flash_model copy;

    (void)state;
    assert_true(flash_model_open(&model, &again, 1));
    assert_true(flash_model_open(&copy, &again, 2));
    assert_int_equal(program(&model, 16, "abcd", 4), 0);
    flash_model_arm(&model, FLASH_CUT_TORN, 2, 9);
    assert_int_equal(erase(&model, 256), 0);
    flash_model_copy(&copy, &model);
    assert_int_equal(program(&model, 64, zeros, sizeof zeros), HAL_ERR_IO);
    assert_false(copy.cells[64] != 0xFF);
    assert_int_equal(program(&copy, 64, zeros, sizeof zeros), HAL_ERR_IO);
    assert_memory_equal(copy.cells, model.cells, 2048);
    assert_ptr_equal(copy.flash.context, &copy);
    flash_model_close(&model);
    flash_model_close(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_eight_kinds_and_more_and_spans_what_is_promised),
        cmocka_unit_test(a_program_moves_bits_away_from_the_erased_value_only),
        cmocka_unit_test(what_is_not_whole_units_or_outside_is_refused_untouched),
        cmocka_unit_test(a_unit_is_programmed_once_where_that_is_the_rule),
        cmocka_unit_test(after_a_cut_nothing_answers_until_power_is_back),
        cmocka_unit_test(a_cut_stops_the_device_before_the_call_returns),
        cmocka_unit_test(a_cut_before_an_operation_leaves_no_trace_of_it),
        cmocka_unit_test(a_torn_program_is_a_prefix_a_torn_unit_and_nothing),
        cmocka_unit_test(a_torn_erase_is_a_mix_of_old_and_erased_bits_in_that_sector),
        cmocka_unit_test(undecided_bits_change_until_they_are_programmed_or_erased),
        cmocka_unit_test(a_failed_program_keeps_the_power_and_tears_its_units),
        cmocka_unit_test(stuck_bits_rot_and_wear_are_what_they_are_set_to),
        cmocka_unit_test(a_copy_goes_on_like_its_original),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
