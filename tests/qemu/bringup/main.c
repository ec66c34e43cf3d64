/* SPDX-License-Identifier: MIT
 * main.c -- the board's HAL on its own: an image that does one thing for each line it is sent.
 *
 * tests/qemu/bringup.sh sends the lines and reads the answers, each `ok - name: what was seen` or
 * `not ok - name: what was seen`. Nothing of firmware/ is in it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "boards/board.h"
#include "hal/drivers/mmio.h"
#include "hal/hal_clock.h"
#include "hal/hal_console.h"
#include "hal/hal_entropy.h"
#include "hal/hal_system.h"
#include "hal/hal_unit.h"
#include "tests/qemu/bringup/network.h"
#include "tests/qemu/bringup/print.h"

enum {
    LINE_BYTES_MAX = 4096,
    PATTERN_BYTES = 600, /* More than two pages of the flash. */
    PATTERN_OFFSET = 250 /* And across a page's end. */
};

static uint64_t flood_ms;
static char line[LINE_BYTES_MAX + 1];
static bool network_started;

static uint8_t pattern_at(size_t index)
{
    return (uint8_t)(index * 7 + 3);
}

static bool all_bytes_are(const uint8_t *at, size_t bytes, uint8_t value)
{
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != value) {
            return false;
        }
    }
    return true;
}

static bool flash_holds_pattern(const struct hal_flash *flash)
{
    static uint8_t seen[PATTERN_BYTES];

    if (flash->read(flash, PATTERN_OFFSET, seen, sizeof seen)) {
        return false;
    }
    for (size_t i = 0; i < sizeof seen; i++) {
        if (seen[i] != pattern_at(i)) {
            return false;
        }
    }
    return true;
}

static bool flash_is_erased(const struct hal_flash *flash, uint32_t first, uint32_t bytes)
{
    static uint8_t seen[1024];

    for (uint32_t offset = first; offset < first + bytes; offset += sizeof seen) {
        if (flash->read(flash, offset, seen, sizeof seen) ||
            !all_bytes_are(seen, sizeof seen, flash->erased_value)) {
            return false;
        }
    }
    return true;
}

static void test_flash_write(void)
{
    const struct hal_flash *flash = board_flash();
    static uint8_t pattern[PATTERN_BYTES];

    for (size_t i = 0; i < sizeof pattern; i++) {
        pattern[i] = pattern_at(i);
    }
    report("flash_is_blank", flash_is_erased(flash, 0, flash->region_bytes));
    report("flash_programs_over_page_ends",
           !flash->program(flash, PATTERN_OFFSET, pattern, sizeof pattern) &&
               flash_holds_pattern(flash));
    report("flash_leaves_the_neighbours", flash_is_erased(flash, 1024, flash->region_bytes - 1024));
}

/* Programming clears bits and never sets one. */
static void test_flash_and(void)
{
    const struct hal_flash *flash = board_flash();
    const uint32_t offset = 2 * flash->sector_bytes - 1; /* The region's last byte. */
    const uint8_t first = 0xF5;
    const uint8_t second = 0x3C;
    uint8_t seen = 0;

    report("flash_programs_again_as_and", !flash->program(flash, offset, &first, 1) &&
                                              !flash->program(flash, offset, &second, 1) &&
                                              !flash->read(flash, offset, &seen, 1) &&
                                              seen == (first & second));
}

static void test_flash_range(void)
{
    const struct hal_flash *flash = board_flash();
    const uint32_t end = flash->region_bytes;
    uint8_t byte[2] = { 0, 0 };

    report("flash_refuses_what_is_outside",
           flash->read(flash, end - 1, byte, 2) == HAL_ERR_RANGE &&
               flash->read(flash, UINT32_MAX, byte, 2) == HAL_ERR_RANGE &&
               flash->program(flash, end, byte, 1) == HAL_ERR_RANGE &&
               flash->erase(flash, end) == HAL_ERR_RANGE &&
               flash->erase(flash, 1) == HAL_ERR_RANGE);
}

static void test_flash_check(void)
{
    report("flash_kept_the_pattern", flash_holds_pattern(board_flash()));
}

static void test_flash_erase(void)
{
    const struct hal_flash *flash = board_flash();
    uint8_t other = 0;

    report("flash_erases_one_sector",
           !flash->erase(flash, 0) && flash_is_erased(flash, 0, flash->sector_bytes) &&
               !flash->read(flash, 2 * flash->sector_bytes - 1, &other, 1) &&
               other != flash->erased_value);
    report("flash_erases_the_other",
           !flash->erase(flash, flash->sector_bytes) &&
               flash_is_erased(flash, flash->sector_bytes, flash->sector_bytes));
}

/* A second of which the core sleeps most: run.py holds it against the host's clock. */
static void test_clock(void)
{
    const uint64_t began_ms = hal_clock_ms();
    uint64_t last_ms = began_ms;
    uint32_t turns = 0;
    bool monotonic = true;

    while (last_ms - began_ms < 1000) {
        hal_clock_idle(5);
        const uint64_t now_ms = hal_clock_ms();

        monotonic = monotonic && now_ms >= last_ms;
        last_ms = now_ms;
        turns++;
    }
    const uint64_t after_ms = hal_clock_ms() - began_ms;

    print_number("# ms by the clock: ", (uint32_t)after_ms);
    print_number("# turns of the idle loop: ", turns);
    report("clock_never_goes_back", monotonic);
    report("clock_idle_sleeps_and_wakes", turns >= 5 && turns <= 1100);
}

