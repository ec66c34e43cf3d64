/* SPDX-License-Identifier: MIT
 * port_config.h -- the limits of the port: purpose, unit, range, and what a larger value costs. */
#ifndef PORT_PORT_CONFIG_H
#define PORT_PORT_CONFIG_H

#include <stdint.h>

/* A product overrides a limit with -DPORT_X=... ; the checks below refuse what can't work. */

/* wolfSSL's and lwIP's memory at run time. RAM: this much. A multiple of 8. Measured peaks are in
 * port/README.md; on a host pointers are twice as wide. */
#ifndef PORT_ARENA_BYTES
#if UINTPTR_MAX > UINT32_MAX
#define PORT_ARENA_BYTES 49152
#elif CONFIG_METHODS_ALL || CONFIG_TLS12
#define PORT_ARENA_BYTES 24576
#else
#define PORT_ARENA_BYTES 18432
#endif
#endif
#ifndef PORT_TLS_RECORD_BYTES_MAX
#define PORT_TLS_RECORD_BYTES_MAX \
    8192 /* Largest TLS record taken; the arena must hold it. 512 to 16384. */
#endif
#ifndef PORT_TLS_IDLE_RECORDS_MAX
/* Records in a row that bring the application nothing; a whole handshake is one such row. A server
 * that splits its messages into records of 512 bytes needs 20. 16 to 60000. */
#define PORT_TLS_IDLE_RECORDS_MAX 64
#endif
#ifndef PORT_TLS_WRITE_BYTES_MAX
#define PORT_TLS_WRITE_BYTES_MAX \
    1024 /* Plain bytes put into one record that we send. 64 to 4096. */
#endif
#ifndef PORT_NET_FRAMES_PER_POLL
#define PORT_NET_FRAMES_PER_POLL \
    4 /* Received frames worked on in one port_net_poll. Bounds its time. */
#endif
#ifndef PORT_NET_ROUTES_MAX
#define PORT_NET_ROUTES_MAX \
    4 /* Names routed without DNS. RAM: PORT_NET_ROUTE_CHARS_MAX + 5 bytes each. */
#endif
#ifndef PORT_NET_ROUTE_CHARS_MAX
#define PORT_NET_ROUTE_CHARS_MAX 63 /* Longest name that can be routed. */
#endif

#if PORT_ARENA_BYTES < 4096 || PORT_ARENA_BYTES % 8 != 0
#error "PORT_ARENA_BYTES must be a multiple of 8, 4096 or more"
#endif
#if PORT_TLS_RECORD_BYTES_MAX < 512 || PORT_TLS_RECORD_BYTES_MAX > 16384
#error "PORT_TLS_RECORD_BYTES_MAX must be 512 (max_fragment_length) to 16384 (RFC 8446 5.1)"
#endif
#if PORT_TLS_IDLE_RECORDS_MAX < 16 || PORT_TLS_IDLE_RECORDS_MAX > 60000
#error "PORT_TLS_IDLE_RECORDS_MAX must be 16 (a handshake of small records) to 60000"
#endif
#if PORT_TLS_WRITE_BYTES_MAX < 64 || PORT_TLS_WRITE_BYTES_MAX > 4096
#error "PORT_TLS_WRITE_BYTES_MAX must be 64 to 4096, the max_fragment_length that is offered"
#endif

#endif
