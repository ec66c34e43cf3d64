/* SPDX-License-Identifier: MIT
 * hal_flash.h -- the flash that holds the identity, as a struct, so that tests can wrap it.
 *
 * One `struct hal_flash` is one region, used for nothing else. Offsets are bytes from its start.
 * All functions block; none may be called from an interrupt. Nobody else touches the part while
 * a call runs. Buffers belong to the caller and are not kept. */
#ifndef HAL_HAL_FLASH_H
#define HAL_HAL_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

enum {
    HAL_FLASH_PROGRAM_UNIT_BYTES_MAX = 32,
    HAL_FLASH_SECTOR_BYTES_MAX = 128 * 1024
};

struct hal_flash {
    uint32_t region_bytes; /* Whole sectors; at least two. */

    /* Smallest erasable piece: 256 to 131072, a multiple of the program unit. */
    uint32_t sector_bytes;

    uint32_t program_unit_bytes; /* Smallest programmable piece: 1, 2, 4, 8, 16 or 32. */
    uint8_t erased_value;        /* What every byte of an erased sector reads as: 0xFF or 0x00. */

    /* A programmed unit may be programmed again, bits only moving away from the erased value (plain
     * NOR). Where false (ECC flash) a unit is programmed once per erase. */
    bool program_again;

    /* Read `bytes` bytes at `offset`; any alignment. Bounded by the bus: 1 ms per 4 KB on SPI.
     * 0; HAL_ERR_RANGE; HAL_ERR_IO. Cells torn by a power loss may read differently each time. */
    hal_err_t (*read)(const struct hal_flash *flash, uint32_t offset, void *out, size_t bytes);

    /* Program `bytes` bytes at `offset`; both are multiples of the program unit, and the units
     * are erased (or `program_again` holds). Splits at the part's own pages. Bounded: 1 ms per
     * 256 bytes on NOR. 0 says the part reported success, not that the cells hold it: read back.
     * HAL_ERR_RANGE: nothing was touched. HAL_ERR_IO: the units may hold anything. A power loss
     * leaves any prefix of the units programmed, and any subset of the bits of one of them. */
    hal_err_t (*program)(const struct hal_flash *flash, uint32_t offset, const void *in,
                         size_t bytes);

    /* Erase the sector that starts at `offset` (a multiple of the sector size). Bounded by the
     * part's data sheet, 3 s at most on NOR; feed the watchdog before. 0; HAL_ERR_RANGE;
     * HAL_ERR_IO: the sector may hold anything. A power loss leaves the sector with any mix of
     * old and erased bits. */
    hal_err_t (*erase)(const struct hal_flash *flash, uint32_t offset);

    void *context; /* The implementation's own. */
};

#endif
