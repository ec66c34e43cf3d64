/* SPDX-License-Identifier: MIT
 * service.h -- the whole authority behind a server: database, CA, EST, limits, faults, log.
 *
 * `serve` puts it behind a listening socket (http_server.h); the simulator runs it in its own
 * process, on ends of socketpairs (http_connection.h).
 */
#ifndef IMPRINT_AUTHORITY_SERVICE_H
#define IMPRINT_AUTHORITY_SERVICE_H

#include "host-sim/authority/est.h"
#include "host-sim/authority/failure_limit.h"
#include "host-sim/authority/fault.h"
#include "host-sim/authority/http_server.h"
#include "host-sim/authority/log.h"

enum {
    SERVICE_DAYS_DEFAULT = 365,
    SERVICE_FAILURES_DEFAULT = 60,
    SERVICE_ENROLLMENTS_DEFAULT = 6000 /* 100 units a second, minute after minute. */
};

struct service_options {
    const char *dir;             /* Made by `init`; borrowed until service_close. */
    long days;                   /* Validity of device certificates; 0: SERVICE_DAYS_DEFAULT. */
    long failures_per_minute;    /* Of one address; 0: SERVICE_FAILURES_DEFAULT. */
    long enrollments_per_minute; /* Of one token; 0: SERVICE_ENROLLMENTS_DEFAULT. */
    const struct faults *faults; /* Copied; NULL: none. */
    FILE *log;                   /* Borrowed until service_close; NULL: no log. */
    bool log_json;
};

/* Opaque to everybody but service.c. It must not move while it is open. */
struct service {
    struct authority authority;
    struct est est;
    struct log log;
    struct rate_limit failures;
    struct faults faults;
    SSL_CTX *tls;
    struct ca_state tls_state; /* Whose certificates `tls` has. */
    const char *dir;           /* Borrowed. */
    int64_t data_version;      /* Of the database, when the CA's state was read. */
};

/* Open database and keys. Blocks for file access only. Returns false after printing why to stderr;
 * service_close is due in any case. Follows `ca rollover` while it is open. The time is taken from time() and clock_gettime() alone. */
bool service_open(struct service *service, const struct service_options *options);

/* What a pool or server needs to serve it; the caller adds `listen`. Borrows `service`. */
void service_http_options(struct service *service, size_t connections_max,
                          struct http_server_options *options);

/* Free everything but the log file; safe on a struct of zeros. Close servers and pools first. */
void service_close(struct service *service);

#endif
