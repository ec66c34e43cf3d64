/* SPDX-License-Identifier: MIT
 * cc.h -- what lwIP asks of its surroundings, on the simulator's side of the wire. */
#ifndef HOST_SIM_WORLD_LWIP_ARCH_CC_H
#define HOST_SIM_WORLD_LWIP_ARCH_CC_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LWIP_PLATFORM_ASSERT(message)                            \
    do {                                                         \
        fprintf(stderr, "lwIP of the simulator: %s\n", message); \
        abort();                                                 \
    } while (0)
#define LWIP_PLATFORM_DIAG(message) ((void)0)

uint32_t lan_random(void);
#define LWIP_RAND() lan_random()

#endif
