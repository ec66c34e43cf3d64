/* SPDX-License-Identifier: MIT
 * text.h -- builds text in a buffer that the caller owns; stands in for printf, which costs 8
 * KB. */
#ifndef FIRMWARE_TEXT_H
#define FIRMWARE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/bytes.h"

/* Text under construction. Always terminated; once something did not fit, `is_cut` stays true
 * and nothing is added. */
struct text {
    char *at;
    size_t cap; /* Terminator included; at least 1. */
    size_t len;
    bool is_cut;
};

struct text text_in(char *at, size_t cap);
void text_add(struct text *text, const char *more);
void text_add_bytes(struct text *text, struct bytes more);
void text_add_char(struct text *text, char c);
void text_add_u64(struct text *text, uint64_t value);
void text_add_i32(struct text *text, int32_t value);

/* The decimal number, filled with leading zeros to at least `digits`. */
void text_add_padded(struct text *text, uint64_t value, unsigned digits);

/* Lower-case hex digits, two a byte; `separator` between bytes unless it is 0. */
void text_add_hex(struct text *text, struct bytes bytes, char separator);

/* RFC 3339, UTC: 2026-11-21T01:29:01Z. Years outside 0000 to 9999 read as "(out of range)". */
void text_add_time(struct text *text, int64_t seconds);

/* Milliseconds as seconds with three digits after the point: "1.042". */
void text_add_ms(struct text *text, uint64_t ms);

/* The same as a column, the whole part at least 3 wide: "  1.042". */
void text_add_ms_column(struct text *text, uint64_t ms);

/* The value of a hex digit of either case, or -1. */
int text_hex_digit(char c);

#endif
