/* SPDX-License-Identifier: MIT
 * fuzz_jwt.c -- what is accepted is the one way to write its parts, and has a signature of its algorithm's form. Input:
 * what crypto_verify says (1), whether the rest is encoded (1 and odd: it is header 0 claims 0 signature, each encoded
 * first; else it is a token). */
#include "firmware/proto/jwt.h"
#include "tests/fuzz/doubles.h"
#include "tests/fuzz/fuzz.h"

/* Not the firmware's table. */
static size_t encode(struct bytes in, uint8_t *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const size_t chars = (in.len * 8 + 5) / 6;

    for (size_t i = 0; i < chars; i++) {
        unsigned value = 0;
        for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
            const unsigned byte = bit / 8 < in.len ? in.data[bit / 8] : 0;
            value = value << 1 | (byte >> (7 - bit % 8) & 1);
        }
        out[i] = (uint8_t)letters[value];
    }
    return chars;
}

/* The next part of the input, up to a zero byte. */
static struct bytes take_part(struct bytes *rest)
{
    const uint8_t *zero = rest->len > 0 ? memchr(rest->data, 0, rest->len) : NULL;
    const size_t bytes = zero != NULL ? (size_t)(zero - rest->data) : rest->len;
    const struct bytes part = bytes_of(rest->data, bytes);
    const size_t skipped = bytes + (zero != NULL);

    if (skipped > 0) {
        *rest = bytes_of(rest->data + skipped, rest->len - skipped);
    }
    return part;
}

static struct bytes join(const struct bytes parts[3], uint8_t *out)
{
    size_t at = 0;

    for (size_t i = 0; i < 3; i++) {
        at += encode(parts[i], out + at);
        if (i < 2) {
            out[at++] = '.';
        }
    }
    return bytes_of(out, at);
}

static void expect_formed(const struct jwt *jwt)
{
    static const size_t lengths[] = { [JWT_ES256] = 64, [JWT_ES384] = 96, [JWT_ES512] = 132 };

    if (jwt->algorithm == JWT_RS256) {
        FUZZ_MUST(jwt->signature.len >= 256 && jwt->signature.len <= 512);
    } else {
        FUZZ_MUST(jwt->signature.len == lengths[jwt->algorithm]);
    }
}

static void judge(struct bytes token, uint8_t *again)
{
    uint8_t work[JWT_WORK_BYTES];
    struct jwt jwt;
    const imp_err_t err = jwt_read(token, work, sizeof work, &jwt);

    FUZZ_MUST(err != IMP_ERR_BUG_SPACE);
    if (err) {
        return;
    }
    const struct bytes parts[] = { jwt.header, jwt.claims, jwt.signature };
    FUZZ_MUST(bytes_equal(join(parts, again), token));
    FUZZ_MUST(fuzz_is_within(jwt.signed_text, token));
    expect_formed(&jwt);
    const int64_t now = 1767225600;
    (void)jwt_check_dates(&jwt, 0, &now);
    for (int type = CRYPTO_KEY_UNKNOWN; type <= CRYPTO_KEY_EC_P521; type++) {
        static const uint8_t point[133] = { 4 };
        const struct crypto_public_key key = { .type = (enum crypto_key_type)type,
                                               .point = { point, sizeof point },
                                               .modulus = { point, sizeof point },
                                               .exponent = { point, 1 } };
        const imp_err_t verdict = jwt_verify(&jwt, &key);
        const bool fits = (jwt.algorithm == JWT_RS256) == (type == CRYPTO_KEY_RSA) && type != 0;
        FUZZ_MUST(fits || verdict == IMP_ERR_JWT_KEY);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct bytes rest = bytes_of(input, size);
    uint8_t *token = malloc(2 * size + 8);
    uint8_t *again = malloc(4 * size + 8);

    FUZZ_MUST(token != NULL && again != NULL);
    doubles_reset((uint8_t)fuzz_take_number(&rest, 1));
    if (fuzz_take_number(&rest, 1) % 2 == 1) {
        const struct bytes header = take_part(&rest);
        const struct bytes claims = take_part(&rest);
        const struct bytes parts[] = { header, claims, rest };
        judge(join(parts, token), again);
    } else {
        const struct bytes copy = fuzz_copy(rest);
        judge(copy, again);
        free((void *)copy.data);
    }
    free(token);
    free(again);
    return 0;
}
