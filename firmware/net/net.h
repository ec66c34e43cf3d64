/* SPDX-License-Identifier: MIT
 * net.h -- names and byte streams below TLS: the seam where lwIP, sockets or a modem fits.
 *
 * One stream at a time is enough for the firmware; a port may have more. Nothing here blocks;
 * nothing may be called from an interrupt. Time limits are the caller's: net_* only reports what
 * happened. */
#ifndef FIRMWARE_NET_NET_H
#define FIRMWARE_NET_NET_H

#include "firmware/bytes.h"
#include "firmware/error.h"

/* Defined by the port. */
struct net_stream;

/* Whether the network can be used: 0 link and address are there; IMP_ERR_NET_NO_LINK;
 * IMP_ERR_NET_NO_ADDRESS. */
imp_err_t net_ready(void);

/* Route `host` to the IPv4 address `address` (network order) without asking DNS; the identity
 * check is not touched. At most 4 routes; the last one for a name wins. 0; IMP_ERR_NET_MEMORY;
 * IMP_ERR_CONFIG_VALUE (name too long). */
imp_err_t net_route(const char *host, const uint8_t address[4]);

/* Forget all routes. */
void net_forget_routes(void);

/* Begin: resolve `host` (a name, or an IPv4 literal) and connect to its TCP `port`. `*stream` is
 * the port's own. 0 (look at net_connected); IMP_ERR_NET_MEMORY; IMP_ERR_NET_NO_LINK;
 * IMP_ERR_NET_NO_ADDRESS. */
imp_err_t net_open(struct net_stream **stream, const char *host, uint16_t port);

/* 1 connected; 0 not yet; IMP_ERR_NET_DNS, IMP_ERR_NET_DNS_ADDRESS (empty, multicast, broadcast;
 * loopback except where the port allows it), IMP_ERR_NET_REFUSED, IMP_ERR_NET_RESET,
 * IMP_ERR_NET_TIMEOUT, IMP_ERR_NET_MEMORY. */
int32_t net_connected(struct net_stream *stream);

/* Read up to `cap` bytes: > 0 bytes read; 0 none now; IMP_ERR_NET_CLOSED (orderly end, all bytes
 * were read); IMP_ERR_NET_RESET. */
int32_t net_read(struct net_stream *stream, uint8_t *out, size_t cap);

/* Queue up to `len` bytes: > 0 bytes taken; 0 none now; IMP_ERR_NET_CLOSED; IMP_ERR_NET_RESET.
 * The bytes are copied. */
int32_t net_write(struct net_stream *stream, const uint8_t *in, size_t len);

/* End the stream, whatever its state, and give its memory back. `stream` may be NULL. */
void net_close(struct net_stream *stream);

/* Payload bytes and connections since reset, for `status` and the bench. */
struct net_count {
    uint32_t sent_bytes;
    uint32_t received_bytes;
    uint32_t connections;
};
struct net_count net_counted(void);

#endif
