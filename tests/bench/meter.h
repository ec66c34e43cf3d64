/* SPDX-License-Identifier: MIT
 * meter.h -- counts what passes through the board's network interface and flash, and time.
 *
 * Counts since reset; a reader subtracts. Nothing here blocks longer than the part it stands in
 * front of. */
#ifndef TESTS_BENCH_METER_H
#define TESTS_BENCH_METER_H

#include <stdint.h>

#include "hal/hal_flash.h"
#include "hal/hal_netif.h"
#include "port/port.h"

struct meter_count {
    uint32_t frames_received;
    uint32_t frames_sent;
    uint32_t payload_received_bytes; /* Of TCP segments, those sent again included. */
    uint32_t payload_sent_bytes;
    uint32_t connections; /* Connections begun: SYN segments from a port not seen just before. */
    uint32_t erases;
    uint32_t programs;
    struct port_p256_count p256;
};

/* The board's flash and network interface with a meter before them. Static. Called once each,
 * after board_init. */
const struct hal_flash *meter_flash(const struct hal_flash *flash);
const struct hal_netif *meter_netif(const struct hal_netif *netif);

/* What has been counted. */
struct meter_count meter_read(void);

/* Find out how many instructions a count of the chip's timer is. Under -icount shift=0 an
 * instruction takes a nanosecond of the machine's time. Takes 3 million instructions. */
void meter_calibrate(void);

/* A point in time, and the instructions since it: at most a few hundred million. */
uint32_t meter_now(void);
uint32_t meter_instructions_since(uint32_t then);

#endif
