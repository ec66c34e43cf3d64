/* SPDX-License-Identifier: MIT
 * mss_emac.c -- Ethernet frames in and out. Registers and descriptors: UG0331, chapter Ethernet
 * MAC; the PHY's: IEEE 802.3 clause 22.
 *
 * The descriptors form two rings. In a receive ring EMPTY means "the hardware's", in a transmit
 * ring "ours". The DMA stops at the first descriptor that isn't its own, and is started again
 * from here: there is no interrupt. */
#include "hal/drivers/mss_emac.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "hal/drivers/mmio.h"

enum {
    EMAC_CFG1 = 0x000,
    EMAC_CFG2 = 0x004,
    EMAC_MAX_FRAME_LENGTH = 0x010,
    EMAC_MII_CMD = 0x024,
    EMAC_MII_ADDR = 0x028,
    EMAC_MII_STS = 0x030,
    EMAC_MII_INDICATORS = 0x034,
    EMAC_STA1 = 0x040,
    EMAC_STA2 = 0x044,
    EMAC_FIFO_CFG0 = 0x048,
    EMAC_FIFO_CFG4 = 0x058,
    EMAC_FIFO_CFG5 = 0x05C,
    EMAC_DMA_TX_CTL = 0x180,
    EMAC_DMA_TX_DESC = 0x184,
    EMAC_DMA_TX_STATUS = 0x188,
    EMAC_DMA_RX_CTL = 0x18C,
    EMAC_DMA_RX_DESC = 0x190,
    EMAC_DMA_RX_STATUS = 0x194,
    EMAC_DMA_IRQ_MASK = 0x198,

    CFG1_TX_ENABLE = 0x1,
    CFG1_RX_ENABLE = 0x4,
    CFG2_FULL_DUPLEX = 0x1,
    CFG2_PAD_AND_CRC = 0x4,
    CFG2_NIBBLES = 0x100, /* 10 and 100 Mbit/s. */
    CFG2_PREAMBLE_7 = 0x7000,
    MII_READ = 0x1,
    MII_BUSY = 0x1,
    FIFO_ALL_REQUESTS = 0x1F << 8,
    FIFO_ALL_REPLIES = 0x1F << 16,
    FIFO_MULTICAST = 0x100,
    DMA_ENABLE = 0x1,
    TX_UNDERRUN = 0x2,
    RX_RECEIVED = 0x1,
    RX_OVERFLOW = 0x4,

    PHY_STATUS = 1,
    PHY_STATUS_LINK = 0x0004,
    PHY_ID1 = 2,

    LENGTH_MASK = 0x7FF,
    FRAME_HEADER_BYTES = 14,
    FRAME_SENT_BYTES_MIN = 60,
    FRAME_FCS_BYTES = 4,
    POLLS_MAX = 100000 /* MDIO takes 64 bits at 2.5 MHz, 26 us; the FIFOs answer at once. */
};

#define EMPTY 0x80000000u

static struct mss_emac *emac_of(const struct hal_netif *netif)
{
    return netif->context;
}

static hal_err_t wait_for(uintptr_t address, uint32_t mask, uint32_t wanted)
{
    for (uint32_t poll = 0; poll < POLLS_MAX; poll++) {
        if ((mmio_read(address) & mask) == wanted) {
            return HAL_OK;
        }
    }
    return HAL_ERR_IO;
}

static hal_err_t phy_read(const struct mss_emac *emac, uint32_t reg, uint32_t *value)
{
    mmio_write(emac->base + EMAC_MII_ADDR, emac->phy << 8 | reg);
    mmio_write(emac->base + EMAC_MII_CMD, 0);
    mmio_write(emac->base + EMAC_MII_CMD, MII_READ);
    if (wait_for(emac->base + EMAC_MII_INDICATORS, MII_BUSY, 0)) {
        return HAL_ERR_IO;
    }
    *value = mmio_read(emac->base + EMAC_MII_STS);
    return HAL_OK;
}

static uint32_t bus_address(const volatile void *at)
{
    return (uint32_t)(uintptr_t)at;
}

