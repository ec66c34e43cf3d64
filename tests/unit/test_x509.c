/* SPDX-License-Identifier: MIT
 * test_x509.c -- what the reader finds in certificates made by OpenSSL. */
/* needs: tests/support/certs.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "firmware/proto/x509.h"
#include "tests/support/certs.h"

static const char ca_extensions[] = "basicConstraints=critical,CA:TRUE,pathlen:3\n"
                                    "keyUsage=critical,keyCertSign,cRLSign\n"
                                    "subjectKeyIdentifier=hash";

static imp_err_t parse_spec(const struct cert_spec *spec, struct cert *made, struct x509 *cert)
{
    *made = certs_make(spec);
    return x509_parse(made->der, cert);
}

/* --- What is read ----------------------------------------------------------------------------- */

static void a_ca_certificate_gives_all_its_parts(void **state)
{
    struct cert made;
    struct x509 cert;
    const struct cert_spec spec = { .name = "Root",
                                    .extensions = ca_extensions,
                                    .not_before = "20260102030405Z",
                                    .not_after = "20380119031408Z" };

    (void)state;
    assert_int_equal(parse_spec(&spec, &made, &cert), 0);
    assert_int_equal(cert.version, 3);
    assert_true(bytes_equal(cert.der, made.der));
    assert_true(bytes_equal(cert.issuer, cert.subject));
    assert_true(bytes_equal(cert.common_name, bytes_of_text("Root")));
    assert_true(cert.not_before == 1767323045);
    assert_true(cert.not_after == 2147483648);
    assert_int_equal(cert.signature_algorithm, CRYPTO_ECDSA_SHA256);
    assert_true(cert.has_basic_constraints && cert.is_ca);
    assert_int_equal(cert.path_length, 3);
    assert_true(cert.has_key_usage);
    assert_int_equal(cert.key_usage, X509_KEY_USAGE_KEY_CERT_SIGN | 1u << 6);
    assert_false(cert.has_ext_usage || cert.has_alt_name || cert.has_unknown_critical);
    assert_int_equal(cert.subject_key_id.len, 20);
    assert_int_equal(cert.authority_key_id.len, 0);
    assert_int_equal(cert.name_constraints.len, 0);
    certs_free(&made);
}

/* SubjectPublicKeyInfo and the signed part as OpenSSL encodes them. */
static void assert_views_fit(const struct x509 *cert, X509 *x509)
{
    unsigned char *spki = NULL;
    unsigned char *tbs = NULL;
    const int spki_len = i2d_PUBKEY(X509_get0_pubkey(x509), &spki);
    const int tbs_len = i2d_re_X509_tbs(x509, &tbs);
    const ASN1_BIT_STRING *signature = NULL;

    X509_get0_signature(&signature, NULL, x509);
    assert_true(bytes_equal(cert->spki, bytes_of(spki, (size_t)spki_len)));
    assert_true(bytes_equal(cert->tbs, bytes_of(tbs, (size_t)tbs_len)));
    assert_true(bytes_equal(cert->signature,
                            bytes_of(signature->data, (size_t)ASN1_STRING_length(signature))));
    OPENSSL_free(spki);
    OPENSSL_free(tbs);
}

