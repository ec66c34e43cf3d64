/* SPDX-License-Identifier: MIT
 * test_jwt.c -- what a JWT may look like, each refusal by its name, and signatures that OpenSSL
 * made.
 *
 * needs: imprint_port wolfssl lwip crypto tests/support/port_hal.c */
#define _POSIX_C_SOURCE 200809L /* stpcpy */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "firmware/proto/base64url.h"
#include "firmware/proto/jwt.h"
#include "port/port.h"
#include "tests/support/port_hal.h"
#include "tests/support/totality.h"

enum {
    TEXT_MAX = 16384,
    P256_BYTES = 32
};

/* --- Tokens ----------------------------------------------------------------------------------- */

/* The test's own encoder: another alphabet table, and no decoder in common. */
static char *put_base64url(char *at, struct bytes in)
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
        *at++ = letters[value];
    }
    *at = '\0';
    return at;
}

/* header.claims, and the signature where there is one. */
static struct bytes make_token(char *out, const char *header, const char *claims,
                               struct bytes signature)
{
    char *at = put_base64url(out, bytes_of_text(header));

    at = stpcpy(at, ".");
    at = put_base64url(at, bytes_of_text(claims));
    at = stpcpy(at, ".");
    at = put_base64url(at, signature);
    return bytes_of(out, (size_t)(at - out));
}

static imp_err_t read_token(struct bytes token)
{
    static uint8_t work[TEXT_MAX];
    const struct bytes flush = totality_flush(token);
    struct jwt jwt;
    const imp_err_t err = jwt_read(flush, work, sizeof work, &jwt);

    free((void *)flush.data);
    return err;
}

/* The signature of a token whose form alone is looked at. */
static const uint8_t ones[132] = { [31] = 1, [63] = 1, [47] = 1, [95] = 1, [65] = 1, [131] = 1 };
static uint8_t rsa_sized[513] = { 1 };

static const struct bytes es256_formed = { ones, 64 };

static imp_err_t read_made(const char *header, const char *claims, struct bytes signature)
{
    static char text[2 * TEXT_MAX];

    return read_token(make_token(text, header, claims, signature));
}

/* --- Form ------------------------------------------------------------------------------------- */

#define GOOD_HEADER "{\"alg\":\"ES256\"}"
#define GOOD_CLAIMS "{\"iss\":\"https://ctrl.example\",\"exp\":1767225600}"

static void a_token_has_exactly_three_parts(void **state)
{
    static char text[TEXT_MAX];
    static char wrong[TEXT_MAX + 8];
    const struct bytes good = make_token(text, GOOD_HEADER, GOOD_CLAIMS, es256_formed);

    (void)state;
    assert_int_equal(read_token(good), 0);
    static const char *const forms[] = { "%s.", ".%s", "%s.AA", "AA.%s", "%s..AA", "..%s" };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(wrong, sizeof wrong, forms[i], text);
        assert_int_equal(read_token(bytes_of_text(wrong)), IMP_ERR_JWT_MALFORMED);
    }
    static const char *const others[] = { "", ".", "..", "...", "a", "a.b", "a..b", "a.b." };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(read_token(bytes_of_text(others[i])), IMP_ERR_JWT_MALFORMED);
    }
    /* Without its signature: "alg":"none" by omission. */
    assert_int_equal(read_made(GOOD_HEADER, GOOD_CLAIMS, bytes_of(NULL, 0)), IMP_ERR_JWT_MALFORMED);
}

static void parts_are_canonical_base64url(void **state)
{
    static char text[TEXT_MAX];
    static const char wrong[] = { '=', '+', '/', ' ', '\n', '*' };
    const struct bytes good = make_token(text, GOOD_HEADER, GOOD_CLAIMS, es256_formed);

    (void)state;
    for (size_t i = 0; i < good.len; i++) {
        const char was = text[i];
        for (size_t k = 0; was != '.' && k < sizeof wrong; k++) {
            text[i] = wrong[k];
            assert_int_equal(read_token(good), IMP_ERR_BASE64_MALFORMED);
        }
        text[i] = was;
    }
    /* 64 bytes leave four unused bits in the last character. */
    text[good.len - 1]++;
    assert_int_equal(read_token(good), IMP_ERR_BASE64_MALFORMED);
}

