/* SPDX-License-Identifier: MIT
 * context.h -- the one context struct: all mutable state of the firmware. Private to
 * firmware/core. */
#ifndef FIRMWARE_CORE_CONTEXT_H
#define FIRMWARE_CORE_CONTEXT_H

#include "firmware/core/identity.h"
#include "firmware/core/provision.h"
#include "firmware/core/wall.h"
#include "firmware/imprint.h"
#include "firmware/methods/method.h"
#include "firmware/store/store.h"
#include "firmware/trace.h"

struct imprint {
    const struct hal_flash *flash;
    char unit_serial[PROVISION_SERIAL_CHARS_MAX + 1]; /* The chip's; empty: none. */

    enum imprint_state state; /* Written by machine_goto only. */
    imp_err_t reason;
    imp_err_t last_error;
    int32_t foreign_code;
    uint64_t now_ms;      /* Of the step under way. */
    uint64_t next_try_ms; /* BACKOFF, WAITING; in ENROLLED of the next look at the server. */
    uint32_t attempts;    /* Failures in a row. */
    uint8_t unlock_tries;
    bool is_unlocked;
    bool proves_again;     /* PROVE was asked for on an enrolled device. */
    bool renew_is_asked;   /* By the application or the operator: due at once. */
    bool proves_anchor;    /* PROVE: the chain it shows leads to the newer anchor alone. */
    uint8_t events_new;    /* Bits of enum imprint_identity_event: to be told. */
    uint8_t events_told;   /* The ones about the end of this certificate, told in this life. */
    uint16_t renew_jitter; /* Of this life: 1/65536 of CONFIG_RENEW_JITTER_PERCENT. */
    void (*identity_changed)(void *context, enum imprint_identity_event event);
    void *identity_context;

    struct store store;
    struct provision provision;
    struct wall wall;
    struct identity identity;
    struct identity_draft draft; /* VERIFY to COMMIT; views into `work`. */
    struct trace trace;

    const struct method *method;
    struct enrollment enrollment;
    char name[CONFIG_NAME_CHARS_MAX + 1]; /* In use: provisioned, or from the serial number. */
    uint8_t point[KEY_POINT_BYTES];       /* Of the staged key. */
    uint16_t csr_bytes;                   /* 0: none built. */
    uint8_t csr[CONFIG_CSR_BYTES_MAX];
    uint8_t work[CONFIG_WORK_BYTES]; /* Anchors and issuers, then what the phase needs. */
};

_Static_assert(sizeof(struct imprint) <= IMPRINT_MEMORY_BYTES,
               "IMPRINT_MEMORY_BYTES is too small for the context");

#endif
