/* SPDX-License-Identifier: MIT
 * jwt.c -- reader of a JWT: three parts, a header that may say little, claims of the right types. */
#include "firmware/proto/jwt.h"

#include "firmware/proto/ascii.h"
#include "firmware/proto/base64url.h"
#include "firmware/proto/json.h"
#include "firmware/proto/jwt_part.h"

static const char *const algorithm_names[] = {
    [JWT_RS256] = "RS256",
    [JWT_ES256] = "ES256",
    [JWT_ES384] = "ES384",
    [JWT_ES512] = "ES512",
};

enum {
    ALGORITHMS = sizeof algorithm_names / sizeof algorithm_names[0],
    PARTS = 3
};

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
#define FIRST_SECOND INT64_C(-62167219200)
#define LAST_SECOND  INT64_C(253402300799)

const char *jwt_algorithm_name(enum jwt_algorithm algorithm)
{
    return algorithm_names[algorithm];
}

/* --- Parts ------------------------------------------------------------------------------------ */

/* Three parts, none of them empty, with two dots. */
static bool split(struct bytes token, struct bytes parts[PARTS])
{
    size_t from = 0;
    size_t count = 0;

    for (size_t at = 0; at <= token.len; at++) {
        if (at < token.len && token.data[at] != '.') {
            continue;
        }
        if (count == PARTS || at == from) {
            return false;
        }
        parts[count++] = bytes_of(token.data + from, at - from);
        from = at + 1;
    }
    return count == PARTS;
}

/* Decode a part to the front of `work`, which moves on behind it. */
static imp_err_t decode(struct bytes part, uint8_t **work, size_t *cap, struct bytes *out)
{
    size_t bytes;
    const imp_err_t err = base64url_decode(part, *work, *cap, &bytes);

    *out = bytes_of(*work, bytes);
    *work += bytes;
    *cap -= bytes;
    return err;
}

static imp_err_t check_object(struct bytes text)
{
    struct json json;
    struct json_token token;
    const imp_err_t err = json_check(text);

    if (err) {
        return err;
    }
    json_begin(&json, text);
    return json_next(&json, &token) == 0 && token.type == JSON_OBJECT ? 0 : IMP_ERR_JWT_MALFORMED;
}

/* --- Header ----------------------------------------------------------------------------------- */

static imp_err_t read_algorithm(struct bytes header, enum jwt_algorithm *algorithm)
{
    struct json_token token;

    if (!json_find(header, "alg", &token) || token.type != JSON_STRING) {
        return IMP_ERR_JWT_ALGORITHM;
    }
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (json_equal(token.text, bytes_of_text(algorithm_names[i]))) {
            *algorithm = (enum jwt_algorithm)i;
            return 0;
        }
    }
    return IMP_ERR_JWT_ALGORITHM;
}

static imp_err_t check_header(struct bytes header)
{
    /* RFC 7515 4.1.2, 4.1.3, 4.1.5, 4.1.6, 4.1.11. */
    static const char *const refused[] = { "jwk", "jku", "x5u", "x5c", "crit" };
    struct json_token token;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (json_find(header, refused[i], &token)) {
            return IMP_ERR_JWT_HEADER;
        }
    }
    return 0;
}

/* --- Claims ----------------------------------------------------------------------------------- */

/* A NumericDate: whole seconds, and a fraction that is dropped. Dates outside the years 0000 to
 * 9999 read as the nearest inside. */
static bool read_date(struct bytes number, int64_t *seconds)
{
    const uint8_t *point = memchr(number.data, '.', number.len);
    const size_t whole = point != NULL ? (size_t)(point - number.data) : number.len;

    for (size_t i = whole; i < number.len; i++) {
        if (!ascii_is_digit(number.data[i]) && i != whole) {
            return false;
        }
    }
    if (!json_read_integer(bytes_of(number.data, whole), seconds)) {
        return false;
    }
    *seconds = *seconds < FIRST_SECOND ? FIRST_SECOND : *seconds;
    *seconds = *seconds > LAST_SECOND ? LAST_SECOND : *seconds;
    return true;
}

static imp_err_t check_claims(struct bytes claims)
{
    static const char *const texts[] = { "iss", "sub", "jti" };
    static const char *const dates[] = { "exp", "nbf", "iat" };
    struct json_token token;
    int64_t seconds;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (json_find(claims, texts[i], &token) && token.type != JSON_STRING) {
            return IMP_ERR_JWT_CLAIMS;
        }
    }
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (json_find(claims, dates[i], &token) &&
            (token.type != JSON_NUMBER || !read_date(token.text, &seconds))) {
            return IMP_ERR_JWT_CLAIMS;
        }
    }
    const bool is_wrong_audience =
        json_find(claims, "aud", &token) && token.type != JSON_STRING && token.type != JSON_ARRAY;
    return is_wrong_audience ? IMP_ERR_JWT_CLAIMS : 0;
}

/* --- The whole -------------------------------------------------------------------------------- */

imp_err_t jwt_read(struct bytes token, uint8_t *work, size_t cap, struct jwt *jwt)
{
    struct bytes parts[PARTS];
    imp_err_t err;

    memset(jwt, 0, sizeof *jwt);
    if (token.len > CONFIG_JWT_CHARS_MAX || !split(token, parts)) {
        return IMP_ERR_JWT_MALFORMED;
    }
    jwt->signed_text = bytes_of(token.data, parts[0].len + 1 + parts[1].len);
    err = decode(parts[0], &work, &cap, &jwt->header);
    err = err ? err : check_object(jwt->header);
    err = err ? err : read_algorithm(jwt->header, &jwt->algorithm);
    err = err ? err : check_header(jwt->header);
    err = err ? err : decode(parts[1], &work, &cap, &jwt->claims);
    err = err ? err : check_object(jwt->claims);
    err = err ? err : check_claims(jwt->claims);
    err = err ? err : decode(parts[2], &work, &cap, &jwt->signature);
    if (err) {
        return err;
    }
    return jwt_signature_is_formed(jwt->algorithm, jwt->signature) ? 0 : IMP_ERR_JWT_SIGNATURE;
}

bool jwt_date(const struct jwt *jwt, const char *name, int64_t *seconds)
{
    struct json_token token;

    return json_find(jwt->claims, name, &token) && token.type == JSON_NUMBER &&
           read_date(token.text, seconds);
}

imp_err_t jwt_check_dates(const struct jwt *jwt, int64_t floor, const int64_t *now)
{
    int64_t seconds;

    if (jwt_date(jwt, "exp", &seconds) && (seconds <= floor || (now != NULL && seconds <= *now))) {
        return IMP_ERR_JWT_EXPIRED;
    }
    if (now != NULL && jwt_date(jwt, "nbf", &seconds) && seconds > floor && seconds > *now &&
        seconds - *now > CONFIG_CLOCK_BEHIND_S) {
        return IMP_ERR_JWT_NOT_YET;
    }
    return 0;
}
