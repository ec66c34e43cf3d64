/* SPDX-License-Identifier: MIT
 * netif.h -- the one interface, for the port's own files. */
#ifndef PORT_LWIP_NETIF_H
#define PORT_LWIP_NETIF_H

#include <stdbool.h>

/* True while the interface has a link, and while DHCP has given it an address. */
bool net_has_link(void);
bool net_has_address(void);

#endif
