/* SPDX-License-Identifier: MIT
 * issue.c -- the transactions behind enroll, renew and whoami.
 */
#include "host-sim/authority/issue.h"

#include <string.h>

#include "host-sim/authority/audit.h"
#include "host-sim/authority/request.h"
#include "host-sim/authority/token.h"

/* One call's working set. */
struct issue {
    struct authority *authority;
    const struct asker *asker;
    const struct csr *csr;
    struct record *record;
    struct token token;
};

static bool same_key(const struct record *record, const struct csr *csr)
{
    return memcmp(record->key_id, csr->key_id, SHA256_BYTES) == 0;
}

static enum refusal audit(const struct issue *issue, const char *what, bool refused)
{
    const struct audit_entry entry = {
        .at = issue->asker->now,
        .who = issue->asker->peer,
        .what = what,
        .name = issue->csr->name,
        .token_id = issue->token.id,
        .serial = refused ? NULL : issue->record->serial,
        .request = issue->asker->request_id,
    };

    return refused ? audit_write_refusal(&issue->authority->db, &entry)
                   : audit_write(&issue->authority->db, &entry);
}

/* End the transaction. A refusal has written nothing but its audit row; after trouble nothing is
 * kept at all. */
static enum refusal conclude(const struct issue *issue, enum refusal outcome)
{
    struct db *db = &issue->authority->db;
    const bool trouble = refusal_status(outcome) >= 500;

    if (!trouble && outcome != REFUSAL_NONE && outcome != REFUSAL_REQUEST_PENDING) {
        if (audit(issue, refusal_name(outcome), true) != REFUSAL_NONE) {
            db_rollback(db);
            return outcome;
        }
    }
    if (trouble) {
        db_rollback(db);
        return outcome;
    }
    const enum refusal committed = db_commit(db);

    return committed != REFUSAL_NONE ? committed : outcome;
}

/* What the records say about the key of the request. Fills the record when a live certificate may
 * be given again: the newest of those that `fits` accepts, else the newest. `*found` says whether
 * there is one. */
static enum refusal find_by_key(const struct issue *issue,
                                bool (*fits)(const struct issue *, const struct record *),
                                bool *found)
{
    struct db *db = &issue->authority->db;
    sqlite3_stmt *rows = record_list_key(db, issue->csr->key_id);
    bool fitting = false;
    struct record row;

    *found = false;
    while (record_next(rows, &row)) {
        const enum refusal refusal = strcmp(row.name, issue->csr->name) != 0 ? REFUSAL_KEY_KNOWN
                                     : row.revoked != 0 ? REFUSAL_DEVICE_REVOKED
                                                        : REFUSAL_NONE;

        if (refusal != REFUSAL_NONE) {
            db_done(rows);
            return refusal;
        }
        if (record_is_live(&row, issue->asker->now) &&
            (!*found || (!fitting && fits(issue, &row)))) {
            *issue->record = row;
            *found = true;
            fitting = fits(issue, &row);
        }
    }
    return db_refusal(db);
}

/* Sign a certificate and store it; all that is common to enroll and renew. */
static enum refusal sign_and_insert(const struct issue *issue, const char *previous,
                                    const char *what)
{
    struct record *record = issue->record;
    enum refusal refusal = REFUSAL_INTERNAL;

    memset(record, 0, sizeof *record);
    if (ca_issue(&issue->authority->ca, issue->csr, issue->asker->now, issue->authority->days,
                 record)) {
        record->token_id = issue->token.id;
        memcpy(record->previous, previous, strlen(previous) + 1);
        refusal = record_insert(&issue->authority->db, record);
    }
    return refusal != REFUSAL_NONE ? refusal : audit(issue, what, false);
}

/* ---- Enroll. ---- */

static bool is_of_this_token(const struct issue *issue, const struct record *record)
{
    return record->token_id == issue->token.id;
}

static enum refusal check_token(const struct issue *issue)
{
    struct token token = issue->token;

    /* An operator's yes to a request that was made in time outlasts the token's end. */
    if (token.approve && request_is_approved(&issue->authority->db, token.id, issue->csr)) {
        token.expires = 0;
    }
    return token_check(&token, issue->asker->now);
}

/* May this key have the name? Frees the name of its former keys when the operator has permitted
 * that. */
static enum refusal claim_name(const struct issue *issue)
{
    struct db *db = &issue->authority->db;
    const int64_t now = issue->asker->now;
    struct name_rule rule;
    struct record row;
    bool taken = false;
    enum refusal refusal = name_rule_find(db, issue->csr->name, &rule);

    for (sqlite3_stmt *rows = record_list_name(db, issue->csr->name); record_next(rows, &row);) {
        taken = taken || (record_is_live(&row, now) && !same_key(&row, issue->csr));
    }
    if (refusal == REFUSAL_NONE) {
        refusal = db_refusal(db);
    }
    if (refusal != REFUSAL_NONE || (!rule.permit_replace && rule.revoked == 0 && !taken)) {
        return refusal;
    }
    if (!rule.permit_replace) {
        return rule.revoked != 0 ? REFUSAL_DEVICE_REVOKED : REFUSAL_NAME_TAKEN;
    }
    refusal = record_revoke_name(db, issue->csr->name, now);
    return refusal != REFUSAL_NONE
               ? refusal
               : name_rule_store(db, issue->csr->name, &(struct name_rule){ 0 });
}

static enum refusal enroll_new(const struct issue *issue)
{
    struct rate_limit *rate = &issue->authority->enrollments;
    const uint64_t rate_key = (uint64_t)issue->token.id;
    struct db *db = &issue->authority->db;
    enum refusal refusal = check_token(issue);

