/* SPDX-License-Identifier: MIT
 * mss_uart.c -- the console. Registers: UG0331 (SmartFusion2 MSS user guide), chapter MMUART. */
#include "hal/drivers/mss_uart.h"

#include <stdbool.h>
#include <stddef.h>

#include "hal/drivers/mmio.h"
#include "hal/hal_console.h"

enum {
    UART_RBR_THR = 0x00, /* Receive buffer, transmit holding; the divisor's low byte under DLAB. */
    UART_IER = 0x04,     /* Interrupt enable; the divisor's high byte under DLAB. */
    UART_FCR = 0x08,
    UART_LCR = 0x0C,
    UART_LSR = 0x14,

    IER_RECEIVED = 0x01,
    FCR_ENABLE_AND_CLEAR = 0x07, /* FIFOs on and empty, interrupt from the first byte on. */
    LCR_8N1 = 0x03,
    LCR_DLAB = 0x80,
    LSR_RECEIVED = 0x01,
    LSR_TRANSMIT_EMPTY = 0x20,

    TRANSMIT_FIFO_BYTES = 16,
    /* The FIFO empties in 1.4 ms; so many looks take 70 ms at least. Not by the clock, which stands
     * still in a fault report. */
    TRANSMIT_POLLS_MAX = 1000 * 1000
};

static struct {
    uintptr_t base;
    volatile uint32_t written; /* Bytes ever put in; the interrupt's. */
    volatile uint32_t taken;   /* Bytes ever taken out; the main program's. */
    volatile bool full;        /* The interrupt has turned itself off. */
    bool stalled;              /* The transmitter did not get empty in time. */
    uint8_t ring[MSS_UART_RING_BYTES];
} uart;

void mss_uart_start(uintptr_t base, uint32_t clock_hz, uint32_t baud)
{
    const uint32_t divisor = (clock_hz + 8 * baud) / (16 * baud);

    uart.base = base;
    mmio_write(base + UART_LCR, LCR_DLAB | LCR_8N1);
    mmio_write(base + UART_RBR_THR, divisor & 0xFF);
    mmio_write(base + UART_IER, divisor >> 8);
    mmio_write(base + UART_LCR, LCR_8N1);
    mmio_write(base + UART_FCR, FCR_ENABLE_AND_CLEAR);
    mmio_write(base + UART_IER, IER_RECEIVED);
}

__attribute__((used)) void mss_uart_entry(void)
{
    while (mmio_read(uart.base + UART_LSR) & LSR_RECEIVED) {
        if (uart.written - uart.taken == sizeof uart.ring) {
            uart.full = true;
            mmio_write(uart.base + UART_IER, 0);
            return;
        }
        uart.ring[uart.written % sizeof uart.ring] = (uint8_t)mmio_read(uart.base + UART_RBR_THR);
        uart.written++;
    }
}

int hal_console_read(void)
{
    if (uart.written == uart.taken) {
        return -1;
    }
    const uint32_t at = uart.taken % sizeof uart.ring;
    const int byte = uart.ring[at];

    uart.ring[at] = 0; /* It may have been a secret's. */
    uart.taken++;
    if (uart.full && uart.written - uart.taken <= sizeof uart.ring / 2) {
        uart.full = false;
        mmio_write(uart.base + UART_IER, IER_RECEIVED);
    }
    return byte;
}

/* An emulated UART stands still when nobody reads at the other end. That must not stop a device, so
 * after one wait that was too long there is none until the transmitter moves again. */
static bool transmitter_empty(void)
{
    uint32_t polls = uart.stalled ? 1 : TRANSMIT_POLLS_MAX;

    for (; polls > 0; polls--) {
        if (mmio_read(uart.base + UART_LSR) & LSR_TRANSMIT_EMPTY) {
            uart.stalled = false;
            return true;
        }
    }
    uart.stalled = true;
    return false;
}

void hal_console_write(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (i % TRANSMIT_FIFO_BYTES == 0 && !transmitter_empty()) {
            return;
        }
        mmio_write(uart.base + UART_RBR_THR, (uint8_t)text[i]);
    }
}
