/* SPDX-License-Identifier: MIT
 * systick.c -- milliseconds since reset, and sleep until the next interrupt. */
#include "hal/arch/cortex-m/systick.h"

#include "hal/drivers/mmio.h"
#include "hal/hal_clock.h"

#define SYST_CSR            0xE000E010u
#define SYST_RVR            0xE000E014u
#define SYST_CVR            0xE000E018u
#define SYST_RVR_MAX        0x00FFFFFFu
#define SYST_CSR_ENABLE     0x1u
#define SYST_CSR_TICKINT    0x2u
#define SYST_CSR_CORE_CLOCK 0x4u

enum {
    TICKS_PER_SECOND = 1000,
    MEASURED_MS = 4
};

static struct {
    uintptr_t counter;
    uint32_t counts_per_ms;
    uint32_t seen;        /* The counter's value at the last tick. */
    uint32_t counts;      /* Counts since the last whole millisecond. */
    volatile uint64_t ms; /* Written by the tick only. */
} systick;

/* The counter's rate, by the core clock: SysTick counts core cycles down, here without
 * interrupt. */
static uint32_t measure_counts_per_ms(uint32_t core_hz)
{
    const uint32_t cycles_per_ms = core_hz / TICKS_PER_SECOND;

    mmio_write(SYST_RVR, SYST_RVR_MAX);
    mmio_write(SYST_CVR, 0);
    mmio_write(SYST_CSR, SYST_CSR_ENABLE | SYST_CSR_CORE_CLOCK);
    const uint32_t cycles_before = mmio_read(SYST_CVR);
    const uint32_t counts_before = mmio_read(systick.counter);
    uint32_t cycles;

    do {
        cycles = (cycles_before - mmio_read(SYST_CVR)) & SYST_RVR_MAX;
    } while (cycles < MEASURED_MS * cycles_per_ms);
    const uint32_t counts = counts_before - mmio_read(systick.counter);

    return (uint32_t)((uint64_t)counts * cycles_per_ms / cycles);
}

void systick_start(uint32_t core_hz, uintptr_t counter)
{
    systick.counter = counter;
    systick.counts_per_ms = measure_counts_per_ms(core_hz);
    systick.seen = mmio_read(systick.counter);
    mmio_write(SYST_CSR, 0);
    mmio_write(SYST_RVR, core_hz / TICKS_PER_SECOND - 1);
    mmio_write(SYST_CVR, 0);
    mmio_write(SYST_CSR, SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CORE_CLOCK);
}

__attribute__((used)) void systick_entry(void)
{
    const uint32_t now = mmio_read(systick.counter);

    systick.counts += systick.seen - now;
    systick.seen = now;
    systick.ms += systick.counts / systick.counts_per_ms;
    systick.counts %= systick.counts_per_ms;
}

/* The 64 bits are read in two halves and a tick may fall between them: a value that reads the same
 * twice is whole, because ticks are a millisecond apart. */
uint64_t hal_clock_ms(void)
{
    uint64_t first;
    uint64_t second = systick.ms;

    do {
        first = second;
        second = systick.ms;
    } while (first != second);
    return first;
}

hal_err_t hal_clock_rtc_seconds(int64_t *seconds)
{
    (void)seconds;
    return HAL_ERR_UNSUPPORTED;
}

/* The next tick ends the sleep, so one WFI is never longer than a millisecond: what is polled (the
 * Ethernet descriptors) is then looked at in time, whatever `limit_ms` allows. */
void hal_clock_idle(uint32_t limit_ms)
{
    if (limit_ms > 0) {
        __asm__ volatile("dsb\n\twfi" ::: "memory");
    }
}
