/* SPDX-License-Identifier: MIT
 * http_answer.c -- status line, headers, body. A refusal writes its own body: one sentence for the
 * operator.
 */
#include "host-sim/authority/http_answer.h"

#include <string.h>
#include <time.h>

enum {
    DATE_CHARS = 32,
    RETRY_PENDING_S = 5,
    RETRY_BUSY_S = 2
};

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        { 200, "OK" },           { 202, "Accepted" },          { 400, "Bad Request" },
        { 401, "Unauthorized" }, { 403, "Forbidden" },         { 404, "Not Found" },
        { 405, "Not Allowed" },  { 408, "Request Timeout" },   { 411, "Length Required" },
        { 413, "Too Large" },    { 415, "Unsupported Media" }, { 429, "Too Many Requests" },
        { 431, "Too Large" },    { 500, "Internal Error" },    { 503, "Unavailable" },
    };

    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "Unknown";
}

/* IMF-fixdate (RFC 9110 section 5.6.7). The program never leaves the C locale. */
static void date_now(char text[DATE_CHARS])
{
    const time_t now = time(NULL);
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(text, DATE_CHARS, "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

/* Headers that belong to one status. */
static void write_status_headers(struct evbuffer *output, const struct http_answer *answer,
                                 int status)
{
    if (status == 401) {
        /* A token is also a password, whatever the user's name (RFC 7030 section 3.2.3). */
        evbuffer_add_printf(output, "WWW-Authenticate: Bearer realm=\"imprint\"\r\n"
                                    "WWW-Authenticate: Basic realm=\"imprint\"\r\n");
    }
    if (status == 202 || status == 429 || status == 503) {
        const long usual_s = status == 202 ? RETRY_PENDING_S : RETRY_BUSY_S;

        evbuffer_add_printf(output, "Retry-After: %ld\r\n",
                            answer->retry_after_s > 0 ? answer->retry_after_s : usual_s);
    }
    if (answer->allow != NULL) {
        evbuffer_add_printf(output, "Allow: %s\r\n", answer->allow);
    }
    if (status >= 300) {
        evbuffer_add_printf(output, "Imprint-Error: %s\r\n", refusal_name(answer->refusal));
    }
}

void http_answer_write(struct evbuffer *output, const struct http_answer *answer,
                       const char *request_id, bool close)
{
    const int status = refusal_status(answer->refusal);
    const bool refused = answer->refusal != REFUSAL_NONE;
    const char *sentence =
        answer->detail != NULL ? answer->detail : refusal_sentence(answer->refusal);
    const char *body = refused ? sentence : answer->body != NULL ? answer->body : "";
    char date[DATE_CHARS];

    date_now(date);
    evbuffer_add_printf(output, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Request-Id: %s\r\n", status,
                        reason_phrase(status), date, request_id);
    write_status_headers(output, answer, status);
    if (refused || answer->content_type != NULL) {
        evbuffer_add_printf(output, "Content-Type: %s\r\n",
                            refused ? "text/plain" : answer->content_type);
    }
    evbuffer_add_printf(output, "Content-Length: %zu\r\n%s\r\n%s%s",
                        strlen(body) + (refused ? 1 : 0), close ? "Connection: close\r\n" : "",
                        body, refused ? "\n" : "");
}
