/* SPDX-License-Identifier: MIT
 * ascii.h -- characters of protocol text: ASCII alone, whatever the locale. */
#ifndef FIRMWARE_PROTO_ASCII_H
#define FIRMWARE_PROTO_ASCII_H

#include "firmware/bytes.h"

/* `c` in lower case when it is a letter, else `c`. */
uint8_t ascii_lower(uint8_t c);

bool ascii_is_digit(uint8_t c);
bool ascii_is_letter_or_digit(uint8_t c);

/* Equal, letters compared without regard to case. */
bool ascii_equal(struct bytes a, struct bytes b);

/* `text` without spaces and tabs at both ends. */
struct bytes ascii_trim(struct bytes text);

#endif
