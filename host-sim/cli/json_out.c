/* SPDX-License-Identifier: MIT
 * json_out.c -- the JSON writer. RFC 8259 section 7 says which characters must be escaped; all
 * others outside ASCII are escaped too, byte by byte, so that what an attacker put into a name
 * can't reach a terminal or break UTF-8.
 */
#include "host-sim/cli/json_out.h"

#include <inttypes.h>

void json_out_init(struct json_out *json, FILE *file)
{
    json->file = file;
    json->comma = false;
}

static void quoted(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            fprintf(file, "\\%c", *at);
        } else if (*at < 0x20 || *at > 0x7e) {
            fprintf(file, "\\u%04x", *at);
        } else {
            fputc(*at, file);
        }
    }
    fputc('"', file);
}

static void member(struct json_out *json, const char *name)
{
    if (json->comma) {
        fputc(',', json->file);
    }
    json->comma = true;
    if (name != NULL) {
        quoted(json->file, name);
        fputc(':', json->file);
    }
}

static void begin(struct json_out *json, const char *name, int bracket)
{
    member(json, name);
    fputc(bracket, json->file);
    json->comma = false;
}

static void end(struct json_out *json, int bracket)
{
    fputc(bracket, json->file);
    json->comma = true;
}

void json_object(struct json_out *json, const char *name)
{
    begin(json, name, '{');
}

void json_object_end(struct json_out *json)
{
    end(json, '}');
}

void json_array(struct json_out *json, const char *name)
{
    begin(json, name, '[');
}

void json_array_end(struct json_out *json)
{
    end(json, ']');
}

void json_text(struct json_out *json, const char *name, const char *text)
{
    if (text == NULL) {
        json_null(json, name);
        return;
    }
    member(json, name);
    quoted(json->file, text);
}

void json_raw(struct json_out *json, const char *name, const char *value, size_t chars)
{
    member(json, name);
    fwrite(value, 1, chars, json->file);
}

void json_integer(struct json_out *json, const char *name, int64_t value)
{
    member(json, name);
    fprintf(json->file, "%" PRId64, value);
}

void json_bool(struct json_out *json, const char *name, bool value)
{
    member(json, name);
    fputs(value ? "true" : "false", json->file);
}

void json_null(struct json_out *json, const char *name)
{
    member(json, name);
    fputs("null", json->file);
}
