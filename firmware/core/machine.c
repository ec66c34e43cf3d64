/* SPDX-License-Identifier: MIT
 * machine.c -- one function a state; machine.h draws them. */
#include "firmware/core/machine.h"

#include <string.h>

#include "firmware/core/backoff.h"
#include "firmware/core/dice.h"
#include "firmware/core/load.h"
#include "firmware/core/renewal.h"
#include "firmware/crypto/random.h"
#include "firmware/imp_assert.h"
#include "firmware/proto/csr.h"
#include "firmware/secret.h"

/* How soon the main loop should call again while the network is being waited for. */
enum {
    POLL_MS = 1,
    IDLE_MS = 1000
};

static bool needs_staged_key(enum imprint_state state)
{
    return state >= IMPRINT_CSR && state <= IMPRINT_COMMIT;
}

static bool needs_identity(enum imprint_state state)
{
    return state == IMPRINT_PROVE || state == IMPRINT_ENROLLED || state == IMPRINT_RENEW;
}

/* May a connection be open in this state? */
static bool may_connect(enum imprint_state state)
{
    return (state >= IMPRINT_TRUST && state <= IMPRINT_PROVE) || state == IMPRINT_RENEW;
}

/* The bullet list of machine.h. */
static void machine_assert_state(const struct imprint *imprint)
{
    const enum imprint_state state = imprint->state;
    const struct enrollment *e = &imprint->enrollment;

    if (state == IMPRINT_KEYGEN) {
        IMP_ASSERT(!store_has(&imprint->store, STORE_STAGED_KEY));
    }
    if (needs_staged_key(state)) {
        IMP_ASSERT(store_has(&imprint->store, STORE_STAGED_KEY));
        IMP_ASSERT(key_is_present(KEY_SLOT_STAGED));
    }
    if (state == IMPRINT_CONNECT || state == IMPRINT_ENROLL) {
        IMP_ASSERT(e->anchors.count > 0 && imprint->csr_bytes > 0);
    }
    if (state == IMPRINT_ENROLL) {
        IMP_ASSERT(e->is_verified);
    }
    if (state == IMPRINT_COMMIT) {
        IMP_ASSERT(imprint->draft.count > 0);
    }
    if (needs_identity(state)) {
        IMP_ASSERT(imprint->identity.is_present);
    }
    if (imprint->identity.is_present && state != IMPRINT_LOAD && state != IMPRINT_FAULT) {
        IMP_ASSERT(key_is_present(KEY_SLOT_CURRENT));
    }
    if (state == IMPRINT_ENROLLED) {
        IMP_ASSERT(!store_has(&imprint->store, STORE_STAGED_KEY) &&
                   !store_has(&imprint->store, STORE_CANDIDATE));
    }
    if (!may_connect(state)) {
        IMP_ASSERT(e->exchange.phase == EXCHANGE_IDLE && e->token.len == 0);
    }
}

/* The only writer of the state. */
static void machine_goto(struct imprint *imprint, enum imprint_state state, imp_err_t reason)
{
    trace_add(&imprint->trace, IMPRINT_TRACE_STATE, (int32_t)state, (int32_t)imprint->state);
    imprint->state = state;
    imprint->reason = reason;
    imprint->enrollment.step = 0;
    machine_assert_state(imprint);
}

/* A proved identity is in use, and what goes on is about the next one. */
static bool has_proved_identity(const struct imprint *imprint)
{
    return imprint->identity.is_present && load_is_proved(imprint);
}

bool machine_is_renewing(const struct imprint *imprint)
{
    return has_proved_identity(imprint) && !imprint->proves_again &&
           imprint->state != IMPRINT_ENROLLED && imprint->state != IMPRINT_LOAD &&
           imprint->state != IMPRINT_FAULT;
}

/* By the token where there is one; else in the name of the identity. */
static bool goes_by_token(const struct imprint *imprint)
{
    return store_has(&imprint->store, STORE_TOKEN);
}

/* --- Failing ---------------------------------------------------------------------------------- */

/* End the connection and forget what the phase held. */
static void end_phase(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;

    if (imprint->method != NULL && e->work != NULL) {
        imprint->method->stop(e);
    }
    e->token = (struct bytes){ 0 };
    e->chain = (struct bytes){ 0 };
    imprint->draft.count = 0;
}

