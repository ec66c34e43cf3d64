/* SPDX-License-Identifier: MIT
 * json_string.c -- one character of a JSON string at a time: UTF-8 (RFC 3629) and escapes. */
#include "firmware/proto/json_string.h"

#include "firmware/text.h"

enum {
    SURROGATE_HIGH = 0xd800,
    SURROGATE_LOW = 0xdc00,
    SURROGATE_END = 0xe000,
    FIRST_PAIRED = 0x10000,
    UNICODE_END = 0x110000
};

static void skip(struct bytes *rest, size_t bytes)
{
    *rest = bytes_of(rest->data + bytes, rest->len - bytes);
}

/* --- UTF-8 ------------------------------------------------------------------------------------ */

/* How many bytes a character has that begins with `first`, 0 for none, and the least code point
 * that needs so many. */
static size_t length_of(uint8_t first, uint32_t *least)
{
    *least = first < 0xe0 ? 0x80 : first < 0xf0 ? 0x800 : FIRST_PAIRED;
    if (first < 0xc0 || first >= 0xf8) {
        return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static imp_err_t take_utf8(struct bytes *rest, uint32_t *c)
{
    uint32_t least;
    const size_t bytes = length_of(rest->data[0], &least);

    if (bytes == 0 || bytes > rest->len) {
        return IMP_ERR_JSON_ENCODING;
    }
    uint32_t code = rest->data[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((rest->data[i] & 0xc0) != 0x80) {
            return IMP_ERR_JSON_ENCODING;
        }
        code = code << 6 | (rest->data[i] & 0x3fu);
    }
    if (code < least || code >= UNICODE_END || (code >= SURROGATE_HIGH && code < SURROGATE_END)) {
        return IMP_ERR_JSON_ENCODING;
    }
    skip(rest, bytes);
    *c = code;
    return 0;
}

size_t json_put_utf8(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    const size_t bytes = c < 0x800 ? 2 : c < FIRST_PAIRED ? 3 : 4;
    for (size_t i = bytes - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (uint8_t)(0xf00u >> bytes | c);
    return bytes;
}

/* --- Escapes ---------------------------------------------------------------------------------- */

/* The four hex digits of \uXXXX, which stand at the front. */
static bool take_hex(struct bytes *rest, uint32_t *code)
{
    if (rest->len < 4) {
        return false;
    }
    *code = 0;
    for (size_t i = 0; i < 4; i++) {
        const int digit = text_hex_digit((char)rest->data[i]);
        if (digit < 0) {
            return false;
        }
        *code = *code << 4 | (uint32_t)digit;
    }
    skip(rest, 4);
    return true;
}

/* Behind \u: one unit of UTF-16, or two that belong together. */
static imp_err_t take_unicode(struct bytes *rest, uint32_t *c)
{
    uint32_t low;

    if (!take_hex(rest, c)) {
        return IMP_ERR_JSON_MALFORMED;
    }
    if (*c < SURROGATE_HIGH || *c >= SURROGATE_END) {
        return 0;
    }
    if (*c >= SURROGATE_LOW || rest->len < 2 || rest->data[0] != '\\' || rest->data[1] != 'u') {
        return IMP_ERR_JSON_ENCODING;
    }
    skip(rest, 2);
    if (!take_hex(rest, &low)) {
        return IMP_ERR_JSON_MALFORMED;
    }
    if (low < SURROGATE_LOW || low >= SURROGATE_END) {
        return IMP_ERR_JSON_ENCODING;
    }
    *c = FIRST_PAIRED + ((*c - SURROGATE_HIGH) << 10) + (low - SURROGATE_LOW);
    return 0;
}

/* Behind a backslash. */
static imp_err_t take_escape(struct bytes *rest, uint32_t *c)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";

    if (rest->len == 0) {
        return IMP_ERR_JSON_MALFORMED;
    }
    const uint8_t letter = rest->data[0];
    skip(rest, 1);
    if (letter == 'u') {
        return take_unicode(rest, c);
    }
    const char *found = memchr(letters, letter, sizeof letters - 1);
    if (found == NULL) {
        return IMP_ERR_JSON_MALFORMED;
    }
    *c = (uint8_t)meanings[found - letters];
    return 0;
}

imp_err_t json_take_char(struct bytes *rest, uint32_t *c)
{
    if (rest->len == 0 || rest->data[0] < 0x20) {
        return IMP_ERR_JSON_MALFORMED;
    }
    if (rest->data[0] >= 0x80) {
        return take_utf8(rest, c);
    }
    *c = rest->data[0];
    skip(rest, 1);
    return *c == '\\' ? take_escape(rest, c) : 0;
}
