/* SPDX-License-Identifier: MIT
 * http_connection.h -- one connection of the HTTPS server, and the pool of all of them. For
 * http_server.c alone.
 */
#ifndef IMPRINT_AUTHORITY_HTTP_CONNECTION_H
#define IMPRINT_AUTHORITY_HTTP_CONNECTION_H

#include <event2/event.h>
#include <event2/util.h>
#include <sys/queue.h>

#include "host-sim/authority/http_server.h"

enum http_connection_state {
    CONNECTION_HANDSHAKE,
    CONNECTION_READING,
    CONNECTION_ANSWERING,
    CONNECTION_LINGERING,
    CONNECTION_STATE_COUNT
};

struct http_connection;

struct http_pool {
    struct http_server_options options;
    struct event_base *base;
    const struct timeval *limit[CONNECTION_STATE_COUNT]; /* Deadline of each state. */
    TAILQ_HEAD(http_connection_list, http_connection) connections;
    size_t connection_count;
    bool stopping; /* Every answer is the last one of its connection. */
};

/* Take over a fresh socket and start the handshake; makes room when the pool is full. Does not
 * block. The connection ends by itself; when memory is out, at once. */
void http_connection_open(struct http_pool *pool, evutil_socket_t socket,
                          const struct sockaddr *address);

/* Close all connections; those that are being answered only when `answering_too`. When the last
 * connection of a stopping pool ends, the event loop ends. */
void http_pool_close(struct http_pool *pool, bool answering_too);

#endif
