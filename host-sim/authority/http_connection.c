/* SPDX-License-Identifier: MIT
 * http_connection.c -- libevent's calls, turned into steps of one small state machine:
 *
 *   HANDSHAKE -> READING -> ANSWERING -> READING ...       (keep-alive)
 *                   |           '------> closed            (Connection: close)
 *                   '-> ANSWERING -> LINGERING -> closed   (refused before all was read)
 */
#define _GNU_SOURCE /* explicit_bzero */
#include "host-sim/authority/http_connection.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host-sim/authority/encoding.h"
#include "host-sim/authority/http_answer.h"

enum {
    INPUT_BYTES_MAX = HTTP_HEAD_BYTES_MAX + HTTP_BODY_BYTES_MAX,
    REQUESTS_PER_CONNECTION_MAX = 1000
};

struct http_connection {
    TAILQ_ENTRY(http_connection) place; /* The longest waiting is first. */
    TAILQ_ENTRY(http_connection) ready_place;
    bool ready; /* In the list of those whose request waits for its answer. */
    struct http_answer answer;
    int64_t started_us;
    struct http_pool *pool;
    struct bufferevent *stream;
    struct event *deadline;
    struct http_sender *sender; /* Of a spoiled answer; NULL for all others. */
    enum http_connection_state state;
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

static const struct timeval limits[CONNECTION_STATE_COUNT] = {
    [CONNECTION_HANDSHAKE] = { .tv_sec = 10 },
    [CONNECTION_READING] = { .tv_sec = 15 },
    [CONNECTION_ANSWERING] = { .tv_sec = 15 },
    [CONNECTION_LINGERING] = { .tv_sec = 2 },
};

static void forget_request(struct http_connection *connection)
{
    if (connection->head != NULL) {
        explicit_bzero(connection->head, connection->head_bytes); /* It may hold a token. */
        free(connection->head);
        connection->head = NULL;
    }
}

static void leave_ready(struct http_connection *connection)
{
    if (connection->ready) {
        TAILQ_REMOVE(&connection->pool->ready, connection, ready_place);
        connection->ready = false;
    }
}

static void close_connection(struct http_connection *connection)
{
    struct http_pool *pool = connection->pool;

    TAILQ_REMOVE(&pool->connections, connection, place);
    pool->connection_count--;
    leave_ready(connection);
    forget_request(connection);
    if (connection->deadline != NULL) {
        event_free(connection->deadline);
    }
    http_sender_free(connection->sender);
    X509_free(connection->certificate);
    bufferevent_free(connection->stream);
    free(connection);
    if (pool->stopping && pool->connection_count == 0) {
        event_base_loopbreak(pool->base);
    }
}

/* The only writer of the state: each state starts with a fresh deadline, at the end of the
 * queue. */
static void enter(struct http_connection *connection, enum http_connection_state state)
{
    struct http_pool *pool = connection->pool;

    connection->state = state;
    evtimer_add(connection->deadline, pool->limit[state]);
    TAILQ_REMOVE(&pool->connections, connection, place);
    TAILQ_INSERT_TAIL(&pool->connections, connection, place);
}

static int64_t microseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Make ready for the next request: nothing of the last one stays, and a new id. */
static void expect_request(struct http_connection *connection)
{
    uint8_t bytes[(HTTP_REQUEST_ID_CHARS - 1) / 2] = { 0 };

    forget_request(connection);
    connection->exchange = (struct http_exchange){
        .peer = connection->peer,
        .request_id = connection->request_id,
        .certificate = connection->certificate,
    };
    /* Unpredictable is nice, unique is enough. */
    (void)RAND_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, connection->request_id);
}

static void on_given(void *context);

/* Let a fault have the answer first. It may take as long as it likes: no deadline then. False: no
 * fault struck. */
static bool send_spoiled(struct http_connection *connection, const struct http_answer *answer)
{
    const struct http_server_options *options = &connection->pool->options;
    struct evbuffer *bytes = options->spoil != NULL ? evbuffer_new() : NULL;
    struct http_pace pace = { 0 };

    if (bytes == NULL) {
        return false;
    }
    http_answer_write(bytes, answer, connection->request_id, connection->close_after);
    if (!options->spoil(options->context, &connection->exchange, bytes, &pace)) {
        evbuffer_free(bytes);
        return false;
    }
    connection->close_after = connection->close_after || pace.close;
    connection->sender = http_sender_new(connection->stream, bytes, &pace, on_given, connection);
    return true;
}

static void send_answer(struct http_connection *connection, struct http_answer *answer,
                        int64_t started_us)
{
    struct http_pool *pool = connection->pool;

    connection->close_after = connection->close_after || answer->close || pool->stopping ||
                              ++connection->request_count >= REQUESTS_PER_CONNECTION_MAX;
    if (!send_spoiled(connection, answer)) {
        http_answer_write(bufferevent_get_output(connection->stream), answer,
                          connection->request_id, connection->close_after);
    }
    pool->options.answered(pool->options.context, &connection->exchange, answer,
                           microseconds_now() - started_us);
    free(answer->body);
    expect_request(connection);
    enter(connection, CONNECTION_ANSWERING);
    if (connection->sender != NULL) {
        event_del(connection->deadline);
    }
}

