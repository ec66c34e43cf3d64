/* SPDX-License-Identifier: MIT
 * issue.h -- the decisions: who gets a certificate. Each call is one transaction, on the disk
 * before it returns.
 *
 * What holds whatever crashes when: certificates that spent a use = uses counted; one serial number
 * for each (token, public key); a refused request spends nothing; no certificate leaves that is not
 * in the database.
 */
#ifndef IMPRINT_AUTHORITY_ISSUE_H
#define IMPRINT_AUTHORITY_ISSUE_H

#include <stdint.h>

#include "host-sim/authority/ca.h"
#include "host-sim/authority/csr.h"
#include "host-sim/authority/db.h"
#include "host-sim/authority/rate_limit.h"
#include "host-sim/authority/records.h"
#include "host-sim/authority/refusal.h"

/* What a running authority has. */
struct authority {
    struct db db;
    struct ca ca;
    long days;                     /* Validity of the certificates that it issues. */
    struct rate_limit enrollments; /* New ones of each token; no limit in a struct of zeros. */
};

/* Who asks; for the audit. Borrowed. */
struct asker {
    const char *peer; /* Address. */
    const char *request_id;
    int64_t now; /* Seconds since 1970. */
};

/* Enroll with a token:
 *   - a revoked token is refused, whatever else is true;
 *   - a key that is known under another name is refused (KEY_KNOWN), and one whose certificate was
 *     revoked (DEVICE_REVOKED): a revoked key stays revoked;
 *   - a key that already has a live certificate gets that one again: by the same token always, also
 *     when the token has expired or been used up since, by another one only while that one is
 *     active. Nothing is spent;
 *   - else the token must be active, and the name free: without a live certificate of another key
 *     and not revoked, or the operator has permitted the replacement (which revokes what the name
 *     had before);
 *   - with an --approve token an operator must have approved;
 *   - a token that enrolls faster than authority->enrollments allows has to wait (TOKEN_TOO_FAST).
 * `record` is filled when the answer is REFUSAL_NONE. */
enum refusal issue_enroll(struct authority *authority, const struct asker *asker, int64_t token_id,
                          const struct csr *csr, struct record *record);

/* Renew: `fingerprint` is that of the device certificate on the connection, already verified by
 * TLS. Same name, any key of its own; asked again with the same key, the same certificate. The old
 * one stays valid until it ends, so that a lost answer loses nothing. CSR_INVALID when the request
 * names another subject. */
enum refusal issue_renew(struct authority *authority, const struct asker *asker,
                         const uint8_t fingerprint[SHA256_BYTES], const struct csr *csr,
                         struct record *record);

/* Which device is it? Notes the first time it is seen. DEVICE_UNKNOWN, DEVICE_REVOKED, or
 * CLIENT_CERT_MISSING when the certificate ended while the connection was open. */
enum refusal issue_whoami(struct authority *authority, const struct asker *asker,
                          const uint8_t fingerprint[SHA256_BYTES], struct record *record);

#endif
