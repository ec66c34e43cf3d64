/* SPDX-License-Identifier: MIT
 * mss_uart.h -- hal_console on an MMUART of the SmartFusion2 (a 16550, registers 4 bytes apart).
 *
 * Received bytes are put away by the interrupt, because a line arrives at once while the main loop
 * may be inside a public-key operation for 50 ms. When the ring is full the interrupt is turned off
 * and the rest stays in the UART's own 16-byte FIFO: an emulator then holds the sender back, while
 * silicon, having no flow control on this port, loses what comes after those 16. */
#ifndef HAL_DRIVERS_MSS_UART_H
#define HAL_DRIVERS_MSS_UART_H

#include <stdint.h>

enum {
    /* Two console lines of the usual 256 characters, or 44 ms at 115200 baud. A power of two. */
    MSS_UART_RING_BYTES = 512
};

/* Set up 8N1 at `baud` on the UART at `base`, clocked with `clock_hz`, and start to receive. The
 * caller routes the UART's interrupt to mss_uart_entry and enables it. Does not block. */
void mss_uart_start(uintptr_t base, uint32_t clock_hz, uint32_t baud);

/* The vector table's entry for the UART. */
void mss_uart_entry(void);

#endif
