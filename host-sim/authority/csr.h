/* SPDX-License-Identifier: MIT
 * csr.h -- what a certificate request asks for, after everything about it was checked (RFC 2986).
 */
#ifndef IMPRINT_AUTHORITY_CSR_H
#define IMPRINT_AUTHORITY_CSR_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-sim/authority/records.h"

/* The only two things that are ever taken from a request. */
struct csr {
    char name[NAME_CHARS];
    uint8_t key_id[SHA256_BYTES]; /* SHA-256 over the SubjectPublicKeyInfo. */
    EVP_PKEY *key;                /* Owned, as the next; csr_clear frees both. */
    X509_PUBKEY *spki;            /* The key as it came: nothing is decoded twice. */
};

/* Read a request as EST carries it: base64 of DER (RFC 7030 section 4.2.1, RFC 8951: white space
 * anywhere), or PEM. Proves possession of the key: the signature is verified. Needs P-256 or P-384,
 * a named curve, an uncompressed point; a subject of one CN; no attribute but an extensionRequest
 * that asks for no more than we give. Returns NULL and fills `csr`; else one sentence that says
 * what is wrong (static storage), and `csr` is empty. */
const char *csr_parse(const char *body, size_t size, struct csr *csr);

/* The same from DER. */
const char *csr_parse_der(const uint8_t *der, size_t size, struct csr *csr);

/* Free the keys; safe on an empty csr. */
void csr_clear(struct csr *csr);

/* Is this a name that a device may have: 1 to 64 of [A-Za-z0-9._:-]. */
bool name_is_valid(const char *name, size_t size);

#endif
