/* SPDX-License-Identifier: MIT
 * unit_file.h -- what makes one emulated unit that unit: PREFIX.key and PREFIX.serial.
 *
 * PREFIX.key is the device key, 32 secret bytes, 0600; PREFIX.serial the serial number, one line of
 * text. The emulated boards read the same two files. Whoever has both the key and the flash image
 * has the identity. */
#ifndef HOST_SIM_DEVICE_UNIT_FILE_H
#define HOST_SIM_DEVICE_UNIT_FILE_H

#include <stdbool.h>

/* Let hal_unit_serial and hal_device_key read the files of `prefix` (copied). Touches no file.
 * Without a call, and where the serial file is missing, the board answers HAL_ERR_UNSUPPORTED; a
 * missing key is HAL_ERR_IO. False: too long. */
bool unit_file_use(const char *prefix);

/* Make PREFIX.key unless it is there. Returns 0 or an errno value. */
int unit_file_make_key(const char *prefix);

/* Make PREFIX.serial with `serial`, or with 12 random hex digits where `serial` is NULL, unless it
 * is there. Returns 0, EINVAL (not 1 to 32 of [0-9A-Za-z-]), EEXIST (`serial` was given, and the
 * file says another), an errno value. */
int unit_file_make_serial(const char *prefix, const char *serial);

#endif
