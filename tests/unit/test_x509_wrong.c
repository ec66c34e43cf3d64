/* SPDX-License-Identifier: MIT
 * test_x509_wrong.c -- certificates that the reader refuses, and that it has a verdict on any
 * bytes. */
/* needs: tests/support/certs.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/proto/x509.h"
#include "tests/support/certs.h"
#include "tests/support/totality.h"

/* The verdict on a certificate with these extensions. */
static imp_err_t verdict(const char *extensions)
{
    struct cert made;
    struct x509 cert;

    made = certs_make(&(struct cert_spec){ .name = "x", .extensions = extensions });
    const imp_err_t err = x509_parse(made.der, &cert);
    certs_free(&made);
    return err;
}

/* Extensions by their DER: 2.5.29.n and its value. */
static const struct {
    const char *claim;
    const char *extensions;
    imp_err_t err;
} extension_rows[] = {
    { "cA FALSE may be written out", "2.5.29.19=DER:3003010100", 0 },
    { "a path length without cA is read", "2.5.29.19=DER:3003020105", 0 },
    { "basicConstraints with a BOOLEAN of 01", "2.5.29.19=DER:3003010101", IMP_ERR_X509_MALFORMED },
    { "a negative path length", "2.5.29.19=DER:30060101ff0201ff", IMP_ERR_X509_MALFORMED },
    { "a path length not minimal", "2.5.29.19=DER:30070101ff02020001", IMP_ERR_X509_MALFORMED },
    { "bytes after basicConstraints", "2.5.29.19=DER:30000500", IMP_ERR_X509_MALFORMED },
    { "bytes in basicConstraints", "2.5.29.19=DER:30020500", IMP_ERR_X509_MALFORMED },
    { "keyUsage of no bits", "2.5.29.15=DER:030100", 0 },
    { "keyUsage with nine bits", "2.5.29.15=DER:0303070080", 0 },
    { "keyUsage of four bytes", "2.5.29.15=DER:030500ffffffff", IMP_ERR_X509_MALFORMED },
    { "keyUsage with eight unused bits", "2.5.29.15=DER:03020880", IMP_ERR_X509_MALFORMED },
    { "keyUsage of no byte but unused bits", "2.5.29.15=DER:030101", IMP_ERR_X509_MALFORMED },
    { "an empty extKeyUsage", "2.5.29.37=DER:3000", IMP_ERR_X509_MALFORMED },
    { "extKeyUsage with an INTEGER", "2.5.29.37=DER:3003020101", IMP_ERR_X509_MALFORMED },
    { "an empty subjectAltName", "2.5.29.17=DER:3000", IMP_ERR_X509_MALFORMED },
    { "an empty dNSName", "2.5.29.17=DER:30028200", IMP_ERR_X509_MALFORMED },
    { "a dNSName with a NUL", "2.5.29.17=DER:30058203610062", IMP_ERR_X509_MALFORMED },
    { "a dNSName with a space", "2.5.29.17=DER:30058203612062", IMP_ERR_X509_MALFORMED },
    { "a dNSName in UTF-8", "2.5.29.17=DER:30048202c3a9", IMP_ERR_X509_MALFORMED },
    { "an iPAddress of 5 bytes", "2.5.29.17=DER:30078705c000020700", IMP_ERR_X509_MALFORMED },
    { "a name of kind 9", "2.5.29.17=DER:3003890161", IMP_ERR_X509_MALFORMED },
    { "a name of class universal", "2.5.29.17=DER:30030c0161", IMP_ERR_X509_MALFORMED },
    { "empty nameConstraints", "2.5.29.30=DER:3000", IMP_ERR_X509_MALFORMED },
    { "a key identifier that is no OCTET STRING", "2.5.29.14=DER:0500", IMP_ERR_X509_MALFORMED },
    { "an authority key identifier of issuer and serial", "2.5.29.35=DER:3009a104a4023000820101",
      0 },
    { "an extension that is not DER", "2.5.29.19=DER:3080", IMP_ERR_X509_MALFORMED },
    { "an unknown extension that is not DER", "1.2.3.4=DER:3080", 0 },
    { "an extension twice", "2.5.29.19=DER:3000\n2.5.29.19=DER:3000", IMP_ERR_X509_MALFORMED },
    { "an unknown extension twice", "1.2.3.4=DER:00\n1.2.3.4=DER:01", IMP_ERR_X509_MALFORMED },
};

