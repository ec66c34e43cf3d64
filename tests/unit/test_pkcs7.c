/* SPDX-License-Identifier: MIT
 * test_pkcs7.c -- certs-only bodies: the examples of RFC 7030 appendix A, OpenSSL's, other
 * libraries' habits, and what is refused. */
/* needs: tests/support/certs.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pkcs7.h>

#include "firmware/config.h"
#include "firmware/proto/base64.h"
#include "firmware/proto/der.h"
#include "firmware/proto/pkcs7.h"
#include "firmware/proto/x509.h"
#include "tests/support/certs.h"
#include "tests/support/totality.h"

enum {
    CAP = 6
};

/* --- RFC 7030 --------------------------------------------------------------------------------- */

/* The body of an answer as it stands in the RFC: base64 in lines. Decoded in place; the caller
 * frees .data. */
static struct bytes read_body(const char *path)
{
    const struct bytes text = certs_read_file(path);
    struct base64_decoder decoder = { 0 };
    size_t len;

    assert_int_equal(base64_decode(&decoder, text, (uint8_t *)text.data, text.len, &len), 0);
    assert_int_equal(base64_finish(&decoder), 0);
    return bytes_of(text.data, len);
}

static void the_cacerts_example_of_rfc_7030_has_its_four_certificates(void **state)
{
    static const char *const names[] = { "estExampleCA OwO", "estExampleCA NwO", "estExampleCA OwN",
                                         "estExampleCA NwN" };
    static const char *const issuers[] = { "OwO", "OwO", "NwN", "NwN" };
    const struct bytes der = read_body("tests/vectors/rfc7030-a1-cacerts.b64");
    struct bytes certs[CAP];
    size_t count;

    (void)state;
    assert_int_equal(pkcs7_read_certs(der, certs, CAP, &count), 0);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        struct x509 cert;
        assert_int_equal(x509_parse(certs[i], &cert), 0);
        assert_true(bytes_equal(cert.common_name, bytes_of_text(names[i])));
        assert_memory_equal(cert.issuer.data + cert.issuer.len - 3, issuers[i], 3);
        assert_int_equal(cert.key.type, CRYPTO_KEY_RSA);
        assert_true(cert.not_before ==
                    (i == 0 ? 1368071611 : 1368071612)); /* 2013-05-09 03:53:31 and :32 */
    }
    free((void *)der.data);
}

