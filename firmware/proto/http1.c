/* SPDX-License-Identifier: MIT
 * http1.c -- framing of an HTTP/1.1 answer (RFC 9112): which bytes are lines, which are body,
 * and where it ends. */
#include "firmware/proto/http1.h"

#include "firmware/proto/ascii.h"
#include "firmware/proto/calendar.h"
#include "firmware/proto/http1_field.h"

/* What the next byte belongs to:
 *
 *   STATUS_LINE -> FIELD_LINE -> BODY ----------------------------------> DONE
 *        ^             |  |                                                ^
 *        '- interim ---'  '-> CHUNK_LINE -> CHUNK_BODY -> CHUNK_END        |
 *                              ^   |                        |              |
 *                              '---|------------------------'              |
 *                                  '-> TRAILER_LINE -----------------------'
 */
enum state {
    STATUS_LINE,
    FIELD_LINE,
    BODY,
    CHUNK_LINE,
    CHUNK_BODY,
    CHUNK_END,
    TRAILER_LINE,
    DONE
};

enum {
    INTERIM_MAX = 8,
    CHUNK_LINE_BYTES_MIN = 3, /* One digit, CR, LF. */
    CHUNK_END_BYTES = 2       /* CR, LF. */
};

/* --- The head --------------------------------------------------------------------------------- */

/* `HTTP/1.x` SP three digits, and then nothing or SP and a reason that nobody reads. */
static imp_err_t read_status_line(struct http1 *http)
{
    const char *line = http->line;
    uint16_t status;

    if (http->line_bytes < 9 || memcmp(line, "HTTP/", 5) != 0) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    if (memcmp(line, "HTTP/1.1 ", 9) != 0 && memcmp(line, "HTTP/1.0 ", 9) != 0) {
        return IMP_ERR_HTTP_VERSION;
    }
    if (http->line_bytes < 12 || !calendar_number((const uint8_t *)line + 9, 3, &status) ||
        (http->line_bytes > 12 && line[12] != ' ')) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    if (status < 100 || status > 599 || status == 101) { /* We never ask to switch protocols. */
        return IMP_ERR_HTTP_MALFORMED;
    }
    http->head.status = status;
    http->is_version_1_0 = line[7] == '0';
    http->head.closes = http->is_version_1_0;
    http->state = FIELD_LINE;
    return 0;
}

/* Forget what the last (interim) answer said. */
static void begin_answer(struct http1 *http)
{
    http->head = (struct http1_head){ 0 };
    http->header_bytes = 0;
    http->remaining = 0;
    http->has_length = false;
    http->is_chunked = false;
    http->has_retry_after_date = false;
    http->state = STATUS_LINE;
}

/* Decide where the body ends (RFC 9112 6.3), more strictly than it has to be. */
static imp_err_t choose_framing(struct http1 *http)
{
    const uint16_t status = http->head.status;

    if (http->is_chunked && (http->has_length || http->is_version_1_0)) {
        return http->has_length ? IMP_ERR_HTTP_LENGTH : IMP_ERR_HTTP_ENCODING;
    }
    if (http->no_body || status == 204 || status == 304) {
        http->state = DONE;
        return 0;
    }
    if (http->is_chunked) {
        http->state = CHUNK_LINE;
        return 0;
    }
    if (!http->has_length) {
        return IMP_ERR_HTTP_LENGTH;
    }
    http->state = http->remaining > 0 ? BODY : DONE;
    return http->remaining > CONFIG_HTTP_BODY_BYTES_MAX ? IMP_ERR_HTTP_BODY_TOO_LARGE : 0;
}

static imp_err_t end_head(struct http1 *http)
{
    if (http->head.status < 200) {
        http->interim_count++;
        begin_answer(http);
        return http->interim_count > INTERIM_MAX ? IMP_ERR_HTTP_INTERIM : 0;
    }
    http1_settle_retry_after(http);
    return choose_framing(http);
}

/* A header or trailer line that is not empty. */
static imp_err_t read_field(struct http1 *http)
{
    const bool is_cut = http->line_bytes > sizeof http->line;
    const struct bytes line = bytes_of(http->line, is_cut ? sizeof http->line : http->line_bytes);
    struct bytes name;
    struct bytes value;
    const imp_err_t err = http1_split_field(line, &name, &value);

    if (err || http->state == TRAILER_LINE) {
        return err;
    }
    return http1_take_field(http, name, value, is_cut);
}

/* --- Chunks (RFC 9112 7.1) -------------------------------------------------------------------- */

