/* SPDX-License-Identifier: MIT
 * lan_bridge.h -- TCP connections of the simulator's lwIP, bridged to sockets; for lan.c alone. */
#ifndef HOST_SIM_WORLD_LAN_BRIDGE_H
#define HOST_SIM_WORLD_LAN_BRIDGE_H

#include "host-sim/world/lan.h"

/* Listen on `port`. */
void lan_bridge_begin(uint16_t port, lan_accept_fn accept);

/* Move what can be moved. True when the servers behind the sockets got something. */
bool lan_bridge_turn(void);

/* Milliseconds until a fault plan needs a turn. */
uint32_t lan_bridge_wait_ms(void);

#endif
