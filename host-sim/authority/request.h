/* SPDX-License-Identifier: MIT
 * request.h -- enrollments that wait for a person: requests made with a token of `token create
 * --approve`.
 *
 *   (none) --first simpleenroll--> pending --operator--> approved --next simpleenroll--> issued
 *                                     '------operator--> refused
 */
#ifndef IMPRINT_AUTHORITY_REQUEST_H
#define IMPRINT_AUTHORITY_REQUEST_H

#include <stdint.h>

#include "host-sim/authority/csr.h"
#include "host-sim/authority/db.h"
#include "host-sim/authority/records.h"

enum {
    REQUEST_PENDING_MAX = 1000,
    REQUEST_STATE_CHARS = 16
}; /* Pending requests of one token. */

struct request {
    int64_t id;
    int64_t token_id;
    uint8_t key_id[SHA256_BYTES];
    char name[NAME_CHARS];
    char state[REQUEST_STATE_CHARS]; /* pending, approved, refused, issued. */
    int64_t created;
    int64_t decided;
};

/* Where does the request (token, key, name) stand? Records it as pending when it is new. Call
 * inside a transaction (and commit also when it says pending). REFUSAL_NONE when it may be issued
 * now; REQUEST_PENDING; REQUEST_REFUSED; TOO_MANY_PENDING; or a database error. */
enum refusal request_check(struct db *db, int64_t token_id, const struct csr *csr, int64_t now);

/* Is the request (token, key, name) approved? It was made in time then, even if its token has
 * expired since. */
bool request_is_approved(struct db *db, int64_t token_id, const struct csr *csr);

/* The request was answered with a certificate. Call inside the transaction that issues. */
enum refusal request_close(struct db *db, int64_t token_id, const struct csr *csr);

/* An operator decides: `state` is "approved" or "refused". REFUSAL_NOT_FOUND when no pending
 * request has this id. */
enum refusal request_decide(struct db *db, int64_t id, const char *state, int64_t now);

/* All requests, oldest first; step with request_next. */
sqlite3_stmt *request_list(struct db *db);
bool request_next(sqlite3_stmt *statement, struct request *request);

#endif
