/* SPDX-License-Identifier: MIT
 * base64.h -- RFC 4648 section 4, canonical only: padding required, unused bits zero. */
#ifndef FIRMWARE_PROTO_BASE64_H
#define FIRMWARE_PROTO_BASE64_H

#include "firmware/bytes.h"
#include "firmware/error.h"

/* Characters that encode `bytes` bytes, without terminator. */
#define BASE64_CHARS(bytes) (((bytes) + 2) / 3 * 4)

/* Encode `in` into `out` (BASE64_CHARS(in.len) characters, not terminated). Returns the
 * characters written. */
size_t base64_encode(struct bytes in, char *out);

/* Decoder fed in pieces of any size: `out` may be the memory that a piece lies in, at or before
 * it. All zero to begin. */
struct base64_decoder {
    uint32_t bits;
    uint8_t bit_count;
    uint8_t quad_index; /* Characters of the quad under way. */
    uint8_t pad_count;
};

/* Decode one piece; ASCII white space (space, tab, CR, LF) is skipped: bodies come in lines (RFC
 * 7030 4.1.3, RFC 8951). *written: bytes put to `out` (`cap` bytes). 0;
 * IMP_ERR_BASE64_MALFORMED; IMP_ERR_BUG_SPACE (more than `cap`). */
imp_err_t base64_decode(struct base64_decoder *decoder, struct bytes in, uint8_t *out, size_t cap,
                        size_t *written);

/* The end: 0; IMP_ERR_BASE64_MALFORMED (an unfinished quad). */
imp_err_t base64_finish(const struct base64_decoder *decoder);

#endif
