/* SPDX-License-Identifier: MIT
 * jwt.h -- reader of a signed JSON Web Token in its compact form (RFC 7519, RFC 7515 7.1): form
 * first, then, against a key that the caller trusts, the signature.
 *
 * A JWT can't choose how it is checked (RFC 8725 3.1): the algorithm is one of ours, and a header
 * that brings a key, points at one, or asks for an extension is refused. */
#ifndef FIRMWARE_PROTO_JWT_H
#define FIRMWARE_PROTO_JWT_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/crypto/verify.h"
#include "firmware/error.h"

enum jwt_algorithm {
    JWT_RS256,
    JWT_ES256,
    JWT_ES384,
    JWT_ES512
};

/* A token that was read; views into the token and into the caller's `work`. */
struct jwt {
    enum jwt_algorithm algorithm;
    struct bytes signed_text; /* Header and claims as they stand in the token, with the dot. */
    struct bytes header;      /* JSON. */
    struct bytes claims;      /* JSON. */
    struct bytes signature;   /* RS256: as long as the modulus. ES: r | s, both as long as n. */
};

/* Bytes of `work` that any token needs. */
enum {
    JWT_WORK_BYTES = CONFIG_JWT_CHARS_MAX / 4 * 3
};

/* Read `token`, which has nothing before and behind it, into `work` (`cap` bytes, JWT_WORK_BYTES
 * always suffice). It may hold secrets (jti): the caller wipes `work`. Nothing is verified yet. 0;
 *
 *   JWT_MALFORMED     not three parts, or more than CONFIG_JWT_CHARS_MAX characters; header or
 *                     claims are no object
 *   BASE64_MALFORMED  a part is not canonical base64url
 *   JSON_*            header or claims are not what proto/json.h takes
 *   JWT_ALGORITHM     alg is missing, or none of ours (RS256, ES256, ES384, ES512)
 *   JWT_HEADER        jwk, jku, x5u, x5c or crit, whatever it says
 *   JWT_SIGNATURE     not as long as alg needs (RSA: 2048 to 4096 bits), or r or s outside 1 to n-1
 *   JWT_CLAIMS        iss, sub or jti is no string; aud is neither string nor list; exp, nbf or
 *                     iat is no date
 *   BUG_SPACE         `cap` is too small
 *
 * After an error `jwt` is not to be used, but for its header, which is there from JWT_ALGORITHM
 * on, and its claims, which are there from JWT_CLAIMS on. */
imp_err_t jwt_read(struct bytes token, uint8_t *work, size_t cap, struct jwt *jwt);

/* The date in claim `name` (RFC 7519 2, NumericDate; a fraction is dropped). False: it is not
 * there. */
bool jwt_date(const struct jwt *jwt, const char *name, int64_t *seconds);

/* Judge exp and nbf where they are there: `floor` proves "expired" alone, a clock that was set
 * (`now`, NULL for none) both, which may be CONFIG_CLOCK_BEHIND_S behind. 0; IMP_ERR_JWT_EXPIRED;
 * IMP_ERR_JWT_NOT_YET. */
imp_err_t jwt_check_dates(const struct jwt *jwt, int64_t floor, const int64_t *now);

/* Verify the signature with `key`. Blocks for one public-key operation. 0; IMP_ERR_JWT_KEY (the key
 * is not of the algorithm's kind: RS256 RSA, ES256 P-256, ES384 P-384, ES512 P-521); as
 * crypto_verify. */
imp_err_t jwt_verify(const struct jwt *jwt, const struct crypto_public_key *key);

/* "RS256" and so on. Static text. */
const char *jwt_algorithm_name(enum jwt_algorithm algorithm);

#endif
