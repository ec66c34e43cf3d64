/* SPDX-License-Identifier: MIT
 * board.c -- Emcraft's SmartFusion2 SOM (M2S010): which parts it has and where. */
#include "boards/board.h"

#include <stdint.h>

#include "hal/arch/cortex-m/cortex_m.h"
#include "hal/arch/cortex-m/systick.h"
#include "hal/drivers/mmio.h"
#include "hal/drivers/mss_emac.h"
#include "hal/drivers/mss_spi.h"
#include "hal/drivers/mss_uart.h"
#include "hal/drivers/s25fl.h"
#include "hal/drivers/unit_emulator.h"
#include "hal/hal_entropy.h"
#include "hal/hal_system.h"
#include "hal/hal_unit.h"

#define ENVM_BASE    0x60000000u
#define MMUART0_BASE 0x40000000u
#define SPI0_BASE    0x40001000u
#define TIMER1_BASE  0x40004000u
#define SYSREG_BASE  0x40038000u
#define EMAC_BASE    0x40041000u

#define TIMER_VALUE      (TIMER1_BASE + 0x00u)
#define TIMER_LOAD       (TIMER1_BASE + 0x04u)
#define TIMER_CONTROL    (TIMER1_BASE + 0x0Cu)
#define SYSREG_SOFTRESET (SYSREG_BASE + 0x48u)

/* UG0331: the soft reset holds each peripheral until its bit is cleared. */
#define SOFTRESET_EMAC    (1u << 4)
#define SOFTRESET_TIMER   (1u << 6)
#define SOFTRESET_MMUART0 (1u << 7)
#define SOFTRESET_SPI0    (1u << 9)

enum {
    CORE_HZ = 142 * 1000 * 1000,
    PERIPHERAL_HZ = CORE_HZ / 2,
    CONSOLE_BAUD = 115200,
    MMUART0_IRQ = 10,
    EMAC_PHY = 1,

    /* The chip's first two sectors, one for each slot of the identity: the flash file of an
     * emulated unit then begins with what it is kept for. */
    FLASH_FIRST = 0,
    FLASH_BYTES = 2 * S25FL_SECTOR_BYTES
};

/* External interrupts 0 to 10; the linker script puts them behind the core's. None above is ever
 * enabled. */
__attribute__((used, section(".vectors_irq"))) static const cortex_m_vector_t irq_vectors[] = {
    [0] = cortex_m_fault_entry, [1] = cortex_m_fault_entry,     [2] = cortex_m_fault_entry,
    [3] = cortex_m_fault_entry, [4] = cortex_m_fault_entry,     [5] = cortex_m_fault_entry,
    [6] = cortex_m_fault_entry, [7] = cortex_m_fault_entry,     [8] = cortex_m_fault_entry,
    [9] = cortex_m_fault_entry, [MMUART0_IRQ] = mss_uart_entry,
};

/* From board.ld. */
extern const uint8_t __rom_start[];
extern const uint8_t __rom_end[];

static struct mss_spi spi;
static struct s25fl nor;
static struct mss_emac emac;

static void release_from_reset(uint32_t peripherals)
{
    mmio_write(SYSREG_SOFTRESET, mmio_read(SYSREG_SOFTRESET) & ~peripherals);
}

/* Timer 1 counts down from its highest value and around again, 60 s a turn. */
static void start_clock(void)
{
    mmio_write(TIMER_LOAD, UINT32_MAX);
    mmio_write(TIMER_CONTROL, 1);
    systick_start(CORE_HZ, TIMER_VALUE);
}

void board_init(void)
{
    release_from_reset(SOFTRESET_EMAC | SOFTRESET_TIMER | SOFTRESET_MMUART0 | SOFTRESET_SPI0);
    mss_uart_start(MMUART0_BASE, PERIPHERAL_HZ, CONSOLE_BAUD);
    cortex_m_irq_enable(MMUART0_IRQ);
    start_clock();
    mss_spi_init(&spi, SPI0_BASE);
    (void)s25fl_init(&nor, &spi.bus, FLASH_FIRST, FLASH_BYTES); /* Its calls say what is wrong. */
    mss_emac_init(&emac, EMAC_BASE, EMAC_PHY);
}

const struct hal_flash *board_flash(void)
{
    return &nor.flash;
}

const struct hal_netif *board_netif(void)
{
    return &emac.netif;
}

const char *board_name(void)
{
    return "sf2-som";
}

/* By the eNVM's own address, because the alias that the code runs from begins at NULL. */
const void *board_image(size_t *bytes)
{
    *bytes = (size_t)(__rom_end - __rom_start);
    return (const void *)(ENVM_BASE + (uintptr_t)__rom_start);
}

size_t board_stack_high_water(void)
{
    return cortex_m_stack_high_water();
}

/* The chip has a watchdog, which this board leaves off: the emulator has none to try it with. */
void hal_watchdog_feed(void)
{
}

hal_err_t hal_entropy_read(uint8_t *out, size_t bytes)
{
    return entropy_read_emulator(out, bytes);
}

hal_err_t hal_device_key(uint8_t key[HAL_DEVICE_KEY_BYTES])
{
    return device_key_emulator(key);
}

hal_err_t hal_unit_serial(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    return unit_serial_emulator(serial);
}
