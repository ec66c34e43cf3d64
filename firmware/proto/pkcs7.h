/* SPDX-License-Identifier: MIT
 * pkcs7.h -- reader of a certs-only CMS SignedData (RFC 5652 5.1, RFC 7030 4.1.3). There is no
 * signer: nothing here is verified, the certificates are only found. BER indefinite lengths are
 * refused. */
#ifndef FIRMWARE_PROTO_PKCS7_H
#define FIRMWARE_PROTO_PKCS7_H

#include "firmware/bytes.h"
#include "firmware/error.h"

/* Find the certificates in `der`; views into it, in the order they stand. *count: how many (0 is
 * valid). 0; IMP_ERR_PKCS7_MALFORMED (also trailing bytes, a signer, other content);
 * IMP_ERR_CHAIN_TOO_LONG (more than `cap`); IMP_ERR_X509_TOO_LARGE (one over
 * CONFIG_CERT_BYTES_MAX). */
imp_err_t pkcs7_read_certs(struct bytes der, struct bytes certs[], size_t cap, size_t *count);

#endif
