/* SPDX-License-Identifier: MIT
 * http1_field.c -- header fields of an answer: the two that frame it, strictly, and a few hints,
 * leniently. */
#include "firmware/proto/http1_field.h"

#include "firmware/proto/ascii.h"

enum {
    RETRY_AFTER_MAX_S = INT32_MAX
};

/* --- Text ------------------------------------------------------------------------------------- */

/* tchar of RFC 9110 5.6.2. */
static bool is_token_char(uint8_t c)
{
    return ascii_is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_word(struct bytes text, const char *word)
{
    return ascii_equal(text, bytes_of_text(word));
}

/* Copy all of `text` to `out` when it fits with its terminator and has only characters that
 * `allows`; else empty it. */
static void copy_if(struct bytes text, char *out, size_t cap, bool (*allows)(uint8_t))
{
    out[0] = '\0';
    if (text.len >= cap) {
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!allows(text.data[i])) {
            out[0] = '\0';
            return;
        }
        out[i] = (char)text.data[i];
    }
    out[text.len] = '\0';
}

/* All digits; values over `max` read as `max`. False: empty, or another character. */
static bool read_decimal(struct bytes text, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i])) {
            return false;
        }
        sum = sum * 10 + (uint64_t)(text.data[i] - '0');
        sum = sum < max ? sum : max;
    }
    *value = sum;
    return text.len > 0;
}

/* --- Fields ----------------------------------------------------------------------------------- */

/* Twice the same length is one length (RFC 9110 8.6); a list of them is refused. */
static imp_err_t take_length(struct http1 *http, struct bytes value)
{
    uint64_t length;

    if (!read_decimal(value, UINT64_MAX / 16, &length) ||
        (http->has_length && length != http->remaining)) {
        return IMP_ERR_HTTP_LENGTH;
    }
    http->remaining = length;
    http->has_length = true;
    return 0;
}

static imp_err_t take_transfer_coding(struct http1 *http, struct bytes value)
{
    if (http->is_chunked || !is_word(value, "chunked")) {
        return IMP_ERR_HTTP_ENCODING;
    }
    http->is_chunked = true;
    return 0;
}

static bool is_media_type_char(uint8_t c)
{
    return is_token_char(c) || c == '/';
}

static void take_content_type(struct http1 *http, struct bytes value)
{
    char *type = http->head.content_type;
    size_t len = 0;

    while (len < value.len && value.data[len] != ';') {
        len++;
    }
    copy_if(ascii_trim(bytes_of(value.data, len)), type, sizeof http->head.content_type,
            is_media_type_char);
    for (; *type != '\0'; type++) {
        *type = (char)ascii_lower((uint8_t)*type);
    }
}

static void take_content_coding(struct http1 *http, struct bytes value)
{
    http->head.is_base64 = is_word(value, "base64");
}

/* A list of options; `close` is the one that matters. */
static void take_connection(struct http1 *http, struct bytes value)
{
    size_t begin = 0;

    for (size_t i = 0; i <= value.len; i++) {
        if (i == value.len || value.data[i] == ',') {
            if (is_word(ascii_trim(bytes_of(value.data + begin, i - begin)), "close")) {
                http->head.closes = true;
            }
            begin = i + 1;
        }
    }
}

static void take_date(struct http1 *http, struct bytes value)
{
    http->head.has_date = http1_parse_date(value, &http->head.date) == 0;
}

static void take_retry_after(struct http1 *http, struct bytes value)
{
    uint64_t seconds = 0;

    http->head.has_retry_after = read_decimal(value, RETRY_AFTER_MAX_S, &seconds);
    http->head.retry_after_s = (uint32_t)seconds;
    http->has_retry_after_date = http1_parse_date(value, &http->retry_after_date) == 0;
}

static bool is_error_char(uint8_t c)
{
    return ascii_is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

static void take_error_name(struct http1 *http, struct bytes value)
{
    copy_if(value, http->head.error_name, sizeof http->head.error_name, is_error_char);
}

static bool is_id_char(uint8_t c)
{
    return ascii_is_letter_or_digit(c) || c == '-';
}

static void take_request_id(struct http1 *http, struct bytes value)
{
    copy_if(value, http->head.request_id, sizeof http->head.request_id, is_id_char);
}

static const struct {
    const char *name;
    void (*take)(struct http1 *http, struct bytes value);
} hints[] = {
    { "content-type", take_content_type }, { "content-transfer-encoding", take_content_coding },
    { "connection", take_connection },     { "date", take_date },
    { "retry-after", take_retry_after },   { "imprint-error", take_error_name },
    { "x-request-id", take_request_id },
};

imp_err_t http1_split_field(struct bytes line, struct bytes *name, struct bytes *value)
{
    size_t len = 0;

    while (len < line.len && is_token_char(line.data[len])) {
        len++;
    }
    if (len == 0 || len == line.len || line.data[len] != ':') {
        return IMP_ERR_HTTP_MALFORMED;
    }
    *name = bytes_of(line.data, len);
    *value = ascii_trim(bytes_of(line.data + len + 1, line.len - len - 1));
    return 0;
}

imp_err_t http1_take_field(struct http1 *http, struct bytes name, struct bytes value, bool is_cut)
{
    if (is_word(name, "content-length")) {
        return is_cut ? IMP_ERR_HTTP_LENGTH : take_length(http, value);
    }
    if (is_word(name, "transfer-encoding")) {
        return is_cut ? IMP_ERR_HTTP_ENCODING : take_transfer_coding(http, value);
    }
    for (size_t i = 0; i < sizeof hints / sizeof hints[0] && !is_cut; i++) {
        if (is_word(name, hints[i].name)) {
            hints[i].take(http, value);
        }
    }
    return 0;
}

void http1_settle_retry_after(struct http1 *http)
{
    struct http1_head *head = &http->head;

    if (!http->has_retry_after_date || !head->has_date) {
        return;
    }
    const int64_t wait = http->retry_after_date - head->date;
    head->has_retry_after = true;
    head->retry_after_s = wait <= 0                  ? 0
                          : wait < RETRY_AFTER_MAX_S ? (uint32_t)wait
                                                     : RETRY_AFTER_MAX_S;
}
