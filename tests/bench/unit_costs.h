/* SPDX-License-Identifier: MIT
 * unit_costs.h -- what one P-256 operation of each kind costs in this build. */
#ifndef TESTS_BENCH_UNIT_COSTS_H
#define TESTS_BENCH_UNIT_COSTS_H

#include <stdbool.h>
#include <stdint.h>

/* Instructions. */
struct unit_costs {
    uint32_t keygen;
    uint32_t sign;
    uint32_t verify;
    uint32_t ecdh;
};

/* Measure them by wolfSSL's own functions, past the port's counters. The DRBG must be seeded and
 * meter_calibrate called. True when every operation succeeded. */
bool unit_costs_measure(struct unit_costs *costs);

#endif
