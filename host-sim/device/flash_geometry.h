/* SPDX-License-Identifier: MIT
 * flash_geometry.h -- what a kind of flash is, for the simulated and the file-backed one. */
#ifndef HOST_SIM_DEVICE_FLASH_GEOMETRY_H
#define HOST_SIM_DEVICE_FLASH_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

/* As the fields of struct hal_flash. */
struct flash_geometry {
    const char *name;
    uint32_t region_bytes;
    uint32_t sector_bytes;
    uint32_t program_unit_bytes;
    uint8_t erased_value;
    bool program_again;
};

#endif