static void note_error(struct imprint *imprint, imp_err_t err)
{
    imprint->last_error = err;
    imprint->foreign_code = imprint->enrollment.foreign_code;
    trace_add(&imprint->trace, IMPRINT_TRACE_ERROR, err, imprint->foreign_code);
}

/* Count the failure, and wait in `state`. A count that can't be kept costs politeness after a
 * reset, nothing else. */
static void wait_in(struct imprint *imprint, enum imprint_state state, imp_err_t err)
{
    if (imprint->attempts < UINT32_MAX) {
        imprint->attempts++;
    }
    /* A look at the server that failed ends with a reset, and its count too; a proof that was
     * refused does not, although its key is gone. */
    if (backoff_is_doubling(imprint->attempts) &&
        (!imprint->identity.is_present || imprint->state == IMPRINT_PROVE ||
         store_has(&imprint->store, STORE_STAGED_KEY))) {
        load_keep_attempts(imprint);
    }
    const uint32_t wait_ms =
        backoff_wait_ms(imprint->attempts, imprint->enrollment.retry_after_s, dice_roll());
    imprint->next_try_ms = imprint->now_ms + wait_ms;
    imprint->enrollment.retry_after_s = 0;
    trace_add(&imprint->trace, IMPRINT_TRACE_WAIT, (int32_t)wait_ms, (int32_t)imprint->attempts);
    machine_goto(imprint, state, err);
}

/* Where a failure of this class leads. A renewal never parks a device: its identity is in use, and
 * a flash with no room for two of them still holds the one. */
static enum imprint_state state_after(const struct imprint *imprint, imp_err_t err)
{
    const enum imp_class class = imprint_err_class(err);
    const bool is_renewing = machine_is_renewing(imprint);

    if (class == IMP_CLASS_RETRY || (is_renewing && class == IMP_CLASS_REJECTED) ||
        (is_renewing && err == IMP_ERR_STORE_FULL)) {
        return IMPRINT_BACKOFF;
    }
    return class == IMP_CLASS_REJECTED ? IMPRINT_REJECTED : IMPRINT_FAULT;
}

/* What a refusal of our identity is called once that has expired: only a person with a token can
 * help. The alert is the server's own word for it (RFC 8446 6.2). */
static imp_err_t name_failure(const struct imprint *imprint, imp_err_t err)
{
    enum {
        ALERT_CERTIFICATE_EXPIRED = 45
    };
    const struct enrollment *e = &imprint->enrollment;
    const bool is_alert = err == IMP_ERR_TLS_ALERT;
    const bool is_told = is_alert && e->is_verified && e->foreign_code == ALERT_CERTIFICATE_EXPIRED;
    const bool is_refused = is_alert || imprint_err_class(err) == IMP_CLASS_REJECTED;

    if (machine_is_renewing(imprint) && e->chain_is_shown &&
        (is_told || (is_refused && renewal_is_expired(imprint)))) {
        return IMP_ERR_CERT_OURS_EXPIRED;
    }
    return err;
}

static void fail(struct imprint *imprint, imp_err_t err, bool is_verified)
{
    const imp_err_t named = name_failure(imprint, err);

    end_phase(imprint);
    note_error(imprint, named);
    if (imprint->proves_again && (!is_verified || imprint_err_class(err) != IMP_CLASS_HARDWARE)) {
        imprint->proves_again = false;
        machine_goto(imprint, IMPRINT_ENROLLED, named);
        return;
    }
    const enum imprint_state state = is_verified ? state_after(imprint, named) : IMPRINT_BACKOFF;
    if (state == IMPRINT_BACKOFF) {
        wait_in(imprint, state, named);
    } else {
        machine_goto(imprint, state, named);
    }
}

/* A failure whose cause is verified (or our own) takes the state of its class. */
void machine_fail(struct imprint *imprint, imp_err_t err)
{
    fail(imprint, err, true);
}

/* A failure before anything was verified: whatever it says, it may be a stranger's word. */
static void machine_fail_unverified(struct imprint *imprint, imp_err_t err)
{
    fail(imprint, err, false);
}

/* --- Memory of a phase ------------------------------------------------------------------------ */

