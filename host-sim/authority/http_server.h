/* SPDX-License-Identifier: MIT
 * http_server.h -- HTTPS on libevent: many connections, one thread, a limit on everything.
 *
 * Each connection has one deadline at a time:
 *   HANDSHAKE  10 s for the TLS handshake
 *   READING    15 s for a whole request, head and body, from the end of the last answer on
 *   ANSWERING  15 s for the peer to take the answer
 *   LINGERING   2 s to let a refused peer read why, while what it still sends is thrown away
 * At the limit of connections the one that has waited longest is closed for a new one, so that slow
 * clients lose their places to those who come and go.
 */
#ifndef IMPRINT_AUTHORITY_HTTP_SERVER_H
#define IMPRINT_AUTHORITY_HTTP_SERVER_H

#include <event2/buffer.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-sim/authority/http_pace.h"
#include "host-sim/authority/http_request.h"

enum {
    HTTP_REQUEST_ID_CHARS = 17,
    HTTP_PEER_CHARS = 64
};

/* A whole request, as the function that answers sees it. Everything is borrowed. */
struct http_exchange {
    struct http_request request;
    struct span body;
    const char *peer;        /* "ADDRESS:PORT". */
    const char *request_id;  /* 16 hex digits. */
    const X509 *certificate; /* The client's, verified; NULL without one. */
};

/* What goes back. A zeroed struct is "200, no body". */
struct http_answer {
    enum refusal refusal;
    const char *detail; /* A sentence instead of the refusal's own, or NULL. Static storage. */
    const char *content_type; /* Of `body`. */
    char *body;               /* malloc'd text; the server frees it. */
    const char *allow;        /* For METHOD_NOT_ALLOWED. */
    long retry_after_s;       /* For 202, 429 and 503; 0: as usual. */
    bool close;               /* The connection ends after it. */
    bool promises;            /* True only when `settle` succeeds. */
    int64_t token_id;         /* For the log; 0 is none. */
    char name[65];
    char serial[33];
};

struct http_server_options {
    const char *listen; /* "ADDRESS:PORT", "[ADDRESS]:PORT"; port 0 takes a free one. */
    size_t connections_max;
    SSL_CTX *tls;                   /* Borrowed until the server or pool is closed. */
    void *context;                  /* For the functions. */
    void (*opening)(void *context); /* NULL, or: a connection begins; `tls` is taken after it. */
    void (*answer)(void *context, const struct http_exchange *exchange, struct http_answer *answer);
    void (*answered)(void *context, const struct http_exchange *exchange,
                     const struct http_answer *answer, int64_t microseconds);
    void (*failed)(void *context, const char *peer,
                   const char *reason); /* A connection without an answer. */
    /* NULL both, or: requests that are ready at the same time are answered between these two, and no
     * answer leaves before. When settle refuses, that goes out in place of each answer that
     * promises. */
    void (*gather)(void *context);
    enum refusal (*settle)(void *context);
    /* NULL, or: change an answer before it leaves, and how it does (for faults). False: as it
     * is. */
    bool (*spoil)(void *context, const struct http_exchange *exchange, struct evbuffer *answer,
                  struct http_pace *pace);
};

struct http_server;

/* Is this "ADDRESS:PORT" or "[ADDRESS]:PORT"? Says nothing about whether the address exists. */
bool http_listen_is_good(const char *listen);

/* Listen. Sets `*port` to the real port. Returns NULL after printing why to stderr. */
struct http_server *http_server_open(const struct http_server_options *options, unsigned *port);

/* Serve until SIGTERM or SIGINT, then finish the answers under way (2 s at most). Blocks. False on
 * an event error. */
bool http_server_run(struct http_server *server);

/* Close everything. */
void http_server_close(struct http_server *server);

#endif
