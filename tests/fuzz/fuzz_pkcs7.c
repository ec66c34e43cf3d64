/* SPDX-License-Identifier: MIT
 * fuzz_pkcs7.c -- certificates that are found lie within the message, in order. Input: DER. */
#include "firmware/config.h"
#include "firmware/proto/pkcs7.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const struct bytes der = bytes_of(input, size);
    struct bytes certs[CONFIG_CHAIN_CERTS_MAX];
    size_t count = 0;

    if (pkcs7_read_certs(der, certs, CONFIG_CHAIN_CERTS_MAX, &count)) {
        return 0;
    }
    FUZZ_MUST(count <= CONFIG_CHAIN_CERTS_MAX);
    for (size_t i = 0; i < count; i++) {
        FUZZ_MUST(certs[i].len > 0 && certs[i].len <= CONFIG_CERT_BYTES_MAX &&
                  fuzz_is_within(certs[i], der));
        FUZZ_MUST(i == 0 || certs[i].data > certs[i - 1].data);
    }
    return 0;
}
