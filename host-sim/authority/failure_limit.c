/* SPDX-License-Identifier: MIT
 * failure_limit.c -- a table of fixed size, one row an address.
 */
#include "host-sim/authority/failure_limit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The address of "A.B.C.D:PORT", or the first half of the one of "[A:B::C]:PORT", as a number. */
static uint64_t address_of(const char *peer)
{
    const char *colon = strrchr(peer, ':');
    const size_t size = colon != NULL ? (size_t)(colon - peer) : strlen(peer);
    unsigned char bytes[sizeof(struct in6_addr)] = { 0 };
    char host[HTTP_PEER_CHARS];
    uint64_t address = 0;

    if (peer[0] == '[' && size >= 2) {
        snprintf(host, sizeof host, "%.*s", (int)size - 2, peer + 1);
        (void)inet_pton(AF_INET6, host, bytes);
    } else {
        snprintf(host, sizeof host, "%.*s", (int)size, peer);
        (void)inet_pton(AF_INET, host, bytes);
    }
    memcpy(&address, bytes, sizeof address);
    return address;
}

/* Fibonacci hashing: the upper bits of the product depend on all of the address. */
static size_t row_of(uint64_t address)
{
    return (size_t)((address * 0x9E3779B97F4A7C15u) >> 54) % FAILURE_ROWS;
}

static bool is_failure(enum refusal refusal)
{
    return refusal == REFUSAL_TOKEN_UNKNOWN || refusal == REFUSAL_TOKEN_MISSING;
}

void failure_limit_apply(struct failure_limit *limit, const char *peer, int64_t now,
                         struct http_answer *answer)
{
    const uint64_t address = address_of(peer);
    const size_t i = row_of(address);

    if (!is_failure(answer->refusal)) {
        return;
    }
    if (limit->row[i].address != address || now - limit->row[i].since >= FAILURE_WINDOW_S ||
        now < limit->row[i].since) {
        limit->row[i].address = address;
        limit->row[i].since = now;
        limit->row[i].count = 0;
    }
    if (++limit->row[i].count > limit->per_minute) {
        answer->refusal = REFUSAL_TOO_MANY_FAILURES;
        answer->retry_after_s = (long)(FAILURE_WINDOW_S - (now - limit->row[i].since));
        answer->close = true;
    }
}
