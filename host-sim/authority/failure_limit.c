/* SPDX-License-Identifier: MIT
 * failure_limit.c -- turns an address into a key of the rate limit.
 */
#include "host-sim/authority/failure_limit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The address of "A.B.C.D:PORT", or the first half of the one of "[A:B::C]:PORT", as a number. On a
 * listener for both, an IPv4 address comes as ::ffff:A.B.C.D: it is the IPv4 address then. */
static uint64_t address_of(const char *peer)
{
    static const unsigned char mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    const char *colon = strrchr(peer, ':');
    const size_t size = colon != NULL ? (size_t)(colon - peer) : strlen(peer);
    unsigned char bytes[sizeof(struct in6_addr)] = { 0 };
    char host[HTTP_PEER_CHARS];
    uint64_t address = 0;

    if (peer[0] == '[' && size >= 2) {
        snprintf(host, sizeof host, "%.*s", (int)size - 2, peer + 1);
        (void)inet_pton(AF_INET6, host, bytes);
        if (memcmp(bytes, mapped, sizeof mapped) == 0) {
            memcpy(&address, bytes + sizeof mapped, sizeof bytes - sizeof mapped);
            return address;
        }
    } else {
        snprintf(host, sizeof host, "%.*s", (int)size, peer);
        (void)inet_pton(AF_INET, host, bytes);
    }
    memcpy(&address, bytes, sizeof address);
    return address;
}

static bool is_failure(enum refusal refusal)
{
    return refusal == REFUSAL_TOKEN_UNKNOWN || refusal == REFUSAL_TOKEN_MISSING;
}

void failure_limit_apply(struct rate_limit *limit, const char *peer, int64_t now,
                         struct http_answer *answer)
{
    const uint64_t address = address_of(peer);

    if (!is_failure(answer->refusal)) {
        return;
    }
    const long wait_s = rate_limit_wait_s(limit, address, now);

    rate_limit_count(limit, address, now);
    if (wait_s > 0) {
        answer->refusal = REFUSAL_TOO_MANY_FAILURES;
        answer->retry_after_s = wait_s;
        answer->close = true;
    }
}