static void malformed_extensions_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof extension_rows / sizeof extension_rows[0]; i++) {
        const imp_err_t err = verdict(extension_rows[i].extensions);
        if (err != extension_rows[i].err) {
            fail_msg("%s: %d, not %d", extension_rows[i].claim, (int)err,
                     (int)extension_rows[i].err);
        }
    }
}

static void more_than_32_extensions_are_refused(void **state)
{
    char lines[40 * 24];
    size_t len = 0;

    (void)state;
    for (int i = 1; i <= X509_EXTENSIONS_MAX; i++) {
        len += (size_t)sprintf(lines + len, "1.2.3.%d=DER:00\n", i);
    }
    assert_int_equal(verdict(lines), 0);
    sprintf(lines + len, "1.2.4.1=DER:00");
    assert_int_equal(verdict(lines), IMP_ERR_X509_MALFORMED);
}

static void a_certificate_of_2048_bytes_is_the_largest(void **state)
{
    static const size_t sizes[] = { CONFIG_CERT_BYTES_MAX, CONFIG_CERT_BYTES_MAX + 1 };
    char line[2 * CONFIG_CERT_BYTES_MAX + 32];
    struct cert made;
    struct x509 cert;
    size_t filler = 1500;

    (void)state;
    for (size_t i = 0;
         i < 2;) { /* An ECDSA signature's length varies: try until the size is right. */
        size_t len = (size_t)sprintf(line, "1.2.3.4=DER:");
        memset(line + len, '0', 2 * filler);
        line[len + 2 * filler] = '\0';
        made = certs_make(&(struct cert_spec){ .name = "x", .extensions = line });
        if (made.der.len == sizes[i]) {
            assert_int_equal(x509_parse(made.der, &cert), i == 0 ? 0 : IMP_ERR_X509_TOO_LARGE);
            i++;
        } else {
            filler += made.der.len < sizes[i] ? 1 : (size_t)-1;
        }
        certs_free(&made);
    }
}

static void bytes_before_and_after_a_certificate_are_refused(void **state)
{
    struct cert made = certs_make(&(struct cert_spec){ .name = "x" });
    uint8_t more[1024] = { 0 };
    struct x509 cert;

    (void)state;
    memcpy(more, made.der.data, made.der.len);
    assert_int_equal(x509_parse(bytes_of(more, made.der.len), &cert), 0);
    assert_int_equal(x509_parse(bytes_of(more, made.der.len + 1), &cert), IMP_ERR_X509_MALFORMED);
    memmove(more + 1, more, made.der.len);
    assert_int_equal(x509_parse(bytes_of(more, made.der.len + 1), &cert), IMP_ERR_X509_MALFORMED);
    assert_int_equal(x509_parse(bytes_of(NULL, 0), &cert), IMP_ERR_X509_MALFORMED);
    certs_free(&made);
}

static void the_two_signature_algorithms_must_agree(void **state)
{
    static const uint8_t sha256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
    struct cert made = certs_make(&(struct cert_spec){ .name = "x" });
    uint8_t *at = (uint8_t *)made.der.data;
    struct x509 cert;

    (void)state;
    while (memcmp(at, sha256, sizeof sha256) != 0) {
        at++;
    }
    at[sizeof sha256 - 1] = 3; /* ecdsa-with-SHA384, inside only. */
    assert_int_equal(x509_parse(made.der, &cert), IMP_ERR_X509_MALFORMED);
    certs_free(&made);
}

