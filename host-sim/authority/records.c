/* SPDX-License-Identifier: MIT
 * records.c -- the certificate and device tables.
 */
#include "host-sim/authority/records.h"

#include <string.h>

#define RECORD_COLUMNS                                                                       \
    "SELECT serial, fingerprint, name, key_id, token_id, previous, der, issued, not_before," \
    " not_after, first_seen, revoked, generation, ended"                                     \
    " FROM certificate JOIN ca USING (generation) "
/* Of the same second a renewal is the newer one. */
#define NEWEST_FIRST " ORDER BY issued DESC, not_after DESC, previous IS NULL, serial"

bool record_is_live(const struct record *record, int64_t now)
{
    return record->revoked == 0 && record->root_ended == 0 && record->not_after > now;
}

bool record_is_superseded(struct db *db, const struct record *record)
{
    sqlite3_stmt *row = db_query(db,
                                 "SELECT 1 FROM certificate WHERE previous = ?"
                                 " AND first_seen IS NOT NULL AND revoked IS NULL",
                                 DB_VALUES(db_text(record->serial)));
    const bool superseded = db_step(row);

    db_done(row);
    return superseded;
}

enum refusal record_insert(struct db *db, const struct record *record)
{
    const char *previous = record->previous[0] != '\0' ? record->previous : NULL;

    return db_run(
        db,
        "INSERT INTO certificate (serial, fingerprint, name, key_id, token_id, previous, der,"
        " issued, not_before, not_after, generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        DB_VALUES(db_text(record->serial), db_bytes(record->fingerprint, SHA256_BYTES),
                  db_text(record->name), db_bytes(record->key_id, SHA256_BYTES),
                  db_integer(record->token_id), db_text(previous),
                  db_bytes(record->der, record->der_bytes), db_integer(record->issued),
                  db_integer(record->not_before), db_integer(record->not_after),
                  db_integer(record->generation)),
        NULL);
}

/* Copy a blob column of at most `size` bytes; returns its size, 0 when it does not fit. */
static size_t column_bytes(sqlite3_stmt *row, int column, uint8_t *bytes, size_t size)
{
    const void *blob = sqlite3_column_blob(row, column);
    const size_t count = (size_t)sqlite3_column_bytes(row, column);

    if (blob == NULL || count > size) {
        return 0;
    }
    memcpy(bytes, blob, count);
    return count;
}

static void read_row(sqlite3_stmt *row, struct record *record)
{
    memset(record, 0, sizeof *record);
    db_column_text(row, 0, record->serial, sizeof record->serial);
    column_bytes(row, 1, record->fingerprint, SHA256_BYTES);
    db_column_text(row, 2, record->name, sizeof record->name);
    column_bytes(row, 3, record->key_id, SHA256_BYTES);
    record->token_id = sqlite3_column_int64(row, 4);
    db_column_text(row, 5, record->previous, sizeof record->previous);
    record->der_bytes = column_bytes(row, 6, record->der, sizeof record->der);
    record->issued = sqlite3_column_int64(row, 7);
    record->not_before = sqlite3_column_int64(row, 8);
    record->not_after = sqlite3_column_int64(row, 9);
    record->first_seen = sqlite3_column_int64(row, 10);
    record->revoked = sqlite3_column_int64(row, 11);
    record->generation = sqlite3_column_int64(row, 12);
    record->root_ended = sqlite3_column_int64(row, 13);
}

enum refusal record_find(struct db *db, const uint8_t fingerprint[SHA256_BYTES],
                         struct record *record)
{
    sqlite3_stmt *row = db_query(db, RECORD_COLUMNS "WHERE fingerprint = ?",
                                 DB_VALUES(db_bytes(fingerprint, SHA256_BYTES)));

    if (!record_next(row, record)) {
        const enum refusal refusal = db_refusal(db);

        return refusal != REFUSAL_NONE ? refusal : REFUSAL_DEVICE_UNKNOWN;
    }
    db_done(row);
    return REFUSAL_NONE;
}

sqlite3_stmt *record_list_key(struct db *db, const uint8_t key_id[SHA256_BYTES])
{
    return db_query(db, RECORD_COLUMNS "WHERE key_id = ?" NEWEST_FIRST,
                    DB_VALUES(db_bytes(key_id, SHA256_BYTES)));
}

sqlite3_stmt *record_list_name(struct db *db, const char *name)
{
    return db_query(db, RECORD_COLUMNS "WHERE name = ?" NEWEST_FIRST, DB_VALUES(db_text(name)));
}

sqlite3_stmt *record_list_all(struct db *db)
{
    return db_query(
        db, RECORD_COLUMNS "ORDER BY name, issued DESC, not_after DESC, previous IS NULL, serial",
        NULL);
}

bool record_next(sqlite3_stmt *statement, struct record *record)
{
    if (!db_step(statement)) {
        return false;
    }
    read_row(statement, record);
    return true;
}

enum refusal record_mark_seen(struct db *db, const char *serial, int64_t now)
{
    return db_run(db,
                  "UPDATE certificate SET first_seen = ? WHERE serial = ? AND first_seen IS NULL",
                  DB_VALUES(db_integer(now), db_text(serial)), NULL);
}

enum refusal record_revoke_name(struct db *db, const char *name, int64_t now)
{
    return db_run(
        db,
        "UPDATE certificate SET revoked = ? WHERE name = ? AND revoked IS NULL AND not_after > ?",
        DB_VALUES(db_integer(now), db_text(name), db_integer(now)), NULL);
}

enum refusal name_rule_find(struct db *db, const char *name, struct name_rule *rule)
{
    sqlite3_stmt *row = db_query(db, "SELECT permit_replace, revoked FROM device WHERE name = ?",
                                 DB_VALUES(db_text(name)));

    *rule = (struct name_rule){ 0 };
    if (!db_step(row)) {
        return db_refusal(db);
    }
    rule->permit_replace = sqlite3_column_int(row, 0) != 0;
    rule->revoked = sqlite3_column_int64(row, 1);
    db_done(row);
    return REFUSAL_NONE;
}

enum refusal name_rule_store(struct db *db, const char *name, const struct name_rule *rule)
{
    return db_run(
        db, "INSERT OR REPLACE INTO device (name, permit_replace, revoked) VALUES (?, ?, ?)",
        DB_VALUES(db_text(name), db_integer(rule->permit_replace), db_moment(rule->revoked)), NULL);
}
