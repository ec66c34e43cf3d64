/* SPDX-License-Identifier: MIT
 * http_server.c -- the event loop. libevent calls are turned into steps of one small state machine per connection:
 *
 *   HANDSHAKE -> READING -> ANSWERING -> READING ...     (keep-alive)
 *                   |           '------> closed          (Connection: close)
 *                   '-> ANSWERING -> LINGERING -> closed (refused before the whole request was read)
 */
#define _GNU_SOURCE /* TAILQ, explicit_bzero */
#include "host-sim/authority/http_server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "host-sim/authority/encoding.h"
#include "host-sim/authority/http_answer.h"

enum {
    INPUT_BYTES_MAX = HTTP_HEAD_BYTES_MAX + HTTP_BODY_BYTES_MAX,
    REQUESTS_PER_CONNECTION_MAX = 1000,
    BACKLOG = 512,
    LISTEN_CHARS = 256
};

enum connection_state {
    HANDSHAKE,
    READING,
    ANSWERING,
    LINGERING,
    CONNECTION_STATE_COUNT
};

static const struct timeval limits[CONNECTION_STATE_COUNT] = {
    [HANDSHAKE] = { .tv_sec = 10 },
    [READING] = { .tv_sec = 15 },
    [ANSWERING] = { .tv_sec = 15 },
    [LINGERING] = { .tv_sec = 2 },
};
static const struct timeval stop_limit = { .tv_sec = 2 };

struct connection {
    TAILQ_ENTRY(connection) place; /* The longest waiting is first. */
    struct http_server *server;
    struct bufferevent *stream;
    struct event *deadline;
    enum connection_state state;
    char *head; /* Of the request being read; NULL before it is complete. */
    size_t head_bytes;
    struct http_exchange exchange;
    X509 *certificate;
    size_t request_count;
    bool close_after; /* This answer is the last one. */
    bool input_left;  /* The peer may still be sending what nobody reads. */
    char peer[HTTP_PEER_CHARS];
    char request_id[HTTP_REQUEST_ID_CHARS];
};

struct http_server {
    struct http_server_options options;
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *signals[2];
    const struct timeval *common_limit[CONNECTION_STATE_COUNT];
    TAILQ_HEAD(connection_list, connection) connections;
    size_t connection_count;
    bool stopping;
};

static void forget_request(struct connection *connection)
{
    if (connection->head != NULL) {
        explicit_bzero(connection->head, connection->head_bytes); /* It may hold a token. */
        free(connection->head);
        connection->head = NULL;
    }
}

static void close_connection(struct connection *connection)
{
    struct http_server *server = connection->server;

    TAILQ_REMOVE(&server->connections, connection, place);
    server->connection_count--;
    forget_request(connection);
    if (connection->deadline != NULL) {
        event_free(connection->deadline);
    }
    X509_free(connection->certificate);
    bufferevent_free(connection->stream);
    free(connection);
    if (server->stopping && server->connection_count == 0) {
        event_base_loopbreak(server->base);
    }
}

/* The only writer of the state: each state starts with a fresh deadline, at the end of the queue. */
static void enter(struct connection *connection, enum connection_state state)
{
    struct http_server *server = connection->server;

    connection->state = state;
    evtimer_add(connection->deadline, server->common_limit[state]);
    TAILQ_REMOVE(&server->connections, connection, place);
    TAILQ_INSERT_TAIL(&server->connections, connection, place);
}

static int64_t microseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void new_request_id(struct connection *connection)
{
    uint8_t bytes[(HTTP_REQUEST_ID_CHARS - 1) / 2] = { 0 };

    /* Unpredictable is nice, unique is enough. */
    (void)RAND_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, connection->request_id);
}

static void send_answer(struct connection *connection, struct http_answer *answer,
                        int64_t started_us)
{
    struct http_server *server = connection->server;

    connection->close_after = connection->close_after || server->stopping ||
                              ++connection->request_count >= REQUESTS_PER_CONNECTION_MAX;
    http_answer_write(bufferevent_get_output(connection->stream), answer, connection->request_id,
                      connection->close_after);
    server->options.answered(server->options.context, &connection->exchange, answer,
                             microseconds_now() - started_us);
    free(answer->body);
    forget_request(connection);
    enter(connection, ANSWERING);
}

/* Say no before the request was read to its end: the connection can't be used again. */
static void refuse(struct connection *connection, enum refusal refusal)
{
    struct http_answer answer = { .refusal = refusal };

    connection->close_after = true;
    connection->input_left = true;
    send_answer(connection, &answer, microseconds_now());
}

