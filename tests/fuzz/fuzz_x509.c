/* SPDX-License-Identifier: MIT
 * fuzz_x509.c -- all views of a certificate that is accepted lie within it, and its names can be walked. Input: DER. */
#include "firmware/proto/x509.h"
#include "firmware/trust/chain.h"
#include "tests/fuzz/fuzz.h"

static void walk_names(const struct x509 *cert)
{
    struct bytes rest = cert->alt_names;
    struct bytes name;
    enum x509_name_type type;

    while (x509_next_alt_name(&rest, &type, &name) == 1) {
        FUZZ_MUST(fuzz_is_within(name, cert->der));
        FUZZ_MUST(type != X509_NAME_IP || name.len == 4 || name.len == 16);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const struct bytes der = bytes_of(input, size);
    struct x509 cert;

    if (x509_parse(der, &cert)) {
        return 0;
    }
    const struct bytes views[] = { cert.tbs,
                                   cert.serial,
                                   cert.issuer,
                                   cert.subject,
                                   cert.common_name,
                                   cert.spki,
                                   cert.key.point,
                                   cert.key.modulus,
                                   cert.key.exponent,
                                   cert.signature,
                                   cert.alt_names,
                                   cert.name_constraints,
                                   cert.authority_key_id,
                                   cert.subject_key_id };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        FUZZ_MUST(fuzz_is_within(views[i], der));
    }
    FUZZ_MUST(bytes_equal(cert.der, der) && cert.version >= 1 && cert.version <= 3);
    walk_names(&cert);
    (void)chain_match_host(&cert, "ca.example");
    (void)chain_match_host(&cert, "192.0.2.1");
    return 0;
}