static void a_token_is_no_longer_than_its_limit(void **state)
{
    static char claims[TEXT_MAX];
    static char text[2 * TEXT_MAX];
    size_t at_limit = 0;

    (void)state;
    for (size_t fill = 2900; fill < 3100; fill++) {
        char *at = stpcpy(claims, "{\"x\":\"");
        memset(at, 'x', fill);
        strcpy(at + fill, "\"}");
        const struct bytes token = make_token(text, GOOD_HEADER, claims, es256_formed);
        at_limit += token.len == CONFIG_JWT_CHARS_MAX;
        assert_int_equal(read_token(token),
                         token.len <= CONFIG_JWT_CHARS_MAX ? 0 : IMP_ERR_JWT_MALFORMED);
    }
    assert_int_equal(at_limit, 1);
}

static void too_little_room_is_said(void **state)
{
    static char text[TEXT_MAX];
    const struct bytes token = make_token(text, GOOD_HEADER, GOOD_CLAIMS, es256_formed);
    const size_t needed = strlen(GOOD_HEADER) + strlen(GOOD_CLAIMS) + es256_formed.len;
    uint8_t work[256];
    struct jwt jwt;

    (void)state;
    assert_true(needed <= JWT_WORK_BYTES);
    for (size_t cap = 0; cap < needed; cap++) {
        assert_int_equal(jwt_read(token, work, cap, &jwt), IMP_ERR_BUG_SPACE);
    }
    assert_int_equal(jwt_read(token, work, needed, &jwt), 0);
    assert_true(bytes_equal(jwt.header, bytes_of_text(GOOD_HEADER)));
    assert_true(bytes_equal(jwt.claims, bytes_of_text(GOOD_CLAIMS)));
    assert_true(bytes_equal(jwt.signature, es256_formed));
    assert_string_equal(jwt_algorithm_name(jwt.algorithm), "ES256");
}

/* --- Header ----------------------------------------------------------------------------------- */

static void the_algorithm_is_one_of_ours(void **state)
{
    static const char *const wrong[] = {
        "{\"alg\":\"none\"}",   "{\"alg\":\"None\"}",          "{\"alg\":\"\"}",
        "{\"alg\":\"HS256\"}",  "{\"alg\":\"HS384\"}",         "{\"alg\":\"HS512\"}",
        "{\"alg\":\"RS384\"}",  "{\"alg\":\"RS512\"}",         "{\"alg\":\"PS256\"}",
        "{\"alg\":\"EdDSA\"}",  "{\"alg\":\"ES256K\"}",        "{\"alg\":\"es256\"}",
        "{\"alg\":\"ES256 \"}", "{\"alg\":\"ES25\"}",          "{\"alg\":null}",
        "{\"alg\":256}",        "{\"alg\":[\"ES256\"]}",       "{}",
        "{\"Alg\":\"ES256\"}",  "{\"x\":{\"alg\":\"ES256\"}}", "{\"alg\":\"ES256\\u0000\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_made(wrong[i], GOOD_CLAIMS, es256_formed), IMP_ERR_JWT_ALGORITHM);
    }
}

