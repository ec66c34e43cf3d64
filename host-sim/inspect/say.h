/* SPDX-License-Identifier: MIT
 * say.h -- what a command found, as lines for people or as one JSON object for scripts: the same
 * names and the same tree.
 *
 * What comes from the inspected file may hold anything: whatever is no printable ASCII is written
 * as \xHH, so that it can't reach a terminal as a control sequence. */
#ifndef HOST_SIM_INSPECT_SAY_H
#define HOST_SIM_INSPECT_SAY_H

#include <stdint.h>
#include <stdio.h>

#include "firmware/bytes.h"
#include "firmware/error.h"
#include "host-sim/cli/json_out.h"

struct say {
    FILE *file; /* Borrowed. */
    bool is_json;
    bool is_brief;  /* Only what say_verdict and say_unreadable say. */
    unsigned depth; /* Of objects in objects. */
    struct json_out json;
};

/* Begin and end what is said to `file`: the outermost object. */
void say_begin(struct say *say, FILE *file, bool is_json);
void say_end(struct say *say);

/* An object or a list inside; names are one word, parted by underscores. A list holds objects,
 * each begun by say_item with its number. */
void say_object(struct say *say, const char *name);
void say_object_end(struct say *say);
void say_list(struct say *say, const char *name);
void say_list_end(struct say *say);
void say_item(struct say *say, const char *what, size_t number);

/* One member. say_text leaves out a NULL value. */
void say_text(struct say *say, const char *name, const char *value);
void say_bytes(struct say *say, const char *name, struct bytes value);
void say_hex(struct say *say, const char *name, struct bytes value);
void say_number(struct say *say, const char *name, int64_t value);
void say_bool(struct say *say, const char *name, bool value);

/* `value` with everything that is not printable ASCII as \xHH; the caller frees it. For a name that
 * comes from a file. */
char *say_printable(struct bytes value);

/* Seconds since 1970 as RFC 3339. */
void say_time(struct say *say, const char *name, int64_t seconds);

/* The verdict and what it means: accepted for 0, else refused with the error's name, number,
 * sentence and remedy. Returns the exit code, CLI_OK or CLI_REFUSED. */
int say_verdict(struct say *say, imp_err_t err);

/* No verdict: what should have been judged can't be read. Returns CLI_USAGE. */
int say_unreadable(struct say *say, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
