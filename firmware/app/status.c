/* SPDX-License-Identifier: MIT
 * status.c -- the device in words. */
#include "firmware/app/status.h"

#include <string.h>

#include "boards/board.h"
#include "firmware/app/sentences.h"
#include "firmware/crypto/hash.h"
#include "firmware/net/net.h"
#include "firmware/text.h"
#include "hal/hal_console.h"
#include "port/port.h"

enum {
    LINE_CHARS = 480
};

struct line {
    char chars[LINE_CHARS];
    struct text text;
};

static struct text *line_begin(struct line *line, const char *key)
{
    line->text = text_in(line->chars, sizeof line->chars);
    text_add(&line->text, key);
    text_add(&line->text, ": ");
    return &line->text;
}

static void line_end(struct line *line)
{
    hal_console_write(line->chars, line->text.len);
    hal_console_write("\r\n", 2);
}

static void put_text(const char *key, const char *value)
{
    struct line line;

    text_add(line_begin(&line, key), value);
    line_end(&line);
}

static void put_number(const char *key, uint64_t value)
{
    struct line line;

    text_add_u64(line_begin(&line, key), value);
    line_end(&line);
}

static void put_hex(const char *key, struct bytes value)
{
    struct line line;

    text_add_hex(line_begin(&line, key), value, ':');
    line_end(&line);
}

static void put_time(const char *key, int64_t seconds)
{
    struct line line;

    text_add_time(line_begin(&line, key), seconds);
    line_end(&line);
}

static void put_error(const char *key, imp_err_t err, int32_t foreign_code)
{
    struct line line;
    struct text *text = line_begin(&line, key);

    text_add(text, imprint_err_name(err));
    if (err != 0) {
        text_add(text, ": ");
        text_add(text, sentence_says(err));
        text_add(text, "; ");
        text_add(text, sentence_do(err));
    }
    if (foreign_code != 0) {
        text_add(text, " (");
        text_add_i32(text, foreign_code);
        text_add(text, ")");
    }
    line_end(&line);
}

/* --- Groups ----------------------------------------------------------------------------------- */

static void put_server(const struct imprint_status *status)
{
    struct line line;
    struct text *text = line_begin(&line, "server");

    if (status->server_host[0] == '\0') {
        text_add(text, "not set");
    } else {
        text_add(text, "https://");
        text_add(text, status->server_host);
        text_add_char(text, ':');
        text_add_u64(text, status->server_port);
        text_add(text, status->server_path);
    }
    line_end(&line);
}

static void put_config(const struct imprint_status *status)
{
    put_text("name", status->name[0] != '\0' ? status->name : "not set");
    put_text("serial", status->serial[0] != '\0' ? status->serial : "none");
    put_server(status);
    if (status->has_pin) {
        put_hex("pin", bytes_of(status->pin, sizeof status->pin));
    } else {
        put_text("pin", "not set");
    }
    put_text("token", status->has_token ? "set" : "not set");
}

static void put_identity(const struct imprint_status *status)
{
    if (!status->has_identity) {
        put_text("identity", "none");
        return;
    }
    put_text("identity", "committed");
    put_hex("fingerprint", bytes_of(status->fingerprint, sizeof status->fingerprint));
    put_time("not before", status->not_before);
    put_time("expires", status->not_after);
    if (status->is_renewing) {
        put_text("renewal", status->reason == 0 ? "under way" : "not yet, see reason");
    } else {
        put_time("renewal due", status->renew_at);
    }
}

static void put_wall(const struct imprint_status *status)
{
    put_time("floor", status->floor);
    if (status->has_estimate) {
        put_time("estimate", status->estimate);
    } else {
        put_text("estimate", "none");
    }
    if (status->not_before_unchecked) {
        put_text("clock", "not set: the server's notBefore was not judged");
    }
}

static void put_next_try(const struct imprint_status *status, uint64_t now_ms)
{
    struct line line;
    struct text *text = line_begin(&line, "next try");

    if (status->state == IMPRINT_BACKOFF || status->state == IMPRINT_WAITING) {
        text_add(text, "in ");
        text_add_ms(text, status->next_try_ms > now_ms ? status->next_try_ms - now_ms : 0);
        text_add(text, " s");
    } else {
        text_add(text, "none");
    }
    line_end(&line);
}

static void put_address(void)
{
    struct line line;
    struct text *text = line_begin(&line, "address");
    uint8_t address[4];

    if (!port_net_address(address)) {
        text_add(text, "none");
    } else {
        for (size_t i = 0; i < sizeof address; i++) {
            text_add(text, i > 0 ? "." : "");
            text_add_u64(text, address[i]);
        }
    }
    line_end(&line);
}

/* Firmware hash and what memory it took. */
static void put_firmware(void)
{
    size_t bytes;
    uint8_t digest[HASH_SHA256_BYTES];
    const struct bytes image = { .data = board_image(&bytes), .len = bytes };
    const struct port_arena_use arena = port_arena_use();
    const struct net_count net = net_counted();

    put_text("board", board_name());
    if (image.len > 0 && hash_sha256(&image, 1, digest) == 0) {
        put_hex("firmware", bytes_of(digest, sizeof digest));
    }
    put_number("arena bytes", arena.arena_bytes);
    put_number("arena high water", arena.high_water_bytes);
    put_number("arena largest free", arena.largest_free_bytes);
    put_number("stack high water", board_stack_high_water());
    put_number("net bytes", (uint64_t)net.sent_bytes + net.received_bytes);
    put_number("net connections", net.connections);
}

/* --- Commands --------------------------------------------------------------------------------- */

void status_put(const struct imprint *imprint, uint64_t now_ms)
{
    struct imprint_status status;

    imprint_status(imprint, now_ms, &status);
    put_text("state", imprint_state_name(status.state));
    put_error("reason", status.reason, status.reason == 0 ? 0 : status.foreign_code);
    put_error("last error", status.last_error, status.last_error == 0 ? 0 : status.foreign_code);
    put_next_try(&status, now_ms);
    put_number("attempts", status.attempts);
    put_config(&status);
    put_identity(&status);
    put_wall(&status);
    put_address();
    put_text("request id", status.request_id[0] != '\0' ? status.request_id : "none");
    put_text("key at rest", status.is_sealed ? "sealed" : "not sealed");
    put_text("unlocked", status.is_unlocked ? "yes" : "no");
    put_number("flash erases", status.erase_count);
    put_number("flash programs", status.program_count);
    put_firmware();
}

void status_put_config(const struct imprint *imprint, uint64_t now_ms)
{
    struct imprint_status status;

    imprint_status(imprint, now_ms, &status);
    put_config(&status);
}

void status_put_identity(const struct imprint *imprint, uint64_t now_ms)
{
    struct imprint_status status;

    imprint_status(imprint, now_ms, &status);
    put_text("name", status.name[0] != '\0' ? status.name : "not set");
    put_identity(&status);
}
