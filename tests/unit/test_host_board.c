/* SPDX-License-Identifier: MIT
 * test_host_board.c -- the host board: its network, its unit files, its noise. No device runs here.
 *
 * needs: imprint-host-board */
#define _DEFAULT_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hal/hal_clock.h"
#include "hal/hal_entropy.h"
#include "hal/hal_unit.h"
#include "host-sim/device/entropy_host.h"
#include "host-sim/device/files.h"
#include "host-sim/device/netif_slirp.h"
#include "host-sim/device/unit_file.h"

static const uint8_t own_mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

/* A folder of its own for each test that writes files. */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/imprint-board-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static void path_in_folder(char path[FILES_PATH_CHARS_MAX + 1], const char *name)
{
    assert_true(files_join(path, folder, name));
}

/* --- Network. ------------------------------------------------------------------------------- */

static void send_bytes(const uint8_t *frame, size_t bytes)
{
    const struct hal_netif *netif = netif_slirp();
    uint8_t *to = netif->transmit_buffer(netif);

    assert_non_null(to);
    memcpy(to, frame, bytes);
    assert_int_equal(netif->send(netif, bytes), 0);
}

/* The next frame whose bytes at `offset` are `wanted`, copied; fails the test after a second. */
static size_t await(uint8_t out[HAL_NETIF_FRAME_BYTES_MAX], size_t offset, uint16_t wanted)
{
    const struct hal_netif *netif = netif_slirp();
    const uint64_t end_ms = hal_clock_ms() + 1000;

    while (hal_clock_ms() < end_ms) {
        size_t bytes = 0;
        const uint8_t *frame = netif->receive(netif, &bytes);

        if (frame == NULL) {
            hal_clock_idle(10);
            continue;
        }
        memcpy(out, frame, bytes);
        netif->release(netif);
        if (bytes > offset + 1 && ((out[offset] << 8) | out[offset + 1]) == wanted) {
            return bytes;
        }
    }
    fail_msg("no such frame came within a second");
    return 0;
}

static void start_network(void)
{
    const struct hal_netif *netif = netif_slirp();

    assert_int_equal(netif->start(netif, own_mac), 0);
    assert_true(netif->link_is_up(netif));
}

/* RFC 826. */
static void the_gateway_answers_arp(void **state)
{
    uint8_t request[42] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, [12] = 8, 6, 0, 1, 8, 0, 6, 4, 0, 1
    };
    uint8_t answer[HAL_NETIF_FRAME_BYTES_MAX];

    (void)state;
    memcpy(request + 6, own_mac, sizeof own_mac);
    memcpy(request + 22, own_mac, sizeof own_mac);
    memcpy(request + 28, (const uint8_t[]){ 10, 0, 2, 15 }, 4);
    memcpy(request + 38, netif_slirp_loopback, 4);
    start_network();
    send_bytes(request, sizeof request);
    await(answer, 12, 0x0806);
    assert_memory_equal(answer, own_mac, sizeof own_mac);
    assert_int_equal(answer[21], 2); /* A reply. */
    assert_memory_equal(answer + 28, netif_slirp_loopback, 4);
}

static uint16_t ip_checksum(const uint8_t *at, size_t bytes)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < bytes; i += 2) {
        sum += (uint32_t)((at[i] << 8) | at[i + 1]);
    }
    while (sum >> 16) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* RFC 2131: DISCOVER gets an OFFER of the address that the documentation promises. */
static void dhcp_offers_the_documented_address(void **state)
{
    uint8_t discover[14 + 20 + 8 + 236 + 8] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, [12] = 8, 0,
    };
    uint8_t *ip = discover + 14;
    uint8_t *udp = ip + 20;
    uint8_t *dhcp = udp + 8;
    uint8_t offer[HAL_NETIF_FRAME_BYTES_MAX];
    uint16_t sum;

    (void)state;
    memcpy(discover + 6, own_mac, sizeof own_mac);
    memcpy(ip, (const uint8_t[]){ 0x45, 0, 1, 16, 0, 1, 0, 0, 64, 17 }, 10);
    memset(ip + 16, 0xFF, 4);
    sum = ip_checksum(ip, 20);
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    memcpy(udp, (const uint8_t[]){ 0, 68, 0, 67, 0, 252 }, 6);
    memcpy(dhcp, (const uint8_t[]){ 1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78 }, 8);
    memcpy(dhcp + 28, own_mac, sizeof own_mac);
    memcpy(dhcp + 236, (const uint8_t[]){ 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255 }, 8);
    start_network();
    send_bytes(discover, sizeof discover);
    await(offer, 12, 0x0800);
    assert_memory_equal(offer + 42 + 4, dhcp + 4, 4); /* Our transaction. */
    assert_memory_equal(offer + 42 + 16, ((const uint8_t[]){ 10, 0, 2, 15 }), 4);
}

