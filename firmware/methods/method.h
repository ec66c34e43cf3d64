/* SPDX-License-Identifier: MIT
 * method.h -- the seam between the machine and a way to enroll.
 *
 * The core lends what a method needs and keeps what it leaves; a method never sees store or HAL.
 * Each step function is called until it returns non-zero: 1 finished, 0 call again, < 0 the
 * error. `step` is 0 at the first call of a phase; the method counts it on as it likes. The
 * connection of `connect` is the one `enroll` uses. */
#ifndef FIRMWARE_METHODS_METHOD_H
#define FIRMWARE_METHODS_METHOD_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/crypto/key.h"
#include "firmware/error.h"
#include "firmware/methods/exchange.h"
#include "firmware/proto/base64.h"
#include "firmware/proto/url.h"
#include "firmware/trace.h"
#include "firmware/trust/chain.h"

enum {
    ENROLLMENT_PIN_BYTES = 32
};

/* A certificate list that one verdict or one answer brought; views. */
struct certs {
    struct bytes at[CONFIG_CHAIN_CERTS_MAX];
    size_t count;
};

/* One operation, shared by core and method. */
struct enrollment {
    /* Lent by the core; fixed during a phase. */
    const struct url *server;
    const uint8_t *pin; /* ENROLLMENT_PIN_BYTES. */
    struct bytes csr;   /* DER; CONNECT and ENROLL. */
    struct bytes token; /* Secret; in ENROLL until the request is built, else empty. */
    struct bytes chain; /* Ours to show, its key in `slot`; empty: show none. */
    struct chain_time time;
    struct certs anchors; /* Empty in TRUST; the older first. */
    struct certs issuers; /* Intermediate CAs kept beside the anchors; no trust in them. */
    uint8_t *work;        /* Free memory behind the anchors. */
    size_t work_bytes;
    struct trace *trace;
    uint64_t now_ms;
    enum key_slot slot;  /* Of the key that `chain` certifies. */
    bool chain_is_shown; /* In this phase; the view itself is spent by the first request. */

    /* The method's own. */
    uint8_t step;
    bool body_is_lost; /* It did not fit, or was no base64. */
    struct exchange exchange;
    struct base64_decoder base64;
    size_t body_at;    /* Where in `work` the request lies; the answer's body follows it. */
    size_t body_start; /* Of that body. */
    size_t body_bytes;

    /* Left by the method. */
    /* TRUST: the anchor, then issuers. RENEW: the anchors to keep from now on, then issuers; empty:
     * nothing to keep. ENROLL: what the server issued. Views into work memory. */
    struct certs found;
    bool is_verified; /* The connection in use passed the verdict against our anchors. */
    bool not_before_unchecked;
    bool has_date;
    uint8_t found_anchors; /* So many of `found` are anchors. */
    uint8_t
        found_current; /* RENEW: behind so many come issuers that are neither offered nor used. */
    uint8_t issuers_used; /* Bit i: issuers.at[i] led from the server of the connection to us. */
    uint8_t accepted_by;  /* Bit i: anchors.at[i] alone accepts the server of the connection. */
    int64_t date;         /* Of the last answer on a verified connection. */
    uint32_t retry_after_s;
    int32_t foreign_code;
    char request_id[33];
};

struct method {
    const char *name;
    uint8_t number; /* In the identity record; never used again. */

    /* Find the anchor that the operator's pin names; a connection of its own that carries
     * nothing secret. */
    int32_t (*trust)(struct enrollment *enrollment);

    /* Connect to the server, verdict against the anchors. */
    int32_t (*connect)(struct enrollment *enrollment);

    /* Look at the server before a renewal: its Date, and the anchors and issuers that it offers now; a
     * connection of its own, verdict against our anchors. What it offers may be unreadable or absent:
     * that is no failure. */
    int32_t (*renew)(struct enrollment *enrollment);

    /* Hand in the CSR, with the token or, where it is empty, in the name of the identity that the
     * connection showed; take back certificates. IMP_ERR_EST_PENDING: accepted, ask again later. */
    int32_t (*enroll)(struct enrollment *enrollment);

    /* Show `chain` to the server; a connection of its own. */
    int32_t (*prove)(struct enrollment *enrollment);

    /* End any connection and wipe what was secret. Called when a phase ends, however it ends.
     * Idempotent. */
    void (*stop)(struct enrollment *enrollment);
};

#endif