static const struct {
    const char *key;
    const char *digest;
    enum crypto_key_type type;
    size_t point_or_modulus;
    enum crypto_signature algorithm;
} algorithms[] = {
    { "P-256", "SHA256", CRYPTO_KEY_EC_P256, 65, CRYPTO_ECDSA_SHA256 },
    { "P-384", "SHA384", CRYPTO_KEY_EC_P384, 97, CRYPTO_ECDSA_SHA384 },
    { "P-521", "SHA512", CRYPTO_KEY_EC_P521, 133, CRYPTO_ECDSA_SHA512 },
    { "RSA-2048", "SHA256", CRYPTO_KEY_RSA, 256, CRYPTO_RSA_PKCS1_SHA256 },
    { "RSA-2048", "SHA384", CRYPTO_KEY_RSA, 256, CRYPTO_RSA_PKCS1_SHA384 },
    { "RSA-2048", "SHA512", CRYPTO_KEY_RSA, 256, CRYPTO_RSA_PKCS1_SHA512 },
    { "RSA-2048", "PSS-SHA256", CRYPTO_KEY_RSA, 256, CRYPTO_RSA_PSS_SHA256 },
    { "RSA-2048", "PSS-SHA384", CRYPTO_KEY_RSA, 256, CRYPTO_RSA_PSS_SHA384 },
    { "RSA-2048", "PSS-SHA512", CRYPTO_KEY_RSA, 256, CRYPTO_RSA_PSS_SHA512 },
    { "RSA-1024", "SHA256", CRYPTO_KEY_RSA, 128, CRYPTO_RSA_PKCS1_SHA256 },
    { "P-224", "SHA224", CRYPTO_KEY_UNKNOWN, 0, CRYPTO_SIGNATURE_UNKNOWN },
    { "secp256k1", "SHA256", CRYPTO_KEY_UNKNOWN, 0, CRYPTO_ECDSA_SHA256 },
    { "P-256", "SHA1", CRYPTO_KEY_EC_P256, 65, CRYPTO_SIGNATURE_UNKNOWN },
    { "P-256", "SHA3-256", CRYPTO_KEY_EC_P256, 65, CRYPTO_SIGNATURE_UNKNOWN },
    { "RSA-2048", "SHA1", CRYPTO_KEY_RSA, 256, CRYPTO_SIGNATURE_UNKNOWN },
    { "RSA-2048", "MD5", CRYPTO_KEY_RSA, 256, CRYPTO_SIGNATURE_UNKNOWN },
    { "RSA-2048", "PSS-SHA1", CRYPTO_KEY_RSA, 256, CRYPTO_SIGNATURE_UNKNOWN },
};

static void keys_and_algorithms_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        struct cert made;
        struct x509 cert;
        const struct cert_spec spec = { .name = "x",
                                        .key = algorithms[i].key,
                                        .digest = algorithms[i].digest };
        assert_int_equal(parse_spec(&spec, &made, &cert), 0);
        assert_int_equal(cert.key.type, algorithms[i].type);
        assert_int_equal(cert.signature_algorithm, algorithms[i].algorithm);
        const bool is_rsa = cert.key.type == CRYPTO_KEY_RSA;
        assert_int_equal(is_rsa ? cert.key.modulus.len : cert.key.point.len,
                         algorithms[i].point_or_modulus);
        assert_true(!is_rsa || bytes_equal(cert.key.exponent, bytes_of("\x01\x00\x01", 3)));
        assert_views_fit(&cert, made.x509);
        certs_free(&made);
    }
}

static void a_compressed_point_is_an_unknown_key(void **state)
{
    struct cert made = certs_make(&(struct cert_spec){ .name = "x" });
    EVP_PKEY *key = EVP_PKEY_dup(made.key);
    struct x509 cert;

    (void)state;
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"), 1);
    assert_int_equal(X509_set_pubkey(made.x509, key), 1);
    certs_sign(&made, made.key, "SHA256");
    assert_int_equal(x509_parse(made.der, &cert), 0);
    assert_int_equal(cert.key.type, CRYPTO_KEY_UNKNOWN);
    EVP_PKEY_free(key);
    certs_free(&made);
}

static void dates_reach_from_the_year_0_to_9999(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } dates[] = {
        { "00000101000000Z", -62167219200 }, { "19491231235959Z", -631152001 },
        { "19500101000000Z", -631152000 },   { "19700101000000Z", 0 },
        { "20000229120000Z", 951825600 },    { "20491231235959Z", 2524607999 },
        { "20500101000000Z", 2524608000 },   { "21060207062816Z", 4294967296 },
        { "99991231235959Z", 253402300799 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        struct cert made;
        struct x509 cert;
        const struct cert_spec spec = { .name = "x", .not_before = dates[i].text };
        assert_int_equal(parse_spec(&spec, &made, &cert), 0);
        assert_true(cert.not_before == dates[i].seconds);
        certs_free(&made);
    }
}

