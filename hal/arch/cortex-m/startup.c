/* SPDX-License-Identifier: MIT
 * startup.c -- from the reset vector to main, and the core's part of the vector table.
 *
 * The board's linker script puts `.vectors` first in flash and the board's own interrupt table
 * (`.vectors_irq`) right behind it. The stack lies at the bottom of RAM, so that an overflow leaves
 * RAM and faults instead of eating variables; it is painted here so that its deepest use can be
 * read later. */
#include "hal/arch/cortex-m/cortex_m.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hal/arch/cortex-m/systick.h"
#include "hal/hal_system.h"

extern uint32_t __stack_bottom[];
extern uint32_t __stack_top[];
extern uint8_t __data_start[];
extern uint8_t __data_end[];
extern const uint8_t __data_load[];
extern uint8_t __bss_start[];
extern uint8_t __bss_end[];

int main(void);

enum {
    STACK_PAINT = 0x5AFE57AC
};

/* What the core fetches for exceptions 1 to 15; slot 0 is the first stack pointer. */
struct core_vectors {
    const uint32_t *stack_top;
    cortex_m_vector_t entry[15];
};

__attribute__((used, section(".vectors"))) static const struct core_vectors core_vectors = {
    .stack_top = __stack_top,
    .entry = {
        cortex_m_reset_entry,
        cortex_m_fault_entry, /* NMI */
        cortex_m_fault_entry, /* HardFault */
        cortex_m_fault_entry, /* MemManage */
        cortex_m_fault_entry, /* BusFault */
        cortex_m_fault_entry, /* UsageFault */
        NULL,
        NULL,
        NULL,
        NULL,
        cortex_m_fault_entry, /* SVCall: nobody calls a supervisor. */
        cortex_m_fault_entry, /* DebugMonitor */
        NULL,
        cortex_m_fault_entry, /* PendSV */
        systick_entry,
    },
};

static uint32_t *stack_pointer(void)
{
    uint32_t *sp;

    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

/* Everything below the frame we stand on. */
static void paint_stack(void)
{
    for (uint32_t *word = stack_pointer() - 1; word >= __stack_bottom; word--) {
        *word = STACK_PAINT;
    }
}

__attribute__((used, noinline)) _Noreturn void cortex_m_reset_entry(void)
{
    paint_stack();
    memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
    memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
    (void)main();
    hal_reset();
}

size_t cortex_m_stack_high_water(void)
{
    const uint32_t *word = __stack_bottom;

    while (word < __stack_top && *word == STACK_PAINT) {
        word++;
    }
    return (size_t)(__stack_top - word) * sizeof *word;
}
