/* SPDX-License-Identifier: MIT
 * pkcs7.c -- reader of a certs-only CMS SignedData (RFC 5652 5.1, RFC 7030 4.1.3). */
#include "firmware/proto/pkcs7.h"

#include "firmware/config.h"
#include "firmware/proto/der.h"

/* id-data and id-signedData, 1.2.840.113549.1.7.1 and .2 */
static const uint8_t oid_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
static const uint8_t oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };

enum {
    VERSION_MAX = 5
};

static void expect_oid(struct der *der, const uint8_t *oid, size_t len)
{
    if (!bytes_equal(der_read(der, DER_OID), bytes_of(oid, len))) {
        der_spoil(der);
    }
}

/* EncapsulatedContentInfo: data, and none of it. */
static void expect_no_content(struct der *signed_data)
{
    struct der content = der_enter(signed_data, DER_SEQUENCE);

    expect_oid(&content, oid_data, sizeof oid_data);
    der_leave(signed_data, &content);
}

/* CertificateSet with nothing but certificates in it. The limits are errors of their own, the
 * rest spoils. */
static imp_err_t read_set(struct der *set, struct bytes certs[], size_t cap, size_t *count)
{
    while (der_has_more(set)) {
        const struct bytes cert = der_read_whole(set, DER_SEQUENCE);
        if (cert.len > CONFIG_CERT_BYTES_MAX) {
            return IMP_ERR_X509_TOO_LARGE;
        }
        if (cert.len > 0 && *count == cap) {
            return IMP_ERR_CHAIN_TOO_LONG;
        }
        if (cert.len > 0) {
            certs[(*count)++] = cert;
        }
    }
    return 0;
}

static imp_err_t read_signed_data(struct der *inside, struct bytes certs[], size_t cap,
                                  size_t *count)
{
    imp_err_t err = 0;
    const uint16_t version = der_read_small(inside, UINT8_MAX);

    if (version < 1 || version > VERSION_MAX) {
        der_spoil(inside);
    }
    der_read(inside, DER_SET); /* Digest algorithms: of no signer. */
    expect_no_content(inside);
    if (der_is_next(inside, DER_CONTEXT_CONSTRUCTED(0))) {
        struct der set = der_enter(inside, DER_CONTEXT_CONSTRUCTED(0));
        err = read_set(&set, certs, cap, count);
        der_leave(inside, &set);
    }
    if (der_is_next(inside, DER_CONTEXT_CONSTRUCTED(1))) {
        der_read(inside, DER_CONTEXT_CONSTRUCTED(1)); /* CRLs: we don't use them. */
    }
    if (err == 0 && der_read(inside, DER_SET).len > 0) {
        der_spoil(inside); /* A signer. */
    }
    return err;
}

imp_err_t pkcs7_read_certs(struct bytes der, struct bytes certs[], size_t cap, size_t *count)
{
    struct der file = der_begin(der);
    struct der info = der_enter(&file, DER_SEQUENCE);

    *count = 0;
    expect_oid(&info, oid_signed_data, sizeof oid_signed_data);
    struct der content = der_enter(&info, DER_CONTEXT_CONSTRUCTED(0));
    struct der inside = der_enter(&content, DER_SEQUENCE);
    const imp_err_t err = read_signed_data(&inside, certs, cap, count);
    if (err) {
        *count = 0;
        return err;
    }
    der_leave(&content, &inside);
    der_leave(&info, &content);
    der_leave(&file, &info);
    if (!der_is_finished(&file)) {
        *count = 0;
        return IMP_ERR_PKCS7_MALFORMED;
    }
    return 0;
}
