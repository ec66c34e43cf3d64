/* SPDX-License-Identifier: MIT
 * imprint.c -- the public API over the machine. */
#include "firmware/imprint.h"

#include <string.h>

#include "firmware/core/context.h"
#include "firmware/core/load.h"
#include "firmware/core/machine.h"
#include "firmware/core/renewal.h"
#include "firmware/core/unlock.h"
#include "firmware/crypto/seal.h"
#include "firmware/imp_assert.h"
#include "firmware/methods/est.h"
#include "firmware/secret.h"

const char *imprint_state_name(enum imprint_state state)
{
    static const char *const names[IMPRINT_STATE_COUNT] = {
        [IMPRINT_LOAD] = "LOAD",         [IMPRINT_BLANK] = "BLANK",
        [IMPRINT_KEYGEN] = "KEYGEN",     [IMPRINT_CSR] = "CSR",
        [IMPRINT_TRUST] = "TRUST",       [IMPRINT_CONNECT] = "CONNECT",
        [IMPRINT_ENROLL] = "ENROLL",     [IMPRINT_VERIFY] = "VERIFY",
        [IMPRINT_COMMIT] = "COMMIT",     [IMPRINT_PROVE] = "PROVE",
        [IMPRINT_ENROLLED] = "ENROLLED", [IMPRINT_RENEW] = "RENEW",
        [IMPRINT_BACKOFF] = "BACKOFF",   [IMPRINT_WAITING] = "WAITING",
        [IMPRINT_REJECTED] = "REJECTED", [IMPRINT_FAULT] = "FAULT",
    };
    return (unsigned)state < IMPRINT_STATE_COUNT ? names[state] : "?";
}

struct imprint *imprint_start(struct imprint_memory *memory, const struct imprint_params *params)
{
    struct imprint *imprint = (struct imprint *)(void *)memory->bytes;

    IMP_ASSERT(params->flash != NULL);
    memset(memory, 0, sizeof *memory);
    imprint->flash = params->flash;
    imprint->method = &est_method;
    imprint->identity_changed = params->identity_changed;
    imprint->identity_context = params->identity_context;
    imprint->state = IMPRINT_LOAD;
    wall_start(&imprint->wall);
    if (params->unit_serial != NULL) {
        struct provision serial = { 0 };
        if (provision_set_serial(&serial, params->unit_serial) == 0) {
            memcpy(imprint->unit_serial, serial.serial, sizeof imprint->unit_serial);
        }
    }
    return imprint;
}

uint32_t imprint_step(struct imprint *imprint, uint64_t now_ms)
{
    IMP_ASSERT(now_ms >= imprint->now_ms);
    imprint->now_ms = now_ms;
    imprint->trace.now_ms = now_ms;
    const uint32_t idle_ms = machine_step(imprint);
    renewal_tell(imprint);
    return idle_ms;
}

/* --- Provisioning ----------------------------------------------------------------------------- */

static bool is_resting(const struct imprint *imprint)
{
    switch (imprint->state) {
    case IMPRINT_BLANK:
    case IMPRINT_ENROLLED:
    case IMPRINT_BACKOFF:
    case IMPRINT_WAITING:
    case IMPRINT_REJECTED:
        return true;
    default:
        return false;
    }
}

/* May the provisioning change now? */
static imp_err_t check_change(const struct imprint *imprint)
{
    if (imprint->identity.is_present && !imprint->is_unlocked) {
        return IMP_ERR_CONFIG_LOCKED;
    }
    return is_resting(imprint) ? 0 : IMP_ERR_CONFIG_STATE;
}

/* A flash without room for it is as before, and so is the device. */
static imp_err_t fail_change(struct imprint *imprint, imp_err_t err)
{
    if (err && err != IMP_ERR_STORE_FULL) {
        machine_fail(imprint, err);
    }
    return err;
}

/* Write `changed` to flash; only then does it count. */
static imp_err_t keep_provision(struct imprint *imprint, const struct provision *changed)
{
    uint8_t record[PROVISION_RECORD_BYTES_MAX];
    const struct bytes part = bytes_of(record, provision_encode(changed, record));
    const imp_err_t err = store_append(&imprint->store, STORE_PROVISION, &part, 1);

    if (err) {
        return fail_change(imprint, err);
    }
    imprint->provision = *changed;
    imprint->csr_bytes = 0;
    load_routes(imprint);
    (void)load_settle_name(imprint); /* Without one yet, the enrollment will say so. */
    return 0;
}

typedef imp_err_t (*provision_set_fn)(struct provision *provision, const char *value);

static imp_err_t set_value(struct imprint *imprint, provision_set_fn set, const char *value)
{
    struct provision changed = imprint->provision;
    imp_err_t err = check_change(imprint);

    if (err == 0) {
        err = set(&changed, value);
    }
    return err ? err : keep_provision(imprint, &changed);
}

imp_err_t imprint_set_server(struct imprint *imprint, const char *url)
{
    return set_value(imprint, provision_set_server, url);
}

