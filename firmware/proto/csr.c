/* SPDX-License-Identifier: MIT
 * csr.c -- writer of a PKCS#10 certification request (RFC 2986) for a P-256 key: subject CN, no
 * attributes. */
#include "firmware/proto/csr.h"

#include "firmware/proto/der.h"

/* [0] IMPLICIT SET OF Attribute, empty: it may not be left out (RFC 2986 4.1). */
static const uint8_t no_attributes[] = { 0xa0, 0x00 };

/* version INTEGER 0. */
static const uint8_t version_0[] = { 0x02, 0x01, 0x00 };

/* id-at-commonName, 2.5.4.3. */
static const uint8_t oid_common_name[] = { 0x06, 0x03, 0x55, 0x04, 0x03 };

/* AlgorithmIdentifier id-ecPublicKey with secp256r1 (RFC 5480 2.1.1), then the BIT STRING header
 * of an uncompressed point. */
static const uint8_t p256_key[] = { 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
                                    0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

/* AlgorithmIdentifier ecdsa-with-SHA256, parameters absent (RFC 5758 3.2). */
static const uint8_t ecdsa_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };

static void put_key(struct der_writer *writer, const uint8_t *point)
{
    const size_t mark = der_written(writer);

    der_put(writer, bytes_of(point, CSR_POINT_BYTES));
    der_put(writer, bytes_of(p256_key, sizeof p256_key));
    der_put_header(writer, DER_SEQUENCE, mark);
}

/* Name: SEQUENCE OF SET OF SEQUENCE { commonName, UTF8String }. */
static void put_name(struct der_writer *writer, struct bytes name)
{
    const size_t mark = der_written(writer);

    der_put(writer, name);
    der_put_header(writer, DER_UTF8_STRING, mark);
    der_put(writer, bytes_of(oid_common_name, sizeof oid_common_name));
    der_put_header(writer, DER_SEQUENCE, mark);
    der_put_header(writer, DER_SET, mark);
    der_put_header(writer, DER_SEQUENCE, mark);
}

imp_err_t csr_build_info(const char *name, const uint8_t point[CSR_POINT_BYTES], uint8_t *out,
                         size_t cap, size_t *bytes)
{
    struct der_writer writer = der_write_into(out, cap);
    const struct bytes text = bytes_of_text(name);

    if (text.len == 0 || text.len > CONFIG_NAME_CHARS_MAX) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    der_put(&writer, bytes_of(no_attributes, sizeof no_attributes));
    put_key(&writer, point);
    put_name(&writer, text);
    der_put(&writer, bytes_of(version_0, sizeof version_0));
    der_put_header(&writer, DER_SEQUENCE, 0);
    *bytes = der_write_end(&writer);
    return *bytes > 0 ? 0 : IMP_ERR_BUG_SPACE;
}

imp_err_t csr_wrap(uint8_t *buffer, size_t cap, size_t info_bytes, struct bytes signature,
                   size_t *bytes)
{
    static const uint8_t no_unused_bits = 0;

    if (info_bytes > cap) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    /* What follows the info is put behind it first; only then may the info move towards it. */
    struct der_writer writer = der_write_into(buffer + info_bytes, cap - info_bytes);
    der_put(&writer, signature);
    der_put(&writer, bytes_of(&no_unused_bits, 1));
    der_put_header(&writer, DER_BIT_STRING, 0);
    der_put(&writer, bytes_of(ecdsa_sha256, sizeof ecdsa_sha256));
    writer.begin = buffer;
    der_put(&writer, bytes_of(buffer, info_bytes));
    der_put_header(&writer, DER_SEQUENCE, 0);
    *bytes = der_write_end(&writer);
    return *bytes > 0 ? 0 : IMP_ERR_BUG_SPACE;
}
