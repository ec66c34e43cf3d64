/* SPDX-License-Identifier: MIT
 * exchange.c -- steps one HTTPS connection. */
#include "firmware/methods/exchange.h"

#include "firmware/config.h"
#include "firmware/imp_assert.h"
#include "firmware/secret.h"

/* Reads per step: an endless body must not keep the main loop from its other work. */
enum {
    READ_BYTES = 256,
    READS_PER_STEP_MAX = 16
};

/* The connection failed: remember what the library called it, then close. Returns `err`. */
static imp_err_t end_with(struct exchange *exchange, imp_err_t err)
{
    if (exchange->stream != NULL) {
        exchange->foreign_code = tls_foreign_code(exchange->stream);
    }
    exchange_stop(exchange);
    return err;
}

void exchange_start(struct exchange *exchange, const struct tls_params *params, uint64_t now_ms)
{
    IMP_ASSERT(exchange->phase == EXCHANGE_IDLE);
    exchange->params = *params;
    exchange->phase = EXCHANGE_NETWORK;
    exchange->deadline_ms = now_ms + CONFIG_NETWORK_LIMIT_MS;
    exchange->foreign_code = 0;
}

static bool is_network_absent(imp_err_t err)
{
    return err == IMP_ERR_NET_NO_LINK || err == IMP_ERR_NET_NO_ADDRESS;
}

/* Open as soon as link and address are there. */
static int32_t connect_network(struct exchange *exchange, uint64_t now_ms)
{
    const imp_err_t err = tls_open(&exchange->stream, &exchange->params);

    if (err) {
        exchange->stream = NULL;
        return is_network_absent(err) && now_ms < exchange->deadline_ms ? 0
                                                                        : end_with(exchange, err);
    }
    exchange->phase = EXCHANGE_CONNECTING;
    exchange->deadline_ms = now_ms + CONFIG_CONNECT_LIMIT_MS;
    return 0;
}

int32_t exchange_connect(struct exchange *exchange, uint64_t now_ms)
{
    if (exchange->phase == EXCHANGE_NETWORK) {
        return connect_network(exchange, now_ms);
    }
    IMP_ASSERT(exchange->phase == EXCHANGE_CONNECTING);
    const int32_t result = tls_connect(exchange->stream);
    if (result < 0) {
        return end_with(exchange, result);
    }
    if (result == 0) {
        return now_ms < exchange->deadline_ms ? 0 : end_with(exchange, IMP_ERR_TLS_TIMEOUT);
    }
    exchange->phase = EXCHANGE_OPEN;
    return 1;
}

bool exchange_identified(const struct exchange *exchange)
{
    IMP_ASSERT(exchange->phase == EXCHANGE_OPEN);
    return tls_identified(exchange->stream);
}

void exchange_ask(struct exchange *exchange, struct bytes request, http1_body_fn body,
                  void *context, uint64_t now_ms)
{
    IMP_ASSERT(exchange->phase == EXCHANGE_OPEN);
    IMP_ASSERT(request.len > 0);
    exchange->request = request;
    exchange->phase = EXCHANGE_SENDING;
    exchange->deadline_ms = now_ms + CONFIG_ANSWER_LIMIT_MS;
    http1_start(&exchange->http, body, context);
}

static int32_t answer_send(struct exchange *exchange)
{
    while (exchange->request.len > 0) {
        const int32_t sent =
            tls_write(exchange->stream, exchange->request.data, exchange->request.len);
        if (sent <= 0) {
            return sent;
        }
        exchange->request =
            bytes_of(exchange->request.data + sent, exchange->request.len - (size_t)sent);
    }
    exchange->phase = EXCHANGE_RECEIVING;
    return 0;
}

/* Give one piece to the reader: 1 the answer is complete. Bytes after it are refused: nobody
 * asked for them. */
static int32_t answer_feed(struct exchange *exchange, struct bytes piece)
{
    size_t used;
    const imp_err_t err = http1_feed(&exchange->http, piece, &used);

    if (err) {
        return err;
    }
    if (used < piece.len) {
        return IMP_ERR_HTTP_MALFORMED;
    }
    return http1_is_done(&exchange->http) ? 1 : 0;
}

static int32_t answer_receive(struct exchange *exchange)
{
    uint8_t piece[READ_BYTES];
    int32_t result = 0;

    for (int reads = 0; result == 0 && reads < READS_PER_STEP_MAX; reads++) {
        const int32_t got = tls_read(exchange->stream, piece, sizeof piece);
        if (got == 0) {
            break;
        }
        if (got == IMP_ERR_NET_CLOSED) {
            result = http1_end_of_stream(&exchange->http);
            result = result ? result : 1;
        } else {
            result = got < 0 ? got : answer_feed(exchange, bytes_of(piece, (size_t)got));
        }
    }
    secret_wipe(piece, sizeof piece);
    return result;
}

int32_t exchange_answer(struct exchange *exchange, uint64_t now_ms)
{
    IMP_ASSERT(exchange->phase == EXCHANGE_SENDING || exchange->phase == EXCHANGE_RECEIVING);
    int32_t result = exchange->phase == EXCHANGE_SENDING ? answer_send(exchange) : 0;

    if (result == 0) {
        result = answer_receive(exchange);
    }
    if (result < 0) {
        return end_with(exchange, result);
    }
    if (result == 0) {
        return now_ms < exchange->deadline_ms ? 0 : end_with(exchange, IMP_ERR_HTTP_TIMEOUT);
    }
    exchange->phase = EXCHANGE_OPEN;
    return 1;
}

void exchange_stop(struct exchange *exchange)
{
    tls_close(exchange->stream);
    exchange->stream = NULL;
    exchange->request = (struct bytes){ 0 };
    exchange->phase = EXCHANGE_IDLE;
}
