/* SPDX-License-Identifier: MIT
 * port.h -- what the application starts and asks of the port; everything else is behind
 * firmware/crypto, net and tls.
 *
 * Nothing here blocks unless it says so; nothing may be called from an interrupt. */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/error.h"
#include "hal/hal_netif.h"

/* Start wolfSSL and lwIP's tables. Called once after reset, before anything of firmware/crypto, net
 * or tls. 0; IMP_ERR_CRYPTO_FAULT. */
imp_err_t port_init(void);

/* The arena that wolfSSL and lwIP share: bytes, all with the blocks' headers. */
struct port_arena_use {
    uint32_t arena_bytes;
    uint32_t used_bytes;
    uint32_t high_water_bytes;   /* Most that was in use since reset. */
    uint32_t largest_free_bytes; /* Largest block that could be had now. */
    uint32_t block_count;        /* Blocks in use. */
    uint32_t failure_count;      /* Requests that could not be met since reset. */
};
struct port_arena_use port_arena_use(void);

/* P-256 operations since reset, those inside TLS handshakes included, for the bench. */
struct port_p256_count {
    uint32_t keygen; /* Multiplications of the base point: a new key, an unwrapped key's check. */
    uint32_t sign;
    uint32_t verify;
    uint32_t ecdh;
};
struct port_p256_count port_p256_counted(void);

/* Start the interface and DHCP. Both pointers are kept; `hostname` goes into the DHCP request and
 * may be NULL. Called once, after random_start (ports and sequence numbers are random). 0;
 * IMP_ERR_NET_NO_LINK: the interface has failed. */
imp_err_t port_net_start(const struct hal_netif *netif, const uint8_t mac[HAL_NETIF_MAC_BYTES],
                         const char *hostname);

/* Turn the network: link changes, at most PORT_NET_FRAMES_PER_POLL received frames, timers. Call it
 * often; TCP's shortest timer is 250 ms. `now_ms` is hal_clock_ms(). */
void port_net_poll(uint64_t now_ms);

/* The address that DHCP gave, in network order. True when there is one. */
bool port_net_address(uint8_t address[4]);

#endif
