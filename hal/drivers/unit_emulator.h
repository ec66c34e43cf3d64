/* SPDX-License-Identifier: MIT
 * unit_emulator.h -- entropy, device key and serial number of an emulated unit, from host files.
 *
 * Which unit this is, the emulator's command line says: everything behind its first space is a path
 * prefix, and the unit's files are that prefix plus `.entropy`, `.key` and `.serial`. For emulators
 * only: boards call these from their hal_entropy_read and so on, and their linker scripts refuse
 * the names in a release build. */
#ifndef HAL_DRIVERS_UNIT_EMULATOR_H
#define HAL_DRIVERS_UNIT_EMULATOR_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal_err.h"
#include "hal/hal_unit.h"

enum {
    UNIT_EMULATOR_PREFIX_CHARS_MAX = 220
};

/* As hal_entropy_read, from `<unit>.entropy` where that exists, else from the host's /dev/urandom.
 * A file is read on from where the last call stopped, and from its start again after a reset; once
 * begun it is not changed for the other. 0; HAL_ERR_IO (no unit on the command line, or the file
 * has come to its end). */
hal_err_t entropy_read_emulator(uint8_t *out, size_t bytes);

/* As hal_device_key, from `<unit>.key`, which holds exactly 32 bytes.
 * 0; HAL_ERR_IO (no unit on the command line, no such file, or another length). */
hal_err_t device_key_emulator(uint8_t key[HAL_DEVICE_KEY_BYTES]);

/* As hal_unit_serial, from `<unit>.serial`: one line of 1 to 32 characters of [0-9A-Za-z-]. 0;
 * HAL_ERR_UNSUPPORTED (no such file); HAL_ERR_IO (no unit on the command line, or other text). */
hal_err_t unit_serial_emulator(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1]);

#endif
