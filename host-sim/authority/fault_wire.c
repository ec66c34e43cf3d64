/* SPDX-License-Identifier: MIT
 * fault_wire.c -- true answers, spoiled on their way.
 */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/authority/fault.h"

enum {
    GARBAGE_BYTES = 256,
    CHUNK_BYTES_MAX = 97,
    BAD_BASE64_AT = 10
};

#define FILLER "X-Filler: 0123456789abcdef0123456789abcdef0123456789abcdef0123\r\n"

/* What becomes of the body. */
enum body {
    BODY_SAME,
    BODY_NONE,
    BODY_HALF,
    BODY_CHUNKED
};

/* An answer taken apart; all text is inside `bytes`. */
struct parts {
    char *bytes;
    size_t head_size; /* Status line and headers, each with its CRLF. */
    char *body;
    size_t body_size;
};

/* Faults that change header lines: one of them goes, others come. */
struct edit {
    const char *without; /* Name of the header that goes, with its colon, or NULL. */
    const char *with;    /* Whole lines that come. */
    enum body body;
    const char *forever; /* What follows, without end. */
    bool close;
};

static const struct edit edits[FAULT_KIND_COUNT] = {
    [FAULT_TRUNCATED] = { NULL, "", BODY_HALF, NULL, true },
    [FAULT_EMPTY] = { "Content-Length:", "Content-Length: 0\r\n", BODY_NONE, NULL, false },
    [FAULT_WRONG_TYPE] = { "Content-Type:", "Content-Type: text/html\r\n", BODY_SAME, NULL, false },
    [FAULT_ENDLESS_BODY] = { "Content-Length:", "Transfer-Encoding: chunked\r\n", BODY_NONE,
                             "20\r\nQUJDREVGR0hJSktMTU5PUFFSU1RVVldY\r\n", false },
    [FAULT_CHUNKED] = { "Content-Length:", "Transfer-Encoding: chunked\r\n", BODY_CHUNKED, NULL,
                        false },
    [FAULT_BOTH_LENGTHS] = { NULL, "Transfer-Encoding: chunked\r\n", BODY_CHUNKED, NULL, true },
    [FAULT_TWO_LENGTHS] = { NULL, "Content-Length: 1\r\n", BODY_SAME, NULL, true },
    [FAULT_HUGE_LENGTH] = { "Content-Length:", "Content-Length: 9223372036854775808\r\n", BODY_SAME,
                            NULL, false },
    [FAULT_NO_LENGTH] = { "Content-Length:", "Connection: close\r\n", BODY_SAME, NULL, true },
    [FAULT_GZIP] = { "Content-Length:", "Transfer-Encoding: gzip, chunked\r\n", BODY_CHUNKED, NULL,
                     false },
    [FAULT_FOLDED] = { NULL, "X-Folded: one\r\n two\r\n", BODY_SAME, NULL, false },
};

/* Whole answers, and what repeats itself in place of one. */
static const char *const replacements[FAULT_KIND_COUNT] = {
    [FAULT_DROP_ANSWER] = "",
    [FAULT_ENDLESS_HEADER] = "HTTP/1.1 200 OK\r\n",
    [FAULT_ENDLESS_INTERIM] = "HTTP/1.1 100 Continue\r\n\r\n",
    [FAULT_REDIRECT_HTTP] = "HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\n"
                            "Content-Length: 0\r\n\r\n",
    [FAULT_REDIRECT_HOST] = "HTTP/1.1 302 Found\r\nLocation: https://other.invalid/\r\n"
                            "Content-Length: 0\r\n\r\n",
};

/* Take the whole text out of `answer`. False when memory is out. */
static bool take_apart(struct evbuffer *answer, struct parts *parts)
{
    const struct evbuffer_ptr end = evbuffer_search(answer, "\r\n\r\n", 4, NULL);
    const size_t size = evbuffer_get_length(answer);

    parts->bytes = end.pos >= 0 ? malloc(size) : NULL;
    if (parts->bytes == NULL) {
        return false;
    }
    evbuffer_remove(answer, parts->bytes, size);
    parts->head_size = (size_t)end.pos + 2;
    parts->body = parts->bytes + parts->head_size + 2;
    parts->body_size = size - parts->head_size - 2;
    return true;
}

/* The head, without its empty line and without the header `without`. */
static void add_head(struct evbuffer *answer, const struct parts *parts, const char *without)
{
    const char *line = parts->bytes;
    const char *end = line + parts->head_size;

    while (line < end) {
        const char *next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;

        if (without == NULL || strncmp(line, without, strlen(without)) != 0) {
            evbuffer_add(answer, line, (size_t)(next - line));
        }
        line = next;
    }
}

