/* SPDX-License-Identifier: MIT
 * base64url.h -- RFC 4648 section 5 as JOSE uses it (RFC 7515 2): no padding, no white space. */
#ifndef FIRMWARE_PROTO_BASE64URL_H
#define FIRMWARE_PROTO_BASE64URL_H

#include "firmware/bytes.h"
#include "firmware/error.h"

/* Bytes that `chars` characters decode to. */
#define BASE64URL_BYTES(chars) ((chars) / 4 * 3 + (chars) % 4 * 3 / 4)

/* Decode all of `in`, which must be the one form its content has: bits left over are zero, and no
 * character is left over. `out` (`cap` bytes) may be where `in` lies, at or before it. *written:
 * bytes put there. 0; IMP_ERR_BASE64_MALFORMED; IMP_ERR_BUG_SPACE (more than `cap`). */
imp_err_t base64url_decode(struct bytes in, uint8_t *out, size_t cap, size_t *written);

#endif
