/* SPDX-License-Identifier: MIT
 * test_port_verify.c -- crypto_verify against OpenSSL's signatures, published vectors, and
 * everything altered.
 *
 * needs: imprint_port wolfssl lwip crypto tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "firmware/crypto/verify.h"
#include "port/arena.h"
#include "port/port.h"
#include "tests/support/port_hal.h"

static const struct bytes message = { (const uint8_t *)"a message to be signed", 22 };

/* A key pair of OpenSSL's, and its public half as crypto_verify wants it. */
struct pair {
    EVP_PKEY *openssl;
    struct crypto_public_key public;
    uint8_t point[133];
    uint8_t modulus[512];
    uint8_t exponent[8];
};

static struct pair p256, p384, p521, rsa2048, rsa3072, rsa4096;

static void make_ec(struct pair *pair, const char *curve, enum crypto_key_type type)
{
    size_t bytes = 0;

    pair->openssl = EVP_EC_gen(curve);
    EVP_PKEY_get_octet_string_param(pair->openssl, OSSL_PKEY_PARAM_PUB_KEY, pair->point,
                                    sizeof pair->point, &bytes);
    pair->public =
        (struct crypto_public_key){ .type = type, .point = bytes_of(pair->point, bytes) };
}

static void make_rsa(struct pair *pair, unsigned bits)
{
    BIGNUM *n = NULL;
    BIGNUM *e = NULL;

    pair->openssl = EVP_RSA_gen(bits);
    EVP_PKEY_get_bn_param(pair->openssl, OSSL_PKEY_PARAM_RSA_N, &n);
    EVP_PKEY_get_bn_param(pair->openssl, OSSL_PKEY_PARAM_RSA_E, &e);
    pair->public = (struct crypto_public_key){
        .type = CRYPTO_KEY_RSA,
        .modulus = bytes_of(pair->modulus, (size_t)BN_bn2bin(n, pair->modulus)),
        .exponent = bytes_of(pair->exponent, (size_t)BN_bn2bin(e, pair->exponent)),
    };
    BN_free(n);
    BN_free(e);
}

/* Salt as long as the digest unless `salt_bytes` says another length (-1: PKCS#1 v1.5, or
 * ECDSA). */
static struct bytes sign(const struct pair *pair, const EVP_MD *hash, int salt_bytes)
{
    static uint8_t out[512];
    size_t bytes = sizeof out;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx = NULL;

    assert_int_equal(EVP_DigestSignInit(ctx, &key_ctx, hash, NULL, pair->openssl), 1);
    if (salt_bytes >= 0) {
        EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, salt_bytes);
    }
    assert_int_equal(EVP_DigestSign(ctx, out, &bytes, message.data, message.len), 1);
    EVP_MD_CTX_free(ctx);
    return bytes_of(out, bytes);
}

static void good_then_altered(const struct pair *pair, enum crypto_signature algorithm,
                              struct bytes good)
{
    uint8_t altered[512];
    uint8_t text[22];
    const size_t step = good.len > 200 ? 97 : good.len > 72 ? 23 : 1;

    assert_int_equal(crypto_verify(&pair->public, algorithm, message, good), 0);
    memcpy(altered, good.data, good.len);
    for (size_t i = 0; i < good.len; i += step) {
        altered[i] ^= 0x04;
        assert_int_equal(
            crypto_verify(&pair->public, algorithm, message, bytes_of(altered, good.len)),
            IMP_ERR_CRYPTO_SIGNATURE);
        altered[i] ^= 0x04;
    }
    memcpy(text, message.data, sizeof text);
    text[5] ^= 1;
    assert_int_equal(crypto_verify(&pair->public, algorithm, bytes_of(text, 22), good),
                     IMP_ERR_CRYPTO_SIGNATURE);
    assert_int_equal(
        crypto_verify(&pair->public, algorithm, message, bytes_of(good.data, good.len - 1)),
        IMP_ERR_CRYPTO_SIGNATURE);
    assert_int_equal(crypto_verify(&pair->public, algorithm, message, bytes_of(NULL, 0)),
                     IMP_ERR_CRYPTO_SIGNATURE);
    assert_int_equal(port_arena_use().used_bytes, 0);
}

static void ecdsa_over_each_curve_and_hash(void **state)
{
    struct pair *const pairs[] = { &p256, &p384, &p521 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        good_then_altered(pairs[i], CRYPTO_ECDSA_SHA256, sign(pairs[i], EVP_sha256(), -1));
        good_then_altered(pairs[i], CRYPTO_ECDSA_SHA384, sign(pairs[i], EVP_sha384(), -1));
        good_then_altered(pairs[i], CRYPTO_ECDSA_SHA512, sign(pairs[i], EVP_sha512(), -1));
    }
}

