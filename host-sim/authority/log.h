/* SPDX-License-Identifier: MIT
 * log.h -- one line for each request, and one for each connection that never made one. Never a
 * token, never a query.
 */
#ifndef IMPRINT_AUTHORITY_LOG_H
#define IMPRINT_AUTHORITY_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "host-sim/authority/http_server.h"

struct log {
    FILE *file; /* Borrowed; NULL: nothing is written. */
    bool json;  /* One JSON object a line instead of words. */
};

/* A request and what was answered. */
void log_request(const struct log *log, const struct http_exchange *exchange,
                 const struct http_answer *answer, int64_t microseconds);

/* A connection that ended before its first request, or any other event: who and why. */
void log_event(const struct log *log, const char *event, const char *peer, const char *reason);

#endif
