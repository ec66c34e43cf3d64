/* SPDX-License-Identifier: MIT
 * audit.c -- inserts audit rows.
 */
#include "host-sim/authority/audit.h"

enum {
    REFUSAL_INTERVAL_S = 60
};

enum refusal audit_write(struct db *db, const struct audit_entry *entry)
{
    return db_run(db,
                  "INSERT INTO audit (at, who, what, name, token_id, serial, request)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
                  DB_VALUES(db_integer(entry->at), db_text(entry->who), db_text(entry->what),
                            db_text(entry->name), db_moment(entry->token_id),
                            db_text(entry->serial), db_text(entry->request)),
                  NULL);
}

enum refusal audit_write_refusal(struct db *db, const struct audit_entry *entry)
{
    sqlite3_stmt *recent =
        db_query(db, "SELECT 1 FROM audit WHERE token_id IS ? AND what = ? AND at > ?",
                 DB_VALUES(db_moment(entry->token_id), db_text(entry->what),
                           db_integer(entry->at - REFUSAL_INTERVAL_S)));
    const bool known = db_step(recent);

    db_done(recent);
    return known ? REFUSAL_NONE : audit_write(db, entry);
}
