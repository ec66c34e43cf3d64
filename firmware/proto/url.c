/* SPDX-License-Identifier: MIT
 * url.c -- the part of RFC 3986 that an enrollment server's address needs. What is not listed is
 * refused. */
#include "firmware/proto/url.h"

#include "firmware/proto/ascii.h"

enum {
    HTTPS_PORT = 443,
    LABEL_CHARS_MAX = 63
};

/* Characters before the first `c`, or all of them. */
static size_t length_before(struct bytes text, uint8_t c)
{
    const uint8_t *found = text.len > 0 ? memchr(text.data, c, text.len) : NULL;
    return found != NULL ? (size_t)(found - text.data) : text.len;
}

static struct bytes first(struct bytes text, size_t len)
{
    return bytes_of(text.data, len);
}

static struct bytes after(struct bytes text, size_t len)
{
    return len < text.len ? bytes_of(text.data + len, text.len - len) : bytes_of(NULL, 0);
}

/* --- Hosts ------------------------------------------------------------------------------------ */

/* Letters, digits and inner hyphens (RFC 1123 2.1). */
static bool is_label(struct bytes label)
{
    if (label.len == 0 || label.len > LABEL_CHARS_MAX || label.data[0] == '-' ||
        label.data[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!ascii_is_letter_or_digit(label.data[i]) && label.data[i] != '-') {
            return false;
        }
    }
    return true;
}

bool url_is_host_name(struct bytes text)
{
    struct bytes rest = text;
    bool is_number = true;

    if (text.len > CONFIG_HOST_CHARS_MAX) {
        return false;
    }
    for (;;) {
        const struct bytes label = first(rest, length_before(rest, '.'));
        if (!is_label(label)) {
            return false;
        }
        is_number = true;
        for (size_t i = 0; i < label.len; i++) {
            is_number = is_number && ascii_is_digit(label.data[i]);
        }
        if (label.len == rest.len) {
            return !is_number;
        }
        rest = after(rest, label.len + 1);
    }
}

/* A number without leading zeros, at most `max`. */
static bool read_number(struct bytes text, uint32_t max, uint32_t *value)
{
    uint32_t sum = 0;

    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.data[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i])) {
            return false;
        }
        sum = sum * 10 + (uint32_t)(text.data[i] - '0');
    }
    *value = sum;
    return sum <= max;
}

imp_err_t url_parse_ipv4(struct bytes text, uint8_t address[4])
{
    struct bytes rest = text;

    for (size_t i = 0; i < 4; i++) {
        const struct bytes part = first(rest, length_before(rest, '.'));
        uint32_t value;
        const bool is_last = part.len == rest.len;
        if (!read_number(part, 255, &value) || is_last != (i == 3)) {
            return IMP_ERR_URL_MALFORMED;
        }
        address[i] = (uint8_t)value;
        rest = after(rest, part.len + 1);
    }
    return 0;
}

static bool read_host(struct bytes text, struct url *url)
{
    url->host_is_ipv4 = url_parse_ipv4(text, url->ipv4) == 0;
    if (!url->host_is_ipv4) {
        if (text.len > 0 && text.data[text.len - 1] == '.') {
            text.len--;
        }
        if (!url_is_host_name(text)) {
            return false;
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        url->host[i] = (char)ascii_lower(text.data[i]);
    }
    url->host[text.len] = '\0';
    return true;
}

/* --- The rest --------------------------------------------------------------------------------- */

/* host[:port] */
static bool read_authority(struct bytes text, struct url *url)
{
    const size_t host_len = length_before(text, ':');
    uint32_t port = HTTPS_PORT;

    if (host_len < text.len &&
        (!read_number(after(text, host_len + 1), UINT16_MAX, &port) || port == 0)) {
        return false;
    }
    url->port = (uint16_t)port;
    return read_host(first(text, host_len), url);
}

/* pchar of RFC 3986 without percent signs, and the slash between segments. */
static bool is_path_char(uint8_t c)
{
    return ascii_is_letter_or_digit(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

static bool read_path(struct bytes text, struct url *url)
{
    while (text.len > 0 && text.data[text.len - 1] == '/') {
        text.len--;
    }
    if (text.len > CONFIG_PATH_CHARS_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_path_char(text.data[i])) {
            return false;
        }
        url->path[i] = (char)text.data[i];
    }
    url->path[text.len] = '\0';
    return true;
}

/* The scheme's name is compared without regard to case (RFC 3986 3.1). */
static bool begins_with_https(struct bytes text)
{
    const struct bytes scheme = bytes_of_text("https://");

    return text.len >= scheme.len && ascii_equal(first(text, scheme.len), scheme);
}

imp_err_t url_parse(struct bytes text, struct url *url)
{
    const bool has_scheme = begins_with_https(text);
    const struct bytes rest = has_scheme ? after(text, strlen("https://")) : text;
    const size_t authority_len = length_before(rest, '/');

    *url = (struct url){ 0 };
    if (!has_scheme && authority_len < rest.len) {
        return IMP_ERR_URL_MALFORMED;
    }
    const bool good = read_authority(first(rest, authority_len), url) &&
                      read_path(after(rest, authority_len), url);
    return good ? 0 : IMP_ERR_URL_MALFORMED;
}
