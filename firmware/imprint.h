/* SPDX-License-Identifier: MIT
 * imprint.h -- the public API: an identity for this device, made here, enrolled, kept over power
 * cuts.
 *
 *     static struct imprint_memory memory;
 *     struct imprint *imprint = imprint_start(&memory, &(struct imprint_params){ .flash = board_flash() });
 *     for (;;) { port_net_poll(now); imprint_step(imprint, now); ... }
 *
 * Conventions for all functions: nothing here may be called from an interrupt or from two
 * threads at once. Text is UTF-8 and terminated. `imp_err_t` is 0 or a negative number of
 * error.def. Nothing is allocated: the caller owns the memory, and throwing it away is all that
 * a reset does. Only imprint_step works on the network; it never waits for the outside world,
 * and its longest piece of work is one flight of a TLS handshake or one erase of flash. */
#ifndef FIRMWARE_IMPRINT_H
#define FIRMWARE_IMPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/config.h"
#include "firmware/error.h"

struct hal_flash;
struct imprint;

/* The work memory (CONFIG_WORK_BYTES) and what is around it; a compile-time check says when it
 * is too small. */
enum {
    IMPRINT_MEMORY_BYTES = CONFIG_WORK_BYTES + (sizeof(void *) > 4 ? 4608 : 3712)
};

/* The whole mutable state. Contents are private. */
struct imprint_memory {
    _Alignas(8) unsigned char bytes[IMPRINT_MEMORY_BYTES];
};

/* Each is told once for a change; the last two once for a certificate and a life. */
enum imprint_identity_event {
    IMPRINT_IDENTITY_ENROLLED,     /* There is an identity, and the server has accepted it. */
    IMPRINT_IDENTITY_RENEWED,      /* Another key and certificate: connections to come use them. */
    IMPRINT_IDENTITY_EXPIRES_SOON, /* By the estimate it is time for renewal. */
    IMPRINT_IDENTITY_EXPIRED       /* By the estimate the certificate has expired. */
};

struct imprint_params {
    const struct hal_flash *flash; /* The identity flash; kept by reference. */
    /* The chip's serial number, or NULL: the provisioning record may bring one. Copied. */
    const char *unit_serial;
    /* Told by imprint_step of what became of the identity, or NULL. It may call all of this but
     * imprint_step. `identity_context` is handed on. */
    void (*identity_changed)(void *context, enum imprint_identity_event event);
    void *identity_context;
};

/* See firmware/core/machine.h for the diagram and every transition. */
enum imprint_state {
    IMPRINT_LOAD,
    IMPRINT_BLANK, /* Nothing provisioned: waiting for `config`. */
    IMPRINT_KEYGEN,
    IMPRINT_CSR,
    IMPRINT_TRUST,
    IMPRINT_CONNECT,
    IMPRINT_ENROLL,
    IMPRINT_VERIFY,
    IMPRINT_COMMIT,
    IMPRINT_PROVE,
    IMPRINT_ENROLLED,
    IMPRINT_RENEW,    /* Asks for date and anchors before a renewal; the identity is in use. */
    IMPRINT_BACKOFF,  /* Failed for now; tries again by itself. */
    IMPRINT_WAITING,  /* Submitted; somebody must act at the server; asks again by itself. */
    IMPRINT_REJECTED, /* A person must act here: a new token, another name. */
    IMPRINT_FAULT,    /* Our hardware or our code is wrong; a reset must act. */
    IMPRINT_STATE_COUNT
};

/* "KEYGEN" and so on; static text. */
const char *imprint_state_name(enum imprint_state state);

/* Take over `memory` (any content) and return it as a context in state LOAD. Reads no flash yet.
 * Never fails. */
struct imprint *imprint_start(struct imprint_memory *memory, const struct imprint_params *params);

/* Advance. `now_ms` is time since reset and never goes back. Returns the milliseconds until the
 * next call is of use (0: at once). Secrets it needed are wiped when it returns, in every case. */
uint32_t imprint_step(struct imprint *imprint, uint64_t now_ms);

