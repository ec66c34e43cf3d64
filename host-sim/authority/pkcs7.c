/* SPDX-License-Identifier: MIT
 * pkcs7.c -- writes the DER from its end to its beginning, so that every length is known when it is
 * its turn.
 *
 *   ContentInfo { signedData, [0] SignedData {
 *       version 1, no digest algorithms, no content of type data, [0] certificates, no signers } }
 */
#include "host-sim/authority/pkcs7.h"

#include <stdlib.h>
#include <string.h>

#include "host-sim/authority/encoding.h"

enum {
    ENVELOPE_BYTES_MAX = 64, /* All but the certificates. */
    TAG_SEQUENCE = 0x30,
    TAG_CONTEXT_0 = 0xA0,
    LENGTH_SHORT_MAX = 0x7F,
    LENGTH_LONG = 0x80
};

/* What was written so far begins at `at`. */
struct writer {
    uint8_t *at;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
    writer->at -= size;
    memcpy(writer->at, bytes, size);
}

/* Tag and length in front of what stands between `writer->at` and `end`. */
static void wrap(struct writer *writer, uint8_t tag, const uint8_t *end)
{
    size_t length = (size_t)(end - writer->at);
    uint8_t count = 0;

    if (length <= LENGTH_SHORT_MAX) {
        *--writer->at = (uint8_t)length;
    } else {
        for (; length > 0; length >>= 8) {
            *--writer->at = (uint8_t)length;
            count++;
        }
        *--writer->at = (uint8_t)(LENGTH_LONG | count);
    }
    *--writer->at = tag;
}

char *pkcs7_encode_der(const uint8_t *certificates, size_t size)
{
    static const uint8_t no_signers[] = { 0x31, 0x00 };
    static const uint8_t before_certificates[] = {
        0x02, 0x01, 0x01,                                                             /* version */
        0x31, 0x00,                                                                   /* digests */
        0x30, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01, /* data */
    };
    static const uint8_t signed_data[] = {
        0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02,
    };
    uint8_t *buffer = malloc(size + ENVELOPE_BYTES_MAX);

    if (buffer == NULL) {
        return NULL;
    }
    const uint8_t *end = buffer + size + ENVELOPE_BYTES_MAX;
    struct writer writer = { .at = buffer + size + ENVELOPE_BYTES_MAX };

    put(&writer, no_signers, sizeof no_signers);
    const uint8_t *certificates_end = writer.at;

    if (size > 0) {
        put(&writer, certificates, size);
        wrap(&writer, TAG_CONTEXT_0, certificates_end);
    }
    put(&writer, before_certificates, sizeof before_certificates);
    wrap(&writer, TAG_SEQUENCE, end);
    wrap(&writer, TAG_CONTEXT_0, end);
    put(&writer, signed_data, sizeof signed_data);
    wrap(&writer, TAG_SEQUENCE, end);

    char *text = base64_encode(writer.at, (size_t)(end - writer.at));

    free(buffer);
    return text;
}

char *pkcs7_encode(const X509 *const *certificates, size_t count)
{
    uint8_t *all = NULL;
    size_t size = 0;
    char *text = NULL;
    bool good = true;

    for (size_t i = 0; good && i < count; i++) {
        const int bytes = i2d_X509(certificates[i], NULL);
        uint8_t *longer = bytes > 0 ? realloc(all, size + (size_t)bytes) : NULL;

        good = longer != NULL;
        if (good) {
            unsigned char *at = longer + size;

            all = longer;
            size += (size_t)i2d_X509(certificates[i], &at);
        }
    }
    if (good) {
        text = pkcs7_encode_der(all != NULL ? all : (const uint8_t *)"", size);
    }
    free(all);
    return text;
}