static void frames_of_impossible_length_are_refused(void **state)
{
    const struct hal_netif *netif = netif_slirp();

    (void)state;
    start_network();
    assert_int_equal(netif->send(netif, 13), HAL_ERR_RANGE);
    assert_int_equal(netif->send(netif, HAL_NETIF_FRAME_BYTES_MAX + 1), HAL_ERR_RANGE);
}

/* --- Files and unit. ------------------------------------------------------------------------ */

static void a_file_is_not_replaced_unless_asked(void **state)
{
    char path[FILES_PATH_CHARS_MAX + 1];
    char content[8];
    size_t bytes = 0;

    (void)state;
    path_in_folder(path, "file");
    assert_int_equal(files_write(path, 0600, false, bytes_of_text("one")), 0);
    assert_int_equal(files_write(path, 0600, false, bytes_of_text("two")), EEXIST);
    assert_int_equal(files_read(path, content, sizeof content, &bytes), 0);
    assert_memory_equal(content, "one", bytes);
    assert_int_equal(files_write(path, 0600, true, bytes_of_text("three")), 0);
    assert_int_equal(files_read(path, content, sizeof content, &bytes), 0);
    assert_int_equal(bytes, 5);
    assert_int_equal(files_read(path, content, 5, &bytes), 0);
    assert_int_equal(files_read(path, content, 4, &bytes), EFBIG);
}

static void a_unit_has_the_same_secret_key_at_every_boot(void **state)
{
    char path[FILES_PATH_CHARS_MAX + 1];
    uint8_t first[HAL_DEVICE_KEY_BYTES];
    uint8_t second[HAL_DEVICE_KEY_BYTES];
    struct stat there;

    (void)state;
    path_in_folder(path, "unit");
    assert_true(unit_file_use(path));
    assert_int_equal(hal_device_key(first), HAL_ERR_IO);
    assert_int_equal(unit_file_make_key(path), 0);
    assert_int_equal(hal_device_key(first), 0);
    assert_int_equal(unit_file_make_key(path), 0);
    assert_int_equal(hal_device_key(second), 0);
    assert_memory_equal(first, second, sizeof first);
    path_in_folder(path, "unit.key");
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 31), 0);
    assert_int_equal(hal_device_key(second), HAL_ERR_IO);
}

static void a_serial_number_is_made_once_and_checked(void **state)
{
    char path[FILES_PATH_CHARS_MAX + 1];
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];

    (void)state;
    path_in_folder(path, "unit");
    assert_true(unit_file_use(path));
    assert_int_equal(hal_unit_serial(serial), HAL_ERR_UNSUPPORTED);
    assert_int_equal(unit_file_make_serial(path, "has space"), EINVAL);
    assert_int_equal(unit_file_make_serial(path, ""), EINVAL);
    assert_int_equal(unit_file_make_serial(path, NULL), 0);
    assert_int_equal(hal_unit_serial(serial), 0);
    assert_int_equal(strlen(serial), 12);
    assert_int_equal(unit_file_make_serial(path, serial), 0);
    assert_int_equal(unit_file_make_serial(path, "another"), EEXIST);
}

static void the_same_seed_gives_the_same_noise(void **state)
{
    uint8_t first[64];
    uint8_t again[64];
    uint8_t other[64];

    (void)state;
    assert_int_equal(hal_entropy_read(first, sizeof first), 0);
    assert_int_equal(hal_entropy_read(again, sizeof again), 0);
    assert_memory_not_equal(first, again, sizeof first);
    entropy_host_seed(7);
    assert_int_equal(hal_entropy_read(first, sizeof first), 0);
    entropy_host_seed(7);
    assert_int_equal(hal_entropy_read(again, sizeof again), 0);
    entropy_host_seed(8);
    assert_int_equal(hal_entropy_read(other, sizeof other), 0);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gateway_answers_arp),
        cmocka_unit_test(dhcp_offers_the_documented_address),
        cmocka_unit_test(frames_of_impossible_length_are_refused),
        cmocka_unit_test_setup_teardown(a_file_is_not_replaced_unless_asked, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_unit_has_the_same_secret_key_at_every_boot, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_serial_number_is_made_once_and_checked, make_folder,
                                        remove_folder),
        cmocka_unit_test(the_same_seed_gives_the_same_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