/* Take the head off the input when it has come to its end. False: not yet, or refused. */
static bool take_head(struct connection *connection, struct evbuffer *input)
{
    const struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
    const size_t size = end.pos >= 0 ? (size_t)end.pos + 4 : evbuffer_get_length(input);

    if (size > HTTP_HEAD_BYTES_MAX) {
        refuse(connection, REFUSAL_HEADERS_TOO_LARGE);
        return false;
    }
    if (end.pos < 0) {
        return false;
    }
    connection->head = malloc(size);
    connection->head_bytes = size;
    if (connection->head == NULL || evbuffer_remove(input, connection->head, size) != (int)size) {
        refuse(connection, REFUSAL_INTERNAL);
        return false;
    }
    struct http_request *request = &connection->exchange.request;
    const enum refusal refusal = http_request_parse(connection->head, size, request);

    if (refusal != REFUSAL_NONE) {
        refuse(connection, refusal);
        return false;
    }
    if (request->expect_continue && evbuffer_get_length(input) < request->body_bytes) {
        evbuffer_add_printf(bufferevent_get_output(connection->stream),
                            "HTTP/1.1 100 Continue\r\n\r\n");
    }
    return true;
}

/* Read on as far as the input goes: at most one request, then the answer must be taken first. */
static void advance(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct evbuffer *input = bufferevent_get_input(connection->stream);

    if (connection->head == NULL) {
        connection->exchange = (struct http_exchange){
            .peer = connection->peer,
            .request_id = connection->request_id,
            .certificate = connection->certificate,
        };
        new_request_id(connection);
        if (!take_head(connection, input)) {
            return;
        }
    }
    struct http_exchange *exchange = &connection->exchange;
    const size_t body_bytes = exchange->request.body_bytes;

    if (evbuffer_get_length(input) < body_bytes) {
        return;
    }
    struct http_answer answer = { 0 };
    const int64_t started_us = microseconds_now();

    exchange->body = (struct span){ "", 0 };
    if (body_bytes > 0) {
        exchange->body =
            (struct span){ (const char *)evbuffer_pullup(input, (ev_ssize_t)body_bytes),
                           body_bytes };
    }
    connection->close_after = !exchange->request.keep_alive;
    server->options.answer(server->options.context, exchange, &answer);
    evbuffer_drain(input, body_bytes);
    send_answer(connection, &answer, started_us);
}

static void on_read(struct bufferevent *stream, void *context)
{
    struct connection *connection = context;

    if (connection->state == READING) {
        advance(connection);
    } else if (connection->state == LINGERING) {
        struct evbuffer *input = bufferevent_get_input(stream);

        evbuffer_drain(input, evbuffer_get_length(input));
    }
}

/* The output is drained: the answer is on its way. */
static void on_written(struct bufferevent *stream, void *context)
{
    struct connection *connection = context;

    if (connection->state != ANSWERING || evbuffer_get_length(bufferevent_get_output(stream)) > 0) {
        return;
    }
    if (!connection->close_after) {
        enter(connection, READING);
        advance(connection);
    } else if (connection->input_left) {
        enter(connection, LINGERING);
        on_read(stream, context);
    } else {
        close_connection(connection);
    }
}

/* Why a handshake failed, in OpenSSL's words; the certificate's own trouble first, it says more. */
static const char *failure_reason(struct connection *connection)
{
    const unsigned long code = bufferevent_get_openssl_error(connection->stream);
    const long verdict = SSL_get_verify_result(bufferevent_openssl_get_ssl(connection->stream));

    if (verdict != X509_V_OK) {
        return X509_verify_cert_error_string(verdict);
    }
    return code != 0 && ERR_reason_error_string(code) != NULL ? ERR_reason_error_string(code)
                                                              : "closed by the peer";
}

static void on_event(struct bufferevent *stream, short events, void *context)
{
    struct connection *connection = context;
    struct http_server *server = connection->server;

    if (events & BEV_EVENT_CONNECTED) {
        connection->certificate = SSL_get1_peer_certificate(bufferevent_openssl_get_ssl(stream));
        enter(connection, READING);
        advance(connection);
        return;
    }
    if (connection->state == HANDSHAKE) {
        server->options.failed(server->options.context, connection->peer,
                               failure_reason(connection));
    }
    ERR_clear_error();
    close_connection(connection);
}

static void on_deadline(evutil_socket_t socket, short events, void *context)
{
    struct connection *connection = context;
    struct http_server *server = connection->server;
    const bool begun = connection->head != NULL ||
                       evbuffer_get_length(bufferevent_get_input(connection->stream)) > 0;

    (void)socket;
    (void)events;
    if (connection->state == READING && begun) {
        refuse(connection, REFUSAL_TIMEOUT);
        return;
    }
    if (connection->state == HANDSHAKE) {
        server->options.failed(server->options.context, connection->peer,
                               "the handshake took too long");
    }
    close_connection(connection);
}

static void format_peer(const struct sockaddr *address, char peer[HTTP_PEER_CHARS])
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(peer, HTTP_PEER_CHARS, "%s:%u", host, ntohs(v4->sin_port));
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(peer, HTTP_PEER_CHARS, "[%s]:%u", host, ntohs(v6->sin6_port));
    }
}

