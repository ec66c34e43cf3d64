/* SPDX-License-Identifier: MIT
 * systick.h -- hal_clock on the core's own 1 ms tick (Armv7-M B3.3).
 *
 * Ticks alone lose time: two that fall due while the core can't take them count as one, and under
 * an emulator on a busy machine that happens all the time. So the tick only says when to look; how
 * much time has passed is read from a free-running counter of the chip. */
#ifndef HAL_ARCH_CORTEX_M_SYSTICK_H
#define HAL_ARCH_CORTEX_M_SYSTICK_H

#include <stdint.h>

/* A 32-bit register that counts down without end, already running. It must take longer to come
 * around than interrupts ever stay off. */
struct systick_counter {
    uintptr_t address;
    uint32_t counts_per_ms;
};

/* Start the tick, once, with the core at `core_hz` (at most 16,777 MHz / 1,000: the counter has 24
 * bits). hal_clock_ms starts at 0 here. Does not block. */
void systick_start(uint32_t core_hz, struct systick_counter counter);

/* The vector table's entry for the tick. */
void systick_entry(void);

#endif
