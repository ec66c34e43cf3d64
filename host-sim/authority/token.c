/* SPDX-License-Identifier: MIT
 * token.c -- the token table. A token is looked up by its SHA-256, so the time of a lookup says
 * nothing about how much of a guess was right; the hash found is compared again in constant time.
 */
#include "host-sim/authority/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "host-sim/authority/encoding.h"

#define TOKEN_PREFIX  "imp_"
#define TOKEN_COLUMNS "id, label, max_uses, uses, approve, created, expires, revoked, hash"

enum {
    HASH_COLUMN = 8
};

static void read_row(sqlite3_stmt *row, struct token *token)
{
    token->id = sqlite3_column_int64(row, 0);
    db_column_text(row, 1, token->label, sizeof token->label);
    token->max_uses = sqlite3_column_int64(row, 2);
    token->uses = sqlite3_column_int64(row, 3);
    token->approve = sqlite3_column_int(row, 4) != 0;
    token->created = sqlite3_column_int64(row, 5);
    token->expires = sqlite3_column_int64(row, 6);
    token->revoked = sqlite3_column_int64(row, 7);
}

enum refusal token_create(struct db *db, struct token *token, char text[TOKEN_CHARS])
{
    uint8_t random_bytes[TOKEN_RANDOM_BYTES];
    uint8_t hash[SHA256_BYTES];

    if (RAND_priv_bytes(random_bytes, sizeof random_bytes) != 1) {
        return REFUSAL_INTERNAL;
    }
    memcpy(text, TOKEN_PREFIX, sizeof TOKEN_PREFIX);
    base64url_encode(random_bytes, sizeof random_bytes, text + sizeof TOKEN_PREFIX - 1);
    OPENSSL_cleanse(random_bytes, sizeof random_bytes);
    sha256(text, strlen(text), hash);

    const enum refusal refusal =
        db_run(db,
               "INSERT INTO token (hash, label, max_uses, approve, created, expires)"
               " VALUES (?, ?, ?, ?, ?, ?)",
               DB_VALUES(db_bytes(hash, sizeof hash), db_text(token->label),
                         db_moment(token->max_uses), db_integer(token->approve),
                         db_integer(token->created), db_moment(token->expires)),
               NULL);

    token->id = sqlite3_last_insert_rowid(db->connection);
    return refusal;
}

/* What a lookup that found no row means: unknown, unless the database itself failed. */
static enum refusal absent(const struct db *db)
{
    const enum refusal refusal = db_refusal(db);

    return refusal != REFUSAL_NONE ? refusal : REFUSAL_TOKEN_UNKNOWN;
}

enum refusal token_find(struct db *db, const char *text, size_t size, struct token *token)
{
    uint8_t hash[SHA256_BYTES];

    sha256(text, size, hash);
    sqlite3_stmt *row = db_query(db, "SELECT " TOKEN_COLUMNS " FROM token WHERE hash = ?",
                                 DB_VALUES(db_bytes(hash, sizeof hash)));

    if (!db_step(row)) {
        return absent(db);
    }
    const bool same = sqlite3_column_bytes(row, HASH_COLUMN) == SHA256_BYTES &&
                      CRYPTO_memcmp(sqlite3_column_blob(row, HASH_COLUMN), hash, SHA256_BYTES) == 0;

    read_row(row, token);
    db_done(row);
    return same ? REFUSAL_NONE : REFUSAL_TOKEN_UNKNOWN;
}

enum refusal token_find_id(struct db *db, int64_t id, struct token *token)
{
    sqlite3_stmt *row =
        db_query(db, "SELECT " TOKEN_COLUMNS " FROM token WHERE id = ?", DB_VALUES(db_integer(id)));

    if (!db_step(row)) {
        return absent(db);
    }
    read_row(row, token);
    db_done(row);
    return REFUSAL_NONE;
}

enum refusal token_check(const struct token *token, int64_t now)
{
    if (token->revoked != 0) {
        return REFUSAL_TOKEN_REVOKED;
    }
    if (token->expires != 0 && token->expires <= now) {
        return REFUSAL_TOKEN_EXPIRED;
    }
    if (token->max_uses != 0 && token->uses >= token->max_uses) {
        return REFUSAL_TOKEN_EXHAUSTED;
    }
    return REFUSAL_NONE;
}

const char *token_state(const struct token *token, int64_t now)
{
    switch (token_check(token, now)) {
    case REFUSAL_NONE:
        return "Active";
    case REFUSAL_TOKEN_REVOKED:
        return "Revoked";
    case REFUSAL_TOKEN_EXPIRED:
        return "Expired";
    default:
        return "Exhausted";
    }
}

enum refusal token_spend(struct db *db, int64_t id)
{
    return db_run(db, "UPDATE token SET uses = uses + 1 WHERE id = ?", DB_VALUES(db_integer(id)),
                  NULL);
}

enum refusal token_revoke(struct db *db, int64_t id, int64_t now)
{
    return db_run(db, "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL",
                  DB_VALUES(db_integer(now), db_integer(id)), NULL);
}

sqlite3_stmt *token_list(struct db *db)
{
    return db_query(db, "SELECT " TOKEN_COLUMNS " FROM token ORDER BY id", NULL);
}

bool token_next(sqlite3_stmt *statement, struct token *token)
{
    if (!db_step(statement)) {
        return false;
    }
    read_row(statement, token);
    return true;
}

int64_t token_undelivered(struct db *db, int64_t id)
{
    sqlite3_stmt *row = db_query(db,
                                 "SELECT count(*) FROM certificate WHERE token_id = ?"
                                 " AND previous IS NULL AND first_seen IS NULL",
                                 DB_VALUES(db_integer(id)));
    const int64_t count = db_step(row) ? sqlite3_column_int64(row, 0) : 0;

    db_done(row);
    return count;
}
