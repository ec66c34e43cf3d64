/* SPDX-License-Identifier: MIT
 * s25fl.c -- read, page program and sector erase of an S25FL128S.
 *
 * A failed program or erase leaves the chip busy with P_ERR or E_ERR set until the status is
 * cleared (data sheet 9.3.1), so those bits are looked at before the busy bit. */
#include "hal/drivers/s25fl.h"

#include <string.h>

#include "hal/hal_clock.h"

enum {
    CMD_PAGE_PROGRAM = 0x02,
    CMD_READ = 0x03,
    CMD_READ_STATUS = 0x05,
    CMD_WRITE_ENABLE = 0x06,
    CMD_CLEAR_STATUS = 0x30,
    CMD_READ_ID = 0x9F,
    CMD_SECTOR_ERASE = 0xD8,

    STATUS_BUSY = 0x01,
    STATUS_WRITE_ENABLED = 0x02,
    STATUS_ERASE_FAILED = 0x20,
    STATUS_PROGRAM_FAILED = 0x40,

    ADDRESS_BYTES_MAX = 3,
    READ_BYTES_MAX = 32 * 1024, /* Within what any bus can keep selected. */

    /* The data sheet's limits (11.3) are 0.75 ms and 650 ms. Four times that means a broken chip,
     * and a clock of whole milliseconds may be one short. */
    PROGRAM_LIMIT_MS = 4,
    ERASE_LIMIT_MS = 2600
};

static const uint8_t jedec_id[S25FL_JEDEC_ID_BYTES] = { 0x01, 0x20, 0x18 };

static hal_err_t read_register(const struct s25fl *chip, uint8_t command, uint8_t *in, size_t bytes)
{
    const struct spi_transfer transfer = {
        .command = &command,
        .command_bytes = 1,
        .in = in,
        .bytes = bytes,
    };
    return chip->bus->transfer(chip->bus, &transfer) ? HAL_ERR_IO : HAL_OK;
}

static hal_err_t send_command(const struct s25fl *chip, uint8_t command)
{
    return read_register(chip, command, NULL, 0);
}

/* One transaction at a place in the region, `rest` giving what follows the address. */
static hal_err_t send_at(const struct s25fl *chip, uint8_t command, uint32_t offset,
                         struct spi_transfer rest)
{
    const uint32_t address = chip->first + offset;
    const uint8_t head[1 + ADDRESS_BYTES_MAX] = {
        command,
        (uint8_t)(address >> 16),
        (uint8_t)(address >> 8),
        (uint8_t)address,
    };

    rest.command = head;
    rest.command_bytes = sizeof head;
    return chip->bus->transfer(chip->bus, &rest) ? HAL_ERR_IO : HAL_OK;
}

static hal_err_t write_enable(const struct s25fl *chip)
{
    uint8_t status;

    if (send_command(chip, CMD_WRITE_ENABLE) ||
        read_register(chip, CMD_READ_STATUS, &status, sizeof status)) {
        return HAL_ERR_IO;
    }
    return (status & STATUS_WRITE_ENABLED) ? HAL_OK : HAL_ERR_IO;
}

/* Wait for the end of a program or erase. The status is read once more after the time is up,
 * because it may be we who were late. */
static hal_err_t wait_ready(const struct s25fl *chip, uint32_t limit_ms)
{
    const uint64_t began_ms = hal_clock_ms();

    for (;;) {
        const bool late = hal_clock_ms() - began_ms > limit_ms;
        uint8_t status;

        if (read_register(chip, CMD_READ_STATUS, &status, sizeof status)) {
            return HAL_ERR_IO;
        }
        if (status & (STATUS_ERASE_FAILED | STATUS_PROGRAM_FAILED)) {
            (void)send_command(chip, CMD_CLEAR_STATUS);
            return HAL_ERR_IO;
        }
        if (!(status & STATUS_BUSY)) {
            return HAL_OK;
        }
        if (late) {
            return HAL_ERR_IO;
        }
    }
}

static bool outside_region(const struct hal_flash *flash, uint32_t offset, size_t bytes)
{
    return offset > flash->region_bytes || bytes > flash->region_bytes - offset;
}

