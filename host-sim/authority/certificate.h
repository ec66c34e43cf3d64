/* SPDX-License-Identifier: MIT
 * certificate.h -- the kinds of certificate that the authority makes, as profiles (RFC 5280).
 */
#ifndef IMPRINT_AUTHORITY_CERTIFICATE_H
#define IMPRINT_AUTHORITY_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "host-sim/authority/encoding.h"

enum certificate_profile {
    CERTIFICATE_ROOT,    /* CA, self-signed, one level of CAs below it. */
    CERTIFICATE_CROSS,   /* The same, signed by another root of the same name. */
    CERTIFICATE_ISSUING, /* CA, pathlen 0. */
    CERTIFICATE_SERVER,  /* serverAuth, subjectAltName. */
    CERTIFICATE_DEVICE,  /* clientAuth, nothing else. */
    CERTIFICATE_PROFILE_COUNT
};

struct certificate_order {
    enum certificate_profile profile;
    const char *name;        /* The subject's only CN. */
    EVP_PKEY *key;           /* The subject's public key... */
    const X509_PUBKEY *spki; /* ...or this one, encoded: OpenSSL 3.0 takes long to decode one. */
    X509 *issuer;            /* NULL: self-signed. */
    EVP_PKEY *issuer_key;
    const char
        *alternative;   /* subjectAltName in OpenSSL's words ("DNS:a,IP:127.0.0.1"), or NULL. */
    int64_t not_before; /* Seconds since 1970. */
    int64_t not_after;
};

/* Make and sign a certificate (ecdsa-with-SHA256, random 128-bit serial number). Borrows all of
 * `order`. Returns a certificate to free with X509_free, or NULL when OpenSSL failed. */
X509 *certificate_make(const struct certificate_order *order);

/* SHA-256 over the DER. */
void certificate_fingerprint(const X509 *certificate, uint8_t digest[SHA256_BYTES]);

/* The validity as seconds since 1970; 0 when it can't be read. */
int64_t certificate_not_before(const X509 *certificate);
int64_t certificate_not_after(const X509 *certificate);

/* The subject's CN into `name`; returns false when there is none or it does not fit. */
bool certificate_name(const X509 *certificate, char *name, size_t size);

/* The serial number in lower-case hex, two digits a byte; `text` holds `size` bytes. Returns false
 * if it is larger. */
bool certificate_serial(const X509 *certificate, char *text, size_t size);

#endif