static void the_simpleenroll_example_of_rfc_7030_has_its_certificate(void **state)
{
    const struct bytes der = read_body("tests/vectors/rfc7030-a3-simpleenroll.b64");
    struct bytes certs[1];
    struct x509 cert;
    size_t count;

    (void)state;
    assert_int_equal(pkcs7_read_certs(der, certs, 1, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(x509_parse(certs[0], &cert), 0);
    assert_true(bytes_equal(cert.common_name, bytes_of_text("demostep4 1368141352")));
    assert_true(bytes_equal(cert.serial, bytes_of("\x15", 1)));
    free((void *)der.data);
}

/* --- OpenSSL ---------------------------------------------------------------------------------- */

/* A body with `count` certificates, as OpenSSL writes it; the caller frees .data. */
static struct bytes body_of(const struct cert *const certs[], size_t count)
{
    PKCS7 *pkcs7 = PKCS7_new();
    unsigned char *der = NULL;

    assert_int_equal(PKCS7_set_type(pkcs7, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(pkcs7, NID_pkcs7_data), 1);
    PKCS7_set_detached(pkcs7, 1);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(PKCS7_add_certificate(pkcs7, certs[i]->x509), 1);
    }
    const int len = i2d_PKCS7(pkcs7, &der);
    assert_true(len > 0);
    const struct bytes body = totality_flush(bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    PKCS7_free(pkcs7);
    return body;
}

static void what_openssl_writes_is_read_up_to_the_capacity(void **state)
{
    struct cert a = certs_make(&(struct cert_spec){ .name = "a" });
    struct cert b = certs_make(&(struct cert_spec){ .name = "b", .key = "RSA-2048" });
    const struct cert *const both[] = { &a, &b };
    struct bytes certs[CAP];
    size_t count;

    (void)state;
    for (size_t given = 0; given <= 2; given++) {
        const struct bytes body = body_of(both, given);
        for (size_t cap = 0; cap <= 2; cap++) {
            const imp_err_t err = pkcs7_read_certs(body, certs, cap, &count);
            assert_int_equal(err, given > cap ? IMP_ERR_CHAIN_TOO_LONG : 0);
            assert_int_equal(count, given > cap ? 0 : given);
            for (size_t i = 0; i < count; i++) {
                assert_true(bytes_equal(certs[i], both[i]->der));
            }
        }
        free((void *)body.data);
    }
    certs_free(&a);
    certs_free(&b);
}

/* --- Built by hand ---------------------------------------------------------------------------- */

/* The parts of a SignedData, each as DER; NULL means the usual. */
struct parts {
    struct bytes type;    /* OBJECT IDENTIFIER: signedData. */
    struct bytes version; /* INTEGER 1. */
    struct bytes digests; /* SET {}. */
    struct bytes content; /* SEQUENCE { data }. */
    struct bytes certs;   /* [0] {}. */
    struct bytes crls;    /* Absent. */
    struct bytes signers; /* SET {}. */
    struct bytes behind;  /* After the SignedData, inside the ContentInfo: nothing. */
};

#define BYTES(...) \
    bytes_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

#define OID_PKCS7(n) 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, n

static void put_or(struct der_writer *writer, struct bytes part, struct bytes usual)
{
    der_put(writer, part.data != NULL ? part : usual);
}

static imp_err_t verdict(const struct parts *parts)
{
    uint8_t memory[4096];
    struct bytes certs[CAP];
    size_t count;
    struct der_writer writer = der_write_into(memory, sizeof memory);

    der_put(&writer, parts->behind);
    const size_t mark = der_written(&writer);
    put_or(&writer, parts->signers, BYTES(0x31, 0x00));
    der_put(&writer, parts->crls);
    put_or(&writer, parts->certs, BYTES(0xa0, 0x00));
    put_or(&writer, parts->content, BYTES(0x30, 0x0b, OID_PKCS7(1)));
    put_or(&writer, parts->digests, BYTES(0x31, 0x00));
    put_or(&writer, parts->version, BYTES(0x02, 0x01, 0x01));
    der_put_header(&writer, DER_SEQUENCE, mark);
    der_put_header(&writer, DER_CONTEXT_CONSTRUCTED(0), mark);
    put_or(&writer, parts->type, BYTES(OID_PKCS7(2)));
    der_put_header(&writer, DER_SEQUENCE, 0);
    const size_t len = der_write_end(&writer);
    return pkcs7_read_certs(bytes_of(memory, len), certs, CAP, &count);
}

static void what_other_libraries_write_is_read(void **state)
{
    (void)state;
    assert_int_equal(verdict(&(struct parts){ 0 }), 0);
    /* An empty list of CRLs, as Go programs leave it. */
    assert_int_equal(verdict(&(struct parts){ .crls = BYTES(0xa1, 0x00) }), 0);
    assert_int_equal(verdict(&(struct parts){ .version = BYTES(0x02, 0x01, 0x03) }), 0);
    /* Digest algorithms of nobody. */
    assert_int_equal(verdict(&(struct parts){ .digests = BYTES(0x31, 0x02, 0x30, 0x00) }), 0);
}

static void what_is_not_certs_only_is_refused(void **state)
{
    const struct parts wrong[] = {
        { .type = BYTES(OID_PKCS7(1)) },
        { .type = BYTES(OID_PKCS7(3)) },
        { .version = BYTES(0x02, 0x01, 0x00) },
        { .version = BYTES(0x02, 0x01, 0x06) },
        { .version = BYTES(0x02, 0x02, 0x01, 0x01) },
        { .digests = BYTES(0x30, 0x00) },
        { .content = BYTES(0x30, 0x0b, OID_PKCS7(2)) },
        { .content = BYTES(0x30, 0x00) },
        { .content = BYTES(0x30, 0x0f, OID_PKCS7(1), 0xa0, 0x02, 0x04, 0x00) },
        { .certs = BYTES(0xa0, 0x02, 0x05, 0x00) },
        { .certs = BYTES(0xa0, 0x02, 0xa0, 0x00) },
        { .certs = BYTES(0xa0, 0x03, 0x30, 0x05, 0x00) },
        { .certs = BYTES(0xa0, 0x80, 0x00, 0x00) },
        { .crls = BYTES(0xa2, 0x00) },
        { .signers = BYTES(0x31, 0x02, 0x30, 0x00) },
        { .signers = BYTES(0x30, 0x00) },
        { .behind = BYTES(0x05, 0x00) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(verdict(&wrong[i]), IMP_ERR_PKCS7_MALFORMED);
    }
}

static void bytes_behind_a_body_are_refused(void **state)
{
    const struct bytes body = body_of(NULL, 0);
    uint8_t more[64] = { 0 };
    struct bytes certs[CAP];
    size_t count;

    (void)state;
    memcpy(more, body.data, body.len);
    assert_int_equal(pkcs7_read_certs(bytes_of(more, body.len), certs, CAP, &count), 0);
    assert_int_equal(pkcs7_read_certs(bytes_of(more, body.len + 1), certs, CAP, &count),
                     IMP_ERR_PKCS7_MALFORMED);
    free((void *)body.data);
}

static void a_certificate_over_2048_bytes_is_too_large(void **state)
{
    static const size_t sizes[] = { CONFIG_CERT_BYTES_MAX, CONFIG_CERT_BYTES_MAX + 1 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t cert[CONFIG_CERT_BYTES_MAX + 16] = { 0 };
        struct der_writer writer = der_write_into(cert, sizeof cert);
        der_put(&writer, bytes_of(cert, sizes[i] - 4));
        der_put_header(&writer, DER_SEQUENCE, 0);
        der_put_header(&writer, DER_CONTEXT_CONSTRUCTED(0), 0);
        const size_t len = der_write_end(&writer);
        assert_int_equal(verdict(&(struct parts){ .certs = bytes_of(cert, len) }),
                         i == 0 ? 0 : IMP_ERR_X509_TOO_LARGE);
    }
}

/* --- Totality --------------------------------------------------------------------------------- */

static void parse_any(struct bytes input, void *context)
{
    struct bytes certs[2];
    size_t count;
    const imp_err_t err = pkcs7_read_certs(input, certs, 2, &count);

    (void)context;
    assert_true(err == 0 || err == IMP_ERR_PKCS7_MALFORMED || err == IMP_ERR_CHAIN_TOO_LONG);
    assert_true(count <= 2 && (err == 0 || count == 0));
    for (size_t i = 0; i < count; i++) {
        assert_true(certs[i].data >= input.data &&
                    certs[i].data + certs[i].len <= input.data + input.len);
    }
}

static void any_input_has_a_verdict(void **state)
{
    const struct bytes der = read_body("tests/vectors/rfc7030-a3-simpleenroll.b64");
    const struct bytes none = body_of(NULL, 0);

    (void)state;
    totality_run(der, parse_any, NULL);
    totality_run(none, parse_any, NULL);
    free((void *)der.data);
    free((void *)none.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cacerts_example_of_rfc_7030_has_its_four_certificates),
        cmocka_unit_test(the_simpleenroll_example_of_rfc_7030_has_its_certificate),
        cmocka_unit_test(what_openssl_writes_is_read_up_to_the_capacity),
        cmocka_unit_test(what_other_libraries_write_is_read),
        cmocka_unit_test(what_is_not_certs_only_is_refused),
        cmocka_unit_test(bytes_behind_a_body_are_refused),
        cmocka_unit_test(a_certificate_over_2048_bytes_is_too_large),
        cmocka_unit_test(any_input_has_a_verdict),
    };

    return cmocka_run_group_tests_name("pkcs7", tests, NULL, NULL);
}
