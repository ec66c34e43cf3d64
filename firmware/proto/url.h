/* SPDX-License-Identifier: MIT
 * url.h -- the part of RFC 3986 that an enrollment server's address needs: https, host, port,
 * path. */
#ifndef FIRMWARE_PROTO_URL_H
#define FIRMWARE_PROTO_URL_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/error.h"

struct url {
    char host[CONFIG_HOST_CHARS_MAX + 1]; /* Lower case, no trailing dot; or an IPv4 literal. */
    char path[CONFIG_PATH_CHARS_MAX + 1]; /* Begins with '/' or is empty; no trailing '/'. */
    uint16_t port;                        /* 443 when absent. */
    bool host_is_ipv4;
    uint8_t ipv4[4];
};

/* Parse `https://host[:port][/path]`, or `host[:port]` alone, which means the same with https.
 * User info, query, fragment, percent signs, control characters, empty labels, an empty port,
 * port 0, IPv6 literals and other schemes are refused. 0; IMP_ERR_URL_MALFORMED: `url` is then
 * not to be used. */
imp_err_t url_parse(struct bytes text, struct url *url);

/* Is `text` a host name: labels of letters, digits and inner hyphens (RFC 1123 2.1), at most 63
 * characters each and 253 in all, no trailing dot, and the last one not a number (that would be
 * an address)? */
bool url_is_host_name(struct bytes text);

/* Parse a dotted-quad IPv4 address: four decimal numbers without leading zeros. 0;
 * IMP_ERR_URL_MALFORMED. */
imp_err_t url_parse_ipv4(struct bytes text, uint8_t address[4]);

#endif