/* Lend the method the work memory behind the anchors. */
static void lend(struct imprint *imprint, size_t anchors_bytes)
{
    struct enrollment *e = &imprint->enrollment;

    IMP_ASSERT(anchors_bytes <= sizeof imprint->work);
    e->server = &imprint->provision.server;
    e->pin = imprint->provision.pin;
    e->csr = bytes_of(imprint->csr, imprint->csr_bytes);
    e->trace = &imprint->trace;
    e->work = imprint->work + anchors_bytes;
    e->work_bytes = sizeof imprint->work - anchors_bytes;
    e->chain = (struct bytes){ 0 };
    e->chain_is_shown = false;
    e->body_at = 0;
    e->foreign_code = 0;
    e->retry_after_s = 0;
    e->has_date = false;
    e->found.count = 0;
}

/* Bring the staged anchors into work memory and lend the rest. */
static imp_err_t lend_with_anchors(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;
    size_t bytes = 0;
    const imp_err_t err = load_anchors(imprint, &bytes);

    if (err) {
        e->anchors.count = 0;
        return err;
    }
    lend(imprint, bytes);
    return 0;
}

/* The same, and our chain with its key: the candidate's, or the identity's. */
static imp_err_t lend_with_chain(struct imprint *imprint, bool is_candidate)
{
    struct enrollment *e = &imprint->enrollment;
    size_t bytes = imprint->identity.chain_bytes;
    imp_err_t err = lend_with_anchors(imprint);

    if (err == 0) {
        err =
            is_candidate
                ? identity_read_candidate(&imprint->store, e->work, e->work_bytes, &bytes)
                : identity_read_chain(&imprint->store, &imprint->identity, e->work, e->work_bytes);
    }
    if (err == 0) {
        e->chain = bytes_of(e->work, bytes);
        e->slot = is_candidate ? KEY_SLOT_STAGED : KEY_SLOT_CURRENT;
        e->chain_is_shown = true;
    }
    return err;
}

/* For a connection on which a renewal goes on. */
static imp_err_t lend_for_renewal(struct imprint *imprint)
{
    return goes_by_token(imprint) ? lend_with_anchors(imprint) : lend_with_chain(imprint, false);
}

/* Time is read anew in each step: an answer may have told it. */
static void refresh_time(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;

    e->now_ms = imprint->now_ms;
    e->time = wall_for_verdict(&imprint->wall, imprint->now_ms);
}

/* What a finished phase learned. */
static void hear_answer(struct imprint *imprint)
{
    const struct enrollment *e = &imprint->enrollment;

    if (e->has_date) {
        wall_hear(&imprint->wall, e->date, imprint->now_ms);
    }
}

/* Well again: nothing is to be done until the certificate's time comes, or somebody asks. */
static void rest_enrolled(struct imprint *imprint)
{
    imprint->attempts = 0;
    renewal_rest(imprint);
    machine_goto(imprint, IMPRINT_ENROLLED, 0);
}

/* --- The states ------------------------------------------------------------------------------- */

static uint32_t step_load(struct imprint *imprint)
{
    imp_err_t err = random_start();

    if (err == 0) {
        err = load_all(imprint);
    }
    if (err) {
        /* Whatever its class: nothing may go on over records that were not read. */
        note_error(imprint, err);
        machine_goto(imprint, IMPRINT_FAULT, err);
        return IDLE_MS;
    }
    renewal_begin(imprint);
    if (has_proved_identity(imprint) && !store_has(&imprint->store, STORE_STAGED_KEY)) {
        /* Set before the reset, to be used: the identity is in use, and no enrollment left it. */
        imprint->renew_is_asked = goes_by_token(imprint);
        machine_goto(imprint, IMPRINT_ENROLLED, 0);
        return 0;
    }
    err = machine_resume(imprint);
    if (err) {
        machine_goto(imprint, IMPRINT_BLANK, err);
    }
    return 0;
}

/* Where a device that has an identity goes on. A renewal whose answer found no issuer looks at
 * the server's issuers again. */
static enum imprint_state resume_with_identity(const struct imprint *imprint)
{
    const bool lacks_issuer =
        imprint->reason == IMP_ERR_CHAIN_NO_ANCHOR || imprint->reason == IMP_ERR_CHAIN_SIGNATURE;

    if (!load_is_proved(imprint) || store_has(&imprint->store, STORE_CANDIDATE)) {
        return IMPRINT_PROVE;
    }
    return store_has(&imprint->store, STORE_STAGED_KEY) && !lacks_issuer ? IMPRINT_CSR
                                                                         : IMPRINT_RENEW;
}

