/* SPDX-License-Identifier: MIT
 * pkcs7.h -- certs-only PKCS#7, the envelope of EST's answers.
 */
#ifndef IMPRINT_AUTHORITY_PKCS7_H
#define IMPRINT_AUTHORITY_PKCS7_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

/* A certs-only PKCS#7 (RFC 5652 section 5, RFC 7030 section 4.1.3) of certificates in DER that stand
 * one behind the other, as base64. Written by hand: OpenSSL would take each certificate apart and
 * put it together again, which costs more than signing it. Returns a malloc'd string, NULL when
 * memory is out. */
char *pkcs7_encode_der(const uint8_t *certificates, size_t size);

/* The same of certificates in memory; NULL also when OpenSSL failed. */
char *pkcs7_encode(const X509 *const *certificates, size_t count);

#endif