static void fill_rings(struct mss_emac *emac)
{
    for (uint32_t i = 0; i < MSS_EMAC_RECEIVE_COUNT; i++) {
        emac->receive[i].buffer = bus_address(emac->receive_buffers[i]);
        emac->receive[i].size = EMPTY;
        emac->receive[i].next = bus_address(&emac->receive[(i + 1) % MSS_EMAC_RECEIVE_COUNT]);
    }
    for (uint32_t i = 0; i < MSS_EMAC_TRANSMIT_COUNT; i++) {
        emac->transmit[i].buffer = bus_address(emac->transmit_buffers[i]);
        emac->transmit[i].size = EMPTY;
        emac->transmit[i].next = bus_address(&emac->transmit[(i + 1) % MSS_EMAC_TRANSMIT_COUNT]);
    }
    emac->receive_next = 0;
    emac->transmit_next = 0;
}

static void set_address(uintptr_t base, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    mmio_write(base + EMAC_STA1,
               (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3]);
    mmio_write(base + EMAC_STA2, (uint32_t)mac[4] << 24 | (uint32_t)mac[5] << 16);
}

/* Multicast is dropped: nothing on an IPv4 underlay needs it, and a chatty network would fill the
 * few buffers with it. */
static void drop_multicast(uintptr_t base)
{
    mmio_write(base + EMAC_FIFO_CFG4, FIFO_MULTICAST);
    mmio_write(base + EMAC_FIFO_CFG5, mmio_read(base + EMAC_FIFO_CFG5) & ~(uint32_t)FIFO_MULTICAST);
}

/* Point the DMA at the descriptor that the next frame goes to, and let it run. */
static void receive_restart(const struct mss_emac *emac)
{
    atomic_thread_fence(memory_order_seq_cst);
    mmio_write(emac->base + EMAC_DMA_RX_STATUS, RX_OVERFLOW);
    mmio_write(emac->base + EMAC_DMA_RX_DESC, bus_address(&emac->receive[emac->receive_next]));
    mmio_write(emac->base + EMAC_DMA_RX_CTL, DMA_ENABLE);
}

static hal_err_t start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    struct mss_emac *emac = emac_of(netif);
    uint32_t id = 0;

    mmio_write(emac->base + EMAC_CFG1, 0); /* Out of reset. */
    if (phy_read(emac, PHY_ID1, &id) || id == 0 || id == 0xFFFF) {
        return HAL_ERR_IO;
    }
    fill_rings(emac);
    mmio_write(emac->base + EMAC_CFG2,
               CFG2_FULL_DUPLEX | CFG2_PAD_AND_CRC | CFG2_NIBBLES | CFG2_PREAMBLE_7);
    mmio_write(emac->base + EMAC_MAX_FRAME_LENGTH, HAL_NETIF_FRAME_BYTES_MAX + FRAME_FCS_BYTES);
    set_address(emac->base, mac);
    drop_multicast(emac->base);
    mmio_write(emac->base + EMAC_FIFO_CFG0, FIFO_ALL_REQUESTS);
    if (wait_for(emac->base + EMAC_FIFO_CFG0, FIFO_ALL_REPLIES, FIFO_ALL_REPLIES)) {
        return HAL_ERR_IO;
    }
    mmio_write(emac->base + EMAC_DMA_IRQ_MASK, 0);
    mmio_write(emac->base + EMAC_CFG1, CFG1_RX_ENABLE | CFG1_TX_ENABLE);
    receive_restart(emac);
    return HAL_OK;
}

/* The PHY remembers that the link was lost until it is asked: the second answer is today's. */
static bool link_is_up(const struct hal_netif *netif)
{
    const struct mss_emac *emac = emac_of(netif);
    uint32_t status = 0;

    return !phy_read(emac, PHY_STATUS, &status) && !phy_read(emac, PHY_STATUS, &status) &&
           (status & PHY_STATUS_LINK);
}

/* Start a DMA that has stopped with a frame still to send: it stops at the first empty descriptor,
 * which it may have read just before we filled it. The older of the two is the one to begin with,
 * and after `send` has moved on, `transmit_next` is the older. */
