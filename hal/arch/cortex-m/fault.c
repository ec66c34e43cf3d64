/* SPDX-License-Identifier: MIT
 * fault.c -- says what went wrong, in the core's words, and resets.
 * Registers and their bits: Armv7-M B3.2.15 to B3.2.18; the stacked frame: B1.5.6. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hal/arch/cortex-m/cortex_m.h"
#include "hal/drivers/mmio.h"
#include "hal/hal_console.h"
#include "hal/hal_system.h"

#define SCB_ICSR  0xE000ED04u
#define SCB_CFSR  0xE000ED28u
#define SCB_HFSR  0xE000ED2Cu
#define SCB_MMFAR 0xE000ED34u
#define SCB_BFAR  0xE000ED38u

#define ICSR_VECTACTIVE 0x000001FFu
#define CFSR_STKERR     0x00001010u /* BusFault's and MemManage's: the frame is not there. */
#define HFSR_DEBUGEVT   0x80000000u

enum {
    FAULT_PAUSE_TURNS = 20 * 1000 * 1000 /* About a second at 142 MHz. */
};

extern uint32_t __stack_bottom[];
extern uint32_t __stack_top[];

void cortex_m_fault_report(const uint32_t *frame);

static void print(const char *text)
{
    hal_console_write(text, strlen(text));
}

static void print_word(const char *name, uint32_t value)
{
    static const char digits[] = "0123456789abcdef";
    char text[8];

    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = digits[(value >> (28u - 4u * i)) & 0xFu];
    }
    print(name);
    hal_console_write(text, sizeof text);
}

static void print_frame(const uint32_t *frame)
{
    static const char *const names[8] = { " r0=",  " r1=", " r2=", "\r\n  r3=",
                                          " r12=", " lr=", " pc=", " psr=" };

    if (frame < __stack_bottom || frame + 8 > __stack_top) {
        print("\r\n  the stack has overflowed");
        return;
    }
    if (mmio_read(SCB_CFSR) & CFSR_STKERR) {
        print("\r\n  no registers: stacking failed");
        return;
    }
    print("\r\n ");
    for (size_t i = 0; i < 8; i++) {
        print_word(names[i], frame[i]);
    }
}

static void pause(void)
{
    for (volatile uint32_t turn = 0; turn < FAULT_PAUSE_TURNS; turn++) {
    }
}

__attribute__((used, noinline)) void cortex_m_fault_report(const uint32_t *frame)
{
    const uint32_t hfsr = mmio_read(SCB_HFSR);

    print_word("\r\nfault: exception=", mmio_read(SCB_ICSR) & ICSR_VECTACTIVE);
    print_word(" cfsr=", mmio_read(SCB_CFSR));
    print_word(" hfsr=", hfsr);
    print_word("\r\n  mmfar=", mmio_read(SCB_MMFAR));
    print_word(" bfar=", mmio_read(SCB_BFAR));
    print_word(" sp=", (uint32_t)(uintptr_t)frame);
    print_frame(frame);
    if (hfsr & HFSR_DEBUGEVT) {
        print("\r\n  a breakpoint, and nobody there to take it (is semihosting on?)");
    }
    print("\r\nfault: reset\r\n");
    pause();
    hal_reset();
}

/* After an overflow the stack pointer is outside RAM, and the first push here would be a second
 * fault, which stops the core for good. We never return, so such a stack may be used again from its
 * top; any other is left alone, because the frame to be printed lies on it. 512 bytes are more than
 * the report needs. */
__attribute__((naked, used)) void cortex_m_fault_entry(void)
{
    __asm__ volatile("mov r0, sp\n\t"
                     "ldr r1, =__stack_bottom + 512\n\t"
                     "ldr r2, =__stack_top\n\t"
                     "cmp r0, r1\n\t"
                     "it lo\n\t"
                     "movlo sp, r2\n\t"
                     "b cortex_m_fault_report\n\t"
                     ".ltorg");
}