static void a_header_brings_no_key_and_asks_for_nothing(void **state)
{
    static const char *const wrong[] = {
        "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"}}",
        "{\"jku\":\"https://a.example\",\"alg\":\"ES256\"}",
        "{\"alg\":\"ES256\",\"x5u\":\"https://a.example\"}",
        "{\"alg\":\"ES256\",\"x5c\":[]}",
        "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"ES256\",\"crit\":null}",
        "{\"alg\":\"ES256\",\"\\u006aw\\u006b\":1}",
    };
    static const char *const good[] = {
        "{\"alg\":\"ES256\",\"kid\":\"e0c6\",\"typ\":\"JWT\"}",
        "\n { \"typ\" : \"JWT\", \"\\u0061lg\" : \"ES\\u003256\" } ",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_made(wrong[i], GOOD_CLAIMS, es256_formed), IMP_ERR_JWT_HEADER);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(read_made(good[i], GOOD_CLAIMS, es256_formed), 0);
    }
}

static void header_and_claims_are_strict_json_objects(void **state)
{
    static const struct {
        const char *text;
        imp_err_t err;
    } rows[] = {
        { "[]", IMP_ERR_JWT_MALFORMED },
        { "\"x\"", IMP_ERR_JWT_MALFORMED },
        { "null", IMP_ERR_JWT_MALFORMED },
        { "{\"alg\":\"ES256\"", IMP_ERR_JSON_MALFORMED },
        { "{\"alg\":\"ES256\"}{}", IMP_ERR_JSON_MALFORMED },
        { "{\"alg\":\"ES256\",\"alg\":\"none\"}", IMP_ERR_JSON_DUPLICATE },
        { "\xef\xbb\xbf{\"alg\":\"ES256\"}", IMP_ERR_JSON_ENCODING },
        { "{\"alg\":\"ES256\",\"x\":[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]}", IMP_ERR_JSON_TOO_LARGE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_made(rows[i].text, GOOD_CLAIMS, es256_formed), rows[i].err);
        assert_int_equal(read_made(GOOD_HEADER, rows[i].text, es256_formed), rows[i].err);
    }
}

/* --- Claims ----------------------------------------------------------------------------------- */

static void claims_have_their_types(void **state)
{
    static const char *const wrong[] = {
        "{\"iss\":1}",       "{\"sub\":null}",
        "{\"jti\":[\"a\"]}", "{\"aud\":1}",
        "{\"aud\":{}}",      "{\"exp\":\"1767225600\"}",
        "{\"exp\":1e9}",     "{\"nbf\":1.5e9}",
        "{\"iat\":null}",    "{\"exp\":99999999999999999999}",
        "{\"nbf\":true}",
    };
    static const char *const good[] = {
        "{}",
        "{\"aud\":\"a\"}",
        "{\"aud\":[\"a\",\"b\"]}",
        "{\"exp\":1767225600.25,\"nbf\":0}",
        "{\"iat\":-1,\"x\":{\"iss\":1}}",
        "{\"exp\":9223372036854775807}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_made(GOOD_HEADER, wrong[i], es256_formed), IMP_ERR_JWT_CLAIMS);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(read_made(GOOD_HEADER, good[i], es256_formed), 0);
    }
}

static imp_err_t judge_dates(const char *claims, int64_t floor, const int64_t *now)
{
    static char text[TEXT_MAX];
    uint8_t work[512];
    struct jwt jwt;
    const struct bytes token = make_token(text, GOOD_HEADER, claims, es256_formed);

    assert_int_equal(jwt_read(token, work, sizeof work, &jwt), 0);
    return jwt_check_dates(&jwt, floor, now);
}

