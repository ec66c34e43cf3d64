/* SPDX-License-Identifier: MIT
 * network.h -- frames made by hand, for the emulator's user-mode network to answer. */
#ifndef TESTS_QEMU_BRINGUP_NETWORK_H
#define TESTS_QEMU_BRINGUP_NETWORK_H

#include <stdbool.h>

#include "hal/hal_netif.h"

/* The address the image uses: locally administered. */
extern const uint8_t network_mac[HAL_NETIF_MAC_BYTES];

/* Ask for the gateway's address (RFC 826). True if it answers within a second. */
bool network_arp(const struct hal_netif *netif);

/* Broadcast a DHCP DISCOVER (RFC 2131). True if an OFFER of 10.0.2.15 comes within a second. */
bool network_dhcp(const struct hal_netif *netif);

/* Ask many times without reading an answer, so that the receive ring overflows; then read what is
 * there and ask once more. True if that is answered, and the ring had indeed been full. */
bool network_overflow(const struct hal_netif *netif);

#endif
