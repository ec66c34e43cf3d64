/* SPDX-License-Identifier: MIT
 * der.c -- DER (X.690): a reader that stops at its first doubt, and a writer that builds from
 * the end backwards. */
#include "firmware/proto/der.h"

enum {
    LENGTH_1_BYTE = 0x81,
    LENGTH_2_BYTES = 0x82,
    TAG_NUMBER = 0x1f
};

/* --- Reading ---------------------------------------------------------------------------------- */

/* Bytes of tag and length at the front of `run`, or 0: cut short, a long tag, the tag 0, a
 * length that is indefinite, not in its shortest form (X.690 10.1) or over two bytes. */
static size_t read_header(struct bytes run, size_t *content_bytes)
{
    if (run.len < 2 || run.data[0] == 0 || (run.data[0] & TAG_NUMBER) == TAG_NUMBER) {
        return 0;
    }
    const uint8_t length = run.data[1];
    if (length < 0x80) {
        *content_bytes = length;
        return 2;
    }
    if (length == LENGTH_1_BYTE && run.len >= 3 && run.data[2] >= 0x80) {
        *content_bytes = run.data[2];
        return 3;
    }
    if (length == LENGTH_2_BYTES && run.len >= 4 && run.data[2] != 0) {
        *content_bytes = (size_t)run.data[2] << 8 | run.data[3];
        return 4;
    }
    return 0;
}

struct der der_begin(struct bytes run)
{
    return (struct der){ .rest = run };
}

bool der_is_finished(const struct der *der)
{
    return !der->is_bad && der->rest.len == 0;
}

bool der_has_more(const struct der *der)
{
    return !der->is_bad && der->rest.len > 0;
}

bool der_is_next(const struct der *der, uint8_t tag)
{
    return der_has_more(der) && der->rest.data[0] == tag;
}

void der_spoil(struct der *der)
{
    *der = (struct der){ .is_bad = true };
}

/* The next element; its header's bytes in *header. Spoils the reader when there is none. */
static struct bytes next_element(struct der *der, size_t *header)
{
    size_t content = 0;

    *header = read_header(der->rest, &content);
    if (*header == 0 || content > der->rest.len - *header) {
        *header = 0;
        der_spoil(der);
        return bytes_of(NULL, 0);
    }
    const struct bytes whole = bytes_of(der->rest.data, *header + content);
    der->rest = bytes_of(whole.data + whole.len, der->rest.len - whole.len);
    return whole;
}

struct bytes der_read_any(struct der *der, uint8_t *tag)
{
    size_t header;
    const struct bytes whole = next_element(der, &header);

    *tag = whole.len > 0 ? whole.data[0] : 0;
    return whole.len > 0 ? bytes_of(whole.data + header, whole.len - header) : whole;
}

struct bytes der_read(struct der *der, uint8_t tag)
{
    uint8_t found;

    if (!der_is_next(der, tag)) {
        der_spoil(der);
    }
    return der_read_any(der, &found);
}

struct bytes der_read_whole(struct der *der, uint8_t tag)
{
    size_t header;

    if (!der_is_next(der, tag)) {
        der_spoil(der);
    }
    return next_element(der, &header);
}

struct der der_enter(struct der *der, uint8_t tag)
{
    const struct bytes content = der_read(der, tag);
    return (struct der){ .rest = content, .is_bad = der->is_bad };
}

void der_leave(struct der *outer, const struct der *inner)
{
    if (!der_is_finished(inner)) {
        der_spoil(outer);
    }
}

struct bytes der_read_integer(struct der *der)
{
    const struct bytes value = der_read(der, DER_INTEGER);
    const bool is_long = value.len > 1 && ((value.data[0] == 0x00 && value.data[1] < 0x80) ||
                                           (value.data[0] == 0xff && value.data[1] >= 0x80));

    if (value.len == 0 || is_long) {
        der_spoil(der);
        return bytes_of(NULL, 0);
    }
    return value;
}

struct bytes der_read_positive(struct der *der)
{
    struct bytes value = der_read_integer(der);

    if (value.len > 1 && value.data[0] == 0) {
        return bytes_of(value.data + 1, value.len - 1);
    }
    if (value.len == 0 || value.data[0] == 0 || value.data[0] >= 0x80) {
        der_spoil(der);
        return bytes_of(NULL, 0);
    }
    return value;
}

uint16_t der_read_small(struct der *der, uint16_t max)
{
    const struct bytes value = der_read_integer(der);
    uint32_t sum = 0;

    if (value.len > 0 && value.data[0] >= 0x80) {
        der_spoil(der);
        return 0;
    }
    for (size_t i = 0; i < value.len; i++) {
        sum = sum << 8 | value.data[i];
        sum = sum < max ? sum : max;
    }
    return (uint16_t)sum;
}

bool der_read_default_false(struct der *der)
{
    if (!der_is_next(der, DER_BOOLEAN)) {
        return false;
    }
    const struct bytes value = der_read(der, DER_BOOLEAN);
    if (value.len != 1 || (value.data[0] != 0x00 && value.data[0] != 0xff)) {
        der_spoil(der);
        return false;
    }
    return value.data[0] != 0;
}

struct bytes der_read_bit_string(struct der *der)
{
    const struct bytes value = der_read(der, DER_BIT_STRING);

    if (value.len == 0 || value.data[0] != 0) {
        der_spoil(der);
        return bytes_of(NULL, 0);
    }
    return bytes_of(value.data + 1, value.len - 1);
}

/* --- Writing ---------------------------------------------------------------------------------- */

struct der_writer der_write_into(uint8_t *memory, size_t cap)
{
    return (struct der_writer){ .begin = memory, .at = memory + cap, .end = memory + cap };
}

size_t der_written(const struct der_writer *writer)
{
    return (size_t)(writer->end - writer->at);
}

void der_put(struct der_writer *writer, struct bytes bytes)
{
    if (bytes.len == 0 || writer->is_full) {
        return;
    }
    if (bytes.len > (size_t)(writer->at - writer->begin)) {
        writer->is_full = true;
        return;
    }
    writer->at -= bytes.len;
    memmove(writer->at, bytes.data, bytes.len);
}

void der_put_header(struct der_writer *writer, uint8_t tag, size_t mark)
{
    const size_t len = der_written(writer) - mark;
    const uint8_t low = (uint8_t)len;
    const uint8_t high = (uint8_t)(len >> 8);

    if (len > UINT16_MAX) {
        writer->is_full = true;
    } else if (len < 0x80) {
        der_put(writer, bytes_of((const uint8_t[]){ tag, low }, 2));
    } else if (len < 0x100) {
        der_put(writer, bytes_of((const uint8_t[]){ tag, LENGTH_1_BYTE, low }, 3));
    } else {
        der_put(writer, bytes_of((const uint8_t[]){ tag, LENGTH_2_BYTES, high, low }, 4));
    }
}

size_t der_write_end(struct der_writer *writer)
{
    const size_t len = der_written(writer);

    if (writer->is_full) {
        return 0;
    }
    memmove(writer->begin, writer->at, len);
    return len;
}
