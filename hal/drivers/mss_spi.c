/* SPDX-License-Identifier: MIT
 * mss_spi.c -- SPI transactions, polled. Registers: UG0331, chapter Serial Peripheral Interface. */
#include "hal/drivers/mss_spi.h"

#include <stdbool.h>

#include "hal/drivers/mmio.h"

enum {
    SPI_CONTROL = 0x00,
    SPI_DFSIZE = 0x04,
    SPI_STATUS = 0x08,
    SPI_RX = 0x10,
    SPI_TX = 0x14,
    SPI_CLKGEN = 0x18,
    SPI_SS = 0x1C,

    STATUS_RX_EMPTY = 1 << 6,

    FIFO_FRAMES = 32,
    /* One frame takes 0.25 us on the wire; this many looks at the status are above 100 us. */
    FRAME_POLLS_MAX = 10000
};

#define CONTROL_ENABLE      (1u << 0)
#define CONTROL_MASTER      (1u << 1)
#define CONTROL_COUNT_SHIFT 8
#define CONTROL_KEEP_SELECT (1u << 26) /* SPS: selected until the frame count is used up. */
#define CONTROL_BIG_FIFO    (1u << 29)

static void drop_received(uintptr_t base)
{
    for (size_t i = 0; i < FIFO_FRAMES; i++) {
        if (mmio_read(base + SPI_STATUS) & STATUS_RX_EMPTY) {
            return;
        }
        (void)mmio_read(base + SPI_RX);
    }
}

/* The frame size takes effect only while the controller is off. */
static void begin(uintptr_t base, size_t frames)
{
    const uint32_t control = CONTROL_BIG_FIFO | CONTROL_KEEP_SELECT | CONTROL_MASTER |
                             (uint32_t)frames << CONTROL_COUNT_SHIFT;

    mmio_write(base + SPI_CONTROL, control);
    mmio_write(base + SPI_DFSIZE, 8);
    mmio_write(base + SPI_CLKGEN, 0);
    mmio_write(base + SPI_SS, 1);
    drop_received(base);
    mmio_write(base + SPI_CONTROL, control | CONTROL_ENABLE);
}

static bool received_in_time(uintptr_t base)
{
    for (uint32_t poll = 0; poll < FRAME_POLLS_MAX; poll++) {
        if (!(mmio_read(base + SPI_STATUS) & STATUS_RX_EMPTY)) {
            return true;
        }
    }
    return false;
}

/* At most as many frames as the FIFO holds: what is not read in time would be lost. Where nothing
 * is to be sent or kept, the one byte that stands for it is used over and over: two short loops
 * without a choice in them, because every byte of flash comes through here. */
static hal_err_t exchange_block(uintptr_t base, const uint8_t *out, uint8_t *in, size_t frames)
{
    const uint8_t filler = 0xFF;
    const uint8_t *from = out ? out : &filler;
    const size_t from_step = out ? 1 : 0;
    uint8_t dropped;
    uint8_t *to = in ? in : &dropped;
    const size_t to_step = in ? 1 : 0;

    for (size_t left = frames; left > 0; left--) {
        mmio_write(base + SPI_TX, *from);
        from += from_step;
    }
    for (size_t left = frames; left > 0; left--) {
        if ((mmio_read(base + SPI_STATUS) & STATUS_RX_EMPTY) && !received_in_time(base)) {
            return HAL_ERR_IO;
        }
        *to = (uint8_t)mmio_read(base + SPI_RX);
        to += to_step;
    }
    return HAL_OK;
}

static hal_err_t exchange(uintptr_t base, const uint8_t *out, uint8_t *in, size_t bytes)
{
    while (bytes > 0) {
        const size_t frames = bytes < FIFO_FRAMES ? bytes : FIFO_FRAMES;

        if (exchange_block(base, out, in, frames)) {
            return HAL_ERR_IO;
        }
        out = out ? out + frames : NULL;
        in = in ? in + frames : NULL;
        bytes -= frames;
    }
    return HAL_OK;
}

static hal_err_t transfer_frames(const struct spi_bus *bus, const struct spi_transfer *transfer)
{
    const struct mss_spi *spi = bus->context;
    const size_t frames = transfer->command_bytes + transfer->bytes;

    if (frames == 0 || frames > MSS_SPI_TRANSFER_BYTES_MAX) {
        return HAL_ERR_RANGE;
    }
    begin(spi->base, frames);

    hal_err_t err = exchange(spi->base, transfer->command, NULL, transfer->command_bytes);

    if (!err) {
        err = exchange(spi->base, transfer->out, transfer->in, transfer->bytes);
    }
    return err;
}

void mss_spi_init(struct mss_spi *spi, uintptr_t base)
{
    *spi = (struct mss_spi){
        .bus = { .transfer = transfer_frames, .context = spi },
        .base = base,
    };
}