/* A certificate whose notBefore, a UTCTime, has these 13 characters instead. */
static imp_err_t verdict_on_date(const char *text)
{
    static const char known[] = "\x17\x0d"
                                "200101000000Z";
    struct cert made = certs_make(&(struct cert_spec){ .name = "x" });
    uint8_t *at = (uint8_t *)made.der.data;
    struct x509 cert;

    assert_int_equal(strlen(text), 13);
    while (memcmp(at, known, sizeof known - 1) != 0) {
        at++;
    }
    memcpy(at + 2, text, 13);
    const imp_err_t err = x509_parse(made.der, &cert);
    certs_free(&made);
    return err;
}

static void only_dates_that_exist_in_utc_are_read(void **state)
{
    static const char *const wrong[] = {
        "2001010000000", "20010100000Z ", "200001000000Z", "201301000000Z", "200100000000Z",
        "200132000000Z", "210229000000Z", "200101240000Z", "200101006000Z", "200101000060Z",
        "200101000000z", "+00101000000Z", "2001010000+00", "20 101000000Z", "200431000000Z",
    };

    (void)state;
    assert_int_equal(verdict_on_date("200229235959Z"), 0);
    assert_int_equal(verdict_on_date("500101000000Z"), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (verdict_on_date(wrong[i]) != IMP_ERR_X509_MALFORMED) {
            fail_msg("accepted: %s", wrong[i]);
        }
    }
}

/* --- Totality --------------------------------------------------------------------------------- */

static bool is_view_of(struct bytes view, struct bytes whole)
{
    return view.len == 0 ||
           (view.data >= whole.data && view.data + view.len <= whole.data + whole.len);
}

/* What was accepted is looked at: every view inside, every byte readable, every name walked. */
static void parse_any(struct bytes input, void *context)
{
    struct x509 cert;
    struct bytes name;
    enum x509_name_type type;
    const imp_err_t err = x509_parse(input, &cert);

    (void)context;
    assert_true(err == 0 || err == IMP_ERR_X509_MALFORMED);
    if (err) {
        return;
    }
    const struct bytes views[] = { cert.tbs,
                                   cert.serial,
                                   cert.issuer,
                                   cert.subject,
                                   cert.common_name,
                                   cert.spki,
                                   cert.key.point,
                                   cert.key.modulus,
                                   cert.key.exponent,
                                   cert.signature,
                                   cert.alt_names,
                                   cert.name_constraints,
                                   cert.authority_key_id,
                                   cert.subject_key_id };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        assert_true(is_view_of(views[i], input));
    }
    struct bytes rest = cert.alt_names;
    int32_t found;
    while ((found = x509_next_alt_name(&rest, &type, &name)) > 0) {
        assert_true(is_view_of(name, input));
    }
    assert_int_equal(found, 0);
}

static void any_input_has_a_verdict(void **state)
{
    struct cert made = certs_make(&(struct cert_spec){
        .name = "x",
        .extensions = "basicConstraints=CA:TRUE,pathlen:1\nkeyUsage=critical,keyCertSign\n"
                      "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:a.example,IP:192.0.2.7\n"
                      "nameConstraints=permitted;DNS:example\nsubjectKeyIdentifier=hash" });
    struct cert pss =
        certs_make(&(struct cert_spec){ .name = "x", .key = "RSA-2048", .digest = "PSS-SHA256" });

    (void)state;
    totality_run(made.der, parse_any, NULL);
    totality_run(pss.der, parse_any, NULL);
    certs_free(&made);
    certs_free(&pss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_extensions_are_refused),
        cmocka_unit_test(more_than_32_extensions_are_refused),
        cmocka_unit_test(a_certificate_of_2048_bytes_is_the_largest),
        cmocka_unit_test(bytes_before_and_after_a_certificate_are_refused),
        cmocka_unit_test(the_two_signature_algorithms_must_agree),
        cmocka_unit_test(only_dates_that_exist_in_utc_are_read),
        cmocka_unit_test(any_input_has_a_verdict),
    };

    return cmocka_run_group_tests_name("x509_wrong", tests, NULL, NULL);
}
