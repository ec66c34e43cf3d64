/* SPDX-License-Identifier: MIT
 * token.h -- enrollment tokens: made from random bits, stored as a hash, good for so many uses
 * until then.
 */
#ifndef IMPRINT_AUTHORITY_TOKEN_H
#define IMPRINT_AUTHORITY_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "host-sim/authority/db.h"

enum {
    TOKEN_RANDOM_BYTES = 24, /* 192 bits. */
    TOKEN_CHARS = 37,        /* "imp_", 32 base64url digits, NUL. */
    TOKEN_LABEL_CHARS = 65
};

struct token {
    int64_t id;
    char label[TOKEN_LABEL_CHARS];
    int64_t max_uses; /* 0: unlimited. */
    int64_t uses;
    bool approve; /* An operator approves each request. */
    int64_t created;
    int64_t expires; /* 0: never. */
    int64_t revoked; /* 0: not revoked. */
};

/* Make a token from `token`'s label, max_uses, approve, created and expires, store its hash, set
 * `token->id`, and write the token itself to `text`: the only time it is seen. Call inside a
 * transaction. */
enum refusal token_create(struct db *db, struct token *token, char text[TOKEN_CHARS]);

/* Find a token by its text (`size` bytes, any bytes). REFUSAL_TOKEN_UNKNOWN when there is none;
 * says nothing about the token's state. */
enum refusal token_find(struct db *db, const char *text, size_t size, struct token *token);

/* Find a token by its id. REFUSAL_TOKEN_UNKNOWN when there is none. */
enum refusal token_find_id(struct db *db, int64_t id, struct token *token);

/* May this token still enroll a new unit at `now`? REFUSAL_NONE, or TOKEN_REVOKED, TOKEN_EXPIRED,
 * TOKEN_EXHAUSTED. */
enum refusal token_check(const struct token *token, int64_t now);

/* The same as the word that people see: "Active", "Revoked", "Expired", "Exhausted". */
const char *token_state(const struct token *token, int64_t now);

/* Count one use. The database itself refuses one too many. Call inside the transaction that
 * issues. */
enum refusal token_spend(struct db *db, int64_t id);

/* Revoke; a second time changes nothing. Call inside a transaction. */
enum refusal token_revoke(struct db *db, int64_t id, int64_t now);

/* All tokens, oldest first: step with token_next, which answers false after the last one. */
sqlite3_stmt *token_list(struct db *db);
bool token_next(sqlite3_stmt *statement, struct token *token);

/* Units of this token that got a certificate but never proved it (an answer lost, or a unit that
 * died). */
int64_t token_undelivered(struct db *db, int64_t id);

#endif