static int hex_value(char c)
{
    const uint8_t lower = ascii_lower((uint8_t)c);

    if (ascii_is_digit(lower)) {
        return lower - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* chunk-size [chunk-ext]; extensions are skipped. Sizes beyond the limit of a body are only
 * known to be so. */
static imp_err_t read_chunk_line(struct http1 *http)
{
    uint32_t size = 0;
    size_t i = 0;

    if (http->line_bytes > sizeof http->line) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    for (; i < http->line_bytes && hex_value(http->line[i]) >= 0; i++) {
        size = size * 16 + (uint32_t)hex_value(http->line[i]);
        if (size > CONFIG_HTTP_BODY_BYTES_MAX) {
            return IMP_ERR_HTTP_BODY_TOO_LARGE;
        }
    }
    const bool has_extension = i < http->line_bytes;
    if (i == 0 || (has_extension && http->line[i] != ';')) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    if (http->body_bytes + size > CONFIG_HTTP_BODY_BYTES_MAX) {
        return IMP_ERR_HTTP_BODY_TOO_LARGE;
    }
    http->header_bytes -= CHUNK_LINE_BYTES_MIN;
    http->remaining = size;
    http->state = size > 0 ? CHUNK_BODY : TRAILER_LINE;
    return 0;
}

static imp_err_t read_chunk_end(struct http1 *http)
{
    if (http->line_bytes > 0) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    http->header_bytes -= CHUNK_END_BYTES;
    http->state = CHUNK_LINE;
    return 0;
}

/* --- Lines and body --------------------------------------------------------------------------- */

/* A whole line is there. */
static imp_err_t end_line(struct http1 *http)
{
    switch ((enum state)http->state) {
    case STATUS_LINE:
        return read_status_line(http);
    case FIELD_LINE:
        return http->line_bytes > 0 ? read_field(http) : end_head(http);
    case CHUNK_LINE:
        return read_chunk_line(http);
    case CHUNK_END:
        return read_chunk_end(http);
    default:
        break;
    }
    if (http->line_bytes > 0) {
        return read_field(http);
    }
    http->state = DONE;
    return 0;
}

/* Lines end in CR LF, both; they hold no other control character but tab. */
static imp_err_t feed_line(struct http1 *http, uint8_t byte)
{
    if (++http->header_bytes > CONFIG_HTTP_HEADER_BYTES_MAX) {
        return IMP_ERR_HTTP_HEADER_TOO_LARGE;
    }
    if (http->line_has_cr) {
        const imp_err_t err = byte == '\n' ? end_line(http) : IMP_ERR_HTTP_MALFORMED;
        http->line_has_cr = false;
        http->line_bytes = 0;
        return err;
    }
    if (byte == '\r') {
        http->line_has_cr = true;
        return 0;
    }
    if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    if (http->line_bytes < sizeof http->line) {
        http->line[http->line_bytes] = (char)byte;
    }
    http->line_bytes++; /* Bounded by the count of header bytes. */
    return 0;
}

static imp_err_t feed_body(struct http1 *http, struct bytes piece, size_t *used)
{
    const size_t len = piece.len < http->remaining ? piece.len : (size_t)http->remaining;

    *used = len;
    http->remaining -= len;
    http->body_bytes += (uint32_t)len;
    if (http->remaining == 0) {
        http->state = http->state == BODY ? DONE : CHUNK_END;
    }
    return http->body != NULL ? http->body(http->body_context, bytes_of(piece.data, len)) : 0;
}

void http1_start(struct http1 *http, http1_body_fn body, void *body_context)
{
    *http = (struct http1){ .body = body, .body_context = body_context };
    begin_answer(http);
}

imp_err_t http1_feed(struct http1 *http, struct bytes piece, size_t *used)
{
    *used = 0;
    while (http->error == 0 && http->state != DONE && *used < piece.len) {
        const struct bytes rest = bytes_of(piece.data + *used, piece.len - *used);
        size_t step = 1;
        if (http->state == BODY || http->state == CHUNK_BODY) {
            http->error = feed_body(http, rest, &step);
        } else {
            http->error = feed_line(http, rest.data[0]);
        }
        *used += step;
    }
    return http->error;
}

imp_err_t http1_end_of_stream(const struct http1 *http)
{
    return http1_is_done(http) ? 0 : IMP_ERR_HTTP_TRUNCATED;
}

bool http1_head_is_complete(const struct http1 *http)
{
    return http->state >= BODY;
}

bool http1_is_done(const struct http1 *http)
{
    return http->state == DONE && http->error == 0;
}
