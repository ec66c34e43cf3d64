/* SPDX-License-Identifier: MIT
 * lock.h -- lwIP's core lock: taken around every call into lwIP, empty where there is no other
 * thread (NO_SYS). */
#ifndef PORT_LWIP_LOCK_H
#define PORT_LWIP_LOCK_H

#include <lwip/tcpip.h>

#ifndef LOCK_TCPIP_CORE
#define LOCK_TCPIP_CORE()   ((void)0)
#define UNLOCK_TCPIP_CORE() ((void)0)
#endif

#endif
