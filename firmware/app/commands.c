/* SPDX-License-Identifier: MIT
 * commands.c -- one function a command, one table that help is printed from. */
#include "firmware/app/commands.h"

#include <string.h>

#include "boards/board.h"
#include "firmware/app/console.h"
#include "firmware/app/sentences.h"
#include "firmware/app/status.h"
#include "firmware/store/store.h"
#include "firmware/text.h"
#include "hal/hal_console.h"
#include "hal/hal_system.h"

enum {
    WORDS_MAX = 4
};

struct words {
    char *at[WORDS_MAX];
    size_t count;
};

struct command {
    const char *name;
    const char *arguments;
    const char *help;
    void (*run)(struct imprint *imprint, const struct words *words, uint64_t now_ms);
};

struct setting {
    const char *name;
    const char *arguments;
    imp_err_t (*set)(struct imprint *imprint, const char *value);
    bool is_secret;
};

static const struct setting settings[] = {
    { "server", "https://HOST[:PORT][/PATH]", imprint_set_server, false },
    { "pin", "SHA256-OF-CA-CERTIFICATE", imprint_set_pin, false },
    { "token", "TOKEN, or USER:PASSWORD", imprint_set_token, true },
    { "name", "NAME (default imprint-SERIAL)", imprint_set_name, false },
    { "serial", "SERIAL (boards whose chip has none)", imprint_set_serial, false },
    { "unlock", "SECRET (8 to 64 characters)", imprint_set_unlock, true },
};
enum {
    SETTING_COUNT = sizeof settings / sizeof settings[0]
};

static void put(const char *text)
{
    hal_console_write(text, strlen(text));
}

static void put_line(const char *text)
{
    put(text);
    put("\r\n");
}

/* "ok", or the error in words. */
static void put_result(imp_err_t err)
{
    if (err == 0) {
        put_line("ok");
        return;
    }
    put("error ");
    put(imprint_err_name(err));
    put(": ");
    put(sentence_says(err));
    put("; ");
    put_line(sentence_do(err));
}

/* --- Commands --------------------------------------------------------------------------------- */

static void put_settings(void)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        put("  config ");
        put(settings[i].name);
        put(" ");
        put_line(settings[i].arguments);
    }
    put_line("  config host NAME IPV4-ADDRESS (routes a name; the identity check stays)");
}

static void run_config(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    if (words->count == 1) {
        status_put_config(imprint, now_ms);
        return;
    }
    if (words->count == 4 && strcmp(words->at[1], "host") == 0) {
        put_result(imprint_set_route(imprint, words->at[2], words->at[3]));
        return;
    }
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (words->count == 3 && strcmp(words->at[1], settings[i].name) == 0) {
            put_result(settings[i].set(imprint, words->at[2]));
            return;
        }
    }
    put_line("error CONFIG_VALUE: one of");
    put_settings();
}

static void run_status(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)words;
    status_put(imprint, now_ms);
}

static void run_enroll(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)words;
    (void)now_ms;
    put_result(imprint_enroll(imprint));
}

static void run_renew(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)words;
    (void)now_ms;
    put_result(imprint_renew(imprint));
}

static void run_whoami(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)words;
    status_put_identity(imprint, now_ms);
    put_result(imprint_whoami(imprint));
}

static void run_log(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    struct console console = { .is_quiet = true };
    struct imprint_trace_entry entry;
    const uint32_t next = imprint_trace_next(imprint);
    uint32_t index = next > CONFIG_TRACE_ENTRIES ? next - CONFIG_TRACE_ENTRIES : 0;

    (void)words;
    (void)now_ms;
    for (; index < next; index++) {
        if (imprint_trace(imprint, index, &entry)) {
            console_print_trace(&console, &entry);
        }
    }
}

static void run_unlock(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)now_ms;
    put_result(words->count == 2 ? imprint_unlock(imprint, words->at[1]) : IMP_ERR_CONFIG_VALUE);
}

static void run_wipe(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)words;
    (void)now_ms;
    put_result(imprint_wipe(imprint));
}

