/* SPDX-License-Identifier: MIT
 * json_string.h -- characters of a JSON string (RFC 8259 7 and 8), for json.c alone. */
#ifndef FIRMWARE_PROTO_JSON_STRING_H
#define FIRMWARE_PROTO_JSON_STRING_H

#include "firmware/bytes.h"
#include "firmware/error.h"

/* Take one character off `rest`, raw or escaped: its code point to *c. A quote ends no string here:
 * the caller looks for it first. 0; IMP_ERR_JSON_MALFORMED (control character, bad escape, the
 * end); IMP_ERR_JSON_ENCODING (bad UTF-8, lone surrogate). */
imp_err_t json_take_char(struct bytes *rest, uint32_t *c);

/* Put `c` to `out` as UTF-8; returns the bytes, 1 to 4. */
size_t json_put_utf8(uint32_t c, uint8_t out[4]);

#endif