    if (refusal == REFUSAL_NONE && rate_limit_wait_s(rate, rate_key, issue->asker->now) > 0) {
        refusal = REFUSAL_TOKEN_TOO_FAST;
    }
    /* The question to the operator comes before the permit is used up. */
    if (refusal == REFUSAL_NONE && issue->token.approve) {
        refusal = request_check(db, issue->token.id, issue->csr, issue->asker->now);
    }
    if (refusal == REFUSAL_NONE) {
        refusal = claim_name(issue);
    }
    if (refusal == REFUSAL_NONE) {
        refusal = token_spend(db, issue->token.id);
    }
    if (refusal == REFUSAL_NONE && issue->token.approve) {
        refusal = request_close(db, issue->token.id, issue->csr);
    }
    if (refusal == REFUSAL_NONE) {
        refusal = sign_and_insert(issue, "", "issue");
    }
    if (refusal == REFUSAL_NONE) {
        rate_limit_count(rate, rate_key, issue->asker->now);
    }
    return refusal;
}

static enum refusal enroll(struct issue *issue, int64_t token_id)
{
    bool found = false;
    enum refusal refusal = token_find_id(&issue->authority->db, token_id, &issue->token);

    if (refusal == REFUSAL_NONE && issue->token.revoked != 0) {
        refusal = REFUSAL_TOKEN_REVOKED;
    }
    if (refusal == REFUSAL_NONE) {
        refusal = find_by_key(issue, is_of_this_token, &found);
    }
    if (refusal != REFUSAL_NONE) {
        return refusal;
    }
    if (!found) {
        return enroll_new(issue);
    }
    return is_of_this_token(issue, issue->record) ? REFUSAL_NONE : check_token(issue);
}

enum refusal issue_enroll(struct authority *authority, const struct asker *asker, int64_t token_id,
                          const struct csr *csr, struct record *record)
{
    struct issue issue = { .authority = authority, .asker = asker, .csr = csr, .record = record };
    const enum refusal begun = db_begin(&authority->db);

    return begun != REFUSAL_NONE ? begun : conclude(&issue, enroll(&issue, token_id));
}

/* ---- Renew and whoami. ---- */

/* The live record of the certificate on the connection. */
static enum refusal find_current(struct db *db, const uint8_t fingerprint[SHA256_BYTES],
                                 int64_t now, struct record *record)
{
    const enum refusal refusal = record_find(db, fingerprint, record);

    if (refusal != REFUSAL_NONE) {
        return refusal;
    }
    if (record->revoked != 0) {
        return REFUSAL_DEVICE_REVOKED;
    }
    return record_is_live(record, now) ? REFUSAL_NONE : REFUSAL_CLIENT_CERT_MISSING;
}

/* A certificate that renews the current one and has the key of the request, when it was issued
 * before. */
static enum refusal find_renewal(const struct issue *issue, const char *serial, bool *found)
{
    struct db *db = &issue->authority->db;
    struct record row;

    *found = false;
    for (sqlite3_stmt *rows = record_list_key(db, issue->csr->key_id); record_next(rows, &row);) {
        if (strcmp(row.previous, serial) == 0 && record_is_live(&row, issue->asker->now) &&
            !*found) {
            *issue->record = row;
            *found = true;
        }
    }
    return db_refusal(db);
}

static bool any_record(const struct issue *issue, const struct record *record)
{
    (void)issue;
    (void)record;
    return true;
}

static enum refusal renew(struct issue *issue, const uint8_t fingerprint[SHA256_BYTES])
{
    struct record current;
    bool found = false;
    enum refusal refusal =
        find_current(&issue->authority->db, fingerprint, issue->asker->now, &current);

    if (refusal != REFUSAL_NONE) {
        return refusal;
    }
    issue->token.id = current.token_id;
    if (strcmp(current.name, issue->csr->name) != 0) {
        return REFUSAL_CSR_INVALID;
    }
    /* Only for what it refuses: a key of another name, a revoked key. */
    refusal = find_by_key(issue, any_record, &found);
    if (refusal == REFUSAL_NONE) {
        refusal = find_renewal(issue, current.serial, &found);
    }
    if (refusal == REFUSAL_NONE && current.first_seen == 0) {
        refusal = record_mark_seen(&issue->authority->db, current.serial, issue->asker->now);
    }
    if (refusal != REFUSAL_NONE || found) {
        return refusal;
    }
    return sign_and_insert(issue, current.serial, "renew");
}

enum refusal issue_renew(struct authority *authority, const struct asker *asker,
                         const uint8_t fingerprint[SHA256_BYTES], const struct csr *csr,
                         struct record *record)
{
    struct issue issue = { .authority = authority, .asker = asker, .csr = csr, .record = record };
    const enum refusal begun = db_begin(&authority->db);

    return begun != REFUSAL_NONE ? begun : conclude(&issue, renew(&issue, fingerprint));
}

enum refusal issue_whoami(struct authority *authority, const struct asker *asker,
                          const uint8_t fingerprint[SHA256_BYTES], struct record *record)
{
    const enum refusal refusal = find_current(&authority->db, fingerprint, asker->now, record);

    if (refusal == REFUSAL_NONE && record->first_seen == 0) {
        /* A note for the operator; the answer is true without it, so a full disk does not silence
         * it. */
        (void)record_mark_seen(&authority->db, record->serial, asker->now);
    }
    return refusal;
}
