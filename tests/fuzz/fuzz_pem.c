/* SPDX-License-Identifier: MIT
 * fuzz_pem.c -- every text ends in blocks or an error, in its own memory or another's alike. Input: text. */
#include "firmware/proto/pem.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const struct bytes own = fuzz_copy(bytes_of(input, size));
    struct bytes rest = bytes_of(input, size);
    struct bytes own_rest = own;
    uint8_t *out = malloc(size + 1);
    int32_t found = 1;

    FUZZ_MUST(out != NULL);
    while (found == 1) {
        size_t bytes = 0;
        size_t own_bytes = 0;
        const size_t before = rest.len;
        uint8_t *over = (uint8_t *)own_rest.data;
        found = pem_next(&rest, "CERTIFICATE", out, size, &bytes);
        FUZZ_MUST(pem_next(&own_rest, "CERTIFICATE", over, size, &own_bytes) == found);
        FUZZ_MUST(found <= 0 || rest.len < before);
        FUZZ_MUST(found <= 0 || bytes_equal(bytes_of(out, bytes), bytes_of(over, own_bytes)));
    }
    free(out);
    free((void *)own.data);
    return 0;
}
