/* SPDX-License-Identifier: MIT
 * db.h -- the authority's database: SQLite in WAL mode with synchronous=FULL, so that a committed
 * row survives power.
 *
 * A thin layer: statements are prepared once and found again by the address of their text,
 * parameters are bound from a list of typed values. Several programs use one database at the same
 * time; a writer waits for another one.
 */
#ifndef IMPRINT_AUTHORITY_DB_H
#define IMPRINT_AUTHORITY_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-sim/authority/refusal.h"

#define DATABASE_FILE "authority.db" /* In the authority's directory. */

enum {
    DB_STATEMENTS_MAX = 64
};

struct db {
    sqlite3 *connection;
    struct {
        const char *sql; /* A string literal: its address is the key. */
        sqlite3_stmt *statement;
    } cache[DB_STATEMENTS_MAX];
    size_t cache_count;
    bool grouped;               /* Between db_group_begin and db_group_end. */
    bool group_open;            /* The group's transaction has begun. */
    enum refusal group_refusal; /* Why it could not. */
};

/* One parameter. Text and bytes are borrowed until the statement is done. */
struct db_value {
    enum {
        DB_END,
        DB_NULL,
        DB_INTEGER,
        DB_TEXT,
        DB_BYTES
    } kind;
    int64_t integer;
    const void *bytes;
    size_t size;
};

struct db_value db_integer(int64_t integer);
struct db_value db_moment(int64_t moment); /* NULL when 0: "never". */
struct db_value db_text(const char *text); /* NULL when NULL. */
struct db_value db_bytes(const void *bytes, size_t size);

/* The parameters of a statement, in order. */
#define DB_VALUES(...) ((const struct db_value[]){ __VA_ARGS__, { .kind = DB_END } })

/* Create the database `path` with its tables. It must not exist. Returns false after printing why
 * to stderr. */
bool db_create(const char *path);

/* Open an existing database. Waits up to 5 s for another writer, here and later. Returns false
 * after printing why. */
bool db_open(struct db *db, const char *path);

/* Close it; safe on a struct of zeros. */
void db_close(struct db *db);

/* A write transaction. begin takes the write lock; commit returns only when the rows are on the
 * disk. Return REFUSAL_NONE, REFUSAL_BUSY (another writer held the lock for 5 s), REFUSAL_INTERNAL
 * (disk full, read-only, fsync failed...: nothing was written). After a failed commit the
 * transaction is already rolled back. */
enum refusal db_begin(struct db *db);
enum refusal db_commit(struct db *db);
void db_rollback(struct db *db);

/* Let the transactions that follow share one, and so one wait for the disk. Within a group commit
 * is a promise only, and rollback takes back no more than its own transaction; db_group_end makes
 * all of them durable, or none: then it returns what db_commit would have. Nothing that depends on
 * them may leave before. Nothing is locked until the first of them begins; when that one waited for
 * another writer in vain, the others of the group do not wait again. */
void db_group_begin(struct db *db);
enum refusal db_group_end(struct db *db);

/* Prepare (or find) `sql`, a string literal, and bind `values`. Returns the statement to step, NULL
 * on an error (then db_step answers false and db_refusal says why). */
sqlite3_stmt *db_query(struct db *db, const char *sql, const struct db_value *values);

/* Advance to the next row; false when there is none, and then the statement is reset. */
bool db_step(sqlite3_stmt *statement);

/* Done with a statement before its last row was read. Column pointers become invalid. */
void db_done(sqlite3_stmt *statement);

/* Run a statement that returns no rows. `*changed` (or NULL) is the number of rows it touched. */
enum refusal db_run(struct db *db, const char *sql, const struct db_value *values,
                    int64_t *changed);

/* What the connection's last error means to a client: NONE, BUSY or INTERNAL. */
enum refusal db_refusal(const struct db *db);

/* The connection's last error in words, for the log. */
const char *db_error(const struct db *db);

/* Column as text into a buffer (cut to fit, always ended); a NULL column gives "". */
void db_column_text(sqlite3_stmt *statement, int column, char *text, size_t size);

#endif
