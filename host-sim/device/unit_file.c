/* SPDX-License-Identifier: MIT
 * unit_file.c -- hal_unit over two files beside the flash image. */
#define _GNU_SOURCE /* getrandom, explicit_bzero */
#include "host-sim/device/unit_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "hal/hal_unit.h"
#include "host-sim/device/files.h"

enum {
    SERIAL_RANDOM_BYTES = 6
};

static char used_prefix[FILES_PATH_CHARS_MAX + 1];

bool unit_file_use(const char *prefix)
{
    return files_append(used_prefix, prefix, "");
}

int unit_file_make_key(const char *prefix)
{
    uint8_t key[HAL_DEVICE_KEY_BYTES];
    char path[FILES_PATH_CHARS_MAX + 1];
    int err;

    if (!files_append(path, prefix, ".key")) {
        return ENAMETOOLONG;
    }
    if (access(path, F_OK) == 0) {
        return 0;
    }
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key) {
        return EIO;
    }
    err = files_write(path, 0600, false, bytes_of(key, sizeof key));
    explicit_bzero(key, sizeof key);
    return err == EEXIST ? 0 : err;
}

static bool serial_is_valid(const char *serial)
{
    static const char allowed[] = "0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz-";
    const size_t chars = strlen(serial);

    return chars >= 1 && chars <= HAL_UNIT_SERIAL_CHARS_MAX && strspn(serial, allowed) == chars;
}

/* 0, ENOENT, EINVAL, an errno value. */
static int read_serial(const char *prefix, char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    char path[FILES_PATH_CHARS_MAX + 1];
    char line[HAL_UNIT_SERIAL_CHARS_MAX + 2]; /* One more for the newline, one to end it. */
    size_t bytes = 0;
    int err;

    if (!files_append(path, prefix, ".serial")) {
        return ENAMETOOLONG;
    }
    err = files_read(path, line, sizeof line - 1, &bytes);
    if (err) {
        return err;
    }
    line[bytes] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (!serial_is_valid(line)) {
        return EINVAL;
    }
    strcpy(serial, line);
    return 0;
}

static int random_serial(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    uint8_t noise[SERIAL_RANDOM_BYTES];

    if (getrandom(noise, sizeof noise, 0) != (ssize_t)sizeof noise) {
        return EIO;
    }
    for (size_t i = 0; i < sizeof noise; i++) {
        snprintf(serial + 2 * i, 3, "%02x", noise[i]);
    }
    return 0;
}

int unit_file_make_serial(const char *prefix, const char *serial)
{
    char path[FILES_PATH_CHARS_MAX + 1];
    char line[HAL_UNIT_SERIAL_CHARS_MAX + 2];
    char text[HAL_UNIT_SERIAL_CHARS_MAX + 1];
    int err;

    if (serial != NULL && !serial_is_valid(serial)) {
        return EINVAL;
    }
    err = read_serial(prefix, text);
    if (err != ENOENT) {
        return !err && serial != NULL && strcmp(serial, text) != 0 ? EEXIST : err;
    }
    if (serial != NULL) {
        strcpy(text, serial);
    } else if (random_serial(text) != 0) {
        return EIO;
    }
    if (!files_append(path, prefix, ".serial")) {
        return ENAMETOOLONG;
    }
    snprintf(line, sizeof line, "%s\n", text);
    err = files_write(path, 0600, false, bytes_of_text(line));
    return err == EEXIST && serial == NULL ? 0 : err;
}

hal_err_t hal_unit_serial(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    const int err = used_prefix[0] != '\0' ? read_serial(used_prefix, serial) : ENOENT;

    if (err == ENOENT) {
        return HAL_ERR_UNSUPPORTED;
    }
    return err ? HAL_ERR_IO : 0;
}

hal_err_t hal_device_key(uint8_t key[HAL_DEVICE_KEY_BYTES])
{
    char path[FILES_PATH_CHARS_MAX + 1];
    size_t bytes = 0;

    if (used_prefix[0] == '\0') {
        return HAL_ERR_UNSUPPORTED;
    }
    if (!files_append(path, used_prefix, ".key") ||
        files_read(path, key, HAL_DEVICE_KEY_BYTES, &bytes) != 0 || bytes != HAL_DEVICE_KEY_BYTES) {
        return HAL_ERR_IO;
    }
    return 0;
}
