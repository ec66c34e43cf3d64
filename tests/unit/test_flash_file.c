/* SPDX-License-Identifier: MIT
 * test_flash_file.c -- a flash image on disk.
 *
 * needs: host-sim/device/flash_file.c */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host-sim/device/flash_file.h"

static char path[] = "/tmp/imprint-flash-XXXXXX";

static const struct flash_file_layout small = {
    .file_bytes = 8192,
    .region_offset = 4096,
    .geometry = { "small", 2048, 512, 4, 0x00, false },
};

/* A name in the system's folder for such files, with nothing there yet. */
static int make_path(void **state)
{
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    const int fd = mkstemp(path);

    return fd < 0 || close(fd) != 0 || unlink(path) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void a_new_image_is_16_mib_erased_and_made_only_on_demand(void **state)
{
    struct flash_file file;
    struct stat status;
    uint8_t cells[64];

    (void)state;
    assert_int_equal(flash_file_open(&file, path, NULL, false), ENOENT);
    assert_int_equal(flash_file_open(&file, path, NULL, true), 0);
    const struct hal_flash *flash = flash_file_flash(&file);

    assert_int_equal(flash->region_bytes, 131072);
    assert_int_equal(flash->sector_bytes, 65536);
    assert_int_equal(flash->program_unit_bytes, 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 16 * 1024 * 1024);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(flash->read(flash, 131072 - sizeof cells, cells, sizeof cells), 0);
    for (size_t i = 0; i < sizeof cells; i++) {
        assert_int_equal(cells[i], 0xFF);
    }
    flash_file_close(&file);
}

static void it_is_nor_and_lasts(void **state)
{
    struct flash_file file;
    uint8_t cells[3];

    (void)state;
    assert_int_equal(flash_file_open(&file, path, NULL, true), 0);
    const struct hal_flash *flash = flash_file_flash(&file);

    assert_int_equal(flash->program(flash, 70000, "\x0F\xAA", 2), 0);
    assert_int_equal(flash->program(flash, 70000, "\x3C\xFF", 2), 0);
    flash_file_close(&file);
    assert_int_equal(flash_file_open(&file, path, NULL, false), 0);
    assert_int_equal(flash->read(flash, 70000, cells, sizeof cells), 0);
    assert_memory_equal(cells, "\x0C\xAA\xFF", 3);
    assert_int_equal(flash->erase(flash, 65536), 0);
    assert_int_equal(flash->read(flash, 70000, cells, sizeof cells), 0);
    assert_memory_equal(cells, "\xFF\xFF\xFF", 3);
    flash_file_close(&file);
}

static void a_program_longer_than_one_piece_is_whole(void **state)
{
    static uint8_t in[10000];
    static uint8_t out[sizeof in];
    struct flash_file file;

    (void)state;
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(flash_file_open(&file, path, NULL, true), 0);
    const struct hal_flash *flash = flash_file_flash(&file);

    assert_int_equal(flash->program(flash, 333, in, sizeof in), 0);
    assert_int_equal(flash->read(flash, 333, out, sizeof out), 0);
    assert_memory_equal(out, in, sizeof in);
    flash_file_close(&file);
}

static void another_geometry_keeps_its_rules_and_its_place_in_the_file(void **state)
{
    struct flash_file file;
    uint8_t cells[4];

    (void)state;
    assert_int_equal(flash_file_open(&file, path, &small, true), 0);
    const struct hal_flash *flash = flash_file_flash(&file);

    assert_int_equal(flash->program(flash, 2, "abcd", 4), HAL_ERR_RANGE);
    assert_int_equal(flash->program(flash, 2048, "abcd", 4), HAL_ERR_RANGE);
    assert_int_equal(flash->erase(flash, 100), HAL_ERR_RANGE);
    assert_int_equal(flash->read(flash, 2047, cells, 4), HAL_ERR_RANGE);
    assert_int_equal(flash->program(flash, 8, "abcd", 4), 0);
    assert_int_equal(flash->program(flash, 8, "abcd", 4), HAL_ERR_IO);
    assert_int_equal(pread(file.fd, cells, 4, 4096 + 8), 4);
    assert_memory_equal(cells, "abcd", 4);
    assert_int_equal(flash->erase(flash, 0), 0);
    assert_int_equal(flash->program(flash, 8, "efgh", 4), 0);
    flash_file_close(&file);
}

static void a_file_of_another_size_is_refused(void **state)
{
    struct flash_file file;

    (void)state;
    assert_int_equal(flash_file_open(&file, path, &small, true), 0);
    flash_file_close(&file);
    assert_int_equal(flash_file_open(&file, path, NULL, true), ENODATA);
    assert_int_equal(truncate(path, 8193), 0);
    assert_int_equal(flash_file_open(&file, path, &small, true), EFBIG);
    assert_false(file.is_open);
    flash_file_close(&file);
}

static void one_process_at_a_time(void **state)
{
    struct flash_file file;
    int status = 0;

    (void)state;
    assert_int_equal(flash_file_open(&file, path, &small, true), 0);
    const pid_t child = fork();

    if (child == 0) {
        struct flash_file second;
        _exit(flash_file_open(&second, path, &small, true) == EWOULDBLOCK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    flash_file_close(&file);
    assert_int_equal(flash_file_open(&file, path, &small, false), 0);
    flash_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_image_is_16_mib_erased_and_made_only_on_demand,
                                        make_path, remove_path),
        cmocka_unit_test_setup_teardown(it_is_nor_and_lasts, make_path, remove_path),
        cmocka_unit_test_setup_teardown(a_program_longer_than_one_piece_is_whole, make_path,
                                        remove_path),
        cmocka_unit_test_setup_teardown(another_geometry_keeps_its_rules_and_its_place_in_the_file,
                                        make_path, remove_path),
        cmocka_unit_test_setup_teardown(a_file_of_another_size_is_refused, make_path, remove_path),
        cmocka_unit_test_setup_teardown(one_process_at_a_time, make_path, remove_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