/* --- Provisioning --------------------------------------------------------------------------------
 * Kept in flash when the function returns 0. Power lost during the call: the value before, or
 * this one. Common errors: IMP_ERR_CONFIG_VALUE (malformed, too long), IMP_ERR_CONFIG_STATE (not
 * while an enrollment runs), IMP_ERR_CONFIG_LOCKED (enrolled, and not unlocked),
 * IMP_ERR_STORE_*. */

/* `https://host[:port][/path]`. Also IMP_ERR_CONFIG_URL. */
imp_err_t imprint_set_server(struct imprint *imprint, const char *url);

/* SHA-256 of the CA certificate (DER): 64 hex digits, either case, colons between bytes
 * accepted. Forgets staged anchors. Also IMP_ERR_CONFIG_STATE with an identity, which would lose
 * its anchors: wipe first. */
imp_err_t imprint_set_pin(struct imprint *imprint, const char *fingerprint);

/* The enrollment token, 1 to CONFIG_TOKEN_CHARS_MAX visible ASCII characters. Sealed at once.
 * A renewal's certificate that the server has not accepted yet is forgotten with its key. */
imp_err_t imprint_set_token(struct imprint *imprint, const char *token);

/* The device's name, the CN of its CSR: 1 to 64 of [A-Za-z0-9._:-]. Without one it is
 * imprint-<unit serial>. Also IMP_ERR_CONFIG_NAME. */
imp_err_t imprint_set_name(struct imprint *imprint, const char *name);

/* A serial number for boards whose chip has none: 1 to 32 of [0-9A-Za-z-]. */
imp_err_t imprint_set_serial(struct imprint *imprint, const char *serial);

/* Route a host name to an IPv4 address without DNS. The identity check stays as it is. At most
 * two routes. */
imp_err_t imprint_set_route(struct imprint *imprint, const char *host, const char *ipv4);

/* The unlock secret (8 to 64 characters), of which a salted, stretched hash is kept. */
imp_err_t imprint_set_unlock(struct imprint *imprint, const char *secret);

/* Allow changes on an enrolled device until the next reset. IMP_ERR_CONFIG_LOCKED: wrong, none
 * was set, or CONFIG_UNLOCK_TRIES_MAX wrong ones since reset. */
imp_err_t imprint_unlock(struct imprint *imprint, const char *secret);

/* --- Commands --------------------------------------------------------------------------------- */

/* Start, or start again at once (BACKOFF, WAITING, REJECTED). In ENROLLED with a new token:
 * another key and certificate for this name by that token, for a certificate that has expired or
 * was lost at the server; the identity stays until the new one is proved. IMP_ERR_CONFIG_MISSING;
 * IMP_ERR_CONFIG_STATE (runs already, enrolled and no new token, or FAULT);
 * IMP_ERR_CONFIG_LOCKED (enrolled, and not unlocked). */
imp_err_t imprint_enroll(struct imprint *imprint);

/* Renew key and certificate now; a device does so by itself when it is due (docs/SPEC.md). The
 * identity stays in use until the server has accepted the new one; a renewal that fails costs
 * nothing and is tried again (BACKOFF). In BACKOFF and WAITING of a renewal: try at once.
 * IMP_ERR_CONFIG_STATE in any other state but ENROLLED. */
imp_err_t imprint_renew(struct imprint *imprint);

/* Prove the committed identity to the server once more. IMP_ERR_CONFIG_STATE unless ENROLLED.
 * The result shows in the state: PROVE, then ENROLLED again (reason says how it went; a failure
 * costs nothing). */
imp_err_t imprint_whoami(struct imprint *imprint);

/* Erase key, certificate and provisioning. IMP_ERR_CONFIG_LOCKED on an enrolled device that was
 * not unlocked; IMP_ERR_CONFIG_STATE in LOAD. Afterwards the state is LOAD. Power lost: blank,
 * or as before. */
imp_err_t imprint_wipe(struct imprint *imprint);

/* --- What is so ------------------------------------------------------------------------------- */

