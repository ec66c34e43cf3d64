/* SPDX-License-Identifier: MIT
 * x509_part.h -- parts of a certificate; for x509.c alone. Each reads at the front of `der` and
 * spoils it when malformed. */
#ifndef FIRMWARE_PROTO_X509_PART_H
#define FIRMWARE_PROTO_X509_PART_H

#include "firmware/proto/der.h"
#include "firmware/proto/x509.h"

/* A whole AlgorithmIdentifier of a signature (RFC 5758 3.2, RFC 4055 3.1 and 5). Unknown ones,
 * and parameters other than those at enum crypto_signature, are UNKNOWN; they don't spoil. */
enum crypto_signature x509_signature_algorithm(struct bytes identifier);

/* SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 5480 2, RFC 3279 2.3.1): its views and the key in
 * it. */
void x509_read_key(struct der *der, struct x509 *cert);

/* Extensions (RFC 5280 4.2): fills in what they say. */
void x509_read_extensions(struct der *der, struct x509 *cert);

#endif
