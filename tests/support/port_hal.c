/* SPDX-License-Identifier: MIT
 * port_hal.c -- see port_hal.h. Noise is xorshift64*: the same in every run. */
#include "tests/support/port_hal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/imp_assert.h"
#include "hal/hal_clock.h"
#include "hal/hal_entropy.h"
#include "hal/hal_unit.h"

struct port_hal port_hal;
static uint64_t noise_state = 88172645463325252u;
static uint32_t read_count;

void port_hal_reset(void)
{
    memset(&port_hal, 0, sizeof port_hal);
    memset(port_hal.device_key, 0x42, sizeof port_hal.device_key);
    read_count = 0;
}

static uint8_t good_byte(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint8_t)((*state * 2685821657736338717u) >> 56);
}

static uint8_t repeating_byte(uint32_t index)
{
    uint64_t state = 1234567;
    uint8_t byte = 0;

    for (uint32_t i = 0; i <= index % 96; i++) {
        byte = good_byte(&state);
    }
    return byte;
}

static uint8_t noise_byte(enum noise noise, uint32_t index)
{
    const uint8_t good = good_byte(&noise_state);

    switch (noise) {
    case NOISE_ZEROS:
        return 0x00;
    case NOISE_ONES:
        return 0xFF;
    case NOISE_CONSTANT:
        return 0x5A;
    case NOISE_REPEATING:
        return repeating_byte(index);
    case NOISE_COUNTER:
        return (uint8_t)index;
    case NOISE_BIASED:
        return index % 4 == 0 ? 0x77 : good;
    default:
        return good;
    }
}

hal_err_t hal_entropy_read(uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++, read_count++) {
        const enum noise noise = read_count < port_hal.good_bytes ? NOISE_GOOD : port_hal.noise;

        if (noise == NOISE_ERROR) {
            return HAL_ERR_IO;
        }
        out[i] = noise_byte(noise, read_count);
    }
    return HAL_OK;
}

hal_err_t hal_device_key(uint8_t key[HAL_DEVICE_KEY_BYTES])
{
    if (port_hal.device_key_err == HAL_OK) {
        memcpy(key, port_hal.device_key, HAL_DEVICE_KEY_BYTES);
    }
    return port_hal.device_key_err;
}

uint64_t hal_clock_ms(void)
{
    return port_hal.now_ms;
}

_Noreturn void imp_assert_failed(const char *file, int line)
{
    fprintf(stderr, "assertion failed: %s:%d\n", file, line);
    abort();
}
