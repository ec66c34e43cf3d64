/* SPDX-License-Identifier: MIT
 * audit.h -- who did what, when: rows written in the same transaction as the deed.
 */
#ifndef IMPRINT_AUTHORITY_AUDIT_H
#define IMPRINT_AUTHORITY_AUDIT_H

#include <stdint.h>

#include "host-sim/authority/db.h"

/* One deed. Everything but `who` and `what` may be NULL or 0. All borrowed. */
struct audit_entry {
    int64_t at;       /* Seconds since 1970. */
    const char *who;  /* Peer address, or "operator NAME" for the command line. */
    const char *what; /* "issue", "renew", "token revoke", or a refusal's name. */
    const char *name; /* Device name. */
    int64_t token_id;
    const char *serial;  /* Of the certificate. */
    const char *request; /* X-Request-Id of the HTTP request. */
};

/* Write one row; call inside the transaction of the deed. */
enum refusal audit_write(struct db *db, const struct audit_entry *entry);

/* Write a refusal, at most one row a minute for each (token, refusal): whoever holds a spent token
 * must not be able to fill the disk. The request log has every one. */
enum refusal audit_write_refusal(struct db *db, const struct audit_entry *entry);

#endif
