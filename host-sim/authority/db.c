/* SPDX-License-Identifier: MIT
 * db.c -- opens the database and runs statements. The SQL of each table lives in the file that owns
 * the table.
 */
#include "host-sim/authority/db.h"

#include <stdio.h>
#include <string.h>

#include "host-sim/authority/schema.h"

enum {
    BUSY_TIMEOUT_MS = 5000
};

struct db_value db_integer(int64_t integer)
{
    return (struct db_value){ .kind = DB_INTEGER, .integer = integer };
}

struct db_value db_moment(int64_t moment)
{
    return moment == 0 ? (struct db_value){ .kind = DB_NULL } : db_integer(moment);
}

struct db_value db_text(const char *text)
{
    return text == NULL ? (struct db_value){ .kind = DB_NULL }
                        : (struct db_value){ .kind = DB_TEXT, .bytes = text, .size = strlen(text) };
}

struct db_value db_bytes(const void *bytes, size_t size)
{
    return (struct db_value){ .kind = DB_BYTES, .bytes = bytes, .size = size };
}

/* Settings of one connection. FULL makes each commit wait for fsync; foreign keys are off by
 * default in SQLite. */
static bool configure(sqlite3 *connection)
{
    sqlite3_busy_timeout(connection, BUSY_TIMEOUT_MS);
    return sqlite3_exec(connection,
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
                        NULL, NULL, NULL) == SQLITE_OK;
}

static bool connect_to(struct db *db, const char *path, int flags)
{
    *db = (struct db){ 0 };
    if (sqlite3_open_v2(path, &db->connection, flags, NULL) != SQLITE_OK ||
        !configure(db->connection)) {
        fprintf(stderr, "database %s: %s\n", path, db_error(db));
        db_close(db);
        return false;
    }
    sqlite3_extended_result_codes(db->connection, 1);
    return true;
}

bool db_create(const char *path)
{
    struct db db;

    if (!connect_to(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) {
        return false;
    }
    const bool good = sqlite3_exec(db.connection, schema_sql, NULL, NULL, NULL) == SQLITE_OK;

    if (!good) {
        fprintf(stderr, "database %s: %s\n", path, db_error(&db));
    }
    db_close(&db);
    return good;
}

/* A database of another version of this program is refused rather than guessed at. */
static bool version_fits(struct db *db)
{
    sqlite3_stmt *statement = db_query(db, "PRAGMA user_version", NULL);
    const bool fits = db_step(statement) && sqlite3_column_int(statement, 0) == SCHEMA_VERSION;

    db_done(statement);
    return fits;
}

bool db_open(struct db *db, const char *path)
{
    if (!connect_to(db, path, SQLITE_OPEN_READWRITE)) {
        return false;
    }
    if (!version_fits(db)) {
        fprintf(stderr, "database %s: not of schema version %d\n", path, SCHEMA_VERSION);
        db_close(db);
        return false;
    }
    return true;
}

void db_close(struct db *db)
{
    for (size_t i = 0; i < db->cache_count; i++) {
        sqlite3_finalize(db->cache[i].statement);
    }
    sqlite3_close(db->connection);
    *db = (struct db){ 0 };
}

static bool in_transaction(const struct db *db)
{
    return sqlite3_get_autocommit(db->connection) == 0;
}

static enum refusal begin_in_group(struct db *db)
{
    if (db->group_refusal != REFUSAL_NONE) {
        return db->group_refusal;
    }
    if (!db->group_open) {
        db->group_refusal = db_run(db, "BEGIN IMMEDIATE", NULL, NULL);
        if (db->group_refusal != REFUSAL_NONE) {
            return db->group_refusal;
        }
        db->group_open = true;
    }
    /* After a full disk and the like SQLite has rolled back the whole group by itself. */
    return in_transaction(db) ? db_run(db, "SAVEPOINT own", NULL, NULL) : REFUSAL_INTERNAL;
}

enum refusal db_begin(struct db *db)
{
    return db->grouped ? begin_in_group(db) : db_run(db, "BEGIN IMMEDIATE", NULL, NULL);
}

enum refusal db_commit(struct db *db)
{
    const enum refusal refusal =
        db->grouped ? db_run(db, "RELEASE own", NULL, NULL) : db_run(db, "COMMIT", NULL, NULL);

    if (refusal != REFUSAL_NONE) {
        db_rollback(db);
    }
    return refusal;
}

void db_rollback(struct db *db)
{
    if (!in_transaction(db)) {
        return;
    }
    if (db->grouped) {
        db_run(db, "ROLLBACK TO own", NULL, NULL);
        db_run(db, "RELEASE own", NULL, NULL);
    } else {
        db_run(db, "ROLLBACK", NULL, NULL);
    }
}

void db_group_begin(struct db *db)
{
    db->grouped = true;
    db->group_open = false;
    db->group_refusal = REFUSAL_NONE;
}

enum refusal db_group_end(struct db *db)
{
    const bool open = db->group_open;

    db->grouped = false;
    db->group_open = false;
    /* Refused when SQLite has rolled back in between: there is nothing to commit then. */
    return open ? db_commit(db) : REFUSAL_NONE;
}

static sqlite3_stmt *prepared(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->cache_count; i++) {
        if (db->cache[i].sql == sql) {
            return db->cache[i].statement;
        }
    }
    sqlite3_stmt *statement = NULL;

    if (db->cache_count == DB_STATEMENTS_MAX ||
        sqlite3_prepare_v3(db->connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
            SQLITE_OK) {
        return NULL;
    }
    db->cache[db->cache_count].sql = sql;
    db->cache[db->cache_count++].statement = statement;
    return statement;
}

static int bind_one(sqlite3_stmt *statement, int index, const struct db_value *value)
{
    switch (value->kind) {
    case DB_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer);
    case DB_TEXT:
        return sqlite3_bind_text(statement, index, value->bytes, (int)value->size,
                                 SQLITE_TRANSIENT);
    case DB_BYTES:
        return sqlite3_bind_blob(statement, index, value->bytes, (int)value->size,
                                 SQLITE_TRANSIENT);
    case DB_NULL:
    case DB_END:
    default:
        return sqlite3_bind_null(statement, index);
    }
}

