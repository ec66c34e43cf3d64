/* SPDX-License-Identifier: MIT
 * p256_count.h -- the counters behind port_p256_counted, for the port's own files. */
#ifndef PORT_WOLFSSL_P256_COUNT_H
#define PORT_WOLFSSL_P256_COUNT_H

#include "port/port.h"

extern struct port_p256_count p256_count;

#endif