/* Say no before the request was read to its end: the connection can't be used again. */
static void refuse(struct http_connection *connection, enum refusal refusal)
{
    struct http_answer answer = { .refusal = refusal };

    connection->close_after = true;
    connection->input_left = true;
    send_answer(connection, &answer, microseconds_now());
}

/* Take the head off the input when it has come to its end. False: not yet, or refused. */
static bool take_head(struct http_connection *connection, struct evbuffer *input)
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

/* Ask for the answer to a whole request. */
static void make_answer(struct http_connection *connection)
{
    struct http_pool *pool = connection->pool;
    struct http_exchange *exchange = &connection->exchange;
    struct evbuffer *input = bufferevent_get_input(connection->stream);
    const size_t body_bytes = exchange->request.body_bytes;

    exchange->body = (struct span){ "", 0 };
    if (body_bytes > 0) {
        exchange->body =
            (struct span){ (const char *)evbuffer_pullup(input, (ev_ssize_t)body_bytes),
                           body_bytes };
    }
    connection->answer = (struct http_answer){ 0 };
    connection->close_after = !exchange->request.keep_alive;
    pool->options.answer(pool->options.context, exchange, &connection->answer);
    evbuffer_drain(input, body_bytes);
}

/* Answer all requests that are ready, as one group. */
static void on_turn(evutil_socket_t socket, short events, void *context)
{
    struct http_pool *pool = context;
    struct http_connection *connection = NULL;

    (void)socket;
    (void)events;
    pool->options.gather(pool->options.context);
    TAILQ_FOREACH(connection, &pool->ready, ready_place)
    {
        make_answer(connection);
    }
    const enum refusal refusal = pool->options.settle(pool->options.context);

    while ((connection = TAILQ_FIRST(&pool->ready)) != NULL) {
        leave_ready(connection);
        if (refusal != REFUSAL_NONE && connection->answer.promises) {
            free(connection->answer.body);
            connection->answer = (struct http_answer){ .refusal = refusal };
        }
        send_answer(connection, &connection->answer, connection->started_us);
    }
}

/* Read on as far as the input goes: at most one request, then the answer must be taken first. */
static void advance(struct http_connection *connection)
{
    static const struct timeval at_once = { 0 };
    struct http_pool *pool = connection->pool;
    struct evbuffer *input = bufferevent_get_input(connection->stream);

    if (connection->head == NULL && !take_head(connection, input)) {
        return;
    }
    if (evbuffer_get_length(input) < connection->exchange.request.body_bytes) {
        return;
    }
    connection->started_us = microseconds_now();
    if (pool->turn == NULL) {
        make_answer(connection);
        send_answer(connection, &connection->answer, connection->started_us);
        return;
    }
    connection->ready = true;
    TAILQ_INSERT_TAIL(&pool->ready, connection, ready_place);
    /* After one more look at what has arrived: whoever is ready then comes along. */
    evtimer_add(pool->turn, &at_once);
}

static void on_read(struct bufferevent *stream, void *context)
{
    struct http_connection *connection = context;

    if (connection->state == CONNECTION_READING && !connection->ready) {
        advance(connection);
    } else if (connection->state == CONNECTION_LINGERING) {
        struct evbuffer *input = bufferevent_get_input(stream);

        evbuffer_drain(input, evbuffer_get_length(input));
    }
}

/* The output is drained: the answer is on its way. */
static void on_written(struct bufferevent *stream, void *context)
{
    struct http_connection *connection = context;

    if (connection->sender != NULL) {
        http_sender_drained(connection->sender);
        return;
    }
    if (connection->state != CONNECTION_ANSWERING ||
        evbuffer_get_length(bufferevent_get_output(stream)) > 0) {
        return;
    }
    if (!connection->close_after) {
        enter(connection, CONNECTION_READING);
        advance(connection);
    } else if (connection->input_left) {
        enter(connection, CONNECTION_LINGERING);
        on_read(stream, context);
    } else {
        close_connection(connection);
    }
}

/* The stream has all of a spoiled answer: from here on it is one like the others. */
static void on_given(void *context)
{
    struct http_connection *connection = context;

    http_sender_free(connection->sender);
    connection->sender = NULL;
    on_written(connection->stream, connection);
}

