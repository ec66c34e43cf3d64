/* SPDX-License-Identifier: MIT
 * schema.c -- the tables. The constraints repeat what the code promises: a bug must end in an
 * error, not in a certificate too many. Moments are seconds since 1970; NULL is "never" or "not
 * yet".
 */
#include "host-sim/authority/schema.h"

#define TEXT_OF(number)      #number
#define VERSION_TEXT(number) TEXT_OF(number)

const char schema_sql[] =
    "BEGIN;"

    /* A token is kept as its SHA-256 only. Its state is computed, never stored. */
    "CREATE TABLE token ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
    "  label TEXT NOT NULL,"
    "  max_uses INTEGER CHECK (max_uses > 0),"
    "  uses INTEGER NOT NULL DEFAULT 0,"
    "  approve INTEGER NOT NULL DEFAULT 0,"
    "  created INTEGER NOT NULL,"
    "  expires INTEGER,"
    "  revoked INTEGER,"
    "  CHECK (uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)));"

    /* Each root with the CAs below it; see ca_state.h. It issues from `switched` on. */
    "CREATE TABLE ca ("
    "  generation INTEGER PRIMARY KEY,"
    "  begun INTEGER NOT NULL,"
    "  switched INTEGER,"
    "  ended INTEGER);"
    "INSERT INTO ca (generation, begun, switched) VALUES (1, 0, 0);"

    /* Every certificate ever issued to a device. `previous` is the one it renews; without it, it
     * spent a use. */
    "CREATE TABLE certificate ("
    "  serial TEXT PRIMARY KEY,"
    "  fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),"
    "  name TEXT NOT NULL,"
    "  key_id BLOB NOT NULL CHECK (length(key_id) = 32),"
    "  token_id INTEGER NOT NULL REFERENCES token(id),"
    "  previous TEXT REFERENCES certificate(serial),"
    "  generation INTEGER NOT NULL REFERENCES ca(generation),"
    "  der BLOB NOT NULL,"
    "  issued INTEGER NOT NULL,"
    "  not_before INTEGER NOT NULL,"
    "  not_after INTEGER NOT NULL,"
    "  first_seen INTEGER,"
    "  revoked INTEGER) WITHOUT ROWID;"
    "CREATE INDEX certificate_by_key ON certificate(key_id);"
    "CREATE INDEX certificate_by_name ON certificate(name);"
    "CREATE INDEX certificate_by_token ON certificate(token_id);"
    "CREATE INDEX certificate_by_previous ON certificate(previous) WHERE previous IS NOT NULL;"

    /* What an operator decided about a name. */
    "CREATE TABLE device ("
    "  name TEXT PRIMARY KEY,"
    "  permit_replace INTEGER NOT NULL DEFAULT 0,"
    "  revoked INTEGER) WITHOUT ROWID;"

    /* Requests of tokens made with --approve. */
    "CREATE TABLE request ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  token_id INTEGER NOT NULL REFERENCES token(id),"
    "  key_id BLOB NOT NULL CHECK (length(key_id) = 32),"
    "  name TEXT NOT NULL,"
    "  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'refused', 'issued')),"
    "  created INTEGER NOT NULL,"
    "  decided INTEGER,"
    "  UNIQUE (token_id, key_id, name));"

    /* Who did what, when; only ever inserted into, in the same transaction as the deed. */
    "CREATE TABLE audit ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  at INTEGER NOT NULL,"
    "  who TEXT NOT NULL,"
    "  what TEXT NOT NULL,"
    "  name TEXT,"
    "  token_id INTEGER,"
    "  serial TEXT,"
    "  request TEXT);"
    "CREATE INDEX audit_by_token ON audit(token_id, what, at);"

    "PRAGMA user_version = " VERSION_TEXT(SCHEMA_VERSION) ";"
                                                          "COMMIT;";
