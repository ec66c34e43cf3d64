/* SPDX-License-Identifier: MIT
 * test_s25fl.c -- the NOR driver against a chip made of its data sheet. needs: hal/drivers/s25fl.c
 *
 * The chip here does what the S25FL128S data sheet (001-98283) says: a program command needs a
 * write enable of its own, its address wraps inside the page, bits only go from 1 to 0, an erase
 * sets one sector to FF, and a failed operation stays busy until the status is cleared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hal/drivers/s25fl.h"
#include "hal/hal_clock.h"

enum {
    SECTOR = 64 * 1024,
    PAGE = 256,
    CHIP_BYTES = 4 * SECTOR, /* The part of the 16 MB that the tests use. */
    FIRST = SECTOR, /* The region is not at the chip's start: an offset isn't an address. */
    REGION = 2 * SECTOR,
    NEVER = -1
};

static struct {
    uint8_t memory[CHIP_BYTES];
    uint8_t id[3];
    bool write_enabled;
    bool protected; /* Write enable has no effect. */
    bool stuck;     /* Never gets ready. */
    bool fails;     /* The next program or erase fails. */
    uint8_t error_bits;
    uint32_t busy_reads; /* How many status reads an operation takes. */
    uint32_t busy_left;
    uint32_t programs;
    uint32_t erases;
    uint32_t clears;
    uint32_t longest_transfer;
    int32_t transfers_left; /* The bus stops answering after so many. */
} chip;

static uint64_t now_ms;

uint64_t hal_clock_ms(void)
{
    return now_ms++;
}

static uint8_t chip_status(void)
{
    if (chip.stuck || chip.error_bits || chip.busy_left > 0) {
        chip.busy_left -= chip.busy_left > 0;
        return (uint8_t)(0x01 | chip.error_bits);
    }
    return chip.write_enabled ? 0x02 : 0x00;
}

static bool chip_may_write(uint8_t error_bit)
{
    const bool enabled = chip.write_enabled;

    chip.write_enabled = false;
    chip.busy_left = chip.busy_reads;
    if (chip.fails) {
        chip.error_bits = error_bit;
        return false;
    }
    return enabled;
}

static void chip_program(uint32_t address, const uint8_t *bytes, size_t count)
{
    chip.programs++;
    if (!chip_may_write(0x40)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        chip.memory[(address & ~(uint32_t)(PAGE - 1)) + (address + i) % PAGE] &= bytes[i];
    }
}

static void chip_erase(uint32_t address)
{
    chip.erases++;
    if (chip_may_write(0x20)) {
        memset(chip.memory + address / SECTOR * SECTOR, 0xFF, SECTOR);
    }
}

static void chip_command(const struct spi_transfer *t)
{
    const uint8_t *c = t->command;
    const uint32_t address =
        t->command_bytes == 4 ? (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3] : 0;

    assert_true(address + t->bytes <= CHIP_BYTES || c[0] == 0xD8);
    switch (c[0]) {
    case 0x02:
        chip_program(address, t->out, t->bytes);
        break;
    case 0x03:
        memcpy(t->in, chip.memory + address, t->bytes);
        break;
    case 0x05:
        t->in[0] = chip_status();
        break;
    case 0x06:
        chip.write_enabled = !chip.protected;
        break;
    case 0x30:
        chip.clears++;
        chip.error_bits = 0;
        chip.busy_left = 0;
        break;
    case 0x9F:
        memcpy(t->in, chip.id, sizeof chip.id);
        break;
    case 0xD8:
        chip_erase(address);
        break;
    default:
        fail_msg("command %02x", c[0]);
    }
}

static hal_err_t chip_transfer(const struct spi_bus *bus, const struct spi_transfer *transfer)
{
    (void)bus;
    if (chip.transfers_left == 0) {
        return HAL_ERR_IO;
    }
    chip.transfers_left -= chip.transfers_left > 0;
    if (transfer->bytes > chip.longest_transfer) {
        chip.longest_transfer = (uint32_t)transfer->bytes;
    }
    chip_command(transfer);
    return HAL_OK;
}

