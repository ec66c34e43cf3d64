/* SPDX-License-Identifier: MIT
 * base64.c -- RFC 4648 section 4, one character at a time: no lookup tables, no state but the
 * decoder's. */
#include "firmware/proto/base64.h"

enum {
    NOT_IN_ALPHABET = 0xff
};

/* The character of a value of 0 to 63. What is encoded may be a token: no jump and no address
 * depends on it. Each step from one run of the alphabet to the next is added where the value is
 * past the run's end, which its difference to the end, below zero, shows in the high bits. */
static char character_of(uint32_t value)
{
    uint32_t c = value + 'A';

    c += ((25 - value) >> 8) & ('a' - 'Z' - 1);
    c -= ((51 - value) >> 8) & ('z' - '0' + 1);
    c -= ((61 - value) >> 8) & ('9' - '+' + 1);
    c += ((62 - value) >> 8) & ('/' - '+' - 1);
    return (char)c;
}

size_t base64_encode(struct bytes in, char *out)
{
    char *at = out;

    for (size_t i = 0; i < in.len; i += 3) {
        const size_t left = in.len - i;
        const uint32_t bits = (uint32_t)in.data[i] << 16 |
                              (left > 1 ? (uint32_t)in.data[i + 1] << 8 : 0) |
                              (left > 2 ? (uint32_t)in.data[i + 2] : 0);
        *at++ = character_of(bits >> 18);
        *at++ = character_of(bits >> 12 & 63);
        *at++ = left > 1 ? character_of(bits >> 6 & 63) : '=';
        *at++ = left > 2 ? character_of(bits & 63) : '=';
    }
    return (size_t)(at - out);
}

static uint8_t value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint8_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint8_t)(c - 'a' + 26);
    }
    if (c >= '0' && c <= '9') {
        return (uint8_t)(c - '0' + 52);
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : NOT_IN_ALPHABET;
}

static bool is_white_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Padding stands third or fourth in a quad, and the bits it leaves unused are zero. */
static bool take_pad(struct base64_decoder *decoder)
{
    if (decoder->quad_index < 2 || decoder->bits != 0) {
        return false;
    }
    decoder->pad_count++;
    decoder->quad_index = (uint8_t)((decoder->quad_index + 1) & 3);
    return true;
}

/* A character of the alphabet: true when it completes a byte, which is then the low one of
 * *byte. */
static bool take_value(struct base64_decoder *decoder, uint8_t value, uint8_t *byte)
{
    decoder->bits = decoder->bits << 6 | value;
    decoder->bit_count = (uint8_t)(decoder->bit_count + 6);
    decoder->quad_index = (uint8_t)((decoder->quad_index + 1) & 3);
    if (decoder->bit_count < 8) {
        return false;
    }
    decoder->bit_count = (uint8_t)(decoder->bit_count - 8);
    *byte = (uint8_t)(decoder->bits >> decoder->bit_count);
    decoder->bits &= (1u << decoder->bit_count) - 1;
    return true;
}

imp_err_t base64_decode(struct base64_decoder *decoder, struct bytes in, uint8_t *out, size_t cap,
                        size_t *written)
{
    *written = 0;
    for (size_t i = 0; i < in.len; i++) {
        const uint8_t c = in.data[i];
        const uint8_t value = value_of(c);
        uint8_t byte;

        if (is_white_space(c) || (c == '=' && take_pad(decoder))) {
            continue;
        }
        if (value == NOT_IN_ALPHABET || decoder->pad_count > 0) {
            return IMP_ERR_BASE64_MALFORMED;
        }
        if (take_value(decoder, value, &byte)) {
            if (*written == cap) {
                return IMP_ERR_BUG_SPACE;
            }
            out[(*written)++] = byte;
        }
    }
    return 0;
}

imp_err_t base64_finish(const struct base64_decoder *decoder)
{
    return decoder->quad_index == 0 ? 0 : IMP_ERR_BASE64_MALFORMED;
}