static void rsa_of_each_size_padding_and_hash(void **state)
{
    struct pair *const pairs[] = { &rsa2048, &rsa3072, &rsa4096 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        good_then_altered(pairs[i], CRYPTO_RSA_PKCS1_SHA256, sign(pairs[i], EVP_sha256(), -1));
        good_then_altered(pairs[i], CRYPTO_RSA_PKCS1_SHA384, sign(pairs[i], EVP_sha384(), -1));
        good_then_altered(pairs[i], CRYPTO_RSA_PKCS1_SHA512, sign(pairs[i], EVP_sha512(), -1));
        good_then_altered(pairs[i], CRYPTO_RSA_PSS_SHA256, sign(pairs[i], EVP_sha256(), 32));
        good_then_altered(pairs[i], CRYPTO_RSA_PSS_SHA384, sign(pairs[i], EVP_sha384(), 48));
        good_then_altered(pairs[i], CRYPTO_RSA_PSS_SHA512, sign(pairs[i], EVP_sha512(), 64));
    }
}

static void another_salt_length_is_refused(void **state)
{
    (void)state;
    assert_int_equal(crypto_verify(&rsa2048.public, CRYPTO_RSA_PSS_SHA256, message,
                                   sign(&rsa2048, EVP_sha256(), 0)),
                     IMP_ERR_CRYPTO_SIGNATURE);
    assert_int_equal(crypto_verify(&rsa2048.public, CRYPTO_RSA_PSS_SHA256, message,
                                   sign(&rsa2048, EVP_sha256(), 20)),
                     IMP_ERR_CRYPTO_SIGNATURE);
}

static void the_algorithm_must_be_the_signatures(void **state)
{
    (void)state;
    const struct bytes pkcs1 = sign(&rsa2048, EVP_sha256(), -1);

    assert_int_equal(crypto_verify(&rsa2048.public, CRYPTO_RSA_PSS_SHA256, message, pkcs1),
                     IMP_ERR_CRYPTO_SIGNATURE);
    assert_int_equal(crypto_verify(&rsa2048.public, CRYPTO_RSA_PKCS1_SHA384, message, pkcs1),
                     IMP_ERR_CRYPTO_SIGNATURE);
    assert_int_equal(crypto_verify(&rsa2048.public, CRYPTO_ECDSA_SHA256, message, pkcs1),
                     IMP_ERR_CRYPTO_UNSUPPORTED);
    assert_int_equal(crypto_verify(&p256.public, CRYPTO_RSA_PKCS1_SHA256, message, pkcs1),
                     IMP_ERR_CRYPTO_UNSUPPORTED);
    assert_int_equal(crypto_verify(&p256.public, CRYPTO_SIGNATURE_UNKNOWN, message, pkcs1),
                     IMP_ERR_CRYPTO_UNSUPPORTED);
    assert_int_equal(crypto_verify(&p256.public, (enum crypto_signature)99, message, pkcs1),
                     IMP_ERR_CRYPTO_UNSUPPORTED);
    const struct crypto_public_key unknown = { .type = CRYPTO_KEY_UNKNOWN };

    assert_int_equal(crypto_verify(&unknown, CRYPTO_ECDSA_SHA256, message, pkcs1),
                     IMP_ERR_CRYPTO_UNSUPPORTED);
}

static void rsa_keys_of_other_sizes_are_not_taken(void **state)
{
    static const unsigned bits[] = { 1024, 2047, 2056 };

    (void)state;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct pair pair;

        make_rsa(&pair, bits[i]);
        const imp_err_t err = crypto_verify(&pair.public, CRYPTO_RSA_PKCS1_SHA256, message,
                                            sign(&pair, EVP_sha256(), -1));

        assert_int_equal(err, IMP_ERR_CRYPTO_UNSUPPORTED);
        EVP_PKEY_free(pair.openssl);
    }
}

/* With exponent 1 the padded digest is its own signature: anybody can make it. */
static void exponents_that_make_no_key_are_refused(void **state)
{
    static const uint8_t exponents[][2] = { { 0, 0 }, { 0, 1 }, { 0, 2 }, { 1, 0 } };
    struct crypto_public_key key = rsa2048.public;
    uint8_t forged[256] = { 0x00, 0x01 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t skip = 0; skip < 2; skip++) {
            key.exponent = bytes_of(exponents[i] + skip, 2 - skip);
            const imp_err_t err =
                crypto_verify(&key, CRYPTO_RSA_PKCS1_SHA256, message, bytes_of(forged, 256));

            assert_true(err == IMP_ERR_CRYPTO_UNSUPPORTED);
        }
    }
    key.exponent = bytes_of(NULL, 0);
    assert_int_equal(crypto_verify(&key, CRYPTO_RSA_PKCS1_SHA256, message, bytes_of(forged, 256)),
                     IMP_ERR_CRYPTO_UNSUPPORTED);
}

