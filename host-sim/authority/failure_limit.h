/* SPDX-License-Identifier: MIT
 * failure_limit.h -- how often one address may present a token that does not exist.
 *
 * A token can't be guessed; what guesses cost is our time. Past the limit an address is told to
 * come back later, and its connection ends, so that the next guess costs it a handshake.
 * Requests that succeed, and refusals of tokens that do exist, are never limited: a factory line
 * shares its address with its one broken unit. */
#ifndef IMPRINT_AUTHORITY_FAILURE_LIMIT_H
#define IMPRINT_AUTHORITY_FAILURE_LIMIT_H

#include "host-sim/authority/http_server.h"
#include "host-sim/authority/rate_limit.h"

/* Count `answer` when it is a failure, and turn it into TOO_MANY_FAILURES past the limit. `peer` is
 * "ADDRESS:PORT", of IPv6 the /64 counts: who has one has all of it. `now` in seconds. */
void failure_limit_apply(struct rate_limit *limit, const char *peer, int64_t now,
                         struct http_answer *answer);

#endif
