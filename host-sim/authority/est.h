/* SPDX-License-Identifier: MIT
 * est.h -- the endpoints that devices talk to: EST (RFC 7030, RFC 8951) and whoami.
 *
 *   GET  /.well-known/est/cacerts          root, device CA and server CA as certs-only PKCS#7;
 *                                          during a roll-over both roots and the cross certificates
 *   POST /.well-known/est/simpleenroll     token as Bearer or as Basic password; base64 of PKCS#10
 *   POST /.well-known/est/simplereenroll   the current device certificate on the connection
 *   GET  /.well-known/imprint/whoami       the same; answers JSON
 */
#ifndef IMPRINT_AUTHORITY_EST_H
#define IMPRINT_AUTHORITY_EST_H

#include "host-sim/authority/http_server.h"
#include "host-sim/authority/issue.h"

struct est {
    struct authority *authority;
    char *cacerts; /* The answer of /cacerts, made once. */
};

/* Prepare the answers that never change. Borrows `authority`. Returns false when OpenSSL failed. */
bool est_init(struct est *est, struct authority *authority);

/* Free what est_init made. */
void est_free(struct est *est);

/* Answer one request: the `answer` function of the HTTP server, `context` is the struct est. */
void est_answer(void *context, const struct http_exchange *exchange, struct http_answer *answer);

#endif
