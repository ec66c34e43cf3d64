/* SPDX-License-Identifier: MIT
 * base64url.c -- RFC 4648 section 5 without padding. */
#include "firmware/proto/base64url.h"

enum {
    NOT_IN_ALPHABET = 64
};

static uint32_t value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint32_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint32_t)(c - 'a' + 26);
    }
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0' + 52);
    }
    if (c == '-') {
        return 62;
    }
    return c == '_' ? 63 : NOT_IN_ALPHABET;
}

imp_err_t base64url_decode(struct bytes in, uint8_t *out, size_t cap, size_t *written)
{
    uint32_t bits = 0; /* Not yet given out. */
    unsigned bit_count = 0;

    *written = 0;
    for (size_t i = 0; i < in.len; i++) {
        const uint32_t value = value_of(in.data[i]);
        if (value == NOT_IN_ALPHABET) {
            return IMP_ERR_BASE64_MALFORMED;
        }
        bits = bits << 6 | value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            if (*written == cap) {
                return IMP_ERR_BUG_SPACE;
            }
            out[(*written)++] = (uint8_t)(bits >> bit_count);
            bits &= (1u << bit_count) - 1;
        }
    }
    return bits == 0 && bit_count < 6 ? 0 : IMP_ERR_BASE64_MALFORMED;
}
