/* SPDX-License-Identifier: MIT
 * json_out.h -- writes JSON, member by member, to a stdio stream: for --json and for small HTTP
 * answers.
 *
 * Only writes; strings are escaped, commas and nesting are kept. The caller opens and closes
 * objects in pairs. Names are NULL inside an array and for the outermost value.
 */
#ifndef IMPRINT_CLI_JSON_OUT_H
#define IMPRINT_CLI_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_out {
    FILE *file; /* Borrowed. */
    bool comma; /* The next member follows another one. */
};

/* Start writing to `file`, which stays the caller's. */
void json_out_init(struct json_out *json, FILE *file);

/* Open and close an object or an array. Closing the outermost one does not end the line. */
void json_object(struct json_out *json, const char *name);
void json_object_end(struct json_out *json);
void json_array(struct json_out *json, const char *name);
void json_array_end(struct json_out *json);

/* One member. json_text writes null for NULL; bytes that are no printable ASCII are written as
 * \u00XX. json_raw writes `chars` of `value` as they stand: the caller knows that they are one
 * JSON value, without a line break. */
void json_text(struct json_out *json, const char *name, const char *text);
void json_raw(struct json_out *json, const char *name, const char *value, size_t chars);
void json_integer(struct json_out *json, const char *name, int64_t value);
void json_bool(struct json_out *json, const char *name, bool value);
void json_null(struct json_out *json, const char *name);

#endif
