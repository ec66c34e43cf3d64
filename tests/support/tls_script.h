/* SPDX-License-Identifier: MIT
 * tls_script.h -- tls.h (and the routes of net.h) over a script: no bytes, no handshake, only
 * what a server can make happen.
 *
 * The test sets up `tls_script`; what the device did on each connection stands in `tls_seen`.
 * Writing or reading on a connection whose handshake is not complete stops the program: no test
 * may get that far. */
#ifndef TESTS_SUPPORT_TLS_SCRIPT_H
#define TESTS_SUPPORT_TLS_SCRIPT_H

#include "firmware/tls/tls.h"

enum {
    TLS_SCRIPT_NEVER = 0xFFFF,
    TLS_SEEN_MAX = 64,
    TLS_SEEN_SENT_BYTES = 8192,
    TLS_SEEN_CHAIN_BYTES = 8192
};

/* What the server and the network do from now on; all zero: a server that presents nothing and
 * never answers. */
struct tls_script {
    imp_err_t open_err;            /* tls_open fails with it. */
    const struct bytes *presented; /* Certificates, leaf first. */
    size_t presented_count;
    unsigned connect_turns; /* tls_connect says "not yet" so often; TLS_SCRIPT_NEVER: for ever. */
    imp_err_t early_err;    /* tls_connect fails with it before the verdict is asked. */
    imp_err_t late_err;     /* tls_connect fails with it although the verdict accepted. */
    int32_t foreign_code;
    unsigned write_turns; /* tls_write says "none now" so often. */
    size_t write_bytes;   /* Bytes one tls_write takes; 0: all. */
    imp_err_t write_err;
    imp_err_t read_err; /* What tls_read says when all was read; 0: "none now". */
    size_t read_bytes;  /* Bytes one tls_read gives; 0: a whole piece. */
    bool is_endless;    /* When all was read, more of `x` comes at once. */

    /* Decides over the client's identity at the end of the handshake; NULL: no certificate is
     * asked for. */
    bool asks_nobody; /* The server does not ask for a certificate. */
    bool (*identify)(const struct tls_params *params);

    /* Called with each complete request (head and Content-Length bytes of body); answers by
     * tls_script_reply. */
    void (*answer)(struct bytes request);
};
extern struct tls_script tls_script;

/* What the device did on one connection. */
struct tls_seen {
    char host[256];
    uint16_t port;
    bool is_open;      /* tls_close has not been called yet. */
    bool is_connected; /* The handshake was completed. */
    unsigned verdict_count;
    imp_err_t verdict;
    unsigned connect_count;              /* Calls of tls_connect. */
    unsigned read_count;                 /* Calls of tls_read. */
    bool identified;                     /* What `identify` said. */
    uint8_t chain[TLS_SEEN_CHAIN_BYTES]; /* What the device would identify itself with. */
    size_t chain_bytes;
    uint8_t sent[TLS_SEEN_SENT_BYTES]; /* Everything that was written. */
    size_t sent_bytes;
};
extern struct tls_seen tls_seen[TLS_SEEN_MAX];
extern size_t tls_seen_count; /* Connections so far. */

/* Forget everything: script, what was seen, routes. */
void tls_script_reset(void);

/* The device was reset: its connection is gone, and nobody closed it. */
void tls_script_drop(void);

/* One piece of bytes that the device will read; an empty one makes one tls_read say "none now". */
void tls_script_reply(const void *bytes, size_t len);
void tls_script_reply_text(const char *text);

/* Does `len` bytes at `bytes` occur in what the device wrote on the connections `from` up to the
 * last? */
bool tls_script_has_sent(size_t from, const void *bytes, size_t len);

/* The address `host` was routed to last, or NULL. */
const uint8_t *tls_script_route(const char *host);

#endif