static const struct spi_bus bus = { .transfer = chip_transfer };
static struct s25fl nor;

static int fresh_chip(void **state)
{
    static const uint8_t right_id[3] = { 0x01, 0x20, 0x18 };

    (void)state;
    memset(&chip, 0, sizeof chip);
    memset(chip.memory, 0xFF, sizeof chip.memory);
    memcpy(chip.id, right_id, sizeof right_id);
    chip.transfers_left = NEVER;
    chip.busy_reads = 2;
    return s25fl_init(&nor, &bus, FIRST, REGION);
}

static void fill(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(i * 13 + 5);
    }
}

static void the_region_is_described_as_the_chip_is(void **state)
{
    (void)state;
    assert_int_equal(nor.flash.region_bytes, REGION);
    assert_int_equal(nor.flash.sector_bytes, SECTOR);
    assert_int_equal(nor.flash.program_unit_bytes, 1);
    assert_int_equal(nor.flash.erased_value, 0xFF);
    assert_true(nor.flash.program_again);
}

static void a_program_is_split_at_page_ends(void **state)
{
    uint8_t written[3 * PAGE];
    uint8_t seen[sizeof written];

    (void)state;
    fill(written, sizeof written);
    assert_int_equal(nor.flash.program(&nor.flash, PAGE - 6, written, sizeof written), 0);
    assert_int_equal(chip.programs, 4);
    assert_memory_equal(chip.memory + FIRST + PAGE - 6, written, sizeof written);
    assert_int_equal(nor.flash.read(&nor.flash, PAGE - 6, seen, sizeof seen), 0);
    assert_memory_equal(seen, written, sizeof seen);
    assert_int_equal(chip.memory[FIRST + PAGE - 7], 0xFF);
    assert_int_equal(chip.memory[FIRST + 4 * PAGE - 6], 0xFF);
}

static void a_program_of_whole_pages_takes_one_command_each(void **state)
{
    uint8_t written[2 * PAGE];

    (void)state;
    fill(written, sizeof written);
    assert_int_equal(nor.flash.program(&nor.flash, 0, written, sizeof written), 0);
    assert_int_equal(chip.programs, 2);
    assert_memory_equal(chip.memory + FIRST, written, sizeof written);
}

static void a_long_read_is_split_and_joined(void **state)
{
    static uint8_t seen[REGION];

    (void)state;
    fill(chip.memory + FIRST, REGION);
    assert_int_equal(nor.flash.read(&nor.flash, 0, seen, sizeof seen), 0);
    assert_memory_equal(seen, chip.memory + FIRST, sizeof seen);
    assert_true(chip.longest_transfer <= 65535 - 4);
}

static void an_erase_touches_one_sector(void **state)
{
    (void)state;
    memset(chip.memory, 0, sizeof chip.memory);
    assert_int_equal(nor.flash.erase(&nor.flash, SECTOR), 0);
    for (size_t i = 0; i < CHIP_BYTES; i++) {
        assert_int_equal(chip.memory[i], i / SECTOR == 2 ? 0xFF : 0);
    }
}

static void what_is_outside_is_refused_before_anything_is_sent(void **state)
{
    const struct hal_flash *flash = &nor.flash;
    uint8_t bytes[2] = { 0, 0 };

    (void)state;
    chip.transfers_left = 0;
    assert_int_equal(flash->read(flash, REGION - 1, bytes, 2), HAL_ERR_RANGE);
    assert_int_equal(flash->read(flash, REGION + 1, bytes, 0), HAL_ERR_RANGE);
    assert_int_equal(flash->read(flash, UINT32_MAX, bytes, 2), HAL_ERR_RANGE);
    assert_int_equal(flash->read(flash, 1, bytes, SIZE_MAX), HAL_ERR_RANGE);
    assert_int_equal(flash->program(flash, REGION - 1, bytes, 2), HAL_ERR_RANGE);
    assert_int_equal(flash->program(flash, UINT32_MAX, bytes, 1), HAL_ERR_RANGE);
    assert_int_equal(flash->erase(flash, REGION), HAL_ERR_RANGE);
    assert_int_equal(flash->erase(flash, SECTOR - 1), HAL_ERR_RANGE);
    assert_int_equal(flash->erase(flash, 4096), HAL_ERR_RANGE);
}

