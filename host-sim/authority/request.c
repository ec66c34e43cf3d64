/* SPDX-License-Identifier: MIT
 * request.c -- the request table.
 */
#include "host-sim/authority/request.h"

#include <string.h>

#define REQUEST_KEY "token_id = ? AND key_id = ? AND name = ?"

/* State of one request into `state`, "" when there is none. */
static enum refusal find_state(struct db *db, int64_t token_id, const struct csr *csr,
                               char state[REQUEST_STATE_CHARS])
{
    sqlite3_stmt *row = db_query(
        db, "SELECT state FROM request WHERE " REQUEST_KEY,
        DB_VALUES(db_integer(token_id), db_bytes(csr->key_id, SHA256_BYTES), db_text(csr->name)));

    state[0] = '\0';
    if (!db_step(row)) {
        return db_refusal(db);
    }
    db_column_text(row, 0, state, REQUEST_STATE_CHARS);
    db_done(row);
    return REFUSAL_NONE;
}

static bool too_many_pending(struct db *db, int64_t token_id)
{
    sqlite3_stmt *row =
        db_query(db, "SELECT count(*) FROM request WHERE token_id = ? AND state = 'pending'",
                 DB_VALUES(db_integer(token_id)));
    const bool many = !db_step(row) || sqlite3_column_int64(row, 0) >= REQUEST_PENDING_MAX;

    db_done(row);
    return many;
}

enum refusal request_check(struct db *db, int64_t token_id, const struct csr *csr, int64_t now)
{
    char state[REQUEST_STATE_CHARS];
    enum refusal refusal = find_state(db, token_id, csr, state);

    if (refusal != REFUSAL_NONE) {
        return refusal;
    }
    if (state[0] == '\0') {
        if (too_many_pending(db, token_id)) {
            return REFUSAL_TOO_MANY_PENDING;
        }
        refusal = db_run(db,
                         "INSERT INTO request (token_id, key_id, name, state, created)"
                         " VALUES (?, ?, ?, 'pending', ?)",
                         DB_VALUES(db_integer(token_id), db_bytes(csr->key_id, SHA256_BYTES),
                                   db_text(csr->name), db_integer(now)),
                         NULL);
        return refusal != REFUSAL_NONE ? refusal : REFUSAL_REQUEST_PENDING;
    }
    if (strcmp(state, "pending") == 0) {
        return REFUSAL_REQUEST_PENDING;
    }
    return strcmp(state, "refused") == 0 ? REFUSAL_REQUEST_REFUSED : REFUSAL_NONE;
}

bool request_is_approved(struct db *db, int64_t token_id, const struct csr *csr)
{
    char state[REQUEST_STATE_CHARS];

    return find_state(db, token_id, csr, state) == REFUSAL_NONE && strcmp(state, "approved") == 0;
}

enum refusal request_close(struct db *db, int64_t token_id, const struct csr *csr)
{
    return db_run(
        db, "UPDATE request SET state = 'issued' WHERE " REQUEST_KEY,
        DB_VALUES(db_integer(token_id), db_bytes(csr->key_id, SHA256_BYTES), db_text(csr->name)),
        NULL);
}

enum refusal request_decide(struct db *db, int64_t id, const char *state, int64_t now)
{
    int64_t changed = 0;
    const enum refusal refusal =
        db_run(db, "UPDATE request SET state = ?, decided = ? WHERE id = ? AND state = 'pending'",
               DB_VALUES(db_text(state), db_integer(now), db_integer(id)), &changed);

    return refusal == REFUSAL_NONE && changed == 0 ? REFUSAL_NOT_FOUND : refusal;
}

sqlite3_stmt *request_list(struct db *db)
{
    return db_query(
        db, "SELECT id, token_id, key_id, name, state, created, decided FROM request ORDER BY id",
        NULL);
}

bool request_next(sqlite3_stmt *statement, struct request *request)
{
    if (!db_step(statement)) {
        return false;
    }
    memset(request, 0, sizeof *request);
    request->id = sqlite3_column_int64(statement, 0);
    request->token_id = sqlite3_column_int64(statement, 1);
    if (sqlite3_column_bytes(statement, 2) == SHA256_BYTES) {
        memcpy(request->key_id, sqlite3_column_blob(statement, 2), SHA256_BYTES);
    }
    db_column_text(statement, 3, request->name, sizeof request->name);
    db_column_text(statement, 4, request->state, sizeof request->state);
    request->created = sqlite3_column_int64(statement, 5);
    request->decided = sqlite3_column_int64(statement, 6);
    return true;
}