/* A TLS stream on a fresh socket, NULL when memory is out; then the socket is closed. */
static struct bufferevent *open_stream(struct http_server *server, evutil_socket_t socket)
{
    const int on = 1;
    SSL *ssl = SSL_new(server->options.tls);
    struct bufferevent *stream = NULL;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (ssl != NULL) {
        stream =
            bufferevent_openssl_socket_new(server->base, socket, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                           BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    }
    if (stream == NULL) {
        SSL_free(ssl);
        evutil_closesocket(socket);
    }
    return stream;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket,
                      struct sockaddr *address, int length, void *context)
{
    struct http_server *server = context;
    struct connection *connection = calloc(1, sizeof *connection);
    struct bufferevent *stream = connection != NULL ? open_stream(server, socket) : NULL;

    (void)listener;
    (void)length;
    if (stream == NULL) {
        free(connection);
        return;
    }
    if (server->connection_count >= server->options.connections_max) {
        struct connection *oldest = TAILQ_FIRST(&server->connections);

        server->options.failed(server->options.context, oldest->peer,
                               "made room for a new connection");
        close_connection(oldest);
    }
    connection->server = server;
    connection->stream = stream;
    format_peer(address, connection->peer);
    TAILQ_INSERT_TAIL(&server->connections, connection, place);
    server->connection_count++;
    connection->deadline = evtimer_new(server->base, on_deadline, connection);
    if (connection->deadline == NULL) {
        close_connection(connection);
        return;
    }
    bufferevent_setcb(stream, on_read, on_written, on_event, connection);
    bufferevent_setwatermark(stream, EV_READ, 0, INPUT_BYTES_MAX);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
    enter(connection, HANDSHAKE);
}

/* The first signal: take no more, let the answers under way go out. */
static void on_signal(evutil_socket_t number, short events, void *context)
{
    struct http_server *server = context;
    struct connection *connection = TAILQ_FIRST(&server->connections);

    (void)number;
    (void)events;
    evconnlistener_disable(server->listener);
    server->stopping = true;
    while (connection != NULL) {
        struct connection *next = TAILQ_NEXT(connection, place);

        if (connection->state != ANSWERING) {
            close_connection(connection);
        }
        connection = next;
    }
    event_base_loopexit(server->base, server->connection_count == 0 ? NULL : &stop_limit);
}

/* The address in "HOST:PORT" or "[HOST]:PORT"; free it with freeaddrinfo. NULL after printing why. */
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
    struct addrinfo *address = resolve_listen(server->options.listen);
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;

    if (address == NULL) {
        return false;
    }
    server->listener =
        evconnlistener_new_bind(server->base, on_accept, server,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC,
                                BACKLOG, address->ai_addr, (int)address->ai_addrlen);
    freeaddrinfo(address);
    if (server->listener == NULL || getsockname(evconnlistener_get_fd(server->listener),
                                                (struct sockaddr *)&bound, &length) != 0) {
        fprintf(stderr, "--listen %s: %s\n", server->options.listen, strerror(errno));
        return false;
    }
    /* The port is at the same place for both families. */
    *port = ntohs(((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    return true;
}

struct http_server *http_server_open(const struct http_server_options *options, unsigned *port)
{
    static const int numbers[] = { SIGTERM, SIGINT };
    struct http_server *server = calloc(1, sizeof *server);
    bool good = server != NULL;

    if (!good) {
        return NULL;
    }
    server->options = *options;
    TAILQ_INIT(&server->connections);
    server->base = event_base_new();
    good = server->base != NULL && listen_on(server, port);
    for (size_t i = 0; good && i < CONNECTION_STATE_COUNT; i++) {
        server->common_limit[i] = event_base_init_common_timeout(server->base, &limits[i]);
        good = server->common_limit[i] != NULL;
    }
    for (size_t i = 0; good && i < 2; i++) {
        server->signals[i] = evsignal_new(server->base, numbers[i], on_signal, server);
        good = server->signals[i] != NULL && event_add(server->signals[i], NULL) == 0;
    }
    if (!good) {
        http_server_close(server);
        server = NULL;
    }
    return server;
}

bool http_server_run(struct http_server *server)
{
    return event_base_dispatch(server->base) == 0;
}

void http_server_close(struct http_server *server)
{
    while (!TAILQ_EMPTY(&server->connections)) {
        close_connection(TAILQ_FIRST(&server->connections));
    }
    for (size_t i = 0; i < 2; i++) {
        if (server->signals[i] != NULL) {
            event_free(server->signals[i]);
        }
    }
    if (server->listener != NULL) {
        evconnlistener_free(server->listener);
    }
    if (server->base != NULL) {
        event_base_free(server->base);
    }
    free(server);
}
