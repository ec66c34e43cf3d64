/* SPDX-License-Identifier: MIT
 * bytes.h -- a view of bytes that somebody else owns. */
#ifndef FIRMWARE_BYTES_H
#define FIRMWARE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* `len` bytes at `data`. An empty view may have a NULL `data`. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){ .data = data, .len = len };
}

static inline struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

/* Equal in length and content. Not constant-time: for public values only (secret.h has the
 * other). */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