imp_err_t machine_resume(struct imprint *imprint)
{
    if (imprint->identity.is_present) {
        machine_goto(imprint, resume_with_identity(imprint), 0);
        return 0;
    }
    const imp_err_t err = load_is_provisioned(imprint);
    if (err) {
        return err;
    }
    machine_goto(imprint,
                 store_has(&imprint->store, STORE_STAGED_KEY) ? IMPRINT_CSR : IMPRINT_KEYGEN, 0);
    return 0;
}

/* What the look at the server brought is kept first; only then is it decided whether to renew. */
static void renew_finish(struct imprint *imprint)
{
    hear_answer(imprint);
    const imp_err_t err = load_refresh_anchors(imprint);

    if (err) {
        machine_fail(imprint, err);
        return;
    }
    end_phase(imprint);
    if (store_has(&imprint->store, STORE_STAGED_KEY)) {
        machine_goto(imprint, IMPRINT_CSR, 0);
    } else if (renewal_is_due(imprint)) {
        machine_goto(imprint, IMPRINT_KEYGEN, 0);
    } else {
        rest_enrolled(imprint);
    }
}

static uint32_t step_renew(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;

    if (e->step == 0) {
        const imp_err_t err = lend_for_renewal(imprint);
        if (err) {
            machine_fail(imprint, err);
            return 0;
        }
    }
    const int32_t result = imprint->method->renew(e);
    if (result == 0) {
        return POLL_MS;
    }
    if (result == 1) {
        renew_finish(imprint);
    } else if (e->is_verified) {
        hear_answer(imprint);
        machine_fail(imprint, result);
    } else {
        machine_fail_unverified(imprint, result);
    }
    return 0;
}

/* Stage a new key: in flash and read back before anything leaves the device. */
static uint32_t step_keygen(struct imprint *imprint)
{
    imp_err_t err = key_generate(KEY_SLOT_STAGED);

    if (err == 0) {
        err = key_public(KEY_SLOT_STAGED, imprint->point);
    }
    if (err == 0) {
        err = store_append_key(&imprint->store, STORE_STAGED_KEY, NULL, 0, KEY_SLOT_STAGED);
    }
    if (err) {
        key_erase(KEY_SLOT_STAGED); /* The record was the last step: there is none. */
        machine_fail(imprint, err);
        return IDLE_MS;
    }
    trace_add(&imprint->trace, IMPRINT_TRACE_STORED, STORE_STAGED_KEY, KEY_POINT_BYTES);
    imprint->csr_bytes = 0;
    machine_goto(imprint, IMPRINT_CSR, 0);
    return 0;
}

