/* SPDX-License-Identifier: MIT
 * console.c -- the line editor, and the table that finds a command. What commands print is in
 * commands.c. */
#include "firmware/app/console.h"

#include <string.h>

#include "firmware/app/commands.h"
#include "firmware/app/sentences.h"
#include "firmware/secret.h"
#include "firmware/text.h"
#include "hal/hal_console.h"

enum {
    BYTES_PER_POLL = 64,
    KEY_BACKSPACE = 8,
    KEY_DELETE = 127,
    KEY_CONTROL_C = 3,
    KEY_CONTROL_U = 21
};

static void put(const char *text)
{
    hal_console_write(text, strlen(text));
}

/* True when what is typed so far continues a command whose next word is a secret, and that word
 * has begun. */
static bool is_masked(const struct console *console)
{
    return command_secret_at(console->line) > 0 &&
           console->line_chars >= command_secret_at(console->line);
}

void console_prompt(const struct console *console)
{
    put("imprint> ");
    if (console->line_chars == 0) {
        return;
    }
    const size_t secret_at = command_secret_at(console->line);
    const size_t clear =
        secret_at > 0 && secret_at < console->line_chars ? secret_at : console->line_chars;
    hal_console_write(console->line, clear);
    for (size_t i = clear; i < console->line_chars; i++) {
        put("*");
    }
}

void console_print(struct console *console, const char *line)
{
    put("\r\033[K");
    put(line);
    put("\r\n");
    if (!console->is_quiet) {
        console_prompt(console);
    }
}

static void run_line(struct console *console, struct imprint *imprint, uint64_t now_ms)
{
    put("\r\n");
    if (console->is_too_long) {
        put("error CONFIG_VALUE: the line is longer than any command; nothing was done\r\n");
    } else {
        command_run(console->line, imprint, now_ms);
    }
    secret_wipe(console->line, sizeof console->line);
    console->line_chars = 0;
    console->is_too_long = false;
    console_prompt(console);
}

static void drop_last(struct console *console)
{
    if (console->line_chars > 0) {
        console->line[--console->line_chars] = '\0';
        put("\b \b");
    }
}

static void drop_line(struct console *console)
{
    secret_wipe(console->line, sizeof console->line);
    console->line_chars = 0;
    console->is_too_long = false;
    put("\r\033[K");
    console_prompt(console);
}

static void take_character(struct console *console, char c)
{
    if (console->line_chars == CONSOLE_LINE_CHARS_MAX) {
        console->is_too_long = true;
        return;
    }
    const bool masked = is_masked(console);
    console->line[console->line_chars++] = c;
    console->line[console->line_chars] = '\0';
    if (masked) {
        put("*");
    } else {
        hal_console_write(&c, 1);
    }
}

void console_poll(struct console *console, struct imprint *imprint, uint64_t now_ms)
{
    for (int i = 0; i < BYTES_PER_POLL; i++) {
        const int c = hal_console_read();
        const bool skip_lf = console->skip_lf;

        if (c < 0) {
            return;
        }
        console->skip_lf = c == '\r';
        if (c == '\r' || (c == '\n' && !skip_lf)) {
            run_line(console, imprint, now_ms);
        } else if (c == KEY_BACKSPACE || c == KEY_DELETE) {
            drop_last(console);
        } else if (c == KEY_CONTROL_U || c == KEY_CONTROL_C) {
            drop_line(console);
        } else if (c == '\t' || (c >= ' ' && c <= '~')) {
            /* A tab parts words as a blank does: what follows one must be masked, too. */
            take_character(console, c == '\t' ? ' ' : (char)c);
        }
    }
}

/* --- Trace in words --------------------------------------------------------------------------- */

static void add_error(struct text *text, int32_t err, int32_t foreign)
{
    text_add(text, "error ");
    text_add(text, imprint_err_name(err));
    text_add(text, ": ");
    text_add(text, sentence_says(err));
    if (foreign != 0) {
        text_add(text, " (");
        text_add_i32(text, foreign);
        text_add(text, ")");
    }
}

static void add_words(struct text *text, const struct imprint_trace_entry *entry)
{
    uint8_t id[8];

    switch (entry->kind) {
    case IMPRINT_TRACE_STATE:
        text_add(text, imprint_state_name((enum imprint_state)entry->extra));
        text_add(text, " -> ");
        text_add(text, imprint_state_name((enum imprint_state)entry->value));
        break;
    case IMPRINT_TRACE_ERROR:
        add_error(text, entry->value, entry->extra);
        break;
    case IMPRINT_TRACE_REQUEST_ID:
        for (unsigned i = 0; i < 4; i++) {
            id[i] = (uint8_t)((uint32_t)entry->value >> (24 - 8 * i));
            id[4 + i] = (uint8_t)((uint32_t)entry->extra >> (24 - 8 * i));
        }
        text_add(text, "request id ");
        text_add_hex(text, bytes_of(id, sizeof id), '\0');
        break;
    case IMPRINT_TRACE_HTTP:
        text_add(text, "answer ");
        text_add_i32(text, entry->value);
        text_add(text, ", ");
        text_add_i32(text, entry->extra);
        text_add(text, " bytes");
        break;
    case IMPRINT_TRACE_CONNECTED:
        text_add(text, "server verified, path of ");
        text_add_i32(text, entry->extra);
        break;
    case IMPRINT_TRACE_WAIT:
        text_add(text, "next try in ");
        text_add_ms(text, (uint32_t)entry->value);
        text_add(text, " s, failures in a row: ");
        text_add_i32(text, entry->extra);
        break;
    case IMPRINT_TRACE_STORED:
        text_add(text, "stored ");
        text_add(text, command_record_name(entry->value));
        text_add(text, ", ");
        text_add_i32(text, entry->extra);
        text_add(text, " bytes");
        break;
    default:
        text_add(text, "?");
        break;
    }
}

void console_print_trace(struct console *console, const struct imprint_trace_entry *entry)
{
    char line[160];
    struct text text = text_in(line, sizeof line);

    text_add_char(&text, '[');
    text_add_ms_column(&text, entry->at_ms);
    text_add(&text, "] ");
    add_words(&text, entry);
    console_print(console, line);
}
