/* SPDX-License-Identifier: MIT
 * cortex_m.h -- the few instructions and core registers that the chip-independent part needs.
 * Source: Armv7-M Architecture Reference Manual (DDI 0403), B3.2 (system control) and B3.4
 * (NVIC). */
#ifndef HAL_ARCH_CORTEX_M_CORTEX_M_H
#define HAL_ARCH_CORTEX_M_CORTEX_M_H

#include <stddef.h>
#include <stdint.h>

/* One of the core's own interrupt slots, or one of the chip's: what the vector table holds. */
typedef void (*cortex_m_vector_t)(void);

/* Let the interrupt `number` (0 is the first external one) through. Does not block. */
void cortex_m_irq_enable(uint32_t number);

/* Entry of every fault and of every interrupt that nobody asked for. Prints what the core knows on
 * the console, waits about a second so that a fault at each boot stays readable, and resets. Never
 * called from C; boards put it into unused slots of their interrupt table. */
void cortex_m_fault_entry(void);

/* Entry after reset: copies .data, zeroes .bss, paints the stack, calls main; resets if main ever
 * returns. Never called from C. */
_Noreturn void cortex_m_reset_entry(void);

/* The deepest the stack has been since reset, in bytes, by what is left of the paint. Walks the
 * unused part of the stack: 2 us a KB. Not for ISRs. */
size_t cortex_m_stack_high_water(void);

#endif
