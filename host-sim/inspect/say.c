/* SPDX-License-Identifier: MIT
 * say.c -- one tree, two ways to write it. */
#include "host-sim/inspect/say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "firmware/app/sentences.h"
#include "firmware/text.h"
#include "host-sim/cli/cli.h"

enum {
    LABEL_CHARS = 24,
    TIME_CHARS = 32,
    PROBLEM_CHARS = 1024
};

void say_begin(struct say *say, FILE *file, bool is_json)
{
    *say = (struct say){ .file = file, .is_json = is_json };
    json_out_init(&say->json, file);
    if (is_json) {
        json_object(&say->json, NULL);
    }
}

void say_end(struct say *say)
{
    if (say->is_json) {
        json_object_end(&say->json);
        fputc('\n', say->file);
    }
}

/* --- The tree --------------------------------------------------------------------------------- */

/* Indentation and the name with spaces, to `chars` at least. */
static void label(const struct say *say, const char *name, int chars)
{
    const int indent = (int)(2 * say->depth);
    int written = 0;

    fprintf(say->file, "%*s", indent, "");
    for (; name[written] != '\0'; written++) {
        fputc(name[written] == '_' ? ' ' : name[written], say->file);
    }
    fprintf(say->file, "%*s", chars - indent > written ? chars - indent - written : 0, "");
}

void say_object(struct say *say, const char *name)
{
    if (say->is_brief) {
        return;
    }
    if (say->is_json) {
        json_object(&say->json, name);
    } else {
        label(say, name, 0);
        fputc('\n', say->file);
    }
    say->depth++;
}

void say_object_end(struct say *say)
{
    if (say->is_brief) {
        return;
    }
    say->depth--;
    if (say->is_json) {
        json_object_end(&say->json);
    }
}

void say_list(struct say *say, const char *name)
{
    if (say->is_json && !say->is_brief) {
        json_array(&say->json, name);
    }
}

void say_list_end(struct say *say)
{
    if (say->is_json && !say->is_brief) {
        json_array_end(&say->json);
    }
}

void say_item(struct say *say, const char *what, size_t number)
{
    if (say->is_brief) {
        return;
    }
    if (say->is_json) {
        json_object(&say->json, NULL);
    } else {
        label(say, what, 0);
        fprintf(say->file, " %zu\n", number);
    }
    say->depth++;
}

/* --- Members ---------------------------------------------------------------------------------- */

/* Written whatever is_brief says. */
static void member(struct say *say, const char *name, const char *value)
{
    if (say->is_json) {
        json_text(&say->json, name, value);
        return;
    }
    label(say, name, LABEL_CHARS);
    fprintf(say->file, "  %s\n", value);
}

void say_text(struct say *say, const char *name, const char *value)
{
    if (value != NULL) {
        say_bytes(say, name, bytes_of_text(value));
    }
}

char *say_printable(struct bytes value)
{
    char *text = malloc(4 * value.len + 1);
    char *at = text;

    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.data[i];
        at += sprintf(at, c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
    }
    *at = '\0';
    return text;
}

void say_bytes(struct say *say, const char *name, struct bytes value)
{
    if (!say->is_brief) {
        char *text = say_printable(value);
        member(say, name, text);
        free(text);
    }
}

void say_hex(struct say *say, const char *name, struct bytes value)
{
    if (say->is_brief) {
        return;
    }
    const size_t cap = 2 * value.len + 1;
    char *hex = malloc(cap);

    if (hex == NULL) {
        abort();
    }
    struct text text = text_in(hex, cap);
    text_add_hex(&text, value, 0);
    member(say, name, hex);
    free(hex);
}

void say_number(struct say *say, const char *name, int64_t value)
{
    if (say->is_brief) {
        return;
    }
    if (say->is_json) {
        json_integer(&say->json, name, value);
        return;
    }
    label(say, name, LABEL_CHARS);
    fprintf(say->file, "  %" PRId64 "\n", value);
}

void say_bool(struct say *say, const char *name, bool value)
{
    if (say->is_brief) {
        return;
    }
    if (say->is_json) {
        json_bool(&say->json, name, value);
        return;
    }
    member(say, name, value ? "yes" : "no");
}

void say_time(struct say *say, const char *name, int64_t seconds)
{
    char time[TIME_CHARS];
    struct text text = text_in(time, sizeof time);

    text_add_time(&text, seconds);
    say_text(say, name, time);
}

/* --- Verdicts --------------------------------------------------------------------------------- */

static void verdict_lines(struct say *say, imp_err_t err)
{
    if (err == 0) {
        member(say, "verdict", "accepted");
        return;
    }
    label(say, "verdict", LABEL_CHARS);
    fprintf(say->file, "  refused: %s (%d): %s\n", imprint_err_name(err), -err, sentence_says(err));
    member(say, "what_to_do", sentence_do(err));
}

int say_verdict(struct say *say, imp_err_t err)
{
    if (!say->is_json) {
        verdict_lines(say, err);
    } else {
        member(say, "verdict", err ? "refused" : "accepted");
        member(say, "error", imprint_err_name(err));
        json_integer(&say->json, "number", -err);
        if (err) {
            member(say, "says", sentence_says(err));
            member(say, "what_to_do", sentence_do(err));
        }
    }
    return err ? CLI_REFUSED : CLI_OK;
}

int say_unreadable(struct say *say, const char *format, ...)
{
    char problem[PROBLEM_CHARS];
    va_list list;

    va_start(list, format);
    vsnprintf(problem, sizeof problem, format, list);
    va_end(list);
    char *text = say_printable(bytes_of_text(problem));

    if (say->is_json) {
        json_text(&say->json, "verdict", "unreadable");
        json_text(&say->json, "problem", text);
    } else {
        fprintf(stderr, "imprint-inspect: %s\n", text);
    }
    free(text);
    return CLI_USAGE;
}
