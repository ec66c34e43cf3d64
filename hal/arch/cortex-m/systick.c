/* SPDX-License-Identifier: MIT
 * systick.c -- milliseconds since reset, and sleep until the next interrupt. */
#include "hal/arch/cortex-m/systick.h"

#include "hal/drivers/mmio.h"
#include "hal/hal_clock.h"

#define SYST_CSR            0xE000E010u
#define SYST_RVR            0xE000E014u
#define SYST_CVR            0xE000E018u
#define SYST_CSR_ENABLE     0x1u
#define SYST_CSR_TICKINT    0x2u
#define SYST_CSR_CORE_CLOCK 0x4u

enum {
    TICKS_PER_SECOND = 1000
};

static struct {
    struct systick_counter counter;
    uint32_t seen;        /* The counter's value at the last tick. */
    uint32_t counts;      /* Counts since the last whole millisecond. */
    volatile uint64_t ms; /* Written by the tick only. */
} systick;

void systick_start(uint32_t core_hz, struct systick_counter counter)
{
    systick.counter = counter;
    systick.seen = mmio_read(counter.address);
    mmio_write(SYST_RVR, core_hz / TICKS_PER_SECOND - 1);
    mmio_write(SYST_CVR, 0);
    mmio_write(SYST_CSR, SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CORE_CLOCK);
}

__attribute__((used)) void systick_entry(void)
{
    const uint32_t now = mmio_read(systick.counter.address);

    systick.counts += systick.seen - now;
    systick.seen = now;
    systick.ms += systick.counts / systick.counter.counts_per_ms;
    systick.counts %= systick.counter.counts_per_ms;
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