static hal_err_t read_bytes(const struct hal_flash *flash, uint32_t offset, void *out, size_t bytes)
{
    const struct s25fl *chip = flash->context;
    uint8_t *to = out;

    if (outside_region(flash, offset, bytes)) {
        return HAL_ERR_RANGE;
    }
    if (!chip->present) {
        return HAL_ERR_IO;
    }
    while (bytes > 0) {
        const size_t piece = bytes < READ_BYTES_MAX ? bytes : READ_BYTES_MAX;

        if (send_at(chip, CMD_READ, offset, (struct spi_transfer){ .in = to, .bytes = piece })) {
            return HAL_ERR_IO;
        }
        to += piece;
        offset += (uint32_t)piece;
        bytes -= piece;
    }
    return HAL_OK;
}

static hal_err_t program_page(const struct s25fl *chip, uint32_t offset, const uint8_t *in,
                              size_t bytes)
{
    if (write_enable(chip) || send_at(chip, CMD_PAGE_PROGRAM, offset,
                                      (struct spi_transfer){ .out = in, .bytes = bytes })) {
        return HAL_ERR_IO;
    }
    return wait_ready(chip, PROGRAM_LIMIT_MS);
}

/* Inside one command the chip's address wraps at the end of a page, so none may cross it. */
static hal_err_t program_bytes(const struct hal_flash *flash, uint32_t offset, const void *in,
                               size_t bytes)
{
    const struct s25fl *chip = flash->context;
    const uint8_t *from = in;

    if (outside_region(flash, offset, bytes)) {
        return HAL_ERR_RANGE;
    }
    if (!chip->present) {
        return HAL_ERR_IO;
    }
    while (bytes > 0) {
        const size_t room = S25FL_PAGE_BYTES - offset % S25FL_PAGE_BYTES;
        const size_t piece = bytes < room ? bytes : room;

        if (program_page(chip, offset, from, piece)) {
            return HAL_ERR_IO;
        }
        from += piece;
        offset += (uint32_t)piece;
        bytes -= piece;
    }
    return HAL_OK;
}

static hal_err_t erase_sector(const struct hal_flash *flash, uint32_t offset)
{
    const struct s25fl *chip = flash->context;

    if (offset % S25FL_SECTOR_BYTES != 0 || outside_region(flash, offset, S25FL_SECTOR_BYTES)) {
        return HAL_ERR_RANGE;
    }
    if (!chip->present || write_enable(chip) ||
        send_at(chip, CMD_SECTOR_ERASE, offset, (struct spi_transfer){ .bytes = 0 })) {
        return HAL_ERR_IO;
    }
    return wait_ready(chip, ERASE_LIMIT_MS);
}

hal_err_t s25fl_read_id(const struct s25fl *chip, uint8_t id[S25FL_JEDEC_ID_BYTES])
{
    return read_register(chip, CMD_READ_ID, id, S25FL_JEDEC_ID_BYTES);
}

hal_err_t s25fl_init(struct s25fl *chip, const struct spi_bus *bus, uint32_t first,
                     uint32_t region_bytes)
{
    *chip = (struct s25fl){
        .flash = {
            .region_bytes = region_bytes,
            .sector_bytes = S25FL_SECTOR_BYTES,
            .program_unit_bytes = 1,
            .erased_value = 0xFF,
            .program_again = true,
            .read = read_bytes,
            .program = program_bytes,
            .erase = erase_sector,
            .context = chip,
        },
        .bus = bus,
        .first = first,
    };
    if (first % S25FL_SECTOR_BYTES != 0 || region_bytes % S25FL_SECTOR_BYTES != 0 ||
        region_bytes < 2 * S25FL_SECTOR_BYTES || first > S25FL_CHIP_BYTES ||
        region_bytes > S25FL_CHIP_BYTES - first) {
        return HAL_ERR_RANGE;
    }
    uint8_t id[S25FL_JEDEC_ID_BYTES];

    /* A reset does not end an erase that the last life began, and a busy chip has no name. */
    (void)wait_ready(chip, ERASE_LIMIT_MS);
    chip->present = !s25fl_read_id(chip, id) && memcmp(id, jedec_id, sizeof id) == 0;
    return chip->present ? HAL_OK : HAL_ERR_IO;
}