static void a_version_1_certificate_has_no_extensions(void **state)
{
    struct cert made;
    struct x509 cert;

    (void)state;
    assert_int_equal(parse_spec(&(struct cert_spec){ .name = "v1", .version = 1 }, &made, &cert),
                     0);
    assert_int_equal(cert.version, 1);
    assert_false(cert.has_basic_constraints || cert.has_key_usage);
    assert_int_equal(cert.path_length, X509_NO_PATH_LENGTH);
    X509_set_version(made.x509, X509_VERSION_3);
    certs_sign(&made, made.key, "SHA256");
    assert_int_equal(x509_parse(made.der, &cert), 0);
    assert_int_equal(cert.version, 3);
    certs_free(&made);
}

/* OpenSSL 3.5 makes no such certificates, so the DER is changed: version 2, and none, which is 1. */
static void extensions_before_version_3_are_malformed(void **state)
{
    enum {
        VERSION_AT = 8, /* Behind two SEQUENCE headers of four bytes. */
        VERSION_BYTES = 5
    };
    static const uint8_t version_3[VERSION_BYTES] = { 0xA0, 0x03, 0x02, 0x01, 0x02 };
    const struct cert_spec spec = { .name = "a long name, so that both lengths take two bytes",
                                    .extensions = ca_extensions };
    struct cert made;
    struct x509 cert;

    (void)state;
    assert_int_equal(parse_spec(&spec, &made, &cert), 0);
    uint8_t *der = (uint8_t *)(uintptr_t)made.der.data;
    uint8_t *version = der + VERSION_AT;
    assert_memory_equal(version, version_3, VERSION_BYTES);
    version[4] = 1;
    assert_int_equal(x509_parse(made.der, &cert), IMP_ERR_X509_MALFORMED);
    memmove(version, version + VERSION_BYTES, made.der.len - VERSION_AT - VERSION_BYTES);
    assert_true(der[3] >= VERSION_BYTES && der[7] >= VERSION_BYTES);
    der[3] = (uint8_t)(der[3] - VERSION_BYTES);
    der[7] = (uint8_t)(der[7] - VERSION_BYTES);
    assert_int_equal(x509_parse(bytes_of(der, made.der.len - VERSION_BYTES), &cert),
                     IMP_ERR_X509_MALFORMED);
    certs_free(&made);
}

/* Subjects: the last CN counts, and only in the two string types that we read. */
static void the_common_name_is_the_last_one(void **state)
{
    struct cert made = certs_make(&(struct cert_spec){ .name = "first" });
    X509_NAME *name = X509_get_subject_name(made.x509);
    struct x509 cert;

    (void)state;
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"org", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_PRINTABLESTRING, (const unsigned char *)"second",
                               -1, -1, 0);
    certs_sign(&made, made.key, "SHA256");
    assert_int_equal(x509_parse(made.der, &cert), 0);
    assert_true(bytes_equal(cert.common_name, bytes_of_text("second")));
    X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_BMPSTRING, (const unsigned char *)"\0x", 2, -1,
                               0);
    certs_sign(&made, made.key, "SHA256");
    assert_int_equal(x509_parse(made.der, &cert), 0);
    assert_int_equal(cert.common_name.len, 0);
    certs_free(&made);
}

static void a_subject_may_be_empty(void **state)
{
    struct cert made;
    struct x509 cert;

    (void)state;
    assert_int_equal(parse_spec(&(struct cert_spec){ .issuer_name = "i" }, &made, &cert), 0);
    assert_int_equal(cert.subject.len, 2);
    assert_int_equal(cert.common_name.len, 0);
    certs_free(&made);
}

