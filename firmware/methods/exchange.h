/* SPDX-License-Identifier: MIT
 * exchange.h -- one HTTPS connection with one answer at a time, stepped, every wait bounded.
 *
 *   idle -> network -> connecting -> open -> sending -> receiving -> open
 *
 * exchange_start .. exchange_connect until 1 .. exchange_ask .. exchange_answer until 1 .. (ask
 * again) .. exchange_stop. */
#ifndef FIRMWARE_METHODS_EXCHANGE_H
#define FIRMWARE_METHODS_EXCHANGE_H

#include "firmware/bytes.h"
#include "firmware/error.h"
#include "firmware/proto/http1.h"
#include "firmware/tls/tls.h"

enum exchange_phase {
    EXCHANGE_IDLE,
    EXCHANGE_NETWORK,    /* Waiting for link and address. */
    EXCHANGE_CONNECTING, /* Name, TCP and TLS. */
    EXCHANGE_OPEN,       /* No request under way. */
    EXCHANGE_SENDING,
    EXCHANGE_RECEIVING
};

/* All zero is idle. All fields are private, except `http.head` after exchange_answer returned 1. */
struct exchange {
    struct tls_params params;
    struct tls_stream *stream;
    enum exchange_phase phase;
    uint64_t deadline_ms;
    struct bytes request; /* What is left to send; the caller's memory. */
    struct http1 http;
    int32_t foreign_code; /* Of the failure that ended the connection, else 0. */
};

/* Begin a connection; does no network work yet. `params` is copied, what it points to must stay
 * until exchange_stop (the chain: until exchange_connect returned 1). */
void exchange_start(struct exchange *exchange, const struct tls_params *params, uint64_t now_ms);

/* 1 connected and verified; 0 not yet; IMP_ERR_NET_*, IMP_ERR_TLS_* or the verdict's error: the
 * connection is over. */
int32_t exchange_connect(struct exchange *exchange, uint64_t now_ms);

/* True when the server asked for our certificate and got it, with our signature. Connected only. */
bool exchange_identified(const struct exchange *exchange);

/* Begin sending `request` (head and body as they go over the wire; the caller keeps it until
 * exchange_answer returned non-zero). Pieces of the answer's body go to `body`. */
void exchange_ask(struct exchange *exchange, struct bytes request, http1_body_fn body,
                  void *context, uint64_t now_ms);

/* 1 the answer is complete: see http.head; 0 not yet; IMP_ERR_NET_*, IMP_ERR_TLS_*,
 * IMP_ERR_HTTP_* or what `body` returned: the connection is over. */
int32_t exchange_answer(struct exchange *exchange, uint64_t now_ms);

/* Close the connection, whatever its phase. Idempotent. */
void exchange_stop(struct exchange *exchange);

#endif
