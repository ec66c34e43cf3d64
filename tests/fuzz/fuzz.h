/* SPDX-License-Identifier: MIT
 * fuzz.h -- what every fuzz target offers, and how it says that something is wrong. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "firmware/bytes.h"

/* Feed one input; called by libFuzzer, or once for each file of a corpus by replay.c. The input ends with its
 * allocation, so that the address sanitizer sees the first byte read behind it. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* What must hold for every input; a finding when it doesn't. */
#define FUZZ_MUST(condition)                                                        \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

/* An empty view, or one that lies within `whole`. */
static inline bool fuzz_is_within(struct bytes view, struct bytes whole)
{
    return view.len == 0 || (view.data >= whole.data && view.len <= whole.len &&
                             (size_t)(view.data - whole.data) <= whole.len - view.len);
}

/* Cut the first `size` bytes off `rest`; fewer when there are not so many. */
static inline struct bytes fuzz_take(struct bytes *rest, size_t size)
{
    const struct bytes taken = bytes_of(rest->data, size < rest->len ? size : rest->len);

    if (taken.len > 0) {
        *rest = bytes_of(rest->data + taken.len, rest->len - taken.len);
    }
    return taken;
}

/* Cut a number of `size` bytes (1 to 4), little-endian, off `rest`; bytes that are not there are zero. */
static inline uint32_t fuzz_take_number(struct bytes *rest, size_t size)
{
    const struct bytes taken = fuzz_take(rest, size);
    uint32_t number = 0;

    for (size_t i = 0; i < taken.len; i++) {
        number |= (uint32_t)taken.data[i] << 8 * i;
    }
    return number;
}

/* A copy that ends with its allocation; the caller frees .data. */
static inline struct bytes fuzz_copy(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);

    FUZZ_MUST(copy != NULL);
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return bytes_of(copy, bytes.len);
}

#endif
