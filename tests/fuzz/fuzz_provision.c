/* SPDX-License-Identifier: MIT
 * fuzz_provision.c -- a provisioning record that is accepted has values that can be encoded and read again. Input: the
 * record. */
#include "firmware/core/provision.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static struct provision provision;
    static struct provision again;
    uint8_t record[PROVISION_RECORD_BYTES_MAX];

    if (size > PROVISION_RECORD_BYTES_MAX || provision_decode(bytes_of(input, size), &provision)) {
        return 0;
    }
    const size_t bytes = provision_encode(&provision, record);
    FUZZ_MUST(provision_decode(bytes_of(record, bytes), &again) == 0);
    FUZZ_MUST(strcmp(provision.server.host, again.server.host) == 0);
    FUZZ_MUST(strcmp(provision.name, again.name) == 0 &&
              strcmp(provision.serial, again.serial) == 0);
    FUZZ_MUST(provision.has_pin == again.has_pin && provision.has_unlock == again.has_unlock);
    return 0;
}
