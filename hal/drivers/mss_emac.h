/* SPDX-License-Identifier: MIT
 * mss_emac.h -- hal_netif on the Ethernet MAC of the SmartFusion2, polled, with DMA descriptors. */
#ifndef HAL_DRIVERS_MSS_EMAC_H
#define HAL_DRIVERS_MSS_EMAC_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal_netif.h"

enum {
    /* RAM is what this chip has least of, and a buffer is 1.5 KB. Three take in a full TCP
     * window of two segments and one stranger (ARP, say) while the main loop signs for 50 ms;
     * whoever sets the window above two segments must add buffers, or frames are dropped and
     * sent again late. */
    MSS_EMAC_RECEIVE_COUNT = 3,
    /* One on the wire and one being written. */
    MSS_EMAC_TRANSMIT_COUNT = 2,
    /* 1514 bytes, the FCS that silicon may deliver, rounded up to a multiple of 512. */
    MSS_EMAC_BUFFER_BYTES = 1536
};

/* As the DMA reads it; the addresses are the bus's. */
struct mss_emac_descriptor {
    volatile uint32_t buffer;
    volatile uint32_t size; /* Bit 31: empty; bits 0 to 10: length. */
    volatile uint32_t next;
};

struct mss_emac {
    struct hal_netif netif; /* What to hand out. */
    uintptr_t base;
    uint32_t phy;
    uint32_t receive_next;  /* The descriptor that the next frame will be in. */
    uint32_t transmit_next; /* The descriptor that the next frame will be sent with. */
    struct mss_emac_descriptor receive[MSS_EMAC_RECEIVE_COUNT];
    struct mss_emac_descriptor transmit[MSS_EMAC_TRANSMIT_COUNT];
    uint8_t receive_buffers[MSS_EMAC_RECEIVE_COUNT][MSS_EMAC_BUFFER_BYTES];
    uint8_t transmit_buffers[MSS_EMAC_TRANSMIT_COUNT][MSS_EMAC_BUFFER_BYTES];
};

/* Fill `emac` for the MAC at `base` with its PHY at MDIO address `phy`. Touches no register (start
 * does). `emac` must be static, in memory that the DMA reaches. */
void mss_emac_init(struct mss_emac *emac, uintptr_t base, uint32_t phy);

#endif
