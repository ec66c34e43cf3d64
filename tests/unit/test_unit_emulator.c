/* SPDX-License-Identifier: MIT
 * test_unit_emulator.c -- which files an emulated unit reads, and what it refuses to take from
 * them.
 *
 * The host behind semihosting is played here: a command line and a few named files. The module
 * is compiled in as a part of this file, because a reset has to forget its open entropy file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hal/drivers/unit_emulator.c"

enum {
    FILES_MAX = 3
};

static struct {
    const char *command_line;
    struct {
        const char *path;
        const char *content;
        size_t bytes;
        size_t at;
    } files[FILES_MAX];
    uint32_t open_count;
} host;

hal_err_t semihosting_command_line_emulator(char *text, size_t capacity)
{
    const size_t chars = strlen(host.command_line);

    if (chars >= capacity) {
        return HAL_ERR_IO;
    }
    memcpy(text, host.command_line, chars + 1);
    return HAL_OK;
}

hal_err_t semihosting_open_emulator(const char *path, uint32_t *file)
{
    for (uint32_t i = 0; i < FILES_MAX; i++) {
        if (host.files[i].path && strcmp(host.files[i].path, path) == 0) {
            host.files[i].at = 0;
            host.open_count++;
            *file = i;
            return HAL_OK;
        }
    }
    return HAL_ERR_IO;
}

hal_err_t semihosting_read_emulator(uint32_t file, void *out, size_t capacity, size_t *bytes)
{
    const size_t left = host.files[file].bytes - host.files[file].at;

    *bytes = left < capacity ? left : capacity;
    memcpy(out, host.files[file].content + host.files[file].at, *bytes);
    host.files[file].at += *bytes;
    return HAL_OK;
}

void semihosting_close_emulator(uint32_t file)
{
    (void)file;
    host.open_count--;
}

static int fresh_host(void **state)
{
    (void)state;
    memset(&host, 0, sizeof host);
    memset(&noise, 0, sizeof noise);
    host.command_line = "imprint /lab/u1";
    return 0;
}

static void put_file(uint32_t place, const char *path, const char *content, size_t bytes)
{
    host.files[place].path = path;
    host.files[place].content = content;
    host.files[place].bytes = bytes;
}

static const char bytes_64[] = "0123456789abcdef0123456789ABCDEFfedcba9876543210FEDCBA9876543210";

static void the_key_is_exactly_32_bytes(void **state)
{
    uint8_t key[HAL_DEVICE_KEY_BYTES];

    (void)state;
    for (size_t bytes = 0; bytes <= 40; bytes++) {
        put_file(0, "/lab/u1.key", bytes_64, bytes);
        assert_int_equal(device_key_emulator(key), bytes == 32 ? HAL_OK : HAL_ERR_IO);
        assert_int_equal(host.open_count, 0);
        if (bytes == 32) {
            assert_memory_equal(key, bytes_64, 32);
        }
    }
}

static void a_missing_key_is_an_error_and_not_a_board_without_one(void **state)
{
    uint8_t key[HAL_DEVICE_KEY_BYTES];

    (void)state;
    assert_int_equal(device_key_emulator(key), HAL_ERR_IO);
}

static void a_command_line_without_a_unit_gives_nothing(void **state)
{
    static const char *const lines[] = { "", "imprint", "imprint ", "/path/image.elf" };
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];
    uint8_t bytes[HAL_DEVICE_KEY_BYTES];

    (void)state;
    put_file(0, "/dev/urandom", bytes_64, 64);
    put_file(1, ".key", bytes_64, 32);
    put_file(2, ".serial", "SN-1", 4);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        host.command_line = lines[i];
        assert_int_equal(device_key_emulator(bytes), HAL_ERR_IO);
        assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_ERR_IO);
        assert_int_equal(unit_serial_emulator(serial), HAL_ERR_IO);
    }
}

/* At the longest prefix every suffix still fits; one more character is refused. */
static void a_path_may_be_long_but_not_too_long(void **state)
{
    static char line[COMMAND_LINE_BYTES + 2] = "a-program-name-of-31-characters ";
    static char path[sizeof line + 8] = "";
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];
    const size_t prefix_at = strlen(line);

    (void)state;
    assert_int_equal(prefix_at, PROGRAM_CHARS_MAX + 1);
    memset(line + prefix_at, 'p', UNIT_EMULATOR_PREFIX_CHARS_MAX);
    memset(path, 'p', UNIT_EMULATOR_PREFIX_CHARS_MAX);
    memcpy(path + UNIT_EMULATOR_PREFIX_CHARS_MAX, ".serial", 8);
    put_file(0, path, "SN-1", 4);
    host.command_line = line;
    assert_int_equal(unit_serial_emulator(serial), HAL_OK);
    assert_string_equal(serial, "SN-1");
    line[prefix_at + UNIT_EMULATOR_PREFIX_CHARS_MAX] = 'p';
    assert_int_equal(unit_serial_emulator(serial), HAL_ERR_IO);
}

