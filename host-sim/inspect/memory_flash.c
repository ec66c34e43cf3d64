/* SPDX-License-Identifier: MIT
 * memory_flash.c -- flash that is memory. */
#include "host-sim/inspect/memory_flash.h"

#include <string.h>

static bool is_outside(const struct hal_flash *flash, uint32_t offset, size_t bytes)
{
    return offset > flash->region_bytes || bytes > flash->region_bytes - offset;
}

static hal_err_t memory_read(const struct hal_flash *flash, uint32_t offset, void *out,
                             size_t bytes)
{
    const struct memory_flash *memory = flash->context;

    if (is_outside(flash, offset, bytes)) {
        return HAL_ERR_RANGE;
    }
    memcpy(out, memory->cells + offset, bytes);
    return 0;
}

static hal_err_t memory_program(const struct hal_flash *flash, uint32_t offset, const void *in,
                                size_t bytes)
{
    const struct memory_flash *memory = flash->context;
    const uint8_t *from = in;

    if (is_outside(flash, offset, bytes) || offset % flash->program_unit_bytes != 0 ||
        bytes % flash->program_unit_bytes != 0) {
        return HAL_ERR_RANGE;
    }
    for (size_t i = 0; i < bytes; i++) {
        uint8_t *cell = &memory->cells[offset + i];
        if (!flash->program_again && *cell != flash->erased_value) {
            return HAL_ERR_IO;
        }
        *cell = flash->erased_value == 0xFF ? *cell & from[i] : *cell | from[i];
    }
    return 0;
}

static hal_err_t memory_erase(const struct hal_flash *flash, uint32_t offset)
{
    const struct memory_flash *memory = flash->context;

    if (offset >= flash->region_bytes || offset % flash->sector_bytes != 0) {
        return HAL_ERR_RANGE;
    }
    memset(memory->cells + offset, flash->erased_value, flash->sector_bytes);
    return 0;
}

void memory_flash_open(struct memory_flash *memory, const struct flash_geometry *geometry,
                       uint8_t *cells)
{
    memory->cells = cells;
    memory->flash = (struct hal_flash){
        .region_bytes = geometry->region_bytes,
        .sector_bytes = geometry->sector_bytes,
        .program_unit_bytes = geometry->program_unit_bytes,
        .erased_value = geometry->erased_value,
        .program_again = geometry->program_again,
        .read = memory_read,
        .program = memory_program,
        .erase = memory_erase,
        .context = memory,
    };
}