/* RFC 6979 A.2.5: P-256, SHA-256, message "sample". */
static void the_signature_of_rfc_6979_verifies(void **state)
{
    static const uint8_t point[65] = {
        0x04, 0x60, 0xFE, 0xD4, 0xBA, 0x25, 0x5A, 0x9D, 0x31, 0xC9, 0x61, 0xEB, 0x74,
        0xC6, 0x35, 0x6D, 0x68, 0xC0, 0x49, 0xB8, 0x92, 0x3B, 0x61, 0xFA, 0x6C, 0xE6,
        0x69, 0x62, 0x2E, 0x60, 0xF2, 0x9F, 0xB6, 0x79, 0x03, 0xFE, 0x10, 0x08, 0xB8,
        0xBC, 0x99, 0xA4, 0x1A, 0xE9, 0xE9, 0x56, 0x28, 0xBC, 0x64, 0xF2, 0xF1, 0xB2,
        0x0C, 0x2D, 0x7E, 0x9F, 0x51, 0x77, 0xA3, 0xC2, 0x94, 0xD4, 0x46, 0x22, 0x99,
    };
    static const uint8_t signature[] = {
        0x30, 0x46, 0x02, 0x21, 0x00, 0xEF, 0xD4, 0x8B, 0x2A, 0xAC, 0xB6, 0xA8, 0xFD, 0x11, 0x40,
        0xDD, 0x9C, 0xD4, 0x5E, 0x81, 0xD6, 0x9D, 0x2C, 0x87, 0x7B, 0x56, 0xAA, 0xF9, 0x91, 0xC3,
        0x4D, 0x0E, 0xA8, 0x4E, 0xAF, 0x37, 0x16, 0x02, 0x21, 0x00, 0xF7, 0xCB, 0x1C, 0x94, 0x2D,
        0x65, 0x7C, 0x41, 0xD4, 0x36, 0xC7, 0xA1, 0xB6, 0xE2, 0x9F, 0x65, 0xF3, 0xE9, 0x00, 0xDB,
        0xB9, 0xAF, 0xF4, 0x06, 0x4D, 0xC4, 0xAB, 0x2F, 0x84, 0x3A, 0xCD, 0xA8,
    };
    const struct crypto_public_key key = { .type = CRYPTO_KEY_EC_P256,
                                           .point = bytes_of(point, sizeof point) };

    (void)state;
    assert_int_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, bytes_of_text("sample"),
                                   bytes_of(signature, sizeof signature)),
                     0);
    assert_int_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, bytes_of_text("Sample"),
                                   bytes_of(signature, sizeof signature)),
                     IMP_ERR_CRYPTO_SIGNATURE);
}

/* n is the order of P-256 (SEC 2 2.4.2). */
#define ORDER                                                                                     \
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,     \
        0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, \
        0x25, 0x51

static void signatures_out_of_range_or_badly_written_are_refused(void **state)
{
    static const uint8_t zeros[] = { 0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00 };
    static const uint8_t ones[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 };
    static const uint8_t r_is_n[] = { 0x30, 0x26, 0x02, 0x21, 0x00, ORDER, 0x02, 0x01, 0x01 };
    static const uint8_t s_is_n[] = { 0x30, 0x26, 0x02, 0x01, 0x01, 0x02, 0x21, 0x00, ORDER };
    static const uint8_t negative[] = { 0x30, 0x06, 0x02, 0x01, 0xFF, 0x02, 0x01, 0xFF };
    static const uint8_t indefinite[] = {
        0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00, 0x00
    };
    static const struct bytes bad[] = {
        { zeros, sizeof zeros },   { ones, sizeof ones },         { r_is_n, sizeof r_is_n },
        { s_is_n, sizeof s_is_n }, { negative, sizeof negative }, { indefinite, sizeof indefinite },
    };
    const struct bytes good = sign(&p256, EVP_sha256(), -1);
    uint8_t longer[80];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(crypto_verify(&p256.public, CRYPTO_ECDSA_SHA256, message, bad[i]),
                         IMP_ERR_CRYPTO_SIGNATURE);
    }
    memcpy(longer, good.data, good.len);
    longer[good.len] = 0;
    assert_int_equal(
        crypto_verify(&p256.public, CRYPTO_ECDSA_SHA256, message, bytes_of(longer, good.len + 1)),
        IMP_ERR_CRYPTO_SIGNATURE);
}

