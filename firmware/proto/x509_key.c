/* SPDX-License-Identifier: MIT
 * x509_key.c -- public keys and signature algorithms in a certificate. */
#include "firmware/proto/x509_part.h"

/* Object identifiers, by the prefix that a family shares; what follows it is in the code. */
static const uint8_t oid_ecdsa_with[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03 };
static const uint8_t oid_pkcs1[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01 };
static const uint8_t oid_sha2[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 };
static const uint8_t oid_ec_key[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const uint8_t oid_p256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const uint8_t oid_certicom_curve[] = { 0x2b, 0x81, 0x04, 0x00 };

enum {
    ECDSA_SHA256 = 2, /* 384 and 512 follow, as in all these families. */
    PKCS1_RSA = 1,
    PKCS1_MGF1 = 8,
    PKCS1_PSS = 10,
    PKCS1_SHA256 = 11,
    SHA2_256 = 1,
    CERTICOM_P384 = 34,
    CERTICOM_P521 = 35,
    HASHES = 3,
    POINT_UNCOMPRESSED = 4
};

#define VIEW(array) bytes_of(array, sizeof(array))

/* The last byte of `oid` when the rest of it is `prefix`, else -1. */
static int member_of(struct bytes oid, struct bytes prefix)
{
    if (oid.len != prefix.len + 1 || memcmp(oid.data, prefix.data, prefix.len) != 0) {
        return -1;
    }
    return oid.data[prefix.len];
}

/* NULL, or nothing at all: RSA's parameters (RFC 4055 5). */
static void skip_null(struct der *der)
{
    if (der_is_next(der, DER_NULL) && der_read(der, DER_NULL).len > 0) {
        der_spoil(der);
    }
}

/* --- Signatures ------------------------------------------------------------------------------- */

/* AlgorithmIdentifier of a SHA-2 hash: 0, 1, 2 for 256, 384, 512; anything else spoils. */
static int read_hash(struct der *der)
{
    struct der identifier = der_enter(der, DER_SEQUENCE);
    const int hash = member_of(der_read(&identifier, DER_OID), VIEW(oid_sha2)) - SHA2_256;

    skip_null(&identifier);
    der_leave(der, &identifier);
    if (hash < 0 || hash >= HASHES) {
        der_spoil(der);
    }
    return hash;
}

/* RSASSA-PSS-params (RFC 4055 3.1): MGF1 with the same hash, a salt as long as it, the default
 * trailer. */
static enum crypto_signature read_pss(struct der *identifier)
{
    static const uint8_t salt_bytes[HASHES] = { 32, 48, 64 };
    struct der params = der_enter(identifier, DER_SEQUENCE);

    struct der part = der_enter(&params, DER_CONTEXT_CONSTRUCTED(0));
    const int hash = read_hash(&part);
    der_leave(&params, &part);

    part = der_enter(&params, DER_CONTEXT_CONSTRUCTED(1));
    struct der mask = der_enter(&part, DER_SEQUENCE);
    const bool is_mgf1 = member_of(der_read(&mask, DER_OID), VIEW(oid_pkcs1)) == PKCS1_MGF1;
    const int mask_hash = read_hash(&mask);
    der_leave(&part, &mask);
    der_leave(&params, &part);

    part = der_enter(&params, DER_CONTEXT_CONSTRUCTED(2));
    const uint16_t salt = der_read_small(&part, UINT8_MAX);
    der_leave(&params, &part);

    der_leave(identifier, &params);
    /* A hash that is none has made `identifier` bad: the table is only asked for a good one. */
    if (!der_is_finished(identifier) || !is_mgf1 || mask_hash != hash || salt != salt_bytes[hash]) {
        return CRYPTO_SIGNATURE_UNKNOWN;
    }
    return (enum crypto_signature)(CRYPTO_RSA_PSS_SHA256 + hash);
}

enum crypto_signature x509_signature_algorithm(struct bytes identifier)
{
    struct der outside = der_begin(identifier);
    struct der inside = der_enter(&outside, DER_SEQUENCE);
    const struct bytes oid = der_read(&inside, DER_OID);
    const int ecdsa = member_of(oid, VIEW(oid_ecdsa_with)) - ECDSA_SHA256;
    const int pkcs1 = member_of(oid, VIEW(oid_pkcs1));

    if (ecdsa >= 0 && ecdsa < HASHES && der_is_finished(&inside)) {
        return (enum crypto_signature)(CRYPTO_ECDSA_SHA256 + ecdsa);
    }
    if (pkcs1 == PKCS1_PSS) {
        return read_pss(&inside);
    }
    skip_null(&inside);
    if (pkcs1 >= PKCS1_SHA256 && pkcs1 < PKCS1_SHA256 + HASHES && der_is_finished(&inside)) {
        return (enum crypto_signature)(CRYPTO_RSA_PKCS1_SHA256 + (pkcs1 - PKCS1_SHA256));
    }
    return CRYPTO_SIGNATURE_UNKNOWN;
}

/* --- Keys ------------------------------------------------------------------------------------- */

static enum crypto_key_type curve_of(struct bytes oid)
{
    if (bytes_equal(oid, VIEW(oid_p256))) {
        return CRYPTO_KEY_EC_P256;
    }
    switch (member_of(oid, VIEW(oid_certicom_curve))) {
    case CERTICOM_P384:
        return CRYPTO_KEY_EC_P384;
    case CERTICOM_P521:
        return CRYPTO_KEY_EC_P521;
    default:
        return CRYPTO_KEY_UNKNOWN;
    }
}

static size_t point_bytes(enum crypto_key_type type)
{
    switch (type) {
    case CRYPTO_KEY_EC_P256:
        return 1 + 2 * 32;
    case CRYPTO_KEY_EC_P384:
        return 1 + 2 * 48;
    default:
        return 1 + 2 * 66;
    }
}

/* A named curve and an uncompressed point; a compressed one is a key that we do not know. */
static void read_ec_key(struct der *algorithm, struct bytes bits, struct crypto_public_key *key)
{
    const enum crypto_key_type type = curve_of(der_read(algorithm, DER_OID));

    if (der_is_finished(algorithm) && type != CRYPTO_KEY_UNKNOWN && bits.len == point_bytes(type) &&
        bits.data[0] == POINT_UNCOMPRESSED) {
        key->type = type;
        key->point = bits;
    }
}

/* RSAPublicKey. False: malformed. */
static bool read_rsa_key(struct der *algorithm, struct bytes bits, struct crypto_public_key *key)
{
    struct der outside = der_begin(bits);
    struct der inside = der_enter(&outside, DER_SEQUENCE);

    key->type = CRYPTO_KEY_RSA;
    key->modulus = der_read_positive(&inside);
    key->exponent = der_read_positive(&inside);
    der_leave(&outside, &inside);
    skip_null(algorithm);
    return der_is_finished(&outside) && der_is_finished(algorithm);
}

void x509_read_key(struct der *der, struct x509 *cert)
{
    struct der whole = *der;
    struct der spki = der_enter(der, DER_SEQUENCE);
    struct der algorithm = der_enter(&spki, DER_SEQUENCE);
    const struct bytes oid = der_read(&algorithm, DER_OID);
    const struct bytes bits = der_read_bit_string(&spki);

    cert->spki = der_read_whole(&whole, DER_SEQUENCE);
    der_leave(der, &spki);
    if (bytes_equal(oid, VIEW(oid_ec_key))) {
        read_ec_key(&algorithm, bits, &cert->key);
    } else if (member_of(oid, VIEW(oid_pkcs1)) == PKCS1_RSA &&
               !read_rsa_key(&algorithm, bits, &cert->key)) {
        der_spoil(der);
    }
}
