/* SPDX-License-Identifier: MIT
 * authority_here.c -- see authority_here.h. */
#define _GNU_SOURCE                 /* mkdtemp, gmtime_r */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_set_rand_method */
#include "host-sim/world/authority_here.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host-sim/authority/ca.h"
#include "host-sim/authority/certificate.h"
#include "host-sim/authority/commands.h"
#include "host-sim/authority/csr.h"
#include "host-sim/authority/http_connection.h"
#include "host-sim/authority/service.h"
#include "host-sim/authority/tls.h"
#include "host-sim/authority/token.h"
#include "host-sim/world/dice.h"
#include "host-sim/world/virtual_time.h"

enum {
    CONNECTIONS_MAX = 64,
    DATE_CHARS = 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). */
};

static struct {
    struct service service;
    struct http_pool pool;
    struct http_server_options server; /* The service's own functions. */
    sqlite3 *holder;                   /* Keeps the database in memory. */
    char dir[64];
    char pin[AUTHORITY_PIN_CHARS];
    struct dice dice;
    struct authority_sight sights[AUTHORITY_SIGHTS_MAX];
    size_t sight_count;
    int64_t wrong_date;
    unsigned wrong_dates; /* Answers that still carry it. */
} here;

static void fail(const char *what)
{
    fprintf(stderr, "the simulated authority: %s\n", what);
    exit(2);
}

/* --- Chance ----------------------------------------------------------------------------------- */

static int random_bytes(unsigned char *out, int count)
{
    for (int i = 0; i < count; i++) {
        out[i] = (unsigned char)(dice_roll(&here.dice) >> 56);
    }
    return 1;
}

static int random_status(void)
{
    return 1;
}

static void take_over_chance(void)
{
    static const RAND_METHOD method = {
        .bytes = random_bytes,
        .pseudorand = random_bytes,
        .status = random_status,
    };

    here.dice = dice_for(0, 5);
    if (RAND_set_rand_method(&method) != 1) {
        fail("OpenSSL takes no other source of chance");
    }
}

void authority_begin(uint64_t seed)
{
    here.dice = dice_for(seed, 5);
    here.sight_count = 0;
    here.wrong_dates = 0;
}

bool authority_misbehave(const char *fault)
{
    const char *why = faults_add(&here.service.faults, fault);
    if (why != NULL) {
        fprintf(stderr, "fault %s: %s\n", fault, why);
        return false;
    }
    return fault_server(&here.service.faults, here.dir, &here.service.authority.ca) &&
           tls_context_renew(here.service.tls, &here.service.authority.ca);
}

void authority_end_faults(void)
{
    const struct ca_state state = here.service.authority.ca.state;
    struct ca fresh;

    if (here.service.faults.count == 0) {
        return;
    }
    here.service.faults = (struct faults){ 0 };
    if (!ca_load_state(here.dir, &state, &fresh) || !tls_context_renew(here.service.tls, &fresh)) {
        fail("its own certificates are gone");
    }
    ca_free(&here.service.authority.ca);
    here.service.authority.ca = fresh;
}

/* --- What it sees ----------------------------------------------------------------------------- */

static enum authority_path path_of(const struct http_exchange *exchange)
{
    static const struct {
        const char *path;
        enum authority_path is;
    } paths[] = {
        { "/.well-known/est/cacerts", AUTHORITY_CACERTS },
        { "/.well-known/est/simpleenroll", AUTHORITY_ENROLL },
        { "/.well-known/est/simplereenroll", AUTHORITY_REENROLL },
        { "/.well-known/imprint/whoami", AUTHORITY_WHOAMI },
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (span_is(exchange->request.path, paths[i].path)) {
            return paths[i].is;
        }
    }
    return AUTHORITY_OTHER;
}

static void note_key(struct authority_sight *sight, const struct http_exchange *exchange)
{
    struct csr csr = { 0 };

    if (exchange->body.size > 0 &&
        csr_parse(exchange->body.at, exchange->body.size, &csr) == NULL) {
        memcpy(sight->key_id, csr.key_id, sizeof sight->key_id);
        sight->has_key = true;
        csr_clear(&csr);
    }
}

