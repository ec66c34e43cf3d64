/* SPDX-License-Identifier: MIT
 * s25fl.h -- hal_flash on a Spansion/Cypress S25FL128S serial NOR flash with 64 KB sectors.
 * Source: S25FL128S/S25FL256S data sheet 001-98283, sections 9.2 (identification), 9.3 (registers),
 * 9.5 (program), 9.6 (erase) and 11.3 (program and erase times). */
#ifndef HAL_DRIVERS_S25FL_H
#define HAL_DRIVERS_S25FL_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/drivers/spi_bus.h"
#include "hal/hal_flash.h"

enum {
    S25FL_CHIP_BYTES = 16 * 1024 * 1024,
    S25FL_SECTOR_BYTES = 64 * 1024,
    S25FL_PAGE_BYTES = 256,
    S25FL_JEDEC_ID_BYTES = 3
};

struct s25fl {
    struct hal_flash flash; /* What to hand out. */
    const struct spi_bus *bus;
    uint32_t first; /* The chip's address of the region's offset 0. */
    bool present;   /* The identification was right when the chip was last asked for it. */
};

/* Fill `chip` for the region of `region_bytes` bytes from address `first` on (both whole sectors
 * inside the chip, at least two of them) and ask for the JEDEC identification. Where the answer
 * is not 01 20 18, every call of `chip->flash` gives HAL_ERR_IO. Blocks for two short
 * transactions, or up to an erase's 2.6 s where the last life left one running; hal_clock must
 * run. `bus` must outlive `chip`. 0; HAL_ERR_RANGE; HAL_ERR_IO (wrong or no chip). */
hal_err_t s25fl_init(struct s25fl *chip, const struct spi_bus *bus, uint32_t first,
                     uint32_t region_bytes);

/* What the chip answers to the identification command (RDID, 9Fh): manufacturer, type, capacity.
 * Blocks for one short transaction. Not for ISRs. 0; HAL_ERR_IO. */
hal_err_t s25fl_read_id(const struct s25fl *chip, uint8_t id[S25FL_JEDEC_ID_BYTES]);

#endif
