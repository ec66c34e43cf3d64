/* SPDX-License-Identifier: MIT
 * lwipopts.h -- lwIP as this firmware builds it: one IPv4 interface, DHCP, DNS and outgoing TCP, no
 * threads.
 *
 * What each size costs is in port/README.md. */
#ifndef PORT_LWIP_LWIPOPTS_H
#define PORT_LWIP_LWIPOPTS_H

#include <stddef.h>

/* --- Surroundings ----------------------------------------------------------------------------- */

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_STATS           0

/* --- Memory: every pbuf, pcb and timer is a block of the arena. ------------------------------- */

#define MEM_CUSTOM_ALLOCATOR 1
#define MEMP_MEM_MALLOC      1
#define MEM_ALIGNMENT        8

void *port_arena_alloc(size_t bytes);
void *port_arena_calloc(size_t count, size_t bytes);
void port_arena_free(void *block);

#define MEM_CUSTOM_MALLOC port_arena_alloc
#define MEM_CUSTOM_CALLOC port_arena_calloc
#define MEM_CUSTOM_FREE   port_arena_free

/* --- Protocols -------------------------------------------------------------------------------- */

#define LWIP_IPV4           1
#define LWIP_IPV6           0
#define LWIP_RAW            0
#define LWIP_IGMP           0
#define IP_REASSEMBLY       0 /* Nothing we speak needs fragments; their queue is an attacker's. */
#define IP_FRAG             0
#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF    0
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_BROADCAST_PING 0
#define LWIP_MULTICAST_PING 0
#define ARP_TABLE_SIZE      4
#define ARP_QUEUEING        0

#define LWIP_DHCP                1
#define LWIP_DHCP_DOES_ACD_CHECK 0 /* It would wait 7 s for somebody to claim the address. */
#define LWIP_ACD                 0

#define LWIP_DNS 1
/* An answer is for one connection: a wrong one must not outlive who gave it. */
#define DNS_MAX_TTL 0
#define DNS_TABLE_SIZE \
    2 /* The question of the stream, and one given up that still waits. 280 bytes each. */
#define DNS_MAX_NAME_LENGTH 256
#define DNS_MAX_SERVERS     2

#define LWIP_TCP         1
#define TCP_MSS          1460
#define TCP_WND          (2 * TCP_MSS)
#define TCP_SND_BUF      (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ \
    0 /* Lost segments are sent again; keeping later ones costs memory and code. */
#define TCP_OVERSIZE       0
#define LWIP_TCP_KEEPALIVE 0

/* --- Randomness ------------------------------------------------------------------------------- */

/* lwIP 2.2.1 starts at 0xFFFF once in 16,384 boots, counts on from there to port 0, and refuses its
 * own choice. So that number is left out. */
#define TCP_LOCAL_PORT_RANGE_START        0xC000
#define TCP_LOCAL_PORT_RANGE_END          0xFFFF
#define TCP_ENSURE_LOCAL_PORT_RANGE(port) ((u16_t)(0xC000u + (u16_t)(port) % 0x3FFFu))

#define LWIP_RANDOMIZE_INITIAL_LOCAL_PORTS                              1
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) LWIP_RAND()

#endif
