/* SPDX-License-Identifier: MIT
 * service.c -- puts the authority's parts together and hands them to an HTTP server.
 */
#include "host-sim/authority/service.h"

#include <stdio.h>
#include <time.h>

#include "host-sim/authority/tls.h"

/* Load the certificates of the state that the database is in. False after printing why; then the
 * old ones are in place still. */
static bool load_ca(struct service *service, const struct ca_state *state)
{
    struct ca fresh;
    struct est est;

    if (!ca_load_state(service->dir, state, &fresh)) {
        return false;
    }
    struct ca old = service->authority.ca;

    service->authority.ca = fresh;
    if (fault_server(&service->faults, service->dir, &service->authority.ca) &&
        est_init(&est, &service->authority)) {
        est_free(&service->est);
        service->est = est;
        ca_free(&old);
        return true;
    }
    ca_free(&service->authority.ca);
    service->authority.ca = old;
    return false;
}

/* Follow `ca rollover`: an operator's step holds from the next connection and the next request on.
 * False when the new state can't be taken over: then nothing may be issued. */
static bool follow_rollover(struct service *service)
{
    struct db *db = &service->authority.db;
    const struct ca_state *current = &service->tls_state;
    struct ca_state state;

    if (!ca_state_may_have_changed(db, &service->data_version)) {
        return true;
    }
    bool followed = ca_state_find(db, &state) == REFUSAL_NONE;

    if (followed && (state.phase != current->phase || state.generation != current->generation)) {
        followed =
            load_ca(service, &state) && tls_context_renew(service->tls, &service->authority.ca);
        if (followed) {
            service->tls_state = state;
        }
        log_event(&service->log, "rollover", "-",
                  followed ? ca_phase_name(state.phase) : "the certificates can't be loaded");
    }
    if (!followed) {
        service->data_version = 0; /* Try again. */
    }
    return followed;
}

static void service_opening(void *context)
{
    (void)follow_rollover(context);
}

static void service_answer(void *context, const struct http_exchange *exchange,
                           struct http_answer *answer)
{
    struct service *service = context;

    if (!follow_rollover(service)) {
        answer->refusal = REFUSAL_INTERNAL;
        return;
    }
    if (fault_answer(&service->faults, &service->authority, exchange, answer)) {
        log_event(&service->log, "fault", exchange->request_id, service->faults.note);
        return;
    }
    est_answer(&service->est, exchange, answer);
    failure_limit_apply(&service->failures, exchange->peer, (int64_t)time(NULL), answer);
    if (answer->refusal == REFUSAL_INTERNAL) {
        log_event(&service->log, "trouble", exchange->request_id, db_error(&service->authority.db));
    }
}

static void service_gather(void *context)
{
    struct service *service = context;

    db_group_begin(&service->authority.db);
}

static enum refusal service_settle(void *context)
{
    struct service *service = context;
    const enum refusal refusal = db_group_end(&service->authority.db);

    if (refusal != REFUSAL_NONE) {
        log_event(&service->log, "trouble", "-", db_error(&service->authority.db));
    }
    return refusal;
}

static bool service_spoil(void *context, const struct http_exchange *exchange,
                          struct evbuffer *answer, struct http_pace *pace)
{
    struct service *service = context;
    const bool spoiled = fault_spoil(&service->faults, exchange, answer, pace);

    if (spoiled) {
        log_event(&service->log, "fault", exchange->request_id, service->faults.note);
    }
    return spoiled;
}

static void service_answered(void *context, const struct http_exchange *exchange,
                             const struct http_answer *answer, int64_t microseconds)
{
    const struct service *service = context;

    log_request(&service->log, exchange, answer, microseconds);
}

static void service_failed(void *context, const char *peer, const char *reason)
{
    const struct service *service = context;

    log_event(&service->log, "connection", peer, reason);
}

/* Whoever starts a server with faults by mistake must notice it. */
static void log_faults(const struct service *service)
{
    for (size_t i = 0; i < service->faults.count; i++) {
        log_event(&service->log, "FAULTS-ARE-ON", fault_name(service->faults.list[i].kind),
                  "this server misbehaves on purpose");
    }
}

static bool open_database(struct service *service, const char *dir)
{
    char path[CA_PATH_CHARS];

    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, DATABASE_FILE) >= sizeof path) {
        fprintf(stderr, "%s: the path is too long\n", dir);
        return false;
    }
    return db_open(&service->authority.db, path);
}

bool service_open(struct service *service, const struct service_options *options)
{
    *service = (struct service){
        .dir = options->dir,
        .authority.days = options->days != 0 ? options->days : SERVICE_DAYS_DEFAULT,
        .failures.per_minute = options->failures_per_minute != 0 ? options->failures_per_minute
                                                                 : SERVICE_FAILURES_DEFAULT,
        .authority.enrollments.per_minute = options->enrollments_per_minute != 0
                                                ? options->enrollments_per_minute
                                                : SERVICE_ENROLLMENTS_DEFAULT,
        .log = { .file = options->log, .json = options->log_json },
    };
    if (options->faults != NULL) {
        service->faults = *options->faults;
    }
    struct ca_state state;

    if (!open_database(service, options->dir)) {
        return false;
    }
    (void)ca_state_may_have_changed(&service->authority.db, &service->data_version);
    if (ca_state_find(&service->authority.db, &state) != REFUSAL_NONE) {
        fprintf(stderr, "%s: the database: %s\n", options->dir, db_error(&service->authority.db));
        return false;
    }
    if (!load_ca(service, &state)) {
        return false;
    }
    log_faults(service);
    service->tls_state = state;
    service->tls = tls_context_new(&service->authority.ca);
    if (service->tls == NULL) {
        fprintf(stderr, "%s: OpenSSL refused the certificates\n", options->dir);
        return false;
    }
    return true;
}

void service_http_options(struct service *service, size_t connections_max,
                          struct http_server_options *options)
{
    *options = (struct http_server_options){
        .connections_max = connections_max,
        .context = service,
        .tls = service->tls,
        .opening = service_opening,
        .answer = service_answer,
        .gather = service_gather,
        .settle = service_settle,
        .answered = service_answered,
        .failed = service_failed,
        .spoil = service->faults.count > 0 ? service_spoil : NULL,
    };
}

void service_close(struct service *service)
{
    est_free(&service->est);
    SSL_CTX_free(service->tls);
    ca_free(&service->authority.ca);
    db_close(&service->authority.db);
    *service = (struct service){ 0 };
}
