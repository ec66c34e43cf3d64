/* SPDX-License-Identifier: MIT
 * hal_netif.c -- template: one Ethernet interface.
 *
 * Hand `template_netif` out as board_netif(). Polled: no interrupt is needed.
 * hal/drivers/mss_emac.c is a complete one with DMA descriptors. */
#include "hal/hal_netif.h"

/* Reset the MAC, look for the PHY (none: HAL_ERR_IO), set the address, start both directions. */
static hal_err_t start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    (void)netif;
    (void)mac;
    return HAL_ERR_UNSUPPORTED;
}

/* The PHY's status register 1, bit 2, read twice: the first answer remembers the past. */
static bool link_is_up(const struct hal_netif *netif)
{
    (void)netif;
    return false;
}

/* The next free transmit buffer. */
static uint8_t *transmit_buffer(const struct hal_netif *netif)
{
    (void)netif;
    return NULL;
}

/* Pad to 60 bytes, hand the buffer to the hardware behind a memory barrier, start it if it has
 * stopped. */
static hal_err_t send(const struct hal_netif *netif, size_t bytes)
{
    (void)netif;
    (void)bytes;
    return HAL_ERR_UNSUPPORTED;
}

/* The oldest received frame; also the place to start a receiver again that stopped on overflow. */
static const uint8_t *receive(const struct hal_netif *netif, size_t *bytes)
{
    (void)netif;
    (void)bytes;
    return NULL;
}

/* Give that frame's buffer back to the hardware. Nothing to do as long as `receive` has none. */
static void release(const struct hal_netif *netif)
{
    (void)netif;
}

extern const struct hal_netif template_netif;
const struct hal_netif template_netif = {
    .start = start,
    .link_is_up = link_is_up,
    .transmit_buffer = transmit_buffer,
    .send = send,
    .receive = receive,
    .release = release,
};
