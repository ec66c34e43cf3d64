/* SPDX-License-Identifier: MIT
 * memory_flash.h -- a copy of a flash image that the store may write to, for inspect_flash.c
 * alone: the file itself never changes. */
#ifndef HOST_SIM_INSPECT_MEMORY_FLASH_H
#define HOST_SIM_INSPECT_MEMORY_FLASH_H

#include "hal/hal_flash.h"
#include "host-sim/device/flash_geometry.h"

struct memory_flash {
    struct hal_flash flash;
    uint8_t *cells; /* Borrowed; geometry.region_bytes. */
};

/* A flash of this geometry whose cells are `cells`. Must not be moved while it is in use. */
void memory_flash_open(struct memory_flash *memory, const struct flash_geometry *geometry,
                       uint8_t *cells);

#endif
