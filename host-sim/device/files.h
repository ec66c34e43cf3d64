/* SPDX-License-Identifier: MIT
 * files.h -- small files that are there whole or not at all. */
#ifndef HOST_SIM_DEVICE_FILES_H
#define HOST_SIM_DEVICE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "firmware/bytes.h"

enum {
    FILES_PATH_CHARS_MAX = 1023
};

/* Join into `out`: FOLDER/NAME, or PREFIX and SUFFIX without anything between. False when it would
 * be longer than FILES_PATH_CHARS_MAX. */
bool files_join(char out[FILES_PATH_CHARS_MAX + 1], const char *folder, const char *name);
bool files_append(char out[FILES_PATH_CHARS_MAX + 1], const char *prefix, const char *suffix);

/* Make `path` hold `content` with permissions `mode`: written to a new file beside it, synced, and
 * renamed. Where `replace` is false an existing file is left alone (EEXIST), also when another
 * process makes it at the same moment. Blocks for the disk. Returns 0 or an errno value. A crash
 * leaves the old file or the new one, whole, and possibly a `.new.XXXXXX` file beside it. */
int files_write(const char *path, mode_t mode, bool replace, struct bytes content);

/* Read all of `path`, at most `cap` bytes, its length to *bytes. Returns 0, an errno value, or
 * EFBIG for a longer file. */
int files_read(const char *path, void *out, size_t cap, size_t *bytes);

/* Make the folder `path` (0700) unless there is one; its parent must exist. Returns 0 or an errno
 * value. */
int files_folder(const char *path);

#endif
