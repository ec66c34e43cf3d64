/* SPDX-License-Identifier: MIT
 * machine.h -- the enrollment machine.
 *
 *   LOAD --> KEYGEN --> CSR --> TRUST --> CONNECT --> ENROLL --> VERIFY --> COMMIT --> PROVE --> ENROLLED
 *    | |                 ^ |      |          |  ^        |  |       |          |         | ^        |
 *    | '--> BLANK        | '------+----------'  |        |  |       |          |         | '--------'
 *    |        |          |        v             |        |  |       v          |         |
 *    '- resume'----------'      BACKOFF --------'<-------+--+----------------- | --------'
 *                                                        |  '--> WAITING       v
 *                                                        v                   FAULT
 *                                                     REJECTED
 *
 *   ENROLLED --> RENEW --> KEYGEN or CSR --> CONNECT .. PROVE --> ENROLLED
 *       ^          |
 *       '----------'
 *
 * A renewal goes the same way with an identity in use: RENEW looks at the server first, COMMIT makes a
 * candidate, PROVE shows that, and only when the server has accepted it does it become the identity.
 * A renewal that fails leads to BACKOFF, whatever was said (to FAULT for broken hardware).
 *
 * Transitions, and the only function that performs each (BACKOFF and its kin: machine_fail and
 * machine_fail_unverified):
 *   LOAD     -> BLANK      [step_load]      no identity, and server, pin or token is missing
 *   LOAD     -> KEYGEN     [step_load]      provisioned, no key staged
 *   LOAD     -> CSR        [step_load]      a key is staged, for the first identity or the next one
 *   LOAD     -> PROVE      [step_load]      an identity is committed whose staged key is still there, or a
 *                                           candidate: not proved yet
 *   LOAD     -> ENROLLED   [step_load]      an identity is committed and was proved; no key is staged
 *   LOAD     -> FAULT      [step_load]      the noise source, the store or a sealed key failed
 *   BLANK    -> KEYGEN/CSR [machine_resume] `enroll` was asked for
 *   KEYGEN   -> CSR        [step_keygen]    the key is staged in flash and was read back
 *   CSR      -> TRUST      [step_csr]       no anchors are staged
 *   CSR      -> CONNECT    [step_csr]       anchors are staged
 *   TRUST    -> CONNECT    [step_trust]     the pinned CA was found and is staged
 *   CONNECT  -> ENROLL     [step_connect]   the server passed the verdict
 *   ENROLL   -> VERIFY     [step_enroll]    certificates came back
 *   ENROLL   -> WAITING    [step_enroll]    accepted; somebody must approve
 *   VERIFY   -> COMMIT     [step_verify]    the certificate is ours, and chains to the anchors
 *   COMMIT   -> PROVE      [step_commit]    identity or candidate, and its key, are one committed record
 *   PROVE    -> ENROLLED   [step_prove]     the server accepted it; a candidate is the identity now; token and
 *                                           staged key are forgotten; a newer anchor that both chains lead
 *                                           to alone is the only one
 *   ENROLLED -> PROVE      [machine_prove]  `whoami` was asked for
 *   ENROLLED -> RENEW      [step_enrolled, machine_resume] no estimate in this life yet, or due by it; or `renew`
 *                                           (`enroll` with a new token) was asked for, a
 *                                           token of an earlier life too
 *   RENEW    -> KEYGEN     [step_renew]     due, after the server's Date
 *   RENEW    -> CSR        [step_renew]     a key is staged: its answer lacked an issuer
 *   RENEW    -> ENROLLED   [step_renew]     not due
 *   BACKOFF, WAITING, REJECTED -> CSR/PROVE/RENEW [machine_resume] the wait is over, or it was asked for; KEYGEN
 *                             with no identity and no staged key
 *   any verified failure   -> BACKOFF, REJECTED, FAULT by the error's class [machine_fail]; with a proved
 *                             identity BACKOFF in place of REJECTED, and for STORE_FULL
 *   BLANK, ENROLLED, BACKOFF, WAITING, REJECTED -> FAULT [machine_fail] the store failed while the provisioning
 *                             changed; one that has no room for the change leaves the state as it is
 *   any other failure      -> BACKOFF [machine_fail_unverified]: nothing that is not verified parks a device
 *   any      -> LOAD       [machine_reload] after `wipe`
 *
 * True in each state (machine_assert_state checks these lines):
 *   KEYGEN                 no key is staged
 *   CSR .. COMMIT          a key is staged, in flash and in its slot; it is the operation's only key
 *   CONNECT, ENROLL        anchors are loaded, a CSR is built
 *   ENROLL                 the connection in use passed the verdict
 *   COMMIT                 the draft was verified against the staged key
 *   PROVE, ENROLLED, RENEW an identity is committed
 *   ENROLLED               no key is staged, there is no candidate
 *   all but LOAD, FAULT    an identity that is committed has its key in its slot
 *   BACKOFF, WAITING       next_try_ms is set; no connection is open
 *   outside TRUST .. PROVE and RENEW no connection is open, no token is in RAM */
#ifndef FIRMWARE_CORE_MACHINE_H
#define FIRMWARE_CORE_MACHINE_H

#include "firmware/core/context.h"

/* Run one step of the state that the context is in. Returns milliseconds until the next call is
 * of use. */
uint32_t machine_step(struct imprint *imprint);

/* Continue (or begin) the enrollment from what flash holds. IMP_ERR_CONFIG_MISSING;
 * IMP_ERR_CONFIG_NAME. */
imp_err_t machine_resume(struct imprint *imprint);

/* True while a renewal is under way, waits or has failed for now; its identity is in use. */
bool machine_is_renewing(const struct imprint *imprint);

/* Prove the identity again. Only in ENROLLED. */
void machine_prove(struct imprint *imprint);

/* Forget everything in RAM and load again. */
void machine_reload(struct imprint *imprint);

/* End the phase under way with `err`: BACKOFF, REJECTED or FAULT by its class. */
void machine_fail(struct imprint *imprint, imp_err_t err);

#endif
