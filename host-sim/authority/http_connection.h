/* SPDX-License-Identifier: MIT
 * http_connection.h -- one connection of the HTTPS server, and the pool of all of them.
 * http_server.c listens for a pool; the simulator gives it sockets of its own.
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
    TAILQ_HEAD(http_ready_list, http_connection) ready; /* Their requests are whole. */
    struct event *turn;                                 /* Answers those; NULL without `settle`. */
    bool stopping; /* Every answer is the last one of its connection. */
};

/* Make an empty pool with an event loop of its own; `options` are copied, `listen` is not looked
 * at. The owner turns `pool->base`. False when memory is out; http_pool_free is due in any case. */
bool http_pool_open(struct http_pool *pool, const struct http_server_options *options);

/* Close all connections at once and free the event loop; safe on a struct of zeros. */
void http_pool_free(struct http_pool *pool);

/* Take over a fresh stream socket (an end of a socketpair will do) and start the handshake; makes
 * room when the pool is full. `address` is the peer's, for limits and logs. Does not block. The
 * connection ends by itself; when memory is out, at once. */
void http_connection_open(struct http_pool *pool, evutil_socket_t socket,
                          const struct sockaddr *address);

/* Close all connections; those that are being answered only when `answering_too`. When the last
 * connection of a stopping pool ends, the event loop ends. */
void http_pool_close(struct http_pool *pool, bool answering_too);

#endif