static void test_entropy(void)
{
    uint8_t first[32] = { 0 };
    uint8_t second[32] = { 0 };

    report("entropy_is_read_and_differs", !hal_entropy_read(first, sizeof first) &&
                                              !hal_entropy_read(second, sizeof second) &&
                                              memcmp(first, second, sizeof first) != 0);
    print_bytes("# entropy: ", first, sizeof first);
}

/* The key of a test unit is no secret; that the right one arrives is the point. */
static void test_unit(void)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1] = "";
    uint8_t key[HAL_DEVICE_KEY_BYTES] = { 0 };
    const hal_err_t serial_err = hal_unit_serial(serial);
    const hal_err_t key_err = hal_device_key(key);

    print_number("# serial error: ", (uint32_t)-serial_err);
    print_text("# serial: ", serial);
    print_number("# key error: ", (uint32_t)-key_err);
    print_bytes("# key: ", key, key_err ? 0 : sizeof key);
}

static void test_network(void)
{
    const struct hal_netif *netif = board_netif();

    if (!network_started) {
        network_started = !netif->start(netif, network_mac);
    }
    report("network_starts", network_started);
    report("network_link_is_up", netif->link_is_up(netif));
    report("network_arp_is_answered", network_arp(netif));
    report("network_dhcp_discover_is_answered", network_dhcp(netif));
    report("network_survives_receive_overflow", network_overflow(netif));
    report("network_refuses_wrong_lengths",
           netif->send(netif, 13) == HAL_ERR_RANGE && netif->send(netif, 1515) == HAL_ERR_RANGE);
}

/* The image that the board points at is the one that runs: a text has the same place in both. */
static void test_image(void)
{
    static const char text[] = "the image holds this text";
    size_t bytes = 0;
    const uint8_t *image = board_image(&bytes);
    const size_t offset = (size_t)(uintptr_t)text;

    print_number("# image bytes: ", (uint32_t)bytes);
    report("image_is_the_one_that_runs",
           offset + sizeof text <= bytes && memcmp(image + offset, text, sizeof text) == 0);
}

static void test_link(void)
{
    print_text("# link: ", board_netif()->link_is_up(board_netif()) ? "up" : "down");
}

static void test_stack(void)
{
    const size_t deepest = board_stack_high_water();

    print_number("# stack high water: ", (uint32_t)deepest);
    report("stack_high_water_is_plausible", deepest > 64 && deepest < 4096);
}

static uint32_t read_nowhere(void)
{
    return mmio_read(0x10000000);
}

static void test_fault(void)
{
    print_number("# this is not reached: ", read_nowhere());
}

/* Every level keeps 128 bytes of the stack: a thousand are more than RAM has. */
static uint32_t recurse(uint32_t levels, const volatile uint32_t *below)
{
    volatile uint32_t frame[32] = { below[0] };

    return levels == 0 ? 0 : recurse(levels - 1, frame) + frame[0];
}

static void test_overflow(void)
{
    const volatile uint32_t start = 1;

    print_number("# this is not reached: ", recurse(1000, &start));
}

/* Deaf for as long as a public-key operation takes, on purpose: what is sent meanwhile must not be
 * lost. The script sends the next lines at once. */
static void test_deaf(void)
{
    const uint64_t began_ms = hal_clock_ms();

    while (hal_clock_ms() - began_ms < 200) {
    }
    report("console_was_deaf", true);
}

/* More than any pipe or socket holds. The script doesn't read for three seconds. */
static void test_flood(void)
{
    const uint64_t began_ms = hal_clock_ms();

    for (uint32_t i = 0; i < 20000; i++) {
        print_text("# flood: ", "0123456789012345678901234567890123456789");
    }
    flood_ms = hal_clock_ms() - began_ms;
}

static void test_flood_time(void)
{
    print_number("# ms for a million characters that nobody reads: ", (uint32_t)flood_ms);
    report("console_without_a_reader_does_not_stop_the_device", flood_ms > 0 && flood_ms < 2500);
}

static void test_echo(const char *text)
{
    print_text("# echo: ", text);
}

static const struct {
    const char *name;
    void (*run)(void);
} commands[] = {
    { "flash-write", test_flash_write },
    { "flash-and", test_flash_and },
    { "flash-range", test_flash_range },
    { "flash-check", test_flash_check },
    { "flash-erase", test_flash_erase },
    { "clock", test_clock },
    { "entropy", test_entropy },
    { "unit", test_unit },
    { "network", test_network },
    { "image", test_image },
    { "link", test_link },
    { "stack", test_stack },
    { "fault", test_fault },
    { "overflow", test_overflow },
    { "deaf", test_deaf },
    { "flood", test_flood },
    { "flood-time", test_flood_time },
};

static void run_line(void)
{
    if (strcmp(line, "reset") == 0) {
        hal_reset();
    }
    if (strncmp(line, "echo ", 5) == 0) {
        test_echo(line + 5);
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(line, commands[i].name) == 0) {
            commands[i].run();
            return;
        }
    }
    print_text("not ok - unknown line: ", line);
}

static void read_line(void)
{
    size_t bytes = 0;

    for (;;) {
        const int byte = hal_console_read();

        if (byte == '\n') {
            break;
        }
        if (byte < 0) {
            hal_clock_idle(1);
        } else if (bytes < LINE_BYTES_MAX) {
            line[bytes++] = (char)byte;
        }
    }
    line[bytes] = '\0';
}

int main(void)
{
    board_init();
    print_text("# ready: ", board_name());
    for (;;) {
        read_line();
        run_line();
        print_text("# done: ", "");
    }
}
