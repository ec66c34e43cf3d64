/* SPDX-License-Identifier: MIT
 * certs.h -- makes certificates with OpenSSL: good ones, and ones that are wrong in one way. A
 * mistake in it stops the test program. */
#ifndef TESTS_SUPPORT_CERTS_H
#define TESTS_SUPPORT_CERTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "firmware/bytes.h"

struct cert {
    X509 *x509;
    EVP_PKEY *key;
    struct bytes der;
};

/* What to make. Members that are zero or NULL get what the comment says. */
struct cert_spec {
    const char *name;          /* CN of the subject; an empty subject. */
    const char *issuer_name;   /* CN of the issuer: that of `issuer`, or the subject's. */
    const struct cert *issuer; /* Signs; self-signed. */
    const char *key;           /* A curve ("P-384") or "RSA-2048": P-256. Made once and kept. */
    unsigned key_number;       /* Tells keys of one kind apart. */
    const char *digest;        /* "SHA256", ...; "PSS-SHA256" for RSA-PSS: SHA256. */
    int version;               /* 1 or 3: 3. */
    const char *not_before;    /* GeneralizedTime: 20200101000000Z. */
    const char *not_after;     /* 20500101000000Z. */
    const char *extensions;    /* Lines `name=value` in OpenSSL's words; none. */
};

/* Make it; certs_free releases it. */
struct cert certs_make(const struct cert_spec *spec);
void certs_free(struct cert *cert);

/* Sign again after the caller changed something in cert->x509, and encode. */
void certs_sign(struct cert *cert, EVP_PKEY *key, const char *digest);

/* The key pair of that kind and number, made at first use. */
EVP_PKEY *certs_key(const char *kind, unsigned number);

/* An RSA public key of that many bits with nobody's private key behind it; the caller frees it. */
EVP_PKEY *certs_rsa_public(int bits, unsigned exponent);

/* A certs-only PKCS#7 with these certificates as they are, so that a broken one stays broken;
 * returns its length. */
size_t certs_pkcs7(const struct bytes certs[], size_t count, uint8_t *out, size_t cap);

/* A whole file, which must be there; the caller frees .data. */
struct bytes certs_read_file(const char *path);

#endif
