/* SPDX-License-Identifier: MIT
 * http_server.c -- the listening socket, the signals and the event loop.
 */
#define _GNU_SOURCE /* getaddrinfo with C11 */
#include "host-sim/authority/http_server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/authority/http_connection.h"

enum {
    BACKLOG = 512,
    LISTEN_CHARS = 256,
    PORT_MAX = 65535,
    SIGNAL_COUNT = 2
};

static const int stop_signals[SIGNAL_COUNT] = { SIGTERM, SIGINT };
static const struct timeval stop_limit = { .tv_sec = 2 };

struct http_server {
    struct http_pool pool;
    struct evconnlistener *listener;
    struct event *signals[SIGNAL_COUNT];
};

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket,
                      struct sockaddr *address, int length, void *context)
{
    struct http_server *server = context;

    (void)listener;
    (void)length;
    http_connection_open(&server->pool, socket, address);
}

/* The first signal: take no more, let the answers under way go out. */
static void on_signal(evutil_socket_t number, short events, void *context)
{
    struct http_server *server = context;
    struct http_pool *pool = &server->pool;

    (void)number;
    (void)events;
    evconnlistener_disable(server->listener);
    pool->stopping = true;
    http_pool_close(pool, false);
    event_base_loopexit(pool->base, pool->connection_count == 0 ? NULL : &stop_limit);
}

bool http_listen_is_good(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    char *end = NULL;

    if (colon == NULL || (size_t)(colon - listen) >= LISTEN_CHARS || colon[1] < '0' ||
        colon[1] > '9') {
        return false;
    }
    const long port = strtol(colon + 1, &end, 10);

    return *end == '\0' && port <= PORT_MAX;
}

/* The address in "HOST:PORT" or "[HOST]:PORT"; free it with freeaddrinfo. NULL after printing
 * why. */
static struct addrinfo *resolve_listen(const char *listen)
{
    const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char host[LISTEN_CHARS];
    const char *colon = strrchr(listen, ':');
    int code = EAI_NONAME;

    if (colon != NULL && (size_t)(colon - listen) < sizeof host) {
        const bool bracketed = listen[0] == '[' && colon > listen + 1 && colon[-1] == ']';

        snprintf(host, sizeof host, "%.*s", (int)(colon - listen) - (bracketed ? 2 : 0),
                 listen + (bracketed ? 1 : 0));
        code = getaddrinfo(host[0] != '\0' ? host : NULL, colon + 1, &hints, &found);
    }
    if (code != 0) {
        fprintf(stderr, "--listen %s: want ADDRESS:PORT: %s\n", listen, gai_strerror(code));
        return NULL;
    }
    return found;
}

static bool listen_on(struct http_server *server, unsigned *port)
{
    struct addrinfo *address = resolve_listen(server->pool.options.listen);
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;

    if (address == NULL) {
        return false;
    }
    server->listener =
        evconnlistener_new_bind(server->pool.base, on_accept, server,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC,
                                BACKLOG, address->ai_addr, (int)address->ai_addrlen);
    freeaddrinfo(address);
    if (server->listener == NULL || getsockname(evconnlistener_get_fd(server->listener),
                                                (struct sockaddr *)&bound, &length) != 0) {
        fprintf(stderr, "--listen %s: %s\n", server->pool.options.listen, strerror(errno));
        return false;
    }
    /* The port is at the same place for both families. */
    *port = ntohs(((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    return true;
}

static bool add_signals(struct http_server *server)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        server->signals[i] = evsignal_new(server->pool.base, stop_signals[i], on_signal, server);
        if (server->signals[i] == NULL || event_add(server->signals[i], NULL) != 0) {
            return false;
        }
    }
    return true;
}

struct http_server *http_server_open(const struct http_server_options *options, unsigned *port)
{
    struct http_server *server = calloc(1, sizeof *server);

    if (server == NULL) {
        return NULL;
    }
    if (!http_pool_open(&server->pool, options) || !add_signals(server) ||
        !listen_on(server, port)) {
        http_server_close(server);
        return NULL;
    }
    return server;
}

bool http_server_run(struct http_server *server)
{
    return event_base_dispatch(server->pool.base) == 0;
}

void http_server_close(struct http_server *server)
{
    if (server->listener != NULL) {
        evconnlistener_free(server->listener);
    }
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (server->signals[i] != NULL) {
            event_free(server->signals[i]);
        }
    }
    http_pool_free(&server->pool);
    free(server);
}
