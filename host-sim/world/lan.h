/* SPDX-License-Identifier: MIT
 * lan.h -- the network at the other end of the wire: a DHCP server, a DNS server, and one TCP server
 * whose connections it hands over as sockets, byte by byte where the fault plan says so.
 *
 * It is lwIP, a second one beside the device's (which is hidden in its shared object). The device
 * gets 10.0.2.15; all servers are at 10.0.2.2. */
#ifndef HOST_SIM_WORLD_LAN_H
#define HOST_SIM_WORLD_LAN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    LAN_PORT = 8443
};

/* What happens to one TCP connection. */
enum lan_fault {
    LAN_FAIR,
    LAN_REFUSED,    /* The connection is reset at once. */
    LAN_RESET,      /* After at_byte bytes in `direction`: RST. */
    LAN_HALF_CLOSE, /* ...: the server's side ends the stream, and hears no more. */
    LAN_STALL,      /* ...: not a byte more goes in that direction, and nobody says so. */
    LAN_DRIP,       /* ...: one byte a second from there on. */
    LAN_ALERT,      /* ...: a fatal TLS alert in the clear, then nothing. */
    LAN_GARBAGE,    /* ...: one byte is changed. */
    LAN_FAULT_COUNT
};

enum lan_direction {
    LAN_TO_DEVICE,
    LAN_TO_SERVER
};

struct lan_plan {
    enum lan_fault fault;
    enum lan_direction direction;
    uint32_t
        connection; /* The connection it strikes, counted from 1 since lan_plan; 0: each one. */
    uint32_t at_byte;
};

enum lan_dns {
    LAN_DNS_FAIR,
    LAN_DNS_SILENT,
    LAN_DNS_NO_SUCH_NAME,
    LAN_DNS_EMPTY,
    LAN_DNS_LOOPBACK,
    LAN_DNS_MULTICAST,
    LAN_DNS_NOBODY, /* An address where nobody answers. */
    LAN_DNS_GARBAGE,
    LAN_DNS_COUNT
};

/* Called for each accepted connection with one end of a socket pair, which it takes over, and the
 * device's address. */
typedef void (*lan_accept_fn)(int socket, const struct sockaddr_in *peer);

/* Begin. Called once a process. */
void lan_begin(uint64_t seed, lan_accept_fn accept);

/* Plan faults; connections are counted from here. */
void lan_set_plan(const struct lan_plan *plan);
void lan_set_dns(enum lan_dns dns);

/* Take frames off the wire, move bytes, run timers. True when bytes moved: the server behind the
 * sockets should have a turn. */
bool lan_turn(void);

/* Milliseconds until lan_turn must be called again. */
uint32_t lan_wait_ms(void);

struct lan_count {
    uint32_t connections;
    uint32_t open;      /* Now. */
    uint32_t faults;    /* Plans that struck. */
    uint32_t to_device; /* Payload bytes of the last connection. */
    uint32_t to_server;
};
struct lan_count lan_counted(void);

#endif
