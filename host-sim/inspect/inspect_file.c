/* SPDX-License-Identifier: MIT
 * inspect_file.c -- files, whole, into memory that lives as long as the question. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/inspect/inspect.h"

enum {
    FILE_BYTES_MAX = 16 * 1024 * 1024 + 1,
    FIRST_BYTES = 16 * 1024
};

void inspect_close(struct inspect *inspect)
{
    for (size_t i = 0; i < inspect->memory_count; i++) {
        free(inspect->memory[i]);
    }
    inspect->memory_count = 0;
}

/* All of `file`. False: errno says why not. */
static bool read_all(FILE *file, uint8_t **memory, size_t *bytes)
{
    size_t cap = FIRST_BYTES;
    size_t got = 1;

    *bytes = 0;
    *memory = malloc(cap);
    while (*memory != NULL && got > 0) {
        got = fread(*memory + *bytes, 1, cap - *bytes, file);
        *bytes += got;
        if (*bytes > FILE_BYTES_MAX) {
            errno = EFBIG;
            return false;
        }
        if (*bytes == cap) {
            uint8_t *more = realloc(*memory, 2 * cap);
            if (more == NULL) {
                return false;
            }
            *memory = more;
            cap *= 2;
        }
    }
    return *memory != NULL && !ferror(file);
}

int inspect_read(struct inspect *inspect, const char *path, struct bytes *content)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    uint8_t *memory = NULL;
    size_t bytes = 0;

    if (inspect->memory_count == INSPECT_FILES_MAX) {
        return say_unreadable(&inspect->say, "too many files");
    }
    if (is_stdin && inspect->no_stdin) {
        return say_unreadable(&inspect->say, "- is no file here: give its name");
    }
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (file == NULL) {
        return say_unreadable(&inspect->say, "%s: %s", path, strerror(errno));
    }
    const bool is_read = read_all(file, &memory, &bytes);
    const int reason = errno;

    inspect->memory[inspect->memory_count++] = memory;
    if (!is_stdin) {
        fclose(file);
    }
    if (!is_read) {
        return say_unreadable(&inspect->say, "%s: %s", path, strerror(reason));
    }
    *content = bytes_of(memory, bytes);
    return CLI_OK;
}