static void run_reset(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    struct imprint_status status;

    (void)words;
    imprint_status(imprint, now_ms, &status);
    if (status.has_identity && !status.is_unlocked) {
        put_result(
            IMP_ERR_CONFIG_LOCKED); /* A reset would bring new tries for the unlock secret. */
        return;
    }
    hal_reset();
}

static void run_help(struct imprint *imprint, const struct words *words, uint64_t now_ms);

static const struct command commands[] = {
    { "help", "", "this list", run_help },
    { "status", "", "what the device is, does and waits for", run_status },
    { "config", "[KEY VALUE]", "show or set what enrollment needs; kept at once", run_config },
    { "enroll", "", "start, or try again at once", run_enroll },
    { "whoami", "", "prove the identity to the server once more", run_whoami },
    { "renew", "", "get a new key and certificate now; the old ones stay until it is proved",
      run_renew },
    { "log", "", "the last things that happened", run_log },
    { "unlock", "SECRET", "allow config and wipe on an enrolled device, until reset", run_unlock },
    { "wipe", "", "erase key, certificate and config", run_wipe },
    { "reset", "", "restart the device", run_reset },
};
enum {
    COMMAND_COUNT = sizeof commands / sizeof commands[0]
};

static void run_help(struct imprint *imprint, const struct words *words, uint64_t now_ms)
{
    (void)imprint;
    (void)words;
    (void)now_ms;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        put(commands[i].name);
        put(commands[i].arguments[0] != '\0' ? " " : "");
        put(commands[i].arguments);
        put("  -- ");
        put_line(commands[i].help);
    }
    put_settings();
}

/* --- Lines ------------------------------------------------------------------------------------ */

/* Split `line` in place. False when it has more words than any command. */
static bool split(char *line, struct words *words)
{
    words->count = 0;
    while (*line != '\0') {
        while (*line == ' ') {
            *line++ = '\0';
        }
        if (*line == '\0') {
            break;
        }
        if (words->count == WORDS_MAX) {
            return false;
        }
        words->at[words->count++] = line;
        while (*line != '\0' && *line != ' ') {
            line++;
        }
    }
    return true;
}

void command_run(char *line, struct imprint *imprint, uint64_t now_ms)
{
    struct words words;

    if (!split(line, &words)) {
        put_line("error CONFIG_VALUE: too many words; see help");
        return;
    }
    if (words.count == 0) {
        return;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(words.at[0], commands[i].name) == 0) {
            commands[i].run(imprint, &words, now_ms);
            return;
        }
    }
    put_line("error CONFIG_VALUE: no such command; see help");
}

/* The word at or after `*at`: its length, with *at moved to its first character. */
static size_t next_word(const char *line, size_t *at)
{
    size_t chars = 0;

    while (line[*at] == ' ') {
        (*at)++;
    }
    while (line[*at + chars] != '\0' && line[*at + chars] != ' ') {
        chars++;
    }
    return chars;
}

static bool word_is(const char *line, size_t at, size_t chars, const char *word)
{
    return strlen(word) == chars && memcmp(line + at, word, chars) == 0;
}

size_t command_secret_at(const char *line)
{
    size_t at = 0;
    size_t chars = next_word(line, &at);

    if (word_is(line, at, chars, "config")) {
        at += chars;
        chars = next_word(line, &at);
        for (size_t i = 0; i < SETTING_COUNT; i++) {
            if (settings[i].is_secret && word_is(line, at, chars, settings[i].name)) {
                return line[at + chars] == ' ' ? at + chars + 1 : 0;
            }
        }
        return 0;
    }
    return word_is(line, at, chars, "unlock") && line[at + chars] == ' ' ? at + chars + 1 : 0;
}

const char *command_record_name(int32_t type)
{
    switch (type) {
    case STORE_STAGED_KEY:
        return "staged key";
    case STORE_ANCHORS:
        return "anchors";
    case STORE_IDENTITY:
        return "identity";
    case STORE_CANDIDATE:
        return "candidate";
    default:
        return "record";
    }
}
