/* SPDX-License-Identifier: MIT
 * core.c -- reset and interrupt enable: Armv7-M B3.2.6 (AIRCR) and B3.4.4 (NVIC_ISER). */
#include "hal/arch/cortex-m/cortex_m.h"

#include "hal/drivers/mmio.h"
#include "hal/hal_system.h"

#define NVIC_ISER         0xE000E100u
#define SCB_AIRCR         0xE000ED0Cu
#define AIRCR_KEY         0x05FA0000u
#define AIRCR_SYSRESETREQ 0x00000004u

void cortex_m_irq_enable(uint32_t number)
{
    mmio_write(NVIC_ISER + 4u * (number / 32u), 1u << (number % 32u));
}

_Noreturn void hal_reset(void)
{
    __asm__ volatile("dsb" ::: "memory");
    mmio_write(SCB_AIRCR, AIRCR_KEY | AIRCR_SYSRESETREQ);
    for (;;) { /* The request takes a few cycles to arrive. */
        __asm__ volatile("dsb");
    }
}
