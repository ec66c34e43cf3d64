/* SPDX-License-Identifier: MIT
 * port_hal.h -- a chip for tests of the port: noise source, device key and clock, as the test wants
 * them. */
#ifndef TESTS_SUPPORT_PORT_HAL_H
#define TESTS_SUPPORT_PORT_HAL_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"

enum noise {
    NOISE_GOOD,
    NOISE_ZEROS,
    NOISE_ONES,
    NOISE_CONSTANT,  /* 0x5A for ever. */
    NOISE_REPEATING, /* Good noise, the same 96 bytes again and again. */
    NOISE_COUNTER,   /* 0, 1, 2, ... 255, 0 ... */
    NOISE_BIASED,    /* One value a quarter of the time. */
    NOISE_ERROR      /* HAL_ERR_IO. */
};

/* What the chip does from now on. */
struct port_hal {
    enum noise noise;
    uint32_t good_bytes; /* After so many good bytes what `noise` says; 0: at once. */
    hal_err_t device_key_err;
    uint8_t device_key[32];
    uint64_t now_ms;
};

extern struct port_hal port_hal;

/* Good noise, a device key of 0x42 bytes, time 0. */
void port_hal_reset(void);

#endif