static void usages_are_read_by_their_identifiers(void **state)
{
    static const struct {
        const char *extensions;
        uint8_t usage;
    } usages[] = {
        { "extendedKeyUsage=serverAuth", X509_EXT_USAGE_SERVER_AUTH },
        { "extendedKeyUsage=clientAuth", X509_EXT_USAGE_CLIENT_AUTH },
        { "extendedKeyUsage=critical,serverAuth,clientAuth",
          X509_EXT_USAGE_SERVER_AUTH | X509_EXT_USAGE_CLIENT_AUTH },
        { "extendedKeyUsage=anyExtendedKeyUsage", X509_EXT_USAGE_ANY },
        { "extendedKeyUsage=codeSigning,1.2.3.4", X509_EXT_USAGE_OTHER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++) {
        struct cert made;
        struct x509 cert;
        const struct cert_spec spec = { .name = "x", .extensions = usages[i].extensions };
        assert_int_equal(parse_spec(&spec, &made, &cert), 0);
        assert_true(cert.has_ext_usage);
        assert_int_equal(cert.ext_usage, usages[i].usage);
        certs_free(&made);
    }
}

static void alternative_names_are_walked_in_order(void **state)
{
    struct cert made;
    struct x509 cert;
    enum x509_name_type type;
    struct bytes name;
    const struct cert_spec spec = {
        .name = "x",
        .extensions =
            "subjectAltName=DNS:a.example,IP:192.0.2.7,URI:https://x,IP:2001:db8::1,email:a@b"
    };

    (void)state;
    assert_int_equal(parse_spec(&spec, &made, &cert), 0);
    struct bytes rest = cert.alt_names;
    assert_int_equal(x509_next_alt_name(&rest, &type, &name), 1);
    assert_int_equal(type, X509_NAME_DNS);
    assert_true(bytes_equal(name, bytes_of_text("a.example")));
    assert_int_equal(x509_next_alt_name(&rest, &type, &name), 1);
    assert_int_equal(type, X509_NAME_IP);
    assert_true(bytes_equal(name, bytes_of("\xc0\x00\x02\x07", 4)));
    assert_int_equal(x509_next_alt_name(&rest, &type, &name), 1);
    assert_int_equal(type, X509_NAME_OTHER);
    assert_int_equal(x509_next_alt_name(&rest, &type, &name), 1);
    assert_int_equal(type, X509_NAME_IP);
    assert_int_equal(name.len, 16);
    assert_int_equal(x509_next_alt_name(&rest, &type, &name), 1);
    assert_int_equal(type, X509_NAME_OTHER);
    assert_int_equal(x509_next_alt_name(&rest, &type, &name), 0);
    certs_free(&made);
}

static void only_an_unknown_critical_extension_is_noted(void **state)
{
    static const struct {
        const char *extensions;
        bool is_noted;
    } rows[] = {
        { "1.2.3.4=DER:0500", false },
        { "1.2.3.4=critical,DER:0500", true },
        { "2.5.29.32=critical,DER:300830060604551d2000", true },
        { "subjectAltName=critical,DNS:a.example\nextendedKeyUsage=critical,serverAuth", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cert made;
        struct x509 cert;
        const struct cert_spec spec = { .name = "x", .extensions = rows[i].extensions };
        assert_int_equal(parse_spec(&spec, &made, &cert), 0);
        assert_int_equal(cert.has_unknown_critical, rows[i].is_noted);
        certs_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ca_certificate_gives_all_its_parts),
        cmocka_unit_test(keys_and_algorithms_are_told_apart),
        cmocka_unit_test(a_compressed_point_is_an_unknown_key),
        cmocka_unit_test(dates_reach_from_the_year_0_to_9999),
        cmocka_unit_test(a_version_1_certificate_has_no_extensions),
        cmocka_unit_test(extensions_before_version_3_are_malformed),
        cmocka_unit_test(the_common_name_is_the_last_one),
        cmocka_unit_test(a_subject_may_be_empty),
        cmocka_unit_test(usages_are_read_by_their_identifiers),
        cmocka_unit_test(alternative_names_are_walked_in_order),
        cmocka_unit_test(only_an_unknown_critical_extension_is_noted),
    };

    return cmocka_run_group_tests_name("x509", tests, NULL, NULL);
}