static imp_err_t build_csr(struct imprint *imprint)
{
    uint8_t digest[HASH_SHA256_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t info_bytes;
    size_t signature_bytes;
    size_t csr_bytes;
    imp_err_t err = csr_build_info(imprint->name, imprint->point, imprint->csr, sizeof imprint->csr,
                                   &info_bytes);

    if (err) {
        return err;
    }
    const struct bytes info = bytes_of(imprint->csr, info_bytes);
    err = hash_sha256(&info, 1, digest);
    if (err) {
        return err;
    }
    err = key_sign(KEY_SLOT_STAGED, digest, signature, &signature_bytes);
    if (err) {
        return err;
    }
    err = csr_wrap(imprint->csr, sizeof imprint->csr, info_bytes,
                   bytes_of(signature, signature_bytes), &csr_bytes);
    imprint->csr_bytes = err ? 0 : (uint16_t)csr_bytes;
    return err;
}

static uint32_t step_csr(struct imprint *imprint)
{
    imp_err_t err = imprint->csr_bytes > 0 ? 0 : build_csr(imprint);

    if (err == 0 && store_has(&imprint->store, STORE_ANCHORS)) {
        err = imprint->identity.is_present ? lend_for_renewal(imprint) : lend_with_anchors(imprint);
        if (err == 0) {
            machine_goto(imprint, IMPRINT_CONNECT, 0);
        }
    } else if (err == 0) {
        imprint->enrollment.anchors.count = 0;
        imprint->enrollment.issuers.count = 0;
        lend(imprint, 0);
        machine_goto(imprint, IMPRINT_TRUST, 0);
    }
    if (err) {
        machine_fail(imprint, err);
    }
    return 0;
}

static uint32_t step_trust(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;
    const int32_t result = imprint->method->trust(e);

    if (result == 0) {
        return POLL_MS;
    }
    if (result < 0) {
        machine_fail_unverified(imprint, result);
        return 0;
    }
    imprint->method->stop(e);
    imp_err_t err = load_stage_anchors(imprint);
    if (err == 0) {
        err = lend_with_anchors(imprint);
    }
    if (err) {
        machine_fail(imprint, err);
        return 0;
    }
    machine_goto(imprint, IMPRINT_CONNECT, 0);
    return 0;
}

static uint32_t step_connect(struct imprint *imprint)
{
    const int32_t result = imprint->method->connect(&imprint->enrollment);

    if (result == 0) {
        return POLL_MS;
    }
    if (result < 0) {
        machine_fail_unverified(imprint, result);
    } else {
        machine_goto(imprint, IMPRINT_ENROLL, 0);
    }
    return 0;
}

/* The token is in RAM from here until the method has built its request. */
static int32_t enroll_begin(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;

    if (imprint->identity.is_present && !goes_by_token(imprint)) {
        return imprint->method->enroll(e);
    }
    uint8_t token[CONFIG_TOKEN_CHARS_MAX];
    size_t token_bytes = 0;
    const imp_err_t err =
        store_read_secret(&imprint->store, STORE_TOKEN, token, sizeof token, &token_bytes);

    if (err) {
        return err;
    }
    e->token = bytes_of(token, token_bytes);
    const int32_t result = imprint->method->enroll(e);
    e->token = (struct bytes){ 0 };
    secret_wipe(token, sizeof token);
    return result;
}

/* Accepted, but not issued: remember it over resets, ask again later with the same key. */
static void enroll_pending(struct imprint *imprint)
{
    imp_err_t err = 0;

    hear_answer(imprint);
    if (!store_has(&imprint->store, STORE_PENDING)) {
        err = store_append(&imprint->store, STORE_PENDING, NULL, 0);
    }
    if (err) {
        machine_fail(imprint, err);
        return;
    }
    end_phase(imprint);
    note_error(imprint, IMP_ERR_EST_PENDING);
    wait_in(imprint, IMPRINT_WAITING, IMP_ERR_EST_PENDING);
}

/* A token that the server does not take, for whatever reason, must not keep a living identity from
 * renewing itself. */
static imp_err_t drop_token(struct imprint *imprint, imp_err_t err)
{
    static const enum store_type token[] = { STORE_TOKEN };

    if (!imprint->identity.is_present || !goes_by_token(imprint) ||
        imprint_err_class(err) != IMP_CLASS_REJECTED) {
        return err;
    }
    const imp_err_t failed = store_forget(&imprint->store, token, 1);
    return failed ? failed : err;
}

static uint32_t step_enroll(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;
    const int32_t result = e->step == 0 ? enroll_begin(imprint) : imprint->method->enroll(e);

    if (result == 0) {
        return POLL_MS;
    }
    if (result == IMP_ERR_EST_PENDING) {
        enroll_pending(imprint);
    } else if (result < 0) {
        hear_answer(imprint);
        machine_fail(imprint, drop_token(imprint, result));
    } else {
        hear_answer(imprint);
        imprint->method->stop(e);
        machine_goto(imprint, IMPRINT_VERIFY, 0);
    }
    return 0;
}

/* PROVE holds anchors and chain at once: what does not fit must not be committed. */
static imp_err_t check_chain_fits(const struct imprint *imprint)
{
    size_t chain_bytes = 0;

    for (size_t i = 0; i < imprint->draft.count; i++) {
        chain_bytes += imprint->draft.chain[i].len;
    }
    return chain_bytes > imprint->enrollment.work_bytes ? IMP_ERR_CERT_TOO_LARGE : 0;
}

/* The issuers kept beside the anchors came from a server that nobody had verified, or are old: the
 * next try looks for them again. The anchor itself is proved by its pin. */
static imp_err_t drop_issuers(struct imprint *imprint, imp_err_t err)
{
    static const enum store_type anchors[] = { STORE_ANCHORS };

    if ((err != IMP_ERR_CHAIN_NO_ANCHOR && err != IMP_ERR_CHAIN_SIGNATURE) ||
        imprint->identity.is_present) {
        return err; /* An identity's anchors stay; RENEW looks for issuers. */
    }
    const imp_err_t failed = store_forget(&imprint->store, anchors, 1);
    return failed ? failed : err;
}

static uint32_t step_verify(struct imprint *imprint)
{
    const struct enrollment *e = &imprint->enrollment;
    const struct identity_question question = {
        .issued = &e->found,
        .issuers = &e->issuers,
        .anchors = &e->anchors,
        .point = imprint->point,
        .name = imprint->name,
        .time = e->time,
    };
    imp_err_t err = identity_verify(&question, &imprint->draft);

    err = err ? err : check_chain_fits(imprint);
    if (err) {
        machine_fail(imprint, drop_issuers(imprint, err));
    } else {
        machine_goto(imprint, IMPRINT_COMMIT, 0);
    }
    return 0;
}

/* Beside an identity what was issued is a candidate: the identity stays until that is proved. */
static uint32_t step_commit(struct imprint *imprint)
{
    const enum store_type type = imprint->identity.is_present ? STORE_CANDIDATE : STORE_IDENTITY;
    imp_err_t err =
        identity_commit(&imprint->store, type, &imprint->draft, imprint->method->number);

    imprint->draft.count = 0;
    if (err == 0 && type == STORE_IDENTITY) {
        err = load_identity(imprint);
    }
    if (err) {
        machine_fail(imprint, err);
        return 0;
    }
    trace_add(&imprint->trace, IMPRINT_TRACE_STORED, (int32_t)type,
              (int32_t)store_size(&imprint->store, type));
    if (type == STORE_IDENTITY) {
        imprint->attempts = 0; /* A candidate has yet to be accepted: its failures count on. */
    }
    machine_goto(imprint, IMPRINT_PROVE, 0);
    return 0;
}

/* Bring anchors and the chain to be proved into work memory, then let the method begin. */
static imp_err_t prove_begin(struct imprint *imprint)
{
    const struct enrollment *e = &imprint->enrollment;
    const imp_err_t err = lend_with_chain(imprint, store_has(&imprint->store, STORE_CANDIDATE));

    imprint->proves_anchor = err == 0 && e->anchors.count > 1 &&
                             identity_check_anchor(e->chain, &e->anchors.at[1], e->time) == 0;
    return err;
}

/* The candidate becomes the identity with one record. */
static imp_err_t promote(struct imprint *imprint)
{
    imp_err_t err = identity_promote(&imprint->store, imprint->work, sizeof imprint->work);

    err = err ? err : load_identity(imprint);
    if (err == 0) {
        trace_add(&imprint->trace, IMPRINT_TRACE_STORED, STORE_IDENTITY,
                  imprint->identity.chain_bytes);
    }
    return err;
}

/* The server accepted the chain. A newer anchor that vouches for both of us, alone, ends the
 * older one's time. */
static imp_err_t prove_keep(struct imprint *imprint)
{
    const bool is_candidate = store_has(&imprint->store, STORE_CANDIDATE);
    const bool is_first = !load_is_proved(imprint);
    const bool retires = imprint->proves_anchor && (imprint->enrollment.accepted_by & 2u) != 0;
    imp_err_t err = is_candidate ? promote(imprint) : 0;

    if (err == 0 && retires) {
        err = load_retire_anchor(imprint);
    }
    if (err == 0 && (is_first || is_candidate)) {
        err = load_forget_spent(imprint);
        renewal_note(imprint, is_candidate ? IMPRINT_IDENTITY_RENEWED : IMPRINT_IDENTITY_ENROLLED);
    }
    return err;
}

/* Proved: what only the enrollment needed is forgotten, the token first of all. */
static void prove_finish(struct imprint *imprint)
{
    hear_answer(imprint);
    end_phase(imprint);
    const imp_err_t err = prove_keep(imprint);
    const bool was_asked = imprint->proves_again;

    imprint->proves_again = false;
    if (err) {
        machine_fail(imprint, err);
    } else if (was_asked) {
        /* The next look at the server stays where it is: who asks often must not delay it. */
        imprint->attempts = 0;
        machine_goto(imprint, IMPRINT_ENROLLED, 0);
    } else {
        rest_enrolled(imprint);
    }
}

/* Does the server say no to the chain that it was shown, by its status or its alert? */
static bool is_refusal(const struct enrollment *e, int32_t result)
{
    enum {
        ALERT_BAD_CERTIFICATE = 42,
        ALERT_ACCESS_DENIED = 49
    };

    if (result == IMP_ERR_TLS_ALERT) {
        return e->foreign_code >= ALERT_BAD_CERTIFICATE && e->foreign_code <= ALERT_ACCESS_DENIED;
    }
    return imprint_err_class(result) == IMP_CLASS_REJECTED;
}

/* A refusal costs the candidate, never the identity. */
static void prove_failed(struct imprint *imprint, imp_err_t err)
{
    imp_err_t failed = 0;

    hear_answer(imprint);
    if (store_has(&imprint->store, STORE_CANDIDATE) && is_refusal(&imprint->enrollment, err)) {
        end_phase(imprint);
        failed = load_drop_candidate(imprint);
    }
    machine_fail(imprint, failed ? failed : err);
}

static uint32_t step_prove(struct imprint *imprint)
{
    struct enrollment *e = &imprint->enrollment;

    if (e->step == 0) {
        const imp_err_t err = prove_begin(imprint);
        if (err) {
            machine_fail(imprint, err);
            return 0;
        }
    }
    const int32_t result = imprint->method->prove(e);
    if (result == 0) {
        return POLL_MS;
    }
    if (result == 1) {
        prove_finish(imprint);
    } else if (e->is_verified) {
        prove_failed(imprint, result);
    } else {
        machine_fail_unverified(imprint, result);
    }
    return 0;
}

/* BACKOFF and WAITING: until the time has come. */
static uint32_t step_wait(struct imprint *imprint)
{
    if (imprint->now_ms < imprint->next_try_ms) {
        const uint64_t left_ms = imprint->next_try_ms - imprint->now_ms;
        return left_ms < IDLE_MS ? (uint32_t)left_ms : IDLE_MS;
    }
    const imp_err_t err = machine_resume(imprint);
    if (err) {
        machine_fail(imprint, err);
    }
    return 0;
}

static uint32_t step_enrolled(struct imprint *imprint)
{
    if (!renewal_wants_look(imprint)) {
        return IDLE_MS;
    }
    machine_goto(imprint, IMPRINT_RENEW, 0);
    return 0;
}

/* BLANK, REJECTED, FAULT: nothing to do until somebody asks. */
static uint32_t step_rest(struct imprint *imprint)
{
    (void)imprint;
    return IDLE_MS;
}

uint32_t machine_step(struct imprint *imprint)
{
    static uint32_t (*const run[IMPRINT_STATE_COUNT])(struct imprint *) = {
        [IMPRINT_LOAD] = step_load,     [IMPRINT_BLANK] = step_rest,
        [IMPRINT_KEYGEN] = step_keygen, [IMPRINT_CSR] = step_csr,
        [IMPRINT_TRUST] = step_trust,   [IMPRINT_CONNECT] = step_connect,
        [IMPRINT_ENROLL] = step_enroll, [IMPRINT_VERIFY] = step_verify,
        [IMPRINT_COMMIT] = step_commit, [IMPRINT_PROVE] = step_prove,
        [IMPRINT_RENEW] = step_renew,   [IMPRINT_ENROLLED] = step_enrolled,
        [IMPRINT_BACKOFF] = step_wait,  [IMPRINT_WAITING] = step_wait,
        [IMPRINT_REJECTED] = step_rest, [IMPRINT_FAULT] = step_rest,
    };
    IMP_ASSERT(imprint->state < IMPRINT_STATE_COUNT);
    refresh_time(imprint);
    return run[imprint->state](imprint);
}

void machine_prove(struct imprint *imprint)
{
    IMP_ASSERT(imprint->state == IMPRINT_ENROLLED);
    imprint->proves_again = true;
    machine_goto(imprint, IMPRINT_PROVE, 0);
}

void machine_reload(struct imprint *imprint)
{
    end_phase(imprint);
    key_erase(KEY_SLOT_STAGED);
    key_erase(KEY_SLOT_CURRENT);
    imprint->identity = (struct identity){ 0 };
    imprint->attempts = 0;
    imprint->csr_bytes = 0;
    imprint->proves_again = false;
    imprint->renew_is_asked = false;
    machine_goto(imprint, IMPRINT_LOAD, 0);
}
