/* SPDX-License-Identifier: MIT
 * mss_spi.h -- spi_bus on an MSS SPI controller of the SmartFusion2, as master of chip 0. */
#ifndef HAL_DRIVERS_MSS_SPI_H
#define HAL_DRIVERS_MSS_SPI_H

#include "hal/drivers/spi_bus.h"

enum {
    /* The frame counter has 16 bits, and the controller selects the chip while it runs. */
    MSS_SPI_TRANSFER_BYTES_MAX = 65535
};

struct mss_spi {
    struct spi_bus bus; /* What to hand to the chip's driver. */
    uintptr_t base;
};

/* Fill `spi` for the controller at `base`: 8-bit frames, mode 0, half the peripheral clock. */
void mss_spi_init(struct mss_spi *spi, uintptr_t base);

#endif