static void the_ends_of_the_region_are_inside(void **state)
{
    const struct hal_flash *flash = &nor.flash;
    const uint8_t byte = 0x5A;
    uint8_t seen = 0;

    (void)state;
    assert_int_equal(flash->program(flash, REGION - 1, &byte, 1), 0);
    assert_int_equal(flash->read(flash, REGION - 1, &seen, 1), 0);
    assert_int_equal(seen, byte);
    assert_int_equal(chip.memory[FIRST + REGION - 1], byte);
    assert_int_equal(flash->read(flash, REGION, &seen, 0), 0);
}

static void a_wrong_chip_is_never_touched(void **state)
{
    uint8_t byte = 0;

    (void)state;
    for (size_t i = 0; i < sizeof chip.id; i++) {
        (void)fresh_chip(NULL);
        chip.id[i] ^= 0x01;
        assert_int_equal(s25fl_init(&nor, &bus, FIRST, REGION), HAL_ERR_IO);
        assert_int_equal(nor.flash.read(&nor.flash, 0, &byte, 1), HAL_ERR_IO);
        assert_int_equal(nor.flash.program(&nor.flash, 0, &byte, 1), HAL_ERR_IO);
        assert_int_equal(nor.flash.erase(&nor.flash, 0), HAL_ERR_IO);
        assert_int_equal(chip.programs + chip.erases, 0);
    }
}

/* A bus without a chip reads as all ones: every error bit is set, so nobody waits for it. */
static void an_absent_chip_is_noticed_at_once(void **state)
{
    const uint64_t began_ms = now_ms;

    (void)state;
    memset(chip.id, 0xFF, sizeof chip.id);
    chip.stuck = true;
    chip.error_bits = 0xFE;
    assert_int_equal(s25fl_init(&nor, &bus, FIRST, REGION), HAL_ERR_IO);
    assert_true(now_ms - began_ms < 10);
}

static void a_region_that_is_not_whole_sectors_of_the_chip_is_refused(void **state)
{
    (void)state;
    assert_int_equal(s25fl_init(&nor, &bus, 1, REGION), HAL_ERR_RANGE);
    assert_int_equal(s25fl_init(&nor, &bus, 0, REGION - 1), HAL_ERR_RANGE);
    assert_int_equal(s25fl_init(&nor, &bus, 0, SECTOR), HAL_ERR_RANGE);
    assert_int_equal(s25fl_init(&nor, &bus, S25FL_CHIP_BYTES - SECTOR, REGION), HAL_ERR_RANGE);
    assert_int_equal(s25fl_init(&nor, &bus, 0xFFFF0000, REGION), HAL_ERR_RANGE);
}

static void an_erase_that_the_last_life_began_is_waited_for(void **state)
{
    (void)state;
    chip.busy_left = 600;
    assert_int_equal(s25fl_init(&nor, &bus, FIRST, REGION), 0);
    assert_int_equal(chip.busy_left, 0);
}

static void waiting_ends_at_the_data_sheets_limit(void **state)
{
    const uint8_t byte = 0;
    uint64_t began_ms = now_ms;

    (void)state;
    chip.stuck = true;
    chip.write_enabled = true;
    /* A status that is always busy does not show write enable: the call must fail, and soon. */
    assert_int_equal(nor.flash.program(&nor.flash, 0, &byte, 1), HAL_ERR_IO);
    assert_int_equal(nor.flash.erase(&nor.flash, 0), HAL_ERR_IO);
    assert_int_equal(chip.programs + chip.erases, 0);

    chip.stuck = false;
    chip.busy_reads = UINT32_MAX;
    began_ms = now_ms;
    assert_int_equal(nor.flash.program(&nor.flash, 0, &byte, 1), HAL_ERR_IO);
    assert_true(now_ms - began_ms < 20);
    chip.busy_left = 0;
    began_ms = now_ms;
    assert_int_equal(nor.flash.erase(&nor.flash, 0), HAL_ERR_IO);
    assert_true(now_ms - began_ms > 650 && now_ms - began_ms < 3000);
}

