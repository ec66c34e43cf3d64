/* SPDX-License-Identifier: MIT
 * log.c -- writes the request log. What a peer chose (method, path) is cut short and stripped of
 * anything that is not visible ASCII, so that no line can pass for another one.
 */
#define _GNU_SOURCE /* clock_gettime, gmtime_r */
#include "host-sim/authority/log.h"

#include <inttypes.h>
#include <time.h>

#include "host-sim/cli/json_out.h"

enum {
    METHOD_CHARS = 17,
    PATH_CHARS = 129,
    STAMP_CHARS = 32
};

static void stamp_now(char text[STAMP_CHARS])
{
    struct timespec now;
    struct tm parts;
    char seconds[STAMP_CHARS - 8];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, STAMP_CHARS, "%s.%03uZ", seconds, (unsigned)(now.tv_nsec / 1000000) % 1000u);
}

/* Copy a span, cut to `size`, with '?' for whatever is not visible ASCII; "-" for an empty one. */
static void copy_visible(struct span span, char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < span.size && used + 1 < size; i++) {
        const char c = span.at[i];

        text[used++] = (char)(c > 0x20 && c < 0x7F && c != '"' ? c : '?');
    }
    if (used == 0) {
        text[used++] = '-';
    }
    text[used] = '\0';
}

static void json_line(const struct log *log, const struct http_exchange *exchange,
                      const struct http_answer *answer, const char *const words[3])
{
    struct json_out json;

    json_out_init(&json, log->file);
    json_object(&json, NULL);
    json_text(&json, "at", words[0]);
    json_text(&json, "request", exchange->request_id);
    json_text(&json, "peer", exchange->peer);
    json_text(&json, "method", words[1]);
    json_text(&json, "path", words[2]);
    json_integer(&json, "status", refusal_status(answer->refusal));
    json_text(&json, "error", refusal_name(answer->refusal));
    if (answer->token_id != 0) {
        json_integer(&json, "token", answer->token_id);
    }
    if (answer->name[0] != '\0') {
        json_text(&json, "name", answer->name);
    }
    if (answer->serial[0] != '\0') {
        json_text(&json, "serial", answer->serial);
    }
    json_object_end(&json);
    fputc('\n', log->file);
}

static void word_line(const struct log *log, const struct http_exchange *exchange,
                      const struct http_answer *answer, const char *const words[3])
{
    fprintf(log->file, "%s request=%s peer=%s %s %s %d", words[0], exchange->request_id,
            exchange->peer, words[1], words[2], refusal_status(answer->refusal));
    if (answer->refusal != REFUSAL_NONE) {
        fprintf(log->file, " error=%s", refusal_name(answer->refusal));
    }
    if (answer->token_id != 0) {
        fprintf(log->file, " token=%" PRId64, answer->token_id);
    }
    if (answer->name[0] != '\0') {
        fprintf(log->file, " name=%s", answer->name);
    }
    if (answer->serial[0] != '\0') {
        fprintf(log->file, " serial=%s", answer->serial);
    }
}

void log_request(const struct log *log, const struct http_exchange *exchange,
                 const struct http_answer *answer, int64_t microseconds)
{
    char stamp[STAMP_CHARS];
    char method[METHOD_CHARS];
    char path[PATH_CHARS];

    if (log->file == NULL) {
        return;
    }
    stamp_now(stamp);
    copy_visible(exchange->request.method, method, sizeof method);
    copy_visible(exchange->request.path, path, sizeof path);
    if (log->json) {
        json_line(log, exchange, answer, (const char *const[]){ stamp, method, path });
    } else {
        word_line(log, exchange, answer, (const char *const[]){ stamp, method, path });
        fprintf(log->file, " us=%" PRId64 "\n", microseconds);
    }
    fflush(log->file);
}

void log_event(const struct log *log, const char *event, const char *peer, const char *reason)
{
    char stamp[STAMP_CHARS];
    struct json_out json;

    if (log->file == NULL) {
        return;
    }
    stamp_now(stamp);
    if (log->json) {
        json_out_init(&json, log->file);
        json_object(&json, NULL);
        json_text(&json, "at", stamp);
        json_text(&json, "event", event);
        json_text(&json, "peer", peer);
        json_text(&json, "reason", reason);
        json_object_end(&json);
        fputc('\n', log->file);
    } else {
        fprintf(log->file, "%s %s peer=%s reason=\"%s\"\n", stamp, event, peer, reason);
    }
    fflush(log->file);
}