static void answer(void *context, const struct http_exchange *exchange, struct http_answer *out)
{
    struct authority_sight sight = { .path = path_of(exchange) };

    here.server.answer(context, exchange, out);
    note_key(&sight, exchange);
    if (exchange->certificate != NULL) {
        certificate_fingerprint(exchange->certificate, sight.fingerprint);
        sight.has_fingerprint = true;
    }
    sight.status = out->refusal == REFUSAL_NONE ? 200 : (unsigned)refusal_status(out->refusal);
    snprintf(sight.serial, sizeof sight.serial, "%s", out->serial);
    if (here.sight_count < AUTHORITY_SIGHTS_MAX) {
        here.sights[here.sight_count++] = sight;
    }
}

/* Replace the answer's Date, where the plan says so; true when the answer is to be sent as changed. */
static bool spoil(void *context, const struct http_exchange *exchange, struct evbuffer *out,
                  struct http_pace *pace)
{
    const bool is_spoiled = fault_spoil(&here.service.faults, exchange, out, pace);
    const struct evbuffer_ptr at = evbuffer_search(out, "\r\nDate: ", 8, NULL);
    char date[DATE_CHARS];

    (void)context;
    if (here.wrong_dates == 0 || at.pos < 0) {
        return is_spoiled;
    }
    here.wrong_dates--;
    const time_t moment = (time_t)here.wrong_date;
    struct tm parts;
    gmtime_r(&moment, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    /* As long as the right one: days and years have their digits. */
    struct evbuffer_iovec piece;
    struct evbuffer_ptr from = at;
    evbuffer_ptr_set(out, &from, 8, EVBUFFER_PTR_ADD);
    (void)evbuffer_pullup(out, -1);
    if (evbuffer_peek(out, DATE_CHARS - 1, &from, &piece, 1) == 1) {
        memcpy(piece.iov_base, date, DATE_CHARS - 1);
    }
    return true;
}

void authority_lie_about_date(int64_t seconds, unsigned answers)
{
    here.wrong_date = seconds;
    here.wrong_dates = answers;
}

size_t authority_sight_count(void)
{
    return here.sight_count;
}

const struct authority_sight *authority_sight(size_t index)
{
    return &here.sights[index];
}

/* --- Begin ------------------------------------------------------------------------------------ */

/* In a folder of this process, which authority_forget removes. */
static void make_certificates(void)
{
    static const char *const hosts[] = { AUTHORITY_HOST };

    snprintf(here.dir, sizeof here.dir, "/tmp/imprint-world-XXXXXX");
    if (mkdtemp(here.dir) == NULL || !ca_create(here.dir, "imprint simulator", hosts, 1)) {
        fail("no certificates");
    }
}

/* SQLite's own in-memory files, which a fork takes along as they are, for all that it opens. */
static void make_database(void)
{
    char path[sizeof here.dir + sizeof DATABASE_FILE + 1];
    sqlite3_vfs *memory = sqlite3_initialize() == SQLITE_OK ? sqlite3_vfs_find("memdb") : NULL;

    snprintf(path, sizeof path, "%s/%s", here.dir, DATABASE_FILE);
    if (memory == NULL || sqlite3_vfs_register(memory, 1) != SQLITE_OK ||
        sqlite3_open(path, &here.holder) != SQLITE_OK ||
        sqlite3_exec(here.holder, "PRAGMA user_version", NULL, NULL, NULL) != SQLITE_OK ||
        !db_create(path)) {
        fail("no database");
    }
}

void authority_prepare(void)
{
    uint8_t digest[SHA256_BYTES];

    signal(SIGPIPE, SIG_IGN); /* A peer that went away is an error of the write. */
    take_over_chance();
    make_certificates();
    make_database();
    if (!service_open(&here.service, &(struct service_options){ .dir = here.dir,
                                                                .failures_per_minute = 1000000 })) {
        fail("no service");
    }
    certificate_fingerprint(here.service.authority.ca.root, digest);
    hex_encode(digest, sizeof digest, here.pin);
    service_http_options(&here.service, CONNECTIONS_MAX, &here.server);
    struct http_server_options watched = here.server;
    watched.answer = answer;
    watched.spoil = spoil;
    if (!http_pool_open(&here.pool, &watched)) {
        fail("no server");
    }
}

void authority_forget(void)
{
    static const char *const files[] = { CA_ROOT, CA_DEVICE, CA_SERVER, CA_LEAF };
    char path[sizeof here.dir + 32];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s.pem", here.dir, files[i]);
        unlink(path);
        snprintf(path, sizeof path, "%s/%s.key", here.dir, files[i]);
        unlink(path);
    }
    rmdir(here.dir);
}

