/* SPDX-License-Identifier: MIT
 * fault_certificate.h -- the lies of the stage CERTIFICATE.
 */
#ifndef IMPRINT_AUTHORITY_FAULT_CERTIFICATE_H
#define IMPRINT_AUTHORITY_FAULT_CERTIFICATE_H

#include "host-sim/authority/fault.h"

/* The body of an answer to `csr` that lies as `fault` says: base64 of a certs-only PKCS#7,
 * malloc'd. Reads the records, writes none. NULL when OpenSSL failed. */
char *fault_certificate(const struct fault *fault, struct authority *authority,
                        const struct csr *csr);

#endif
