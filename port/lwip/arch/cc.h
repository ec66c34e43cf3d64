/* SPDX-License-Identifier: MIT
 * cc.h -- what lwIP asks of a compiler and its surroundings. */
#ifndef PORT_LWIP_ARCH_CC_H
#define PORT_LWIP_ARCH_CC_H

#include <stdint.h>

#include "firmware/imp_assert.h"

#define BYTE_ORDER LITTLE_ENDIAN

/* lwIP's own invariants, kept in release builds; its messages are left out. */
#define LWIP_PLATFORM_ASSERT(message) imp_assert_failed("lwip", __LINE__)
#define LWIP_PLATFORM_DIAG(message)   ((void)0)

/* Ports, sequence numbers and identifiers come from the DRBG. */
uint32_t port_net_random(void);
#define LWIP_RAND() port_net_random()

#endif
