/* SPDX-License-Identifier: MIT
 * der.h -- DER (X.690): a reader that stops at its first doubt, and a writer that builds from
 * the end backwards.
 *
 * Reading: definite lengths in their shortest form, tags of one byte, elements up to 65,535
 * bytes. The first thing that is not as asked makes the reader bad; from then on every read
 * gives an empty view and the reader stays bad. So a structure is read straight down and judged
 * once, with der_is_finished. */
#ifndef FIRMWARE_PROTO_DER_H
#define FIRMWARE_PROTO_DER_H

#include "firmware/bytes.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};

/* Context-specific tags: [n] of a primitive, and of a constructed type. */
#define DER_CONTEXT(n)             (0x80 | (n))
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n))

/* A run of elements, one after the other. Views into memory that somebody else owns. */
struct der {
    struct bytes rest;
    bool is_bad;
};

struct der der_begin(struct bytes run);

/* Everything was read and nothing was wrong. */
bool der_is_finished(const struct der *der);

/* Something is left to read. */
bool der_has_more(const struct der *der);

/* The next element has this tag. */
bool der_is_next(const struct der *der, uint8_t tag);

/* Call the reader bad: its content is not what it must be. */
void der_spoil(struct der *der);

/* Content of the next element, which must have `tag`. */
struct bytes der_read(struct der *der, uint8_t tag);

/* Content of the next element, whatever its tag; *tag is 0 when the reader is bad. */
struct bytes der_read_any(struct der *der, uint8_t *tag);

/* The next element with its header; it must have `tag`. */
struct bytes der_read_whole(struct der *der, uint8_t tag);

/* Open the next element, which must have `tag`, to read inside it; der_leave ends that. */
struct der der_enter(struct der *der, uint8_t tag);

/* Back outside: `outer` becomes bad unless `inner` was read to its end. */
void der_leave(struct der *outer, const struct der *inner);

/* Content of an INTEGER in its shortest form. */
struct bytes der_read_integer(struct der *der);

/* A positive INTEGER without its leading zero; zero and negative ones are bad. */
struct bytes der_read_positive(struct der *der);

/* An INTEGER from 0 on; values over `max` read as `max`. */
uint16_t der_read_small(struct der *der, uint16_t max);

/* A BOOLEAN if one stands here, else false: BOOLEAN DEFAULT FALSE. A FALSE that is written out
 * is tolerated. */
bool der_read_default_false(struct der *der);

/* Content of a BIT STRING of whole bytes, without the count of unused bits. */
struct bytes der_read_bit_string(struct der *der);

/* Writing goes backwards: what stands last is put first, and der_put_header closes what was put
 * since. When it does not fit, `is_full` stays set and nothing more is written. */
struct der_writer {
    uint8_t *begin; /* The memory. */
    uint8_t *at;    /* What is written begins here. */
    uint8_t *end;
    bool is_full;
};

struct der_writer der_write_into(uint8_t *memory, size_t cap);

/* Bytes written so far: mark the end of something before it is put. */
size_t der_written(const struct der_writer *writer);

/* Put `bytes` before what is there; they may lie in the writer's own memory, before `at`. */
void der_put(struct der_writer *writer, struct bytes bytes);

/* Put tag and length of everything written since `mark`. At most 65,535 bytes. */
void der_put_header(struct der_writer *writer, uint8_t tag, size_t mark);

/* Move what is written to the beginning of the memory. Its length, or 0 when it did not fit. */
size_t der_write_end(struct der_writer *writer);

#endif