static void a_path_may_have_blanks(void **state)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];

    (void)state;
    host.command_line = "imprint /my lab/unit 7";
    put_file(0, "/my lab/unit 7.serial", "7", 1);
    assert_int_equal(unit_serial_emulator(serial), HAL_OK);
    assert_string_equal(serial, "7");
}

static hal_err_t serial_of(const char *content, char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    put_file(0, "/lab/u1.serial", content, strlen(content));
    return unit_serial_emulator(serial);
}

static void a_serial_is_one_line_of_the_allowed_characters(void **state)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];

    (void)state;
    assert_int_equal(serial_of("aZ-09\n", serial), HAL_OK);
    assert_string_equal(serial, "aZ-09");
    assert_int_equal(serial_of("0123456789abcdef0123456789ABCDEF\n", serial), HAL_OK);
    assert_int_equal(strlen(serial), 32);
    assert_int_equal(serial_of("0123456789abcdef0123456789ABCDEF0", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("0123456789abcdef0123456789ABCDEF0\n", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("\n", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("a\n\n", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("a b", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("a,CN=b", serial), HAL_ERR_IO);
    assert_int_equal(serial_of("caf\xC3\xA9", serial), HAL_ERR_IO);
}

static void a_missing_serial_is_unsupported(void **state)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];

    (void)state;
    assert_int_equal(unit_serial_emulator(serial), HAL_ERR_UNSUPPORTED);
}

static void entropy_comes_from_the_units_file_in_order(void **state)
{
    uint8_t bytes[24];

    (void)state;
    put_file(0, "/lab/u1.entropy", bytes_64, 64);
    put_file(1, "/dev/urandom", "not this", 8);
    assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_OK);
    assert_memory_equal(bytes, bytes_64, sizeof bytes);
    assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_OK);
    assert_memory_equal(bytes, bytes_64 + sizeof bytes, sizeof bytes);
}

/* What is left of the file is not enough, and the host's own noise must not fill the gap. */
static void entropy_fails_at_the_end_of_the_units_file(void **state)
{
    uint8_t bytes[33];

    (void)state;
    put_file(0, "/lab/u1.entropy", bytes_64, 64);
    put_file(1, "/dev/urandom", bytes_64, 64);
    assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_OK);
    assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_ERR_IO);
    assert_int_equal(entropy_read_emulator(bytes, 1), HAL_ERR_IO);
}

static void entropy_comes_from_the_host_where_the_unit_has_no_file(void **state)
{
    uint8_t bytes[16];

    (void)state;
    put_file(0, "/dev/urandom", bytes_64, 64);
    assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_OK);
    assert_memory_equal(bytes, bytes_64, sizeof bytes);
}

static void entropy_fails_where_there_is_none(void **state)
{
    uint8_t bytes[16];

    (void)state;
    assert_int_equal(entropy_read_emulator(bytes, sizeof bytes), HAL_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_key_is_exactly_32_bytes, fresh_host),
        cmocka_unit_test_setup(a_missing_key_is_an_error_and_not_a_board_without_one, fresh_host),
        cmocka_unit_test_setup(a_command_line_without_a_unit_gives_nothing, fresh_host),
        cmocka_unit_test_setup(a_path_may_be_long_but_not_too_long, fresh_host),
        cmocka_unit_test_setup(a_path_may_have_blanks, fresh_host),
        cmocka_unit_test_setup(a_serial_is_one_line_of_the_allowed_characters, fresh_host),
        cmocka_unit_test_setup(a_missing_serial_is_unsupported, fresh_host),
        cmocka_unit_test_setup(entropy_comes_from_the_units_file_in_order, fresh_host),
        cmocka_unit_test_setup(entropy_fails_at_the_end_of_the_units_file, fresh_host),
        cmocka_unit_test_setup(entropy_comes_from_the_host_where_the_unit_has_no_file, fresh_host),
        cmocka_unit_test_setup(entropy_fails_where_there_is_none, fresh_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
