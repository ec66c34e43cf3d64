/* SPDX-License-Identifier: MIT
 * unit_emulator.c -- the files of an emulated unit. See unit_emulator.h.
 *
 * The functions must stay symbols, whatever the optimizer finds: by their names the linker refuses
 * a release build. */
#include "hal/drivers/unit_emulator.h"

#include <stdbool.h>
#include <string.h>

#include "hal/arch/cortex-m/semihosting.h"

#define KEPT __attribute__((used, noinline))

enum {
    PROGRAM_CHARS_MAX = 31, /* The first word, which we don't look at. */
    SUFFIX_CHARS_MAX = 8,
    COMMAND_LINE_BYTES = PROGRAM_CHARS_MAX + 1 + UNIT_EMULATOR_PREFIX_CHARS_MAX + 1
};

struct unit_path {
    char text[COMMAND_LINE_BYTES + SUFFIX_CHARS_MAX];
};

/* The file that the noise comes from, once it was opened. */
static struct {
    bool open;
    uint32_t file;
} noise;

/* `path` becomes the unit's prefix with `suffix` behind it. */
static hal_err_t unit_path_build(struct unit_path *path, const char *suffix)
{
    if (semihosting_command_line_emulator(path->text, COMMAND_LINE_BYTES)) {
        return HAL_ERR_IO;
    }
    const char *space = strchr(path->text, ' ');

    if (!space || space[1] == '\0' || strlen(suffix) > SUFFIX_CHARS_MAX) {
        return HAL_ERR_IO;
    }
    const size_t prefix_chars = strlen(space + 1);

    memmove(path->text, space + 1, prefix_chars);
    memcpy(path->text + prefix_chars, suffix, strlen(suffix) + 1);
    return HAL_OK;
}

static hal_err_t noise_open(void)
{
    struct unit_path path;
    const hal_err_t err = unit_path_build(&path, ".entropy");

    if (err) {
        return err;
    }
    if (semihosting_open_emulator(path.text, &noise.file) &&
        semihosting_open_emulator("/dev/urandom", &noise.file)) {
        return HAL_ERR_IO;
    }
    noise.open = true;
    return HAL_OK;
}

KEPT hal_err_t entropy_read_emulator(uint8_t *out, size_t bytes)
{
    size_t got = 0;

    if (!noise.open && noise_open()) {
        return HAL_ERR_IO;
    }
    if (semihosting_read_emulator(noise.file, out, bytes, &got) || got != bytes) {
        return HAL_ERR_IO;
    }
    return HAL_OK;
}

/* All of a file that holds exactly `bytes` bytes: one more must not be there. */
static hal_err_t read_exactly(uint32_t file, uint8_t *out, size_t bytes)
{
    size_t got = 0;
    uint8_t more;

    if (semihosting_read_emulator(file, out, bytes, &got) || got != bytes) {
        return HAL_ERR_IO;
    }
    return !semihosting_read_emulator(file, &more, sizeof more, &got) && got == 0 ? HAL_OK
                                                                                  : HAL_ERR_IO;
}

KEPT hal_err_t device_key_emulator(uint8_t key[HAL_DEVICE_KEY_BYTES])
{
    struct unit_path path;
    uint32_t file;

    if (unit_path_build(&path, ".key") || semihosting_open_emulator(path.text, &file)) {
        return HAL_ERR_IO;
    }
    const hal_err_t err = read_exactly(file, key, HAL_DEVICE_KEY_BYTES);

    semihosting_close_emulator(file);
    return err;
}

static bool serial_char_allowed(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/* The line in `text`, without its end, into `serial`. */
static hal_err_t serial_parse(const char *text, size_t chars,
                              char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    if (chars > 0 && text[chars - 1] == '\n') {
        chars--;
    }
    if (chars == 0 || chars > HAL_UNIT_SERIAL_CHARS_MAX) {
        return HAL_ERR_IO;
    }
    for (size_t i = 0; i < chars; i++) {
        if (!serial_char_allowed(text[i])) {
            return HAL_ERR_IO;
        }
    }
    memcpy(serial, text, chars);
    serial[chars] = '\0';
    return HAL_OK;
}

KEPT hal_err_t unit_serial_emulator(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    struct unit_path path;
    char text[HAL_UNIT_SERIAL_CHARS_MAX + 2]; /* Longer lines fill it, and are refused. */
    size_t chars = 0;
    uint32_t file;

    if (unit_path_build(&path, ".serial")) {
        return HAL_ERR_IO;
    }
    if (semihosting_open_emulator(path.text, &file)) {
        return HAL_ERR_UNSUPPORTED;
    }
    const hal_err_t err = semihosting_read_emulator(file, text, sizeof text, &chars);

    semihosting_close_emulator(file);
    return err ? err : serial_parse(text, chars, serial);
}
