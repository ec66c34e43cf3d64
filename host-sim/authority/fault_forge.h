/* SPDX-License-Identifier: MIT
 * fault_forge.h -- makes certificates that are wrong in one way, for the faults.
 */
#ifndef IMPRINT_AUTHORITY_FAULT_FORGE_H
#define IMPRINT_AUTHORITY_FAULT_FORGE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "host-sim/authority/certificate.h"

/* The whole year 2020: over for every device, whatever it knows of the time. */
enum {
    FORGE_2020_BEGIN = 1577836800,
    FORGE_2020_END = 1609459199
};

struct forgery {
    struct certificate_order order;
    bool is_unknown_critical; /* With a critical extension of no meaning. */
    bool is_flipped;          /* The last bit of the signature is another one. */
};

/* A CA that nobody trusts. */
struct stranger {
    X509 *certificate;
    EVP_PKEY *key;
};

/* Make the certificate; free it with X509_free. NULL when OpenSSL failed. */
X509 *forge(const struct forgery *forgery);

/* Make a stranger, who calls himself `name`; forge_stranger_free also frees half of one. */
bool forge_stranger(const char *name, struct stranger *stranger);
void forge_stranger_free(struct stranger *stranger);

#endif
