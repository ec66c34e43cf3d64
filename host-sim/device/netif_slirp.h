/* SPDX-License-Identifier: MIT
 * netif_slirp.h -- the host board's Ethernet: libslirp's user-mode network, the one QEMU uses.
 * Needs no privilege.
 *
 * The device gets 10.0.2.15 by DHCP; the gateway 10.0.2.2 is also the host's own loopback; DNS is
 * 10.0.2.3. IPv4 only. */
#ifndef HOST_SIM_DEVICE_NETIF_SLIRP_H
#define HOST_SIM_DEVICE_NETIF_SLIRP_H

#include <stdint.h>

#include "hal/hal_netif.h"

/* Where a device behind the interface finds what listens on 127.0.0.1 of the host. Network
 * order. */
extern const uint8_t netif_slirp_loopback[4];

/* The interface. Static. There is one network a process; `start` begins it anew. */
const struct hal_netif *netif_slirp(void);

/* Wait until a frame may have arrived or `extra_fd` (or -1) is readable, at most `limit_ms`, and
 * let the network work. Also the board's sleep when the interface was never started. Blocks. */
void netif_slirp_wait(uint32_t limit_ms, int extra_fd);

#endif
