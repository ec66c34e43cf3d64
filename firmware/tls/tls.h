/* SPDX-License-Identifier: MIT
 * tls.h -- a verified stream: TLS 1.3, or 1.2 with ECDHE + AEAD + extended master secret.
 *
 * The verdict over the server's certificates is the caller's function, called once inside the
 * handshake, before CertificateVerify: refusing ends the handshake, and nothing of a refused or
 * provisional chain outlives its stream (each stream has a context of its own; no session is
 * kept). Proof that the peer holds the leaf's key is the TLS library's part and can't be turned
 * off. Nothing blocks; nothing may be called from an interrupt; time limits are the caller's. */
#ifndef FIRMWARE_TLS_TLS_H
#define FIRMWARE_TLS_TLS_H

#include "firmware/bytes.h"
#include "firmware/crypto/key.h"
#include "firmware/error.h"

/* Defined by the port. */
struct tls_stream;

/* Decide over the `count` DER certificates that the server presented, leaf first. 0 accepts; an
 * error refuses and is what tls_connect then returns. The views are valid during the call only.
 * Must not call tls_* or net_*. */
typedef imp_err_t (*tls_verdict_fn)(void *context, const struct bytes *certs, size_t count);

struct tls_params {
    /* Name or IPv4 literal to connect to; sent as SNI when it is a name. Kept by reference until
     * tls_close. */
    const char *host;
    uint16_t port;
    tls_verdict_fn verdict; /* Never NULL. */
    void *verdict_context;
    bool identify; /* Answer a certificate request with `chain`, signing through `slot`. */
    enum key_slot slot;
    /* DER certificates one after the other, leaf first. Copied by tls_open. */
    struct bytes chain;
};

/* Begin a connection. `*stream` is the port's own, to be closed by tls_close in every case where
 * 0 came back. 0; IMP_ERR_TLS_MEMORY; IMP_ERR_NET_* as net_open. */
imp_err_t tls_open(struct tls_stream **stream, const struct tls_params *params);

/* Advance: 1 the handshake is complete and the verdict accepted; 0 not yet; the verdict's error;
 * IMP_ERR_NET_*; IMP_ERR_TLS_*. At most one flight of the peer is worked on in a call. */
int32_t tls_connect(struct tls_stream *stream);

/* True when the peer asked for our certificate and the handshake carried it, with our signature.
 * Connected streams only. */
bool tls_identified(const struct tls_stream *stream);

/* Read up to `cap` bytes of the peer's application bytes: > 0 bytes; 0 none now;
 * IMP_ERR_NET_CLOSED (close_notify or end of stream); IMP_ERR_NET_RESET; IMP_ERR_TLS_*. */
int32_t tls_read(struct tls_stream *stream, uint8_t *out, size_t cap);

/* Write up to `len` bytes: > 0 bytes taken; 0 none now (call again with the same bytes); errors
 * as tls_read. */
int32_t tls_write(struct tls_stream *stream, const uint8_t *in, size_t len);

/* What the TLS library called the last failure (its own negative code, or the alert's number),
 * for the trace; 0 when none. */
int32_t tls_foreign_code(const struct tls_stream *stream);

/* Send close_notify if that is possible at once, free everything. `stream` may be NULL. */
void tls_close(struct tls_stream *stream);

#endif
