/* SPDX-License-Identifier: MIT
 * console.h -- the operator's line: typed commands in, sentences out. What a secret is typed
 * into is echoed as stars. */
#ifndef FIRMWARE_APP_CONSOLE_H
#define FIRMWARE_APP_CONSOLE_H

#include "firmware/imprint.h"

/* `config server` with the longest URL, `config token` with the longest token. */
enum {
    CONSOLE_LINE_CHARS_MAX = 480
};

/* The line being typed. All zero to begin. */
struct console {
    char line[CONSOLE_LINE_CHARS_MAX + 1];
    uint16_t line_chars;
    bool is_too_long; /* The rest of this line is dropped; it is then refused as a whole. */
    bool skip_lf;     /* A CR ended the last line: an LF right behind it belongs to it. */
    bool is_quiet;    /* No prompt yet. */
};

/* Take what was typed; run a command when a line is complete. Bounded: at most 64 bytes a call. */
void console_poll(struct console *console, struct imprint *imprint, uint64_t now_ms);

/* Print a line of our own between the operator's: the prompt and what was typed so far come
 * again behind it. */
void console_print(struct console *console, const char *line);

/* Print one trace entry in words. */
void console_print_trace(struct console *console, const struct imprint_trace_entry *entry);

/* Print the prompt. */
void console_prompt(const struct console *console);

#endif