static void an_erase_may_take_the_time_it_needs(void **state)
{
    (void)state;
    chip.busy_reads = 650;
    memset(chip.memory, 0, sizeof chip.memory);
    assert_int_equal(nor.flash.erase(&nor.flash, 0), 0);
    assert_int_equal(chip.busy_left, 0);
}

static void a_protected_chip_is_an_error(void **state)
{
    const uint8_t byte = 0;

    (void)state;
    chip.protected = true;
    assert_int_equal(nor.flash.program(&nor.flash, 0, &byte, 1), HAL_ERR_IO);
    assert_int_equal(nor.flash.erase(&nor.flash, 0), HAL_ERR_IO);
    assert_int_equal(chip.memory[FIRST], 0xFF);
}

static void a_failed_operation_is_reported_and_cleared(void **state)
{
    uint8_t byte = 0;

    (void)state;
    chip.fails = true;
    assert_int_equal(nor.flash.program(&nor.flash, 0, &byte, 1), HAL_ERR_IO);
    assert_int_equal(chip.clears, 1);
    assert_int_equal(nor.flash.erase(&nor.flash, 0), HAL_ERR_IO);
    assert_int_equal(chip.clears, 2);
    chip.fails = false;
    assert_int_equal(nor.flash.program(&nor.flash, 0, &byte, 1), 0);
    assert_int_equal(chip.memory[FIRST], 0);
}

/* Let the bus die after every possible number of transactions: never a success, never a hang. */
static void a_bus_that_dies_is_an_error_wherever_it_dies(void **state)
{
    uint8_t bytes[2 * PAGE] = { 0 };
    int32_t lives = 0;
    hal_err_t err;

    (void)state;
    do {
        (void)fresh_chip(NULL);
        chip.transfers_left = lives++;
        err = nor.flash.erase(&nor.flash, 0);
        err = err ? err : nor.flash.program(&nor.flash, 0, bytes, sizeof bytes);
        err = err ? err : nor.flash.read(&nor.flash, 0, bytes, sizeof bytes);
        assert_true(err == 0 || err == HAL_ERR_IO);
    } while (err);
    /* Erase 6 (enable, status, erase, 3 x status), 2 pages of 6, read 1. */
    assert_int_equal(lives - 1, 6 + 2 * 6 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_region_is_described_as_the_chip_is, fresh_chip),
        cmocka_unit_test_setup(a_program_is_split_at_page_ends, fresh_chip),
        cmocka_unit_test_setup(a_program_of_whole_pages_takes_one_command_each, fresh_chip),
        cmocka_unit_test_setup(a_long_read_is_split_and_joined, fresh_chip),
        cmocka_unit_test_setup(an_erase_touches_one_sector, fresh_chip),
        cmocka_unit_test_setup(what_is_outside_is_refused_before_anything_is_sent, fresh_chip),
        cmocka_unit_test_setup(the_ends_of_the_region_are_inside, fresh_chip),
        cmocka_unit_test_setup(a_wrong_chip_is_never_touched, fresh_chip),
        cmocka_unit_test_setup(an_absent_chip_is_noticed_at_once, fresh_chip),
        cmocka_unit_test_setup(a_region_that_is_not_whole_sectors_of_the_chip_is_refused,
                               fresh_chip),
        cmocka_unit_test_setup(an_erase_that_the_last_life_began_is_waited_for, fresh_chip),
        cmocka_unit_test_setup(waiting_ends_at_the_data_sheets_limit, fresh_chip),
        cmocka_unit_test_setup(an_erase_may_take_the_time_it_needs, fresh_chip),
        cmocka_unit_test_setup(a_protected_chip_is_an_error, fresh_chip),
        cmocka_unit_test_setup(a_failed_operation_is_reported_and_cleared, fresh_chip),
        cmocka_unit_test_setup(a_bus_that_dies_is_an_error_wherever_it_dies, fresh_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