static void dates_are_judged_as_far_as_a_clock_allows(void **state)
{
    static const char both[] = "{\"nbf\":2000,\"exp\":3000.9}";
    const int64_t early = 2000 - CONFIG_CLOCK_BEHIND_S - 1;
    const int64_t nearly = 2000 - CONFIG_CLOCK_BEHIND_S;
    const int64_t last = 2999;
    const int64_t over = 3000;

    (void)state;
    assert_int_equal(judge_dates(both, 0, NULL), 0);
    assert_int_equal(judge_dates(both, 2999, NULL), 0);
    assert_int_equal(judge_dates(both, 3000, NULL), IMP_ERR_JWT_EXPIRED);
    assert_int_equal(judge_dates(both, 0, &early), IMP_ERR_JWT_NOT_YET);
    assert_int_equal(judge_dates(both, 0, &nearly), 0);
    assert_int_equal(judge_dates(both, 2000, &early), 0);
    assert_int_equal(judge_dates(both, 0, &last), 0);
    assert_int_equal(judge_dates(both, 0, &over), IMP_ERR_JWT_EXPIRED);
    assert_int_equal(judge_dates("{}", INT64_MAX, &over), 0);
    assert_int_equal(judge_dates("{\"exp\":9223372036854775807,\"nbf\":-9223372036854775808}",
                                 253402300798, &over),
                     0);
    assert_int_equal(judge_dates("{\"exp\":9223372036854775807}", 253402300799, NULL),
                     IMP_ERR_JWT_EXPIRED);
}

/* --- Signatures: form ------------------------------------------------------------------------- */

static const struct {
    const char *header;
    const char *curve;
    size_t half;
} curves[] = {
    { "{\"alg\":\"ES256\"}", "P-256", 32 },
    { "{\"alg\":\"ES384\"}", "P-384", 48 },
    { "{\"alg\":\"ES512\"}", "P-521", 66 },
};

static void raw_signatures_have_their_curves_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        for (size_t len = 1; len <= sizeof ones; len++) {
            uint8_t signature[sizeof ones];
            memset(signature, 1, sizeof signature);
            signature[0] = 0;
            assert_int_equal(read_made(curves[i].header, "{}", bytes_of(signature, len)),
                             len == 2 * curves[i].half ? 0 : IMP_ERR_JWT_SIGNATURE);
        }
    }
    for (size_t len = 250; len <= 513; len++) {
        assert_int_equal(read_made("{\"alg\":\"RS256\"}", "{}", bytes_of(rsa_sized, len)),
                         len >= 256 && len <= 512 ? 0 : IMP_ERR_JWT_SIGNATURE);
    }
}

/* The orders as OpenSSL has them: n - 1 is the last that may be. */
static void r_and_s_are_neither_0_nor_the_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        const size_t half = curves[i].half;
        EC_GROUP *group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(curves[i].curve));
        BIGNUM *order = BN_dup(EC_GROUP_get0_order(group));
        for (int which = 0; which < 2; which++) {
            uint8_t signature[132] = { 0 };
            uint8_t *it = signature + (which ? half : 0);
            uint8_t *other = signature + (which ? 0 : half);
            const struct bytes all = bytes_of(signature, 2 * half);

            other[half - 1] = 1;
            assert_int_equal(read_made(curves[i].header, "{}", all), IMP_ERR_JWT_SIGNATURE);
            BN_bn2binpad(order, it, (int)half);
            assert_int_equal(read_made(curves[i].header, "{}", all), IMP_ERR_JWT_SIGNATURE);
            it[half - 1]--; /* Orders are odd. */
            assert_int_equal(read_made(curves[i].header, "{}", all), 0);
            memset(it, 0xff, half);
            assert_int_equal(read_made(curves[i].header, "{}", all), IMP_ERR_JWT_SIGNATURE);
        }
        BN_free(order);
        EC_GROUP_free(group);
    }
}

/* --- Signatures: check ------------------------------------------------------------------------ */

struct signer {
    const char *header;
    EVP_PKEY *openssl;
    const EVP_MD *digest;
    size_t half; /* 0: RSA. */
    struct crypto_public_key key;
    uint8_t memory[1200];
};

static struct signer signers[4];

