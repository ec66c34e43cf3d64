# SPDX-License-Identifier: MIT
# lwip.cmake -- which of lwIP's source files are compiled
#
# Sets LWIP_SOURCES and LWIP_DEFINITIONS. Options are in lwipopts.h.

set(LWIP_SOURCES
    src/core/def.c src/core/dns.c src/core/inet_chksum.c src/core/init.c src/core/ip.c
    src/core/mem.c src/core/memp.c src/core/netif.c src/core/pbuf.c src/core/tcp.c
    src/core/tcp_in.c src/core/tcp_out.c src/core/timeouts.c src/core/udp.c
    src/core/ipv4/dhcp.c src/core/ipv4/etharp.c src/core/ipv4/icmp.c src/core/ipv4/ip4.c
    src/core/ipv4/ip4_addr.c src/netif/ethernet.c)
list(TRANSFORM LWIP_SOURCES PREPEND ${LWIP_DIR}/)
set(LWIP_DEFINITIONS)
