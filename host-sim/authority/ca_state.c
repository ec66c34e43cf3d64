/* SPDX-License-Identifier: MIT
 * ca_state.c -- the table of generations: a row each; one that has ended is kept for the record.
 */
#include "host-sim/authority/ca_state.h"

enum {
    ALIVE_MAX = 2 /* Generations at a time. */
};

const char *ca_phase_name(enum ca_phase phase)
{
    static const char *const names[] = { "steady", "begun", "switched" };

    return names[phase];
}

int64_t ca_state_issuing(const struct ca_state *state)
{
    return state->generation + (state->phase == CA_SWITCHED ? 1 : 0);
}

enum refusal ca_state_find(struct db *db, struct ca_state *state)
{
    sqlite3_stmt *row = db_query(db,
                                 "SELECT generation, switched IS NOT NULL FROM ca"
                                 " WHERE ended IS NULL ORDER BY generation",
                                 NULL);
    bool issues[ALIVE_MAX] = { false };
    int count = 0;

    while (db_step(row)) {
        if (count < ALIVE_MAX) {
            issues[count] = sqlite3_column_int(row, 1) != 0;
        }
        if (count == 0) {
            state->generation = sqlite3_column_int64(row, 0);
        }
        count++;
    }
    const enum refusal refusal = db_refusal(db);

    if (refusal != REFUSAL_NONE) {
        return refusal;
    }
    state->phase = count == 1 ? CA_STEADY : issues[1] ? CA_SWITCHED : CA_BEGUN;
    return count >= 1 && count <= ALIVE_MAX && issues[0] ? REFUSAL_NONE : REFUSAL_INTERNAL;
}

bool ca_state_may_have_changed(struct db *db, int64_t *version)
{
    sqlite3_stmt *row = db_query(db, "PRAGMA data_version", NULL);
    const int64_t found = db_step(row) ? sqlite3_column_int64(row, 0) : 0;
    const bool changed = found == 0 || found != *version;

    db_done(row);
    *version = found;
    return changed;
}

enum refusal ca_state_begin(struct db *db, const struct ca_state *state, int64_t now)
{
    return db_run(db, "INSERT INTO ca (generation, begun) VALUES (?, ?)",
                  DB_VALUES(db_integer(state->generation + 1), db_integer(now)), NULL);
}

enum refusal ca_state_switch(struct db *db, const struct ca_state *state, int64_t now)
{
    return db_run(db, "UPDATE ca SET switched = ? WHERE generation = ?",
                  DB_VALUES(db_integer(now), db_integer(state->generation + 1)), NULL);
}

enum refusal ca_state_finish(struct db *db, const struct ca_state *state, int64_t now)
{
    return db_run(db, "UPDATE ca SET ended = ? WHERE generation = ?",
                  DB_VALUES(db_integer(now), db_integer(state->generation)), NULL);
}

enum refusal ca_state_devices(struct db *db, int64_t generation, int64_t now, int64_t *count)
{
    sqlite3_stmt *row = db_query(
        db,
        "SELECT count(*) FROM (SELECT max(generation) AS newest,"
        " max(CASE WHEN first_seen IS NOT NULL THEN generation END) AS proved FROM certificate"
        " WHERE revoked IS NULL AND not_after > ? GROUP BY name)"
        " WHERE coalesce(proved, newest) = ?",
        DB_VALUES(db_integer(now), db_integer(generation)));

    *count = db_step(row) ? sqlite3_column_int64(row, 0) : 0;
    db_done(row);
    return db_refusal(db);
}
