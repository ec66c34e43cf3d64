/* SPDX-License-Identifier: MIT
 * json.h -- pull reader of JSON (RFC 8259) over a text that is all there: no heap, no copies.
 *
 * Strict: UTF-8 without a byte order mark, no duplicate members, no lone surrogates, no more than
 * JSON_DEPTH_MAX levels and JSON_MEMBERS_MAX members an object (RFC 8259 9 allows limits; without
 * the second one the search for duplicates would take a hostile text's square of time). */
#ifndef FIRMWARE_PROTO_JSON_H
#define FIRMWARE_PROTO_JSON_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum {
    JSON_DEPTH_MAX = 16,
    JSON_MEMBERS_MAX = 64
};

enum json_type {
    JSON_END, /* The text has been read to its end. */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_NAME, /* Of a member; its value comes next. */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

/* What was read; a view into the text. */
struct json_token {
    enum json_type type;
    struct bytes text; /* NAME, STRING: between the quotes, escapes as they stand. Others: the
                        * token itself. */
};

/* A text being read; all fields are private. */
struct json {
    struct bytes text; /* Borrowed. */
    size_t at;
    size_t begins[JSON_DEPTH_MAX]; /* Where the bracket of each open object or array stands. */
    uint8_t depth;
    uint8_t expects;
    imp_err_t error; /* What the reader stopped with; it stays. */
};

/* Start to read `text`, which must stay where it is. */
void json_begin(struct json *json, struct bytes text);

/* The next token. 0; IMP_ERR_JSON_MALFORMED; IMP_ERR_JSON_ENCODING (UTF-8, byte order mark, lone
 * surrogate); IMP_ERR_JSON_DUPLICATE (names equal once their escapes are read);
 * IMP_ERR_JSON_TOO_LARGE (depth or members). After an error every further call returns it again.
 * Who must not act on the front of a text whose end is wrong calls json_check first. */
imp_err_t json_next(struct json *json, struct json_token *token);

/* Read the whole text: 0, or the error that json_next would stop with. */
imp_err_t json_check(struct bytes text);

/* The member `name` (ASCII) of the object that `text` is, which has passed json_check. For an
 * object or array token->text is all of it, so that this function or json_begin can go on inside.
 * False: there is none, or `text` is no object. */
bool json_find(struct bytes text, const char *name, struct json_token *token);

/* The text of a NAME or STRING is `other`, once its escapes are read. */
bool json_equal(struct bytes text, struct bytes other);

/* Put the text of a NAME or STRING to `out` as UTF-8 without escapes; *written: its bytes, never
 * more than text.len. It may hold U+0000. 0; IMP_ERR_BUG_SPACE (more than `cap`);
 * IMP_ERR_JSON_MALFORMED and _ENCODING where it came from no json_next. */
imp_err_t json_copy(struct bytes text, uint8_t *out, size_t cap, size_t *written);

/* The value of a NUMBER that is a whole one, without fraction and exponent. False: it is not, or
 * does not fit. */
bool json_read_integer(struct bytes text, int64_t *value);

#endif