sqlite3_stmt *db_query(struct db *db, const char *sql, const struct db_value *values)
{
    sqlite3_stmt *statement = prepared(db, sql);

    for (int i = 0; statement != NULL && values != NULL && values[i].kind != DB_END; i++) {
        if (bind_one(statement, i + 1, &values[i]) != SQLITE_OK) {
            return NULL;
        }
    }
    return statement;
}

bool db_step(sqlite3_stmt *statement)
{
    if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
        return true;
    }
    db_done(statement);
    return false;
}

void db_done(sqlite3_stmt *statement)
{
    if (statement != NULL) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
}

enum refusal db_run(struct db *db, const char *sql, const struct db_value *values, int64_t *changed)
{
    sqlite3_stmt *statement = db_query(db, sql, values);
    const int code = statement != NULL ? sqlite3_step(statement) : SQLITE_ERROR;
    const enum refusal refusal = code == SQLITE_DONE || code == SQLITE_ROW ? REFUSAL_NONE
                                 : (code & 0xFF) == SQLITE_BUSY            ? REFUSAL_BUSY
                                                                           : REFUSAL_INTERNAL;

    if (changed != NULL) {
        *changed = sqlite3_changes(db->connection);
    }
    db_done(statement);
    return refusal;
}

enum refusal db_refusal(const struct db *db)
{
    const int code = sqlite3_errcode(db->connection) & 0xFF;

    return code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE ? REFUSAL_NONE
           : code == SQLITE_BUSY                                          ? REFUSAL_BUSY
                                                                          : REFUSAL_INTERNAL;
}

const char *db_error(const struct db *db)
{
    return db->connection != NULL ? sqlite3_errmsg(db->connection) : "out of memory";
}

void db_column_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
    const unsigned char *value = sqlite3_column_text(statement, column);

    snprintf(text, size, "%s", value != NULL ? (const char *)value : "");
}