/* The anchors go first: found for one pin they must never serve another, wherever the power is
 * lost. */
imp_err_t imprint_set_pin(struct imprint *imprint, const char *fingerprint)
{
    static const enum store_type anchors[] = { STORE_ANCHORS };
    struct provision changed = imprint->provision;
    imp_err_t err = check_change(imprint);

    if (err == 0 && imprint->identity.is_present) {
        err = IMP_ERR_CONFIG_STATE;
    }
    if (err == 0) {
        err = provision_set_pin(&changed, fingerprint);
    }
    if (err) {
        return err;
    }
    if (store_has(&imprint->store, STORE_ANCHORS)) {
        err = store_forget(&imprint->store, anchors, 1);
    }
    if (err) {
        machine_fail(imprint, err);
        return err;
    }
    return keep_provision(imprint, &changed);
}

/* The name of an identity is its certificate's. */
imp_err_t imprint_set_name(struct imprint *imprint, const char *name)
{
    if (check_change(imprint) == 0 && imprint->identity.is_present) {
        return IMP_ERR_CONFIG_STATE;
    }
    return set_value(imprint, provision_set_name, name);
}

imp_err_t imprint_set_serial(struct imprint *imprint, const char *serial)
{
    return set_value(imprint, provision_set_serial, serial);
}

imp_err_t imprint_set_route(struct imprint *imprint, const char *host, const char *ipv4)
{
    struct provision changed = imprint->provision;
    imp_err_t err = check_change(imprint);

    if (err == 0) {
        err = provision_set_route(&changed, host, ipv4);
    }
    return err ? err : keep_provision(imprint, &changed);
}

/* A candidate that waits for its proof goes: it may wait for ever, and the new token behind it. */
imp_err_t imprint_set_token(struct imprint *imprint, const char *token)
{
    imp_err_t err = check_change(imprint);

    if (err == 0) {
        err = provision_check_token(bytes_of_text(token));
    }
    if (err == 0) {
        err = store_append_secret(&imprint->store, STORE_TOKEN, NULL, 0, bytes_of_text(token));
        if (err == 0 && machine_is_renewing(imprint) &&
            store_has(&imprint->store, STORE_CANDIDATE)) {
            err = load_drop_candidate(imprint);
        }
        err = fail_change(imprint, err);
    }
    return err;
}

imp_err_t imprint_set_unlock(struct imprint *imprint, const char *secret)
{
    struct provision changed = imprint->provision;
    imp_err_t err = check_change(imprint);

    if (err == 0) {
        err = unlock_make(secret, changed.unlock);
    }
    changed.has_unlock = true;
    return err ? err : keep_provision(imprint, &changed);
}

imp_err_t imprint_unlock(struct imprint *imprint, const char *secret)
{
    if (!imprint->provision.has_unlock || imprint->unlock_tries >= CONFIG_UNLOCK_TRIES_MAX) {
        return IMP_ERR_CONFIG_LOCKED;
    }
    imprint->unlock_tries++;
    const imp_err_t err = unlock_check(secret, imprint->provision.unlock);
    if (err == 0) {
        imprint->unlock_tries = 0;
        imprint->is_unlocked = true;
    }
    return err;
}

/* --- Commands --------------------------------------------------------------------------------- */

imp_err_t imprint_enroll(struct imprint *imprint)
{
    if (imprint->state == IMPRINT_ENROLLED && store_has(&imprint->store, STORE_TOKEN)) {
        return imprint->is_unlocked ? imprint_renew(imprint) : IMP_ERR_CONFIG_LOCKED;
    }
    if (!is_resting(imprint) || imprint->state == IMPRINT_ENROLLED) {
        return IMP_ERR_CONFIG_STATE;
    }
    if (store_has(&imprint->store, STORE_TOKEN)) {
        imprint->renew_is_asked = true; /* With an identity: whatever its dates say. */
    }
    return machine_resume(imprint);
}

imp_err_t imprint_renew(struct imprint *imprint)
{
    const bool may = imprint->state == IMPRINT_ENROLLED || machine_is_renewing(imprint);

    if (!may || !is_resting(imprint)) {
        return IMP_ERR_CONFIG_STATE;
    }
    imprint->renew_is_asked = true;
    return machine_resume(imprint);
}

imp_err_t imprint_whoami(struct imprint *imprint)
{
    if (imprint->state != IMPRINT_ENROLLED) {
        return IMP_ERR_CONFIG_STATE;
    }
    machine_prove(imprint);
    return 0;
}

/* May there be an identity to protect? A LOAD that failed did not tell: look again. What can't be
 * read as a store for good holds none, and wiping is what repairs it. */
static bool may_be_enrolled(struct imprint *imprint)
{
    if (imprint->identity.is_present || imprint->state != IMPRINT_FAULT) {
        return imprint->identity.is_present;
    }
    const imp_err_t err = store_open(&imprint->store, imprint->flash);

    return err == 0 ? store_has(&imprint->store, STORE_IDENTITY) : err == IMP_ERR_STORE_FLASH;
}