struct imprint_status {
    enum imprint_state state;
    imp_err_t reason;     /* Why it is in this state; 0 when there is nothing to say. */
    imp_err_t last_error; /* Of the last attempt that failed since reset; 0 when none did. */
    /* What TLS library or server called it: alert, library code or HTTP status; 0 when none. */
    int32_t foreign_code;
    uint64_t next_try_ms;    /* BACKOFF, WAITING: time since reset of the next attempt. */
    uint32_t attempts;       /* Failed attempts in a row. */
    const char *name;        /* Empty when there is none yet. */
    const char *serial;      /* Empty when there is none. */
    const char *server_host; /* Empty when not provisioned. */
    const char *server_path;
    uint16_t server_port;
    bool has_pin;
    bool has_token;
    bool has_anchors;
    bool has_identity;
    bool is_renewing; /* A renewal is under way, waits or failed (reason): the identity stays. */
    bool is_unlocked;
    bool is_sealed; /* Secrets in flash are sealed under a device key. */
    bool has_estimate;
    bool not_before_unchecked; /* The server's chain has a notBefore that no clock could judge. */
    uint8_t pin[32];
    int64_t floor; /* Seconds since 1970: proves "expired". */
    /* Seconds since 1970, from the last verified Date or imprint_set_time. */
    int64_t estimate;
    int64_t not_before; /* Of the committed certificate. */
    int64_t not_after;
    int64_t renew_at;        /* From then on, by the estimate, the device renews it. */
    uint8_t fingerprint[32]; /* SHA-256 of the committed certificate. */
    char request_id[33];     /* X-Request-Id of the last answer. */
    uint32_t erase_count;    /* Since reset. */
    uint32_t program_count;
};

/* Fill `status`; pointers in it are valid until the next call of a function that changes the
 * context. */
void imprint_status(const struct imprint *imprint, uint64_t now_ms, struct imprint_status *status);

/* Seconds since 1970 of the end of the committed certificate; false without an identity. */
bool imprint_identity_expires(const struct imprint *imprint, int64_t *seconds);

/* Tell the wall clock (RTC, NTP, application). Judges notBefore from now on; never moves the
 * floor. Values before 2000-01-01 and after 9999-12-31 are refused:
 * IMP_ERR_CONFIG_VALUE. */
imp_err_t imprint_set_time(struct imprint *imprint, int64_t seconds, uint64_t now_ms);

/* --- The application's use of the identity ---------------------------------------------------- */

/* Sign a SHA-256 digest with the identity's key: DER ECDSA, at most 72 bytes, length to *bytes.
 * IMP_ERR_CONFIG_STATE without an identity. One P-256 signature of work. */
imp_err_t imprint_sign(struct imprint *imprint, const uint8_t digest[32], uint8_t signature[72],
                       size_t *bytes);

/* Copy the committed chain (DER certificates one after the other, leaf first) or the anchors
 * (the same form) to `out`. IMP_ERR_CONFIG_STATE without an identity; IMP_ERR_BUG_SPACE (*bytes
 * then says what is needed). */
imp_err_t imprint_chain(const struct imprint *imprint, uint8_t *out, size_t cap, size_t *bytes);
imp_err_t imprint_anchors(const struct imprint *imprint, uint8_t *out, size_t cap, size_t *bytes);

/* --- Trace ------------------------------------------------------------------------------------ */

#define TRACE(name) IMPRINT_TRACE_##name,
enum imprint_trace_kind {
#include "firmware/trace.def"
    IMPRINT_TRACE_KIND_COUNT
};
#undef TRACE

/* One entry of the ring: what happened when. The meaning of value and extra is per kind, in
 * firmware/trace.def. */
struct imprint_trace_entry {
    uint32_t at_ms;
    uint16_t kind;
    uint16_t spare;
    int32_t value;
    int32_t extra;
};

/* Copy the entry with number `index` (counted since reset) to `entry`. False when it was
 * overwritten or is not there yet. */
bool imprint_trace(const struct imprint *imprint, uint32_t index,
                   struct imprint_trace_entry *entry);

/* The number the next entry will have. */
uint32_t imprint_trace_next(const struct imprint *imprint);

#endif
