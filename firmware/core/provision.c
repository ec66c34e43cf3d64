/* SPDX-License-Identifier: MIT
 * provision.c -- parse, encode and decode what the operator gave. */
#include "firmware/core/provision.h"

#include <string.h>

#include "firmware/imp_assert.h"
#include "firmware/little_endian.h"
#include "firmware/text.h"

enum provision_tag {
    TAG_SERVER = 1, /* The URL as text. */
    TAG_PIN = 2,
    TAG_NAME = 3,
    TAG_SERIAL = 4,
    TAG_ROUTE = 5, /* IPv4 address (4) | host name. */
    TAG_UNLOCK = 6
};

enum {
    FIELD_HEAD_BYTES = 3
};

/* What a name, a serial number and a routed host may have beside letters and digits. */
#define NAME_MARKS   "._:-"
#define SERIAL_MARKS "-"
#define HOST_MARKS   ".-"

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Copy `text` when it has 1 to cap-1 characters, each a letter, a digit or one of `also`. */
static bool copy_checked(char *out, size_t cap, struct bytes text, const char *also)
{
    if (text.len == 0 || text.len >= cap) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char c = (char)text.data[i];
        if (!is_letter_or_digit(c) && (c == '\0' || strchr(also, c) == NULL)) {
            return false;
        }
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

imp_err_t provision_set_server(struct provision *provision, const char *url)
{
    struct url parsed;

    if (url_parse(bytes_of_text(url), &parsed)) {
        return IMP_ERR_CONFIG_URL;
    }
    provision->server = parsed;
    return 0;
}

imp_err_t provision_set_pin(struct provision *provision, const char *fingerprint)
{
    uint8_t pin[PROVISION_PIN_BYTES];

    for (size_t i = 0; i < sizeof pin; i++) {
        if (i > 0 && fingerprint[0] == ':') {
            fingerprint++;
        }
        const int high = text_hex_digit(fingerprint[0]);
        const int low = high < 0 ? -1 : text_hex_digit(fingerprint[1]);
        if (low < 0) {
            return IMP_ERR_CONFIG_VALUE;
        }
        pin[i] = (uint8_t)(high << 4 | low);
        fingerprint += 2;
    }
    if (fingerprint[0] != '\0') {
        return IMP_ERR_CONFIG_VALUE;
    }
    memcpy(provision->pin, pin, sizeof pin);
    provision->has_pin = true;
    return 0;
}

imp_err_t provision_set_name(struct provision *provision, const char *name)
{
    return copy_checked(provision->name, sizeof provision->name, bytes_of_text(name), NAME_MARKS)
               ? 0
               : IMP_ERR_CONFIG_NAME;
}

imp_err_t provision_set_serial(struct provision *provision, const char *serial)
{
    return copy_checked(provision->serial, sizeof provision->serial, bytes_of_text(serial),
                        SERIAL_MARKS)
               ? 0
               : IMP_ERR_CONFIG_VALUE;
}

/* The route for `host`, else a free one, else NULL. */
static struct provision_route *route_for(struct provision *provision, const char *host)
{
    struct provision_route *free_route = NULL;

    for (size_t i = 0; i < PROVISION_ROUTES_MAX; i++) {
        if (strcmp(provision->routes[i].host, host) == 0) {
            return &provision->routes[i];
        }
        if (provision->routes[i].host[0] == '\0' && free_route == NULL) {
            free_route = &provision->routes[i];
        }
    }
    return free_route;
}

imp_err_t provision_set_route(struct provision *provision, const char *host, const char *ipv4)
{
    struct provision_route route = { 0 };

    if (url_parse_ipv4(bytes_of_text(ipv4), route.address) ||
        !copy_checked(route.host, sizeof route.host, bytes_of_text(host), HOST_MARKS)) {
        return IMP_ERR_CONFIG_VALUE;
    }
    struct provision_route *place = route_for(provision, host);
    if (place == NULL) {
        return IMP_ERR_CONFIG_VALUE;
    }
    *place = route;
    return 0;
}

imp_err_t provision_check_token(struct bytes token)
{
    if (token.len == 0 || token.len > CONFIG_TOKEN_CHARS_MAX) {
        return IMP_ERR_CONFIG_VALUE;
    }
    for (size_t i = 0; i < token.len; i++) {
        if (token.data[i] <= ' ' || token.data[i] > '~') {
            return IMP_ERR_CONFIG_VALUE;
        }
    }
    return 0;
}

/* Append one field of two parts to `out`; returns the new length. */
static size_t add_field(uint8_t *out, size_t at, enum provision_tag tag, struct bytes first,
                        struct bytes second)
{
    const size_t len = first.len + second.len;

    IMP_ASSERT(at + FIELD_HEAD_BYTES + len <= PROVISION_RECORD_BYTES_MAX);
    out[at] = (uint8_t)tag;
    le16_put(out + at + 1, (uint16_t)len);
    at += FIELD_HEAD_BYTES;
    memcpy(out + at, first.data, first.len);
    if (second.len > 0) {
        memcpy(out + at + first.len, second.data, second.len);
    }
    return at + len;
}

static size_t add_server(uint8_t *out, size_t at, const struct url *url)
{
    char joined[sizeof url->host + sizeof url->path + sizeof "https://:65535"];
    struct text text = text_in(joined, sizeof joined);

    text_add(&text, "https://");
    text_add(&text, url->host);
    text_add_char(&text, ':');
    text_add_u64(&text, url->port);
    text_add(&text, url->path);
    return add_field(out, at, TAG_SERVER, bytes_of_text(joined), (struct bytes){ 0 });
}

size_t provision_encode(const struct provision *provision, uint8_t out[PROVISION_RECORD_BYTES_MAX])
{
    const struct bytes none = { 0 };
    size_t at = 0;

    if (provision->server.host[0] != '\0') {
        at = add_server(out, at, &provision->server);
    }
    if (provision->has_pin) {
        at = add_field(out, at, TAG_PIN, bytes_of(provision->pin, sizeof provision->pin), none);
    }
    if (provision->name[0] != '\0') {
        at = add_field(out, at, TAG_NAME, bytes_of_text(provision->name), none);
    }
    if (provision->serial[0] != '\0') {
        at = add_field(out, at, TAG_SERIAL, bytes_of_text(provision->serial), none);
    }
    for (size_t i = 0; i < PROVISION_ROUTES_MAX; i++) {
        const struct provision_route *route = &provision->routes[i];
        if (route->host[0] != '\0') {
            at = add_field(out, at, TAG_ROUTE, bytes_of(route->address, 4),
                           bytes_of_text(route->host));
        }
    }
    if (provision->has_unlock) {
        at = add_field(out, at, TAG_UNLOCK, bytes_of(provision->unlock, sizeof provision->unlock),
                       none);
    }
    return at;
}

static bool take_exactly(uint8_t *out, size_t len, struct bytes value, bool *has)
{
    if (value.len != len) {
        return false;
    }
    memcpy(out, value.data, len);
    *has = true;
    return true;
}

static bool take_route(struct provision *provision, struct bytes value)
{
    for (size_t i = 0; i < PROVISION_ROUTES_MAX; i++) {
        struct provision_route *route = &provision->routes[i];
        if (route->host[0] == '\0' && value.len > 4) {
            memcpy(route->address, value.data, 4);
            return copy_checked(route->host, sizeof route->host,
                                bytes_of(value.data + 4, value.len - 4), HOST_MARKS);
        }
    }
    return false;
}

static bool take_field(struct provision *provision, uint8_t tag, struct bytes value)
{
    switch (tag) {
    case TAG_SERVER:
        return url_parse(value, &provision->server) == 0;
    case TAG_PIN:
        return take_exactly(provision->pin, sizeof provision->pin, value, &provision->has_pin);
    case TAG_NAME:
        return copy_checked(provision->name, sizeof provision->name, value, NAME_MARKS);
    case TAG_SERIAL:
        return copy_checked(provision->serial, sizeof provision->serial, value, SERIAL_MARKS);
    case TAG_ROUTE:
        return take_route(provision, value);
    case TAG_UNLOCK:
        return take_exactly(provision->unlock, sizeof provision->unlock, value,
                            &provision->has_unlock);
    default:
        return false;
    }
}

imp_err_t provision_decode(struct bytes record, struct provision *provision)
{
    memset(provision, 0, sizeof *provision);
    while (record.len > 0) {
        const size_t len = record.len < FIELD_HEAD_BYTES ? 0 : le16_get(record.data + 1);
        if (record.len < FIELD_HEAD_BYTES + len ||
            !take_field(provision, record.data[0], bytes_of(record.data + FIELD_HEAD_BYTES, len))) {
            memset(provision, 0, sizeof *provision);
            return IMP_ERR_STORE_FORMAT;
        }
        record =
            bytes_of(record.data + FIELD_HEAD_BYTES + len, record.len - FIELD_HEAD_BYTES - len);
    }
    return 0;
}