imp_err_t imprint_wipe(struct imprint *imprint)
{
    if (imprint->state == IMPRINT_LOAD) {
        return IMP_ERR_CONFIG_STATE; /* Whether there is an identity to protect is not known yet. */
    }
    if (!imprint->is_unlocked && may_be_enrolled(imprint)) {
        return IMP_ERR_CONFIG_LOCKED;
    }
    machine_reload(imprint);
    const imp_err_t err = store_erase(&imprint->store, imprint->flash);
    if (err) {
        machine_fail(imprint, err);
    }
    imprint->is_unlocked = false;
    return err;
}

/* --- What is so ------------------------------------------------------------------------------- */

static void status_of_identity(const struct imprint *imprint, struct imprint_status *status)
{
    status->has_identity = imprint->identity.is_present;
    status->not_before = imprint->identity.not_before;
    status->not_after = imprint->identity.not_after;
    status->renew_at = imprint->identity.is_present ? renewal_point(imprint) : 0;
    status->is_renewing = machine_is_renewing(imprint);
    memcpy(status->fingerprint, imprint->identity.fingerprint, sizeof status->fingerprint);
}

static void status_of_provision(const struct imprint *imprint, struct imprint_status *status)
{
    const struct provision *provision = &imprint->provision;

    status->name = imprint->name[0] != '\0' ? imprint->name : provision->name;
    status->serial = imprint->unit_serial[0] != '\0' ? imprint->unit_serial : provision->serial;
    status->server_host = provision->server.host;
    status->server_path = provision->server.path;
    status->server_port = provision->server.port;
    status->has_pin = provision->has_pin;
    memcpy(status->pin, provision->pin, sizeof status->pin);
    status->has_token = store_has(&imprint->store, STORE_TOKEN);
    status->has_anchors = store_has(&imprint->store, STORE_ANCHORS);
}

void imprint_status(const struct imprint *imprint, uint64_t now_ms, struct imprint_status *status)
{
    memset(status, 0, sizeof *status);
    status_of_identity(imprint, status);
    status_of_provision(imprint, status);
    status->state = imprint->state;
    status->reason = imprint->reason;
    status->last_error = imprint->last_error;
    status->foreign_code = imprint->foreign_code;
    status->next_try_ms = imprint->next_try_ms;
    status->attempts = imprint->attempts;
    status->is_unlocked = imprint->is_unlocked;
    status->is_sealed = seal_is_secret();
    status->floor = imprint->wall.floor;
    status->has_estimate = wall_estimate(&imprint->wall, now_ms, &status->estimate);
    status->not_before_unchecked = imprint->enrollment.not_before_unchecked;
    memcpy(status->request_id, imprint->enrollment.request_id, sizeof status->request_id);
    status->erase_count = imprint->store.erase_count;
    status->program_count = imprint->store.program_count;
}

bool imprint_identity_expires(const struct imprint *imprint, int64_t *seconds)
{
    *seconds = imprint->identity.not_after;
    return imprint->identity.is_present;
}

imp_err_t imprint_set_time(struct imprint *imprint, int64_t seconds, uint64_t now_ms)
{
    return wall_set(&imprint->wall, seconds, now_ms);
}

/* --- The application's use of the identity ---------------------------------------------------- */

imp_err_t imprint_sign(struct imprint *imprint, const uint8_t digest[32], uint8_t signature[72],
                       size_t *bytes)
{
    if (!imprint->identity.is_present) {
        return IMP_ERR_CONFIG_STATE;
    }
    return key_sign(KEY_SLOT_CURRENT, digest, signature, bytes);
}

imp_err_t imprint_chain(const struct imprint *imprint, uint8_t *out, size_t cap, size_t *bytes)
{
    *bytes = imprint->identity.chain_bytes;
    if (!imprint->identity.is_present) {
        return IMP_ERR_CONFIG_STATE;
    }
    return identity_read_chain(&imprint->store, &imprint->identity, out, cap);
}

imp_err_t imprint_anchors(const struct imprint *imprint, uint8_t *out, size_t cap, size_t *bytes)
{
    *bytes = 0;
    if (!imprint->identity.is_present) {
        return IMP_ERR_CONFIG_STATE;
    }
    return load_copy_anchors(imprint, out, cap, bytes);
}

/* --- Trace ------------------------------------------------------------------------------------ */

bool imprint_trace(const struct imprint *imprint, uint32_t index, struct imprint_trace_entry *entry)
{
    const uint32_t behind = imprint->trace.next - index;

    if (behind == 0 || behind > CONFIG_TRACE_ENTRIES) {
        return false;
    }
    *entry = imprint->trace.ring[index % CONFIG_TRACE_ENTRIES];
    return true;
}

uint32_t imprint_trace_next(const struct imprint *imprint)
{
    return imprint->trace.next;
}
