/* SPDX-License-Identifier: MIT
 * jwt_signature.c -- signatures of JWS (RFC 7518 3.3 and 3.4): form and check. */
#include "firmware/proto/der.h"
#include "firmware/proto/jwt_part.h"

enum {
    RSA_BYTES_MIN = 2048 / 8,
    RSA_BYTES_MAX = 4096 / 8,
    INTEGER_BYTES_MAX = 66,
    /* Two INTEGERs with headers and a zero before each, and the SEQUENCE around them. */
    ECDSA_BYTES_MAX = 3 + 2 * (2 + 1 + INTEGER_BYTES_MAX)
};

/* The order n of each curve (SEC 2 2.4.2, 2.5.1, 2.6.1). */
static const uint8_t order_p256[] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};
static const uint8_t order_p384[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};
static const uint8_t order_p521[] = {
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b,
    0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c,
    0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
};

static const struct scheme {
    enum crypto_key_type key;
    enum crypto_signature signature;
    struct bytes order; /* Empty for RSA. */
} schemes[] = {
    [JWT_RS256] = { CRYPTO_KEY_RSA, CRYPTO_RSA_PKCS1_SHA256, { NULL, 0 } },
    [JWT_ES256] = { CRYPTO_KEY_EC_P256, CRYPTO_ECDSA_SHA256, { order_p256, sizeof order_p256 } },
    [JWT_ES384] = { CRYPTO_KEY_EC_P384, CRYPTO_ECDSA_SHA384, { order_p384, sizeof order_p384 } },
    [JWT_ES512] = { CRYPTO_KEY_EC_P521, CRYPTO_ECDSA_SHA512, { order_p521, sizeof order_p521 } },
};

/* From 1 to n - 1. Public values: the time it takes tells nothing. */
static bool is_in_range(struct bytes value, struct bytes order)
{
    size_t zeros = 0;

    while (zeros < value.len && value.data[zeros] == 0) {
        zeros++;
    }
    return zeros < value.len && memcmp(value.data, order.data, order.len) < 0;
}

bool jwt_signature_is_formed(enum jwt_algorithm algorithm, struct bytes signature)
{
    const struct bytes order = schemes[algorithm].order;

    if (order.len == 0) {
        return signature.len >= RSA_BYTES_MIN && signature.len <= RSA_BYTES_MAX;
    }
    return signature.len == 2 * order.len &&
           is_in_range(bytes_of(signature.data, order.len), order) &&
           is_in_range(bytes_of(signature.data + order.len, order.len), order);
}

/* A positive INTEGER in its shortest form. */
static void put_integer(struct der_writer *writer, struct bytes value)
{
    static const uint8_t zero = 0;
    const size_t mark = der_written(writer);

    while (value.len > 1 && value.data[0] == 0) {
        value = bytes_of(value.data + 1, value.len - 1);
    }
    der_put(writer, value);
    if (value.data[0] >= 0x80) {
        der_put(writer, bytes_of(&zero, 1));
    }
    der_put_header(writer, DER_INTEGER, mark);
}

imp_err_t jwt_verify(const struct jwt *jwt, const struct crypto_public_key *key)
{
    const struct scheme *scheme = &schemes[jwt->algorithm];
    const size_t half = scheme->order.len;
    uint8_t der[ECDSA_BYTES_MAX];

    if (key->type != scheme->key) {
        return IMP_ERR_JWT_KEY;
    }
    if (!jwt_signature_is_formed(jwt->algorithm, jwt->signature)) {
        return IMP_ERR_JWT_SIGNATURE;
    }
    if (half == 0) {
        return crypto_verify(key, scheme->signature, jwt->signed_text, jwt->signature);
    }
    struct der_writer writer = der_write_into(der, sizeof der);
    put_integer(&writer, bytes_of(jwt->signature.data + half, half));
    put_integer(&writer, bytes_of(jwt->signature.data, half));
    der_put_header(&writer, DER_SEQUENCE, 0);
    const size_t bytes = der_write_end(&writer);
    return crypto_verify(key, scheme->signature, jwt->signed_text, bytes_of(der, bytes));
}
