/* SPDX-License-Identifier: MIT
 * spi_bus.h -- what a chip on a serial bus needs from the bus, as a struct, so that tests can be
 * the chip. */
#ifndef HAL_DRIVERS_SPI_BUS_H
#define HAL_DRIVERS_SPI_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

/* One transaction, with the chip selected from its first byte to its last: the command goes out,
 * then `bytes` more are exchanged. Buffers are the caller's. */
struct spi_transfer {
    const uint8_t *command;
    size_t command_bytes;
    const uint8_t *out; /* NULL sends 0xFF. */
    uint8_t *in;        /* NULL drops what comes back. */
    size_t bytes;
};

struct spi_bus {
    /* Run one transaction. Blocks for its time on the wire. Not for ISRs.
     * 0; HAL_ERR_RANGE (longer than the bus can keep the chip selected; nothing was sent);
     * HAL_ERR_IO (the controller stopped answering). */
    hal_err_t (*transfer)(const struct spi_bus *bus, const struct spi_transfer *transfer);

    void *context; /* The implementation's own. */
};

#endif
