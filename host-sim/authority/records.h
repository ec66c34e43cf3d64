/* SPDX-License-Identifier: MIT
 * records.h -- the certificates that were issued, and what operators decided about the names on
 * them.
 */
#ifndef IMPRINT_AUTHORITY_RECORDS_H
#define IMPRINT_AUTHORITY_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "host-sim/authority/db.h"
#include "host-sim/authority/encoding.h"

enum {
    NAME_CHARS = 65,      /* With the NUL. */
    SERIAL_CHARS = 33,    /* 128 bits in hex, with the NUL. */
    CERT_BYTES_MAX = 1024 /* Of the certificates that we issue; they have about 420. */
};

/* One row of the certificate table. */
struct record {
    char serial[SERIAL_CHARS];
    uint8_t fingerprint[SHA256_BYTES];
    char name[NAME_CHARS];
    uint8_t key_id[SHA256_BYTES]; /* SHA-256 over the SubjectPublicKeyInfo. */
    int64_t token_id;
    char previous[SERIAL_CHARS]; /* Serial of the certificate that this one renews, or "". */
    uint8_t der[CERT_BYTES_MAX];
    size_t der_bytes;
    int64_t issued;
    int64_t not_before;
    int64_t not_after;
    int64_t first_seen; /* First proof by whoami; 0: issued, not delivered. */
    int64_t revoked;
    int64_t generation; /* Of the CA that issued it. */
    int64_t root_ended; /* When that one's root was retired; 0: it is accepted. */
};

/* What the operator decided about a name. All 0 for a name that was never decided on. */
struct name_rule {
    bool permit_replace; /* The next other key may take the name, once. */
    int64_t revoked;     /* The unit of this name was revoked; no key gets it without a permit. */
};

/* Neither revoked nor past its end, and its root is still accepted. */
bool record_is_live(const struct record *record, int64_t now);

/* Has another certificate taken its place: one that renews it and that the unit has proved? It stays
 * valid until it ends all the same, so that a unit that falls back to it is let in. */
bool record_is_superseded(struct db *db, const struct record *record);

/* Insert one row. Call inside a transaction. */
enum refusal record_insert(struct db *db, const struct record *record);

/* Find the certificate with this fingerprint. REFUSAL_DEVICE_UNKNOWN when there is none. */
enum refusal record_find(struct db *db, const uint8_t fingerprint[SHA256_BYTES],
                         struct record *record);

/* All certificates of a key, of a name, of all names; newest first. Step with record_next (false
 * after the last). */
sqlite3_stmt *record_list_key(struct db *db, const uint8_t key_id[SHA256_BYTES]);
sqlite3_stmt *record_list_name(struct db *db, const char *name);
sqlite3_stmt *record_list_all(struct db *db);
bool record_next(sqlite3_stmt *statement, struct record *record);

/* Remember that the unit has proved this certificate. */
enum refusal record_mark_seen(struct db *db, const char *serial, int64_t now);

/* Revoke all live certificates of a name. Call inside a transaction. */
enum refusal record_revoke_name(struct db *db, const char *name, int64_t now);

/* Read the rule of a name. */
enum refusal name_rule_find(struct db *db, const char *name, struct name_rule *rule);

/* Write the rule of a name. Call inside a transaction. */
enum refusal name_rule_store(struct db *db, const char *name, const struct name_rule *rule);

#endif
