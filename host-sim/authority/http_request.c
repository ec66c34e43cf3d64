/* SPDX-License-Identifier: MIT
 * http_request.c -- the strict reader. There is no proxy to disagree with in a lab, but there may
 * be one day.
 */
#define _GNU_SOURCE /* memmem */
#include "host-sim/authority/http_request.h"

#include <string.h>
#include <strings.h>

bool span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.at, text, span.size) == 0;
}

bool span_is_nocase(struct span span, const char *text)
{
    return span.size == strlen(text) && strncasecmp(span.at, text, span.size) == 0;
}

/* A character of a method or header name: `tchar` of RFC 9110 section 5.6.2. */
static bool is_token_char(char c)
{
    return c != '\0' &&
           strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                  c);
}

static bool is_token(struct span span)
{
    for (size_t i = 0; i < span.size; i++) {
        if (!is_token_char(span.at[i])) {
            return false;
        }
    }
    return span.size > 0;
}

/* Visible ASCII, and space and tab where `blanks`; bytes above 0x7E have no meaning in what we
 * read. */
static bool is_visible(struct span span, bool blanks)
{
    for (size_t i = 0; i < span.size; i++) {
        const char c = span.at[i];

        if ((c <= 0x20 || c > 0x7E) && !(blanks && (c == ' ' || c == '\t'))) {
            return false;
        }
    }
    return true;
}

/* Cut everything up to `stop` off the front of `*rest`. Returns false when there is no `stop`. */
static bool cut(struct span *rest, const char *stop, struct span *piece)
{
    const size_t stop_size = strlen(stop);
    const char *end = memmem(rest->at, rest->size, stop, stop_size);

    if (end == NULL) {
        return false;
    }
    *piece = (struct span){ rest->at, (size_t)(end - rest->at) };
    rest->at = end + stop_size;
    rest->size -= piece->size + stop_size;
    return true;
}

static struct span trimmed(struct span span)
{
    while (span.size > 0 && (span.at[0] == ' ' || span.at[0] == '\t')) {
        span.at++;
        span.size--;
    }
    while (span.size > 0 && (span.at[span.size - 1] == ' ' || span.at[span.size - 1] == '\t')) {
        span.size--;
    }
    return span;
}

static bool parse_request_line(struct span line, struct http_request *request)
{
    struct span target = { 0 };

    if (!cut(&line, " ", &request->method) || !cut(&line, " ", &target) ||
        !is_token(request->method) || !is_visible(target, false) || target.size == 0 ||
        target.at[0] != '/') {
        return false;
    }
    request->path = target;
    (void)cut(&target, "?", &request->path);
    request->keep_alive = span_is(line, "HTTP/1.1");
    /* Only 1.1 demands a Host. */
    request->has_host = span_is(line, "HTTP/1.0");
    return request->keep_alive || request->has_host;
}

/* Digits only; more of them than any limit of ours needs is "too large", not an overflow. */
static enum refusal parse_length(struct span value, struct http_request *request)
{
    size_t length = 0;

    if (value.size == 0 || request->has_length) {
        return REFUSAL_BAD_REQUEST;
    }
    for (size_t i = 0; i < value.size; i++) {
        if (value.at[i] < '0' || value.at[i] > '9') {
            return REFUSAL_BAD_REQUEST;
        }
        if (length <= HTTP_BODY_BYTES_MAX) {
            length = 10 * length + (size_t)(value.at[i] - '0');
        }
    }
    request->has_length = true;
    request->body_bytes = length;
    return REFUSAL_NONE;
}

static enum refusal take_header(struct span name, struct span value, struct http_request *request)
{
    if (span_is_nocase(name, "content-length")) {
        return parse_length(value, request);
    }
    if (span_is_nocase(name, "transfer-encoding")) {
        request->has_transfer_encoding = true;
    } else if (span_is_nocase(name, "authorization")) {
        if (request->authorization.at != NULL) {
            return REFUSAL_BAD_REQUEST;
        }
        request->authorization = value;
    } else if (span_is_nocase(name, "content-type")) {
        request->content_type = value;
    } else if (span_is_nocase(name, "host")) {
        request->has_host = true;
    } else if (span_is_nocase(name, "connection")) {
        request->keep_alive = request->keep_alive && !span_is_nocase(value, "close");
    } else if (span_is_nocase(name, "expect")) {
        request->expect_continue = span_is_nocase(value, "100-continue");
    }
    return REFUSAL_NONE;
}

static enum refusal parse_header_line(struct span line, struct http_request *request)
{
    struct span name = { 0 };

    if (!cut(&line, ":", &name) || !is_token(name) || !is_visible(line, true)) {
        return REFUSAL_BAD_REQUEST;
    }
    return take_header(name, trimmed(line), request);
}

enum refusal http_request_parse(const char *head, size_t size, struct http_request *request)
{
    struct span rest = { head, size };
    struct span line = { 0 };
    enum refusal refusal = REFUSAL_NONE;

    *request = (struct http_request){ 0 };
    if (!cut(&rest, "\r\n", &line) || !parse_request_line(line, request)) {
        return REFUSAL_BAD_REQUEST;
    }
    while (refusal == REFUSAL_NONE && cut(&rest, "\r\n", &line) && line.size > 0) {
        refusal = parse_header_line(line, request);
    }
    if (refusal != REFUSAL_NONE) {
        return refusal;
    }
    if (!request->has_host) {
        return REFUSAL_BAD_REQUEST;
    }
    if (request->has_transfer_encoding) {
        return request->has_length ? REFUSAL_BAD_REQUEST : REFUSAL_LENGTH_REQUIRED;
    }
    return request->body_bytes > HTTP_BODY_BYTES_MAX ? REFUSAL_BODY_TOO_LARGE : REFUSAL_NONE;
}
