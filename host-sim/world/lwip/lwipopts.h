/* SPDX-License-Identifier: MIT
 * lwipopts.h -- lwIP as the simulator's own end of the wire has it: one IPv4 interface with a fixed
 * address, listening TCP, UDP for DHCP and DNS, memory from malloc. */
#ifndef HOST_SIM_WORLD_LWIP_LWIPOPTS_H
#define HOST_SIM_WORLD_LWIP_LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_STATS           0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT   8

#define LWIP_IPV4           1
#define LWIP_IPV6           0
#define LWIP_RAW            0
#define LWIP_DHCP           0
#define LWIP_DNS            0
#define IP_REASSEMBLY       0
#define IP_FRAG             0
#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF    0
#define IP_SOF_BROADCAST    0

/* A DHCP client asks from 0.0.0.0, which lwIP takes from nobody else. */
#define LWIP_IP_ACCEPT_UDP_PORT(port) ((port) == PP_NTOHS(67))

#define TCP_MSS         1460
#define TCP_WND         (8 * TCP_MSS)
#define TCP_SND_BUF     (8 * TCP_MSS)
#define TCP_QUEUE_OOSEQ 1

#endif
