/* SPDX-License-Identifier: MIT
 * systick.h -- hal_clock on the core's own 1 ms tick (Armv7-M B3.3).
 *
 * Ticks alone lose time: two that fall due while the core can't take them count as one, and under
 * an emulator on a busy machine that happens all the time. So the tick only says when to look; how
 * much time has passed is read from a free-running counter of the chip. */
#ifndef HAL_ARCH_CORTEX_M_SYSTICK_H
#define HAL_ARCH_CORTEX_M_SYSTICK_H

#include <stdint.h>

/* Start the tick, once, with the core at `core_hz` (at most 2,000 MHz: the counter has 24 bits).
 * `counter` is the address of a 32-bit register that counts down without end, already running; it
 * must take longer to come around than interrupts ever stay off. Its rate is measured here against
 * the core clock, because emulators run the two at rates of their own. hal_clock_ms starts at 0.
 * Blocks for 4 ms. */
void systick_start(uint32_t core_hz, uintptr_t counter);

/* The vector table's entry for the tick. */
void systick_entry(void);

#endif
