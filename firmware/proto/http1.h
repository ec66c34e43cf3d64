/* SPDX-License-Identifier: MIT
 * http1.h -- reader of one HTTP/1.1 answer (RFC 9112), fed in pieces of any size; it keeps one
 * header line at a time.
 *
 * Strict on purpose: bare LF, folded lines, content-length together with a transfer coding,
 * codings other than exactly `chunked`, versions other than 1.0 and 1.1, and more than 8 interim
 * answers are refused; an end of stream never ends a body that has neither length nor chunks to
 * say so. */
#ifndef FIRMWARE_PROTO_HTTP1_H
#define FIRMWARE_PROTO_HTTP1_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/error.h"

/* Gets each piece of the final answer's body, transfer coding removed. An error ends the parse
 * and is returned by http1_feed. */
typedef imp_err_t (*http1_body_fn)(void *context, struct bytes piece);

/* What the caller may read once http1_head_is_complete() (of the final answer, not of interim
 * ones). A field that is only a hint (all but the framing) is ignored when it is malformed or
 * longer than a line may be; of a repeated one the last counts. */
struct http1_head {
    uint16_t status; /* 200 to 599. */
    bool has_retry_after;
    bool has_date;
    bool closes;            /* Connection: close, or HTTP/1.0. */
    bool is_base64;         /* Content-Transfer-Encoding: base64. */
    uint32_t retry_after_s; /* At most 2^31 - 1; an HTTP-date is taken relative to Date. */
    int64_t date;           /* Seconds since 1970 (RFC 9110 5.6.7, all three forms). */
    char content_type[40];  /* Lower case, without parameters; empty when absent or longer. */
    char error_name[32];    /* Imprint-Error: why the authority refused. [A-Z0-9_]; may be empty. */
    char request_id[33];    /* X-Request-Id; empty when absent or not [0-9A-Za-z-]{1,32}. */
};

struct http1 {
    struct http1_head head;
    http1_body_fn body;
    void *body_context;
    imp_err_t error; /* What the reader stopped with; it stays. */

    /* Counted against CONFIG_HTTP_HEADER_BYTES_MAX for the answer under way: status line, fields,
     * trailers, and of the chunk lines what could have been left out. */
    uint32_t header_bytes;
    uint32_t body_bytes;      /* Delivered; counted against CONFIG_HTTP_BODY_BYTES_MAX. */
    uint64_t remaining;       /* Of the body or of the chunk under way. */
    int64_t retry_after_date; /* A Retry-After that is a date, until the head is complete. */
    uint8_t state;
    uint8_t interim_count;
    bool has_length; /* Content-Length seen; its value is in `remaining`. */
    bool is_chunked;
    bool is_version_1_0;
    bool has_retry_after_date;
    bool no_body;        /* The request was HEAD: the caller says so after http1_start. */
    bool line_has_cr;    /* The line's CR was read: LF must follow. */
    uint16_t line_bytes; /* May exceed what `line` keeps of it. */
    char line[CONFIG_HTTP_LINE_BYTES_MAX];
};

/* Start reading an answer. */
void http1_start(struct http1 *http, http1_body_fn body, void *body_context);

/* Feed the next piece. *used: bytes of it that belong to this answer (the rest follows it). 0
 * (see http1_is_done); IMP_ERR_HTTP_*; what `body` returned. After an error every further call
 * returns it again. */
imp_err_t http1_feed(struct http1 *http, struct bytes piece, size_t *used);

/* The stream has ended: 0 when the answer was complete, else IMP_ERR_HTTP_TRUNCATED. */
imp_err_t http1_end_of_stream(const struct http1 *http);

/* The final answer's head has been read: `head` may be looked at. */
bool http1_head_is_complete(const struct http1 *http);

/* The whole answer has been read. */
bool http1_is_done(const struct http1 *http);

/* Parse an HTTP-date (RFC 9110 5.6.7), whose day name must fit its date. A two-digit year reads
 * as 1970 to 2069. 0; IMP_ERR_HTTP_MALFORMED. */
imp_err_t http1_parse_date(struct bytes text, int64_t *seconds);

#endif
