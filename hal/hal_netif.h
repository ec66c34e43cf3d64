/* SPDX-License-Identifier: MIT
 * hal_netif.h -- one Ethernet interface that moves whole frames, as a struct, so that tests can
 * wrap it.
 *
 * Polled: the driver needs no interrupt, and no function blocks or may be called from one.
 * Frames start with the destination address and carry no FCS. */
#ifndef HAL_HAL_NETIF_H
#define HAL_HAL_NETIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

enum {
    HAL_NETIF_MAC_BYTES = 6,
    HAL_NETIF_FRAME_BYTES_MAX = 1514
};

struct hal_netif {
    /* Start the interface with this address. Called once after reset. 0; HAL_ERR_IO (no PHY,
     * say). */
    hal_err_t (*start)(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES]);

    /* True while the link is up. Cheap enough for every main loop turn. */
    bool (*link_is_up)(const struct hal_netif *netif);

    /* A transmit buffer of HAL_NETIF_FRAME_BYTES_MAX bytes for the next frame, or NULL while all
     * are in flight (the caller drops the frame; TCP sends it again). The buffer is the
     * driver's; fill it and call `send`. */
    uint8_t *(*transmit_buffer)(const struct hal_netif *netif);

    /* Send the `bytes` bytes (14 to HAL_NETIF_FRAME_BYTES_MAX) just written to the transmit
     * buffer; the driver pads short frames. 0; HAL_ERR_RANGE. */
    hal_err_t (*send)(const struct hal_netif *netif, size_t bytes);

    /* The next received frame, in the driver's own memory and valid until `release`, with its
     * length; NULL when there is none. Recovers from receive overflow by itself. */
    const uint8_t *(*receive)(const struct hal_netif *netif, size_t *bytes);

    /* Give the frame of the last `receive` back to the driver. */
    void (*release)(const struct hal_netif *netif);

    void *context; /* The implementation's own. */
};

#endif