static void make_signers(void)
{
    static const enum crypto_key_type types[] = { CRYPTO_KEY_EC_P256, CRYPTO_KEY_EC_P384,
                                                  CRYPTO_KEY_EC_P521 };
    const EVP_MD *const digests[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };

    for (size_t i = 0; i < 3; i++) {
        struct signer *signer = &signers[i];
        size_t bytes = 0;
        *signer = (struct signer){ .header = curves[i].header,
                                   .openssl = EVP_EC_gen(curves[i].curve),
                                   .digest = digests[i],
                                   .half = curves[i].half };
        EVP_PKEY_get_octet_string_param(signer->openssl, OSSL_PKEY_PARAM_PUB_KEY, signer->memory,
                                        sizeof signer->memory, &bytes);
        signer->key.type = types[i];
        signer->key.point = bytes_of(signer->memory, bytes);
    }
    BIGNUM *n = NULL;
    struct signer *rsa = &signers[3];
    *rsa = (struct signer){ .header = "{\"alg\":\"RS256\"}",
                            .openssl = EVP_RSA_gen(2048),
                            .digest = EVP_sha256() };
    EVP_PKEY_get_bn_param(rsa->openssl, OSSL_PKEY_PARAM_RSA_N, &n);
    rsa->key.type = CRYPTO_KEY_RSA;
    rsa->key.modulus = bytes_of(rsa->memory, (size_t)BN_bn2bin(n, rsa->memory));
    rsa->key.exponent = bytes_of("\x01\x00\x01", 3);
    BN_free(n);
}

/* OpenSSL's signature over `text`, as JOSE writes it. */
static size_t sign(const struct signer *signer, struct bytes text, uint8_t out[512])
{
    uint8_t der[512];
    size_t bytes = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_int_equal(EVP_DigestSignInit(context, NULL, signer->digest, NULL, signer->openssl), 1);
    assert_int_equal(EVP_DigestSign(context, der, &bytes, text.data, text.len), 1);
    EVP_MD_CTX_free(context);
    if (signer->half == 0) {
        memcpy(out, der, bytes);
        return bytes;
    }
    const uint8_t *at = der;
    ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &at, (long)bytes);
    BN_bn2binpad(ECDSA_SIG_get0_r(parts), out, (int)signer->half);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts), out + signer->half, (int)signer->half);
    ECDSA_SIG_free(parts);
    return 2 * signer->half;
}

static struct bytes make_signed(const struct signer *signer, const char *claims, char *out)
{
    uint8_t signature[512];
    const struct bytes unsigned_token = make_token(out, signer->header, claims, bytes_of(NULL, 0));
    const size_t bytes = sign(signer, bytes_of(out, unsigned_token.len - 1), signature);

    return make_token(out, signer->header, claims, bytes_of(signature, bytes));
}

static imp_err_t verify_with(struct bytes token, const struct crypto_public_key *key)
{
    static uint8_t work[JWT_WORK_BYTES];
    struct jwt jwt;
    const imp_err_t err = jwt_read(token, work, sizeof work, &jwt);

    return err ? err : jwt_verify(&jwt, key);
}

/* Several claims each: r and s with and without leading zero bytes and top bits. */
static void what_openssl_signed_verifies_with_its_own_key_alone(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (int round = 0; round < 24; round++) {
            char claims[64];
            snprintf(claims, sizeof claims, "{\"iss\":\"https://c.example\",\"n\":%d}", round);
            const struct bytes token = make_signed(&signers[i], claims, text);
            for (size_t k = 0; k < 4; k++) {
                assert_int_equal(verify_with(token, &signers[k].key), k == i ? 0 : IMP_ERR_JWT_KEY);
            }
        }
    }
}

static void any_change_of_what_was_signed_is_seen(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bytes token = make_signed(&signers[i], GOOD_CLAIMS, text);
        char *claim = strchr(text, '.') + 13;

        *claim = *claim == 'A' ? 'B' : 'A';
        const imp_err_t err = verify_with(token, &signers[i].key);
        assert_true(err == IMP_ERR_CRYPTO_SIGNATURE || err <= IMP_ERR_JSON_MALFORMED);
        token = make_signed(&signers[i], GOOD_CLAIMS, text);
        char *last = strrchr(text, '.') + 20;
        *last = *last == 'A' ? 'B' : 'A';
        assert_int_equal(verify_with(token, &signers[i].key), IMP_ERR_CRYPTO_SIGNATURE);
    }
}

