/* SPDX-License-Identifier: MIT
 * totality.h -- feeds a parser every truncation and every single-byte mutation of a vector. Each
 * input ends flush with its allocation, so that the address sanitizer sees the first byte read
 * behind it. */
#ifndef TESTS_SUPPORT_TOTALITY_H
#define TESTS_SUPPORT_TOTALITY_H

#include <stdlib.h>

#include "firmware/bytes.h"

typedef void (*totality_fn)(struct bytes input, void *context);

/* A copy that ends with its allocation; the caller frees .data. */
static inline struct bytes totality_flush(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);

    if (copy == NULL) {
        abort();
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return bytes_of(copy, bytes.len);
}

/* Give `parse` all proper prefixes of `vector`, then `vector` with one byte replaced, at every
 * place by every value. */
static inline void totality_run(struct bytes vector, totality_fn parse, void *context)
{
    for (size_t len = 0; len < vector.len; len++) {
        const struct bytes prefix = totality_flush(bytes_of(vector.data, len));
        parse(prefix, context);
        free((void *)prefix.data);
    }
    const struct bytes whole = totality_flush(vector);
    uint8_t *at = (uint8_t *)whole.data;
    for (size_t i = 0; i < whole.len; i++) {
        for (unsigned change = 1; change < 256; change++) {
            at[i] = (uint8_t)(vector.data[i] ^ change);
            parse(whole, context);
        }
        at[i] = vector.data[i];
    }
    free(at);
}

#endif
