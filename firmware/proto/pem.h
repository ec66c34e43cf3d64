/* SPDX-License-Identifier: MIT
 * pem.h -- reader of PEM (RFC 7468) for what people paste and host tools read: exact labels, no
 * headers, only white space before, between and after the blocks. */
#ifndef FIRMWARE_PROTO_PEM_H
#define FIRMWARE_PROTO_PEM_H

#include "firmware/bytes.h"
#include "firmware/error.h"

/* Decode the block at the front of `rest`, which moves on behind it. Its label must be `label`
 * ("CERTIFICATE", say). *bytes: how many were put to `out` (`cap` bytes), which may be where
 * `rest` lies, at or before it. 1 a block; 0 nothing but white space is left;
 * IMP_ERR_PEM_MALFORMED; IMP_ERR_BASE64_MALFORMED; IMP_ERR_BUG_SPACE. */
int32_t pem_next(struct bytes *rest, const char *label, uint8_t *out, size_t cap, size_t *bytes);

#endif