/* A signature of DER, as TLS has them, has another length; one of the same length has r out of
 * place. */
static void der_is_no_raw_signature(void **state)
{
    static char text[TEXT_MAX];
    const struct bytes unsigned_token =
        make_token(text, GOOD_HEADER, GOOD_CLAIMS, bytes_of(NULL, 0));
    uint8_t der[80];
    size_t bytes = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    (void)state;
    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signers[0].openssl);
    EVP_DigestSign(context, der, &bytes, (const uint8_t *)text, unsigned_token.len - 1);
    EVP_MD_CTX_free(context);
    assert_true(bytes > 2 * P256_BYTES);
    assert_int_equal(verify_with(make_token(text, GOOD_HEADER, GOOD_CLAIMS, bytes_of(der, bytes)),
                                 &signers[0].key),
                     IMP_ERR_JWT_SIGNATURE);
}

/* RFC 7515 appendix A.3. */
static void the_es256_example_of_rfc_7515_verifies(void **state)
{
    static const char token[] =
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
        "lfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    uint8_t point[65] = { 4 };
    size_t bytes;
    const struct crypto_public_key key = { .type = CRYPTO_KEY_EC_P256,
                                           .point = bytes_of(point, sizeof point) };

    (void)state;
    assert_int_equal(base64url_decode(bytes_of_text("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                      point + 1, P256_BYTES, &bytes),
                     0);
    assert_int_equal(base64url_decode(bytes_of_text("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
                                      point + 33, P256_BYTES, &bytes),
                     0);
    assert_int_equal(verify_with(bytes_of_text(token), &key), 0);
}

/* A struct that came from no jwt_read, with a signature that must not be read past its end. */
static void the_form_is_looked_at_again_before_the_check(void **state)
{
    const struct jwt jwt = { .algorithm = JWT_ES256, .signature = { ones, 10 } };

    (void)state;
    assert_int_equal(jwt_verify(&jwt, &signers[0].key), IMP_ERR_JWT_SIGNATURE);
}

static void parse_anything(struct bytes input, void *context)
{
    uint8_t work[512];
    struct jwt jwt;

    (void)context;
    (void)jwt_read(input, work, sizeof work, &jwt);
}

static void no_change_breaks_the_reader(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    totality_run(make_token(text, GOOD_HEADER, GOOD_CLAIMS, es256_formed), parse_anything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_has_exactly_three_parts),
        cmocka_unit_test(parts_are_canonical_base64url),
        cmocka_unit_test(a_token_is_no_longer_than_its_limit),
        cmocka_unit_test(too_little_room_is_said),
        cmocka_unit_test(the_algorithm_is_one_of_ours),
        cmocka_unit_test(a_header_brings_no_key_and_asks_for_nothing),
        cmocka_unit_test(header_and_claims_are_strict_json_objects),
        cmocka_unit_test(claims_have_their_types),
        cmocka_unit_test(dates_are_judged_as_far_as_a_clock_allows),
        cmocka_unit_test(raw_signatures_have_their_curves_length),
        cmocka_unit_test(r_and_s_are_neither_0_nor_the_order),
        cmocka_unit_test(what_openssl_signed_verifies_with_its_own_key_alone),
        cmocka_unit_test(any_change_of_what_was_signed_is_seen),
        cmocka_unit_test(der_is_no_raw_signature),
        cmocka_unit_test(the_es256_example_of_rfc_7515_verifies),
        cmocka_unit_test(the_form_is_looked_at_again_before_the_check),
        cmocka_unit_test(no_change_breaks_the_reader),
    };

    port_hal_reset();
    make_signers();
    if (port_init() != 0) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    for (size_t i = 0; i < sizeof signers / sizeof signers[0]; i++) {
        EVP_PKEY_free(signers[i].openssl);
    }
    return failed;
}