void authority_accept(int socket, const struct sockaddr_in *peer)
{
    http_connection_open(&here.pool, socket, (const struct sockaddr *)(const void *)peer);
}

void authority_turn(void)
{
    do {
        event_base_loop(here.pool.base, EVLOOP_NONBLOCK);
    } while (event_base_get_num_events(here.pool.base, EVENT_BASE_COUNT_ACTIVE) > 0);
}

const char *authority_pin(void)
{
    return here.pin;
}

void authority_set_days(long days)
{
    here.service.authority.days = days;
}

/* --- Tokens ----------------------------------------------------------------------------------- */

static bool spoil_token(enum authority_token kind, const struct token *token)
{
    struct db *db = &here.service.authority.db;

    switch (kind) {
    case AUTHORITY_TOKEN_REVOKED:
        return token_revoke(db, token->id, token->created) == REFUSAL_NONE;
    case AUTHORITY_TOKEN_EXHAUSTED:
        return token_spend(db, token->id) == REFUSAL_NONE;
    default:
        return true;
    }
}

void authority_make_token(enum authority_token kind, char text[AUTHORITY_TOKEN_CHARS])
{
    struct db *db = &here.service.authority.db;
    const int64_t now = virtual_epoch() + (int64_t)(virtual_ms() / 1000);
    struct token token = {
        .label = "simulated",
        .max_uses = 1,
        .created = now - 10,
        .expires = kind == AUTHORITY_TOKEN_EXPIRED ? now - 1 : 0,
    };

    if (kind != AUTHORITY_TOKEN_GOOD) {
        snprintf(token.label, sizeof token.label, "spoiled");
    }
    if (kind == AUTHORITY_TOKEN_UNKNOWN) {
        snprintf(text, AUTHORITY_TOKEN_CHARS, "imp_%032d", 0);
        return;
    }
    if (db_begin(db) != REFUSAL_NONE || token_create(db, &token, text) != REFUSAL_NONE ||
        !spoil_token(kind, &token) || db_commit(db) != REFUSAL_NONE) {
        fail("no token");
    }
}

const char *authority_leaf_pin(void)
{
    static char pin[AUTHORITY_PIN_CHARS];
    uint8_t digest[SHA256_BYTES];

    certificate_fingerprint(here.service.authority.ca.leaf, digest);
    hex_encode(digest, sizeof digest, pin);
    return pin;
}

static unsigned count_rows(const char *sql)
{
    sqlite3_stmt *statement = db_query(&here.service.authority.db, sql, NULL);
    unsigned count = 0;

    if (db_step(statement)) {
        count = (unsigned)sqlite3_column_int(statement, 0);
    }
    db_done(statement);
    return count;
}

unsigned authority_uses_spent(void)
{
    return count_rows("SELECT coalesce(sum(uses), 0) FROM token WHERE label = 'simulated'");
}

unsigned authority_certificates(bool renewals)
{
    return renewals ? count_rows("SELECT count(*) FROM certificate WHERE previous IS NOT NULL")
                    : count_rows("SELECT count(*) FROM certificate WHERE previous IS NULL");
}
