/* SPDX-License-Identifier: MIT
 * encoding.h -- small byte and text forms: base64, hex, SHA-256, moments and durations.
 */
#ifndef IMPRINT_AUTHORITY_ENCODING_H
#define IMPRINT_AUTHORITY_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHA256_BYTES = 32,
    SHA256_HEX_CHARS = 65,   /* With the NUL. */
    SHA256_COLON_CHARS = 96, /* AA:BB:... with the NUL. */
    MOMENT_CHARS = 21        /* 2026-11-21T01:35:06Z and the NUL. */
};

/* SHA-256 of `size` bytes. */
void sha256(const void *bytes, size_t size, uint8_t digest[SHA256_BYTES]);

/* Lower-case hex of `size` bytes into `text` (2 * size + 1 bytes, NUL included). */
void hex_encode(const uint8_t *bytes, size_t size, char *text);

/* Upper-case hex with colons into `text` (3 * size bytes, NUL included): how people compare
 * fingerprints. */
void hex_encode_colons(const uint8_t *bytes, size_t size, char *text);

/* Base64 (RFC 4648 section 4) without line breaks: senders need none (RFC 8951 section 3.2.1), and
 * there are clients that stumble over them. Returns a malloc'd string, NULL when memory is out. */
char *base64_encode(const uint8_t *bytes, size_t size);

/* URL-safe base64 without padding (RFC 4648 section 5) into `text`, which holds 4 * ceil(size / 3)
 * + 1 bytes. */
void base64url_encode(const uint8_t *bytes, size_t size, char *text);

/* White space of PEM and base64: blank, tab, CR, LF. */
bool is_space(char c);

/* Decode canonical base64; white space is skipped, nothing else is forgiven (a wrong padding, stray
 * bits and foreign characters are refused). Writes at most 3 * size / 4 bytes to `bytes`. Returns
 * the count, or -1. */
long base64_to_bytes(const char *text, size_t size, uint8_t *bytes);

/* Seconds since 1970 as RFC 3339 in UTC. */
void moment_format(int64_t moment, char text[MOMENT_CHARS]);

/* RFC 3339 in UTC ("2026-11-21T01:35:06Z") to seconds since 1970. Returns false when it is
 * something else. */
bool moment_parse(const char *text, int64_t *moment);

/* "90s", "15m", "24h", "7d" or an RFC 3339 moment to a moment after `now`. Returns false when it is
 * neither, when it is not after `now`, or when it lies more than 100 years ahead. */
bool moment_parse_ahead(const char *text, int64_t now, int64_t *moment);

#endif