static void points_that_are_none_are_refused(void **state)
{
    const struct bytes good = sign(&p256, EVP_sha256(), -1);
    struct crypto_public_key key = p256.public;
    uint8_t point[65];

    (void)state;
    memcpy(point, p256.point, sizeof point);
    point[64] ^= 1;
    key.point = bytes_of(point, sizeof point);
    assert_int_not_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, message, good), 0);
    key.point = bytes_of(p256.point, 64);
    assert_int_not_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, message, good), 0);
    point[0] = 0x02;
    key.point = bytes_of(point, 33);
    assert_int_not_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, message, good), 0);
    memset(point, 0, sizeof point);
    point[0] = 0x04;
    key.point = bytes_of(point, sizeof point);
    assert_int_not_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, message, good), 0);
    key.point = bytes_of(NULL, 0);
    assert_int_not_equal(crypto_verify(&key, CRYPTO_ECDSA_SHA256, message, good), 0);
}

static void a_full_arena_has_its_own_name(void **state)
{
    (void)state;
    const struct bytes ecdsa = sign(&p256, EVP_sha256(), -1);
    void *ballast = port_arena_alloc(port_arena_use().largest_free_bytes);

    assert_int_equal(crypto_verify(&p256.public, CRYPTO_ECDSA_SHA256, message, ecdsa),
                     IMP_ERR_CRYPTO_MEMORY);
    const struct bytes pkcs1 = sign(&rsa2048, EVP_sha256(), -1);

    assert_int_equal(crypto_verify(&rsa2048.public, CRYPTO_RSA_PKCS1_SHA256, message, pkcs1),
                     IMP_ERR_CRYPTO_MEMORY);
    port_arena_free(ballast);
}

/* Whatever room is left, the answer is the right one or "no memory", never "bad signature". */
static void little_room_never_looks_like_a_bad_signature(void **state)
{
    static uint8_t pss[256];

    (void)state;
    memcpy(pss, sign(&rsa2048, EVP_sha512(), 64).data, sizeof pss);
    const struct bytes ecdsa = sign(&p256, EVP_sha256(), -1);

    for (size_t left = 16; left < 12000; left += 440) {
        void *ballast = port_arena_alloc(port_arena_use().largest_free_bytes - left);
        const imp_err_t a = crypto_verify(&p256.public, CRYPTO_ECDSA_SHA256, message, ecdsa);
        const imp_err_t b = crypto_verify(&rsa2048.public, CRYPTO_RSA_PSS_SHA512, message,
                                          bytes_of(pss, sizeof pss));

        assert_true(a == 0 || a == IMP_ERR_CRYPTO_MEMORY);
        assert_true(b == 0 || b == IMP_ERR_CRYPTO_MEMORY);
        port_arena_free(ballast);
    }
    assert_int_equal(port_arena_use().used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ecdsa_over_each_curve_and_hash),
        cmocka_unit_test(rsa_of_each_size_padding_and_hash),
        cmocka_unit_test(another_salt_length_is_refused),
        cmocka_unit_test(the_algorithm_must_be_the_signatures),
        cmocka_unit_test(rsa_keys_of_other_sizes_are_not_taken),
        cmocka_unit_test(exponents_that_make_no_key_are_refused),
        cmocka_unit_test(the_signature_of_rfc_6979_verifies),
        cmocka_unit_test(signatures_out_of_range_or_badly_written_are_refused),
        cmocka_unit_test(points_that_are_none_are_refused),
        cmocka_unit_test(a_full_arena_has_its_own_name),
        cmocka_unit_test(little_room_never_looks_like_a_bad_signature),
    };
    struct pair *const all[] = { &p256, &p384, &p521, &rsa2048, &rsa3072, &rsa4096 };

    port_hal_reset();
    make_ec(&p256, "P-256", CRYPTO_KEY_EC_P256);
    make_ec(&p384, "P-384", CRYPTO_KEY_EC_P384);
    make_ec(&p521, "P-521", CRYPTO_KEY_EC_P521);
    make_rsa(&rsa2048, 2048);
    make_rsa(&rsa3072, 3072);
    make_rsa(&rsa4096, 4096);
    if (port_init() != 0) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        EVP_PKEY_free(all[i]->openssl);
    }
    return failed;
}
