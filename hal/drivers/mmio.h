/* SPDX-License-Identifier: MIT
 * mmio.h -- 32-bit accesses to registers, each exactly once and in program order. */
#ifndef HAL_DRIVERS_MMIO_H
#define HAL_DRIVERS_MMIO_H

#include <stdint.h>

static inline uint32_t mmio_read(uintptr_t address)
{
    return *(const volatile uint32_t *)address;
}

static inline void mmio_write(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

#endif
