/* SPDX-License-Identifier: MIT
 * fuzz_csr.c -- the authority reads a certificate request: an accepted one has a name that devices may have, and a key.
 * Input: form (1: an even number is DER), request. */
#include "host-sim/authority/csr.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct bytes rest = bytes_of(input, size);
    struct csr csr = { 0 };
    const bool is_der = fuzz_take_number(&rest, 1) % 2 == 0;
    const char *wrong = is_der ? csr_parse_der(rest.data, rest.len, &csr)
                               : csr_parse((const char *)rest.data, rest.len, &csr);

    if (wrong == NULL) {
        FUZZ_MUST(name_is_valid(csr.name, strlen(csr.name)) && csr.key != NULL);
    } else {
        FUZZ_MUST(csr.key == NULL);
    }
    csr_clear(&csr);
    return 0;
}
