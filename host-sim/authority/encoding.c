/* SPDX-License-Identifier: MIT
 * encoding.c -- base64, hex and moments. Base64 is decoded strictly: two texts must never mean the
 * same bytes.
 */
#define _GNU_SOURCE /* timegm, strptime */
#include "host-sim/authority/encoding.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void sha256(const void *bytes, size_t size, uint8_t digest[SHA256_BYTES])
{
    /* Can't fail with a provider loaded; a digest of zeros would match nothing that is stored. */
    if (EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) != 1) {
        memset(digest, 0, SHA256_BYTES);
    }
}

void hex_encode(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

void hex_encode_colons(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++) {
        text[3 * i] = "0123456789ABCDEF"[bytes[i] >> 4];
        text[3 * i + 1] = "0123456789ABCDEF"[bytes[i] & 15];
        text[3 * i + 2] = i + 1 < size ? ':' : '\0';
    }
}

char *base64_encode(const uint8_t *bytes, size_t size)
{
    char *text = malloc(4 * ((size + 2) / 3) + 1);

    if (text != NULL) {
        EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    }
    return text;
}

void base64url_encode(const uint8_t *bytes, size_t size, char *text)
{
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    for (; *text != '\0' && *text != '='; text++) {
        *text = (char)(*text == '+' ? '-' : *text == '/' ? '_' : *text);
    }
    *text = '\0';
}

/* Value of one base64 digit, -1 for any other character. */
static int digit_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

long base64_to_bytes(const char *text, size_t size, uint8_t *bytes)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t digit_count = 0;
    size_t pad_count = 0;
    long written = 0;

    for (size_t i = 0; i < size; i++) {
        const int value = digit_value(text[i]);

        if (is_space(text[i])) {
            continue;
        }
        if (text[i] == '=') {
            pad_count++;
            continue;
        }
        if (value < 0 || pad_count > 0) {
            return -1;
        }
        digit_count++;
        bits = (bits << 6 | (uint32_t)value) & 0xFFFFu;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes[written++] = (uint8_t)(bits >> bit_count);
        }
    }
    /* Whole quads, at most two pads, and the bits left over are zero: the canonical form only. */
    if ((digit_count + pad_count) % 4 != 0 || pad_count > 2 ||
        (bits & ((1u << bit_count) - 1u)) != 0) {
        return -1;
    }
    return written;
}

void moment_format(int64_t moment, char text[MOMENT_CHARS])
{
    const time_t seconds = (time_t)moment;
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, MOMENT_CHARS, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        snprintf(text, MOMENT_CHARS, "out of range");
    }
}

bool moment_parse(const char *text, int64_t *moment)
{
    struct tm parts = { 0 };
    char again[MOMENT_CHARS];
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);

    if (end == NULL || *end != '\0' || strlen(text) != MOMENT_CHARS - 1) {
        return false;
    }
    *moment = (int64_t)timegm(&parts);
    /* Refuses 30 February and the forms strptime forgives. */
    moment_format(*moment, again);
    return strcmp(text, again) == 0;
}

bool moment_parse_ahead(const char *text, int64_t now, int64_t *moment)
{
    static const char units[] = "smhd";
    static const int64_t unit_seconds[] = { 1, 60, 3600, 86400 };
    const int64_t ahead_max_s = 100LL * 365 * 86400;
    char *end = NULL;

    if (!moment_parse(text, moment)) {
        const long long count = strtoll(text, &end, 10);
        const char *unit =
            end != text && *end != '\0' && end[1] == '\0' ? strchr(units, *end) : NULL;

        if (unit == NULL || count <= 0 || count > ahead_max_s) {
            return false;
        }
        const int64_t seconds = unit_seconds[unit - units];

        if (count > ahead_max_s / seconds) {
            return false;
        }
        *moment = now + count * seconds;
    }
    return *moment > now && *moment - now <= ahead_max_s;
}
