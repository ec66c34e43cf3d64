/* SPDX-License-Identifier: MIT
 * http_request.h -- reads the head of an HTTP/1.1 request (RFC 9112), strictly, and says no to
 * everything ambiguous.
 */
#ifndef IMPRINT_AUTHORITY_HTTP_REQUEST_H
#define IMPRINT_AUTHORITY_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "host-sim/authority/refusal.h"

enum {
    HTTP_HEAD_BYTES_MAX = 8192,
    HTTP_BODY_BYTES_MAX = 65536
};

/* Bytes that belong to somebody else; not ended by NUL. */
struct span {
    const char *at;
    size_t size;
};

struct http_request {
    struct span method;
    struct span path;          /* Without the query, which no path of ours has. */
    struct span authorization; /* Empty when absent. */
    struct span content_type;
    size_t body_bytes; /* Content-Length; 0 when absent. */
    bool has_length;
    bool keep_alive;
    bool expect_continue;
    bool has_host;
    bool has_transfer_encoding;
};

/* Read a head: `head` ends with the empty line and has `size` <= HTTP_HEAD_BYTES_MAX bytes; the
 * spans point into it. REFUSAL_NONE; BAD_REQUEST (bare CR or LF, folded or doubled headers, control
 * characters, a version other than 1.0 or 1.1, no Host...); LENGTH_REQUIRED (a transfer coding:
 * only Content-Length is taken); BODY_TOO_LARGE. */
enum refusal http_request_parse(const char *head, size_t size, struct http_request *request);

/* Is the span this text, exactly, or without regard to case? */
bool span_is(struct span span, const char *text);
bool span_is_nocase(struct span span, const char *text);

#endif
