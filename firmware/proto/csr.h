/* SPDX-License-Identifier: MIT
 * csr.h -- writer of a PKCS#10 certification request (RFC 2986) for a P-256 key: subject CN, no
 * attributes. */
#ifndef FIRMWARE_PROTO_CSR_H
#define FIRMWARE_PROTO_CSR_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/error.h"

enum {
    CSR_POINT_BYTES = 65
};

/* Write the CertificationRequestInfo for `name` (1 to 64 characters, UTF8String) and the
 * uncompressed `point`: what is to be signed. Returns its length in *bytes. 0;
 * IMP_ERR_BUG_SPACE; IMP_ERR_BUG_ARGUMENT (the name's length). Uses all of `cap` on the way. */
imp_err_t csr_build_info(const char *name, const uint8_t point[CSR_POINT_BYTES], uint8_t *out,
                         size_t cap, size_t *bytes);

/* Wrap `info_bytes` bytes of CertificationRequestInfo that stand at the start of `buffer`
 * together with its ECDSA-SHA256 DER `signature` into the final request, in place; `signature`
 * does not lie in `buffer`. *bytes: its length. 0; IMP_ERR_BUG_SPACE: `buffer` is then not to be
 * used; IMP_ERR_BUG_ARGUMENT (info_bytes > cap). */
imp_err_t csr_wrap(uint8_t *buffer, size_t cap, size_t info_bytes, struct bytes signature,
                   size_t *bytes);

#endif