/* Why a handshake failed, in OpenSSL's words; the certificate's own trouble first, it says more. */
static const char *failure_reason(struct http_connection *connection)
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
    struct http_connection *connection = context;
    struct http_pool *pool = connection->pool;

    if (events & BEV_EVENT_CONNECTED) {
        connection->certificate = SSL_get1_peer_certificate(bufferevent_openssl_get_ssl(stream));
        expect_request(connection);
        enter(connection, CONNECTION_READING);
        advance(connection);
        return;
    }
    if (connection->state == CONNECTION_HANDSHAKE) {
        pool->options.failed(pool->options.context, connection->peer, failure_reason(connection));
    }
    ERR_clear_error();
    close_connection(connection);
}

static void on_deadline(evutil_socket_t socket, short events, void *context)
{
    struct http_connection *connection = context;
    struct http_pool *pool = connection->pool;
    const bool begun = connection->head != NULL ||
                       evbuffer_get_length(bufferevent_get_input(connection->stream)) > 0;

    (void)socket;
    (void)events;
    if (connection->ready) {
        return; /* Whole in time; its answer is a matter of this turn of the loop. */
    }
    if (connection->state == CONNECTION_READING && begun) {
        refuse(connection, REFUSAL_TIMEOUT);
        return;
    }
    if (connection->state == CONNECTION_HANDSHAKE) {
        pool->options.failed(pool->options.context, connection->peer,
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
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(peer, HTTP_PEER_CHARS, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        snprintf(peer, HTTP_PEER_CHARS, "local:0");
    }
}

/* A TLS stream on a fresh socket, NULL when memory is out; then the socket is closed. */
static struct bufferevent *open_stream(struct http_pool *pool, evutil_socket_t socket)
{
    const int on = 1;
    struct bufferevent *stream = NULL;

    if (pool->options.opening != NULL) {
        pool->options.opening(pool->options.context);
    }
    SSL *ssl = SSL_new(pool->options.tls);

    /* A socket that is not of TCP does not know this, and does not need it. */
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (ssl != NULL) {
        stream = bufferevent_openssl_socket_new(pool->base, socket, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    }
    if (stream == NULL) {
        SSL_free(ssl);
        evutil_closesocket(socket);
    }
    return stream;
}

void http_connection_open(struct http_pool *pool, evutil_socket_t socket,
                          const struct sockaddr *address)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    struct bufferevent *stream = connection != NULL ? open_stream(pool, socket) : NULL;

    if (stream == NULL) {
        free(connection);
        return;
    }
    if (pool->connection_count >= pool->options.connections_max) {
        struct http_connection *oldest = TAILQ_FIRST(&pool->connections);

        pool->options.failed(pool->options.context, oldest->peer, "made room for a new connection");
        close_connection(oldest);
    }
    connection->pool = pool;
    connection->stream = stream;
    format_peer(address, connection->peer);
    TAILQ_INSERT_TAIL(&pool->connections, connection, place);
    pool->connection_count++;
    connection->deadline = evtimer_new(pool->base, on_deadline, connection);
    if (connection->deadline == NULL) {
        close_connection(connection);
        return;
    }
    bufferevent_setcb(stream, on_read, on_written, on_event, connection);
    bufferevent_setwatermark(stream, EV_READ, 0, INPUT_BYTES_MAX);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
    enter(connection, CONNECTION_HANDSHAKE);
}

void http_pool_close(struct http_pool *pool, bool answering_too)
{
    struct http_connection *connection = TAILQ_FIRST(&pool->connections);

    while (connection != NULL) {
        struct http_connection *next = TAILQ_NEXT(connection, place);

        if (answering_too || connection->state != CONNECTION_ANSWERING) {
            close_connection(connection);
        }
        connection = next;
    }
}

/* Limits that all connections share: libevent keeps those in a queue instead of a heap. */
static bool add_limits(struct http_pool *pool)
{
    for (size_t i = 0; i < CONNECTION_STATE_COUNT; i++) {
        pool->limit[i] = event_base_init_common_timeout(pool->base, &limits[i]);
        if (pool->limit[i] == NULL) {
            return false;
        }
    }
    return true;
}

bool http_pool_open(struct http_pool *pool, const struct http_server_options *options)
{
    *pool = (struct http_pool){ .options = *options, .base = event_base_new() };
    TAILQ_INIT(&pool->connections);
    TAILQ_INIT(&pool->ready);
    if (pool->base == NULL || !add_limits(pool)) {
        return false;
    }
    pool->turn = options->settle != NULL ? evtimer_new(pool->base, on_turn, pool) : NULL;
    return options->settle == NULL || pool->turn != NULL;
}

void http_pool_free(struct http_pool *pool)
{
    if (pool->base == NULL) {
        return;
    }
    http_pool_close(pool, true);
    /* A stream with a callback under way is not freed before that has had its turn. */
    if (pool->turn != NULL) {
        event_free(pool->turn);
        pool->turn = NULL;
    }
    event_base_loop(pool->base, EVLOOP_NONBLOCK);
    event_base_free(pool->base);
    *pool = (struct http_pool){ 0 };
}