static void transmit_restart(const struct mss_emac *emac)
{
    if (mmio_read(emac->base + EMAC_DMA_TX_CTL) & DMA_ENABLE) {
        return;
    }
    for (uint32_t i = 0; i < MSS_EMAC_TRANSMIT_COUNT; i++) {
        const struct mss_emac_descriptor *oldest =
            &emac->transmit[(emac->transmit_next + i) % MSS_EMAC_TRANSMIT_COUNT];

        if (!(oldest->size & EMPTY)) {
            mmio_write(emac->base + EMAC_DMA_TX_STATUS, TX_UNDERRUN);
            mmio_write(emac->base + EMAC_DMA_TX_DESC, bus_address(oldest));
            mmio_write(emac->base + EMAC_DMA_TX_CTL, DMA_ENABLE);
            return;
        }
    }
}

static uint8_t *transmit_buffer(const struct hal_netif *netif)
{
    struct mss_emac *emac = emac_of(netif);

    transmit_restart(emac);
    if (!(emac->transmit[emac->transmit_next].size & EMPTY)) {
        return NULL;
    }
    return emac->transmit_buffers[emac->transmit_next];
}

static hal_err_t send(const struct hal_netif *netif, size_t bytes)
{
    struct mss_emac *emac = emac_of(netif);
    uint8_t *frame = emac->transmit_buffers[emac->transmit_next];

    if (bytes < FRAME_HEADER_BYTES || bytes > HAL_NETIF_FRAME_BYTES_MAX) {
        return HAL_ERR_RANGE;
    }
    if (bytes < FRAME_SENT_BYTES_MIN) {
        memset(frame + bytes, 0, FRAME_SENT_BYTES_MIN - bytes);
        bytes = FRAME_SENT_BYTES_MIN;
    }
    atomic_thread_fence(memory_order_seq_cst); /* The frame is there before the DMA may read it. */
    emac->transmit[emac->transmit_next].size = (uint32_t)bytes;
    emac->transmit_next = (emac->transmit_next + 1) % MSS_EMAC_TRANSMIT_COUNT;
    atomic_thread_fence(memory_order_seq_cst);
    transmit_restart(emac);
    return HAL_OK;
}

static void release(const struct hal_netif *netif)
{
    struct mss_emac *emac = emac_of(netif);

    atomic_thread_fence(memory_order_seq_cst); /* The frame is read before the DMA may overwrite. */
    emac->receive[emac->receive_next].size = EMPTY;
    emac->receive_next = (emac->receive_next + 1) % MSS_EMAC_RECEIVE_COUNT;
    mmio_write(emac->base + EMAC_DMA_RX_STATUS, RX_RECEIVED);
}

/* After an overflow the DMA stands at the oldest frame that we had not released. Once all have
 * been, every descriptor is empty again and that one is `receive_next`. */
static const uint8_t *receive(const struct hal_netif *netif, size_t *bytes)
{
    struct mss_emac *emac = emac_of(netif);
    const struct mss_emac_descriptor *descriptor = &emac->receive[emac->receive_next];

    if (descriptor->size & EMPTY) {
        if (!(mmio_read(emac->base + EMAC_DMA_RX_CTL) & DMA_ENABLE)) {
            receive_restart(emac);
        }
        return NULL;
    }
    atomic_thread_fence(memory_order_seq_cst);

    const size_t length = descriptor->size & LENGTH_MASK;

    if (length < FRAME_HEADER_BYTES) {
        release(netif);
        return NULL;
    }
    /* What is above the limit is an FCS: longer frames the hardware does not take. */
    *bytes = length < HAL_NETIF_FRAME_BYTES_MAX ? length : HAL_NETIF_FRAME_BYTES_MAX;
    return emac->receive_buffers[emac->receive_next];
}

void mss_emac_init(struct mss_emac *emac, uintptr_t base, uint32_t phy)
{
    emac->netif = (struct hal_netif){
        .start = start,
        .link_is_up = link_is_up,
        .transmit_buffer = transmit_buffer,
        .send = send,
        .receive = receive,
        .release = release,
        .context = emac,
    };
    emac->base = base;
    emac->phy = phy;
}