/* Chunks of 1, 2, 3... bytes, with an extension each. */
static void add_chunks(struct evbuffer *answer, const struct parts *parts)
{
    size_t size = 0;

    for (size_t at = 0; at < parts->body_size; at += size) {
        const size_t left = parts->body_size - at;

        size = size < CHUNK_BYTES_MAX ? size + 1 : 1;
        size = size < left ? size : left;
        evbuffer_add_printf(answer, "%zx;x=y\r\n", size);
        evbuffer_add(answer, parts->body + at, size);
        evbuffer_add(answer, "\r\n", 2);
    }
    evbuffer_add_printf(answer, "0\r\n\r\n");
}

static void apply_edit(const struct edit *edit, const struct parts *parts, struct evbuffer *answer,
                       struct http_pace *pace)
{
    add_head(answer, parts, edit->without);
    evbuffer_add_printf(answer, "%s\r\n", edit->with);
    if (edit->body == BODY_CHUNKED) {
        add_chunks(answer, parts);
    } else if (edit->body != BODY_NONE) {
        evbuffer_add(answer, parts->body,
                     edit->body == BODY_HALF ? parts->body_size / 2 : parts->body_size);
    }
    pace->forever = edit->forever;
    pace->close = edit->close;
}

static void add_oversize_header(const struct parts *parts, long size, struct evbuffer *answer)
{
    add_head(answer, parts, NULL);
    for (long added = 0; added < size; added += (long)sizeof FILLER - 1) {
        evbuffer_add_printf(answer, FILLER);
    }
    evbuffer_add(answer, "\r\n", 2);
    evbuffer_add(answer, parts->body, parts->body_size);
}

static void add_oversize_body(const struct parts *parts, long size, struct evbuffer *answer)
{
    char *body = malloc((size_t)size + 1);

    add_head(answer, parts, "Content-Length:");
    evbuffer_add_printf(answer, "Content-Length: %ld\r\n\r\n", size);
    if (body != NULL) {
        memset(body, 'A', (size_t)size);
        evbuffer_add(answer, body, (size_t)size);
    }
    free(body);
}

static void add_garbage(struct evbuffer *answer)
{
    unsigned char bytes[GARBAGE_BYTES];

    if (RAND_bytes(bytes, sizeof bytes) == 1) {
        evbuffer_add(answer, bytes, sizeof bytes);
    }
}

static void add_bare_lf(const struct parts *parts, struct evbuffer *answer)
{
    for (size_t i = 0; i < parts->head_size + 2; i++) {
        if (parts->bytes[i] != '\r') {
            evbuffer_add(answer, parts->bytes + i, 1);
        }
    }
    evbuffer_add(answer, parts->body, parts->body_size);
}

/* The rest: as it was, but for one character or the time that it takes. */
static void add_altered(const struct fault *fault, struct parts *parts, struct evbuffer *answer,
                        struct http_pace *pace)
{
    if (fault->kind == FAULT_VERSION2) {
        memcpy(parts->bytes, "HTTP/2.0", 8);
    } else if (fault->kind == FAULT_BAD_BASE64 && parts->body_size > BAD_BASE64_AT) {
        parts->body[BAD_BASE64_AT] = '!';
    } else if (fault->kind == FAULT_DELAY) {
        pace->delay_ms = fault->value;
    } else if (fault->kind == FAULT_SLOW) {
        pace->byte_ms = fault->value;
    }
    evbuffer_add(answer, parts->bytes, parts->head_size + 2 + parts->body_size);
}

static void apply(const struct fault *fault, struct parts *parts, struct evbuffer *answer,
                  struct http_pace *pace)
{
    if (edits[fault->kind].with != NULL) {
        apply_edit(&edits[fault->kind], parts, answer, pace);
    } else if (replacements[fault->kind] != NULL) {
        evbuffer_add_printf(answer, "%s", replacements[fault->kind]);
        pace->close = true;
        pace->forever = fault->kind == FAULT_ENDLESS_HEADER    ? FILLER
                        : fault->kind == FAULT_ENDLESS_INTERIM ? replacements[fault->kind]
                                                               : NULL;
    } else if (fault->kind == FAULT_OVERSIZE_HEADER) {
        add_oversize_header(parts, fault->value, answer);
    } else if (fault->kind == FAULT_OVERSIZE_BODY) {
        add_oversize_body(parts, fault->value, answer);
    } else if (fault->kind == FAULT_GARBAGE) {
        add_garbage(answer);
        pace->close = true;
    } else if (fault->kind == FAULT_BARE_LF) {
        add_bare_lf(parts, answer);
    } else {
        add_altered(fault, parts, answer, pace);
    }
}

bool fault_spoil(struct faults *faults, const struct http_exchange *exchange,
                 struct evbuffer *answer, struct http_pace *pace)
{
    const struct fault *fault = faults_strike(faults, FAULT_WIRE, &exchange->request);
    struct parts parts = { 0 };

    if (fault == NULL || !take_apart(answer, &parts)) {
        return false;
    }
    apply(fault, &parts, answer, pace);
    free(parts.bytes);
    return true;
}
