/* SPDX-License-Identifier: MIT
 * load.h -- between flash and context: what LOAD brings in, and what the machine keeps. */
#ifndef FIRMWARE_CORE_LOAD_H
#define FIRMWARE_CORE_LOAD_H

#include "firmware/core/context.h"

/* Open the store and bring in provisioning, routes, identity, staged key and attempt count; seal
 * a token that a host tool left in the clear. 0; IMP_ERR_STORE_*, IMP_ERR_SEAL_*: nothing may
 * then be written. */
imp_err_t load_all(struct imprint *imprint);

/* Read the committed identity again, and raise the floor to its notBefore. */
imp_err_t load_identity(struct imprint *imprint);

/* Look at a candidate after a reset: one that is the identity already was promoted, and is forgotten
 * with all that its renewal needed; one of the staged key stays; any other is dropped. 0;
 * IMP_ERR_STORE_*. */
imp_err_t load_candidate(struct imprint *imprint);

/* Forget what only an enrollment or a renewal needed: token, staged key, candidate, counts. 0 or as
 * store_forget. */
imp_err_t load_forget_spent(struct imprint *imprint);

/* Forget a candidate that the server refused, and its key. 0 or as store_forget. */
imp_err_t load_drop_candidate(struct imprint *imprint);

/* True when the committed identity was proved: the staged key it came from is forgotten. */
bool load_is_proved(const struct imprint *imprint);

/* Settle the name in use: provisioned, else imprint-<serial>. 0; IMP_ERR_CONFIG_NAME: there is
 * neither. */
imp_err_t load_settle_name(struct imprint *imprint);

/* 0 when everything an enrollment needs is provisioned; IMP_ERR_CONFIG_MISSING;
 * IMP_ERR_CONFIG_NAME. Also settles the name in use. */
imp_err_t load_is_provisioned(struct imprint *imprint);

/* Read the anchors record to the start of `work`, set the views in `enrollment`; its length to
 * *bytes. 0; IMP_ERR_STORE_*. */
imp_err_t load_anchors(struct imprint *imprint, size_t *bytes);

/* Copy the anchors (not the issuers) to `out`, DER one after the other; *bytes what is needed.
 * 0; IMP_ERR_BUG_SPACE; IMP_ERR_STORE_*. */
imp_err_t load_copy_anchors(const struct imprint *imprint, uint8_t *out, size_t cap, size_t *bytes);

/* Write enrollment.found (found_anchors anchors first, then issuers) as the anchors record. 0 or
 * as store_append. */
imp_err_t load_stage_anchors(struct imprint *imprint);

/* The same when it is another than the record has. What does not fit beside our chain is left out:
 * first issuers that are not offered any more, then a root that we do not have yet, then others that
 * the verdict on the server did not use; where that is not enough the record stays. 0 or as store_append. */
imp_err_t load_refresh_anchors(struct imprint *imprint);

/* Keep the newer anchor only. Takes the anchors' place in `work`. Power lost: both, or the newer.
 * 0 or as store_append. */
imp_err_t load_retire_anchor(struct imprint *imprint);

/* Keep the attempt count in flash, as the exponent of its power of two. A failure costs
 * politeness after a reset, nothing else. */
void load_keep_attempts(struct imprint *imprint);

/* Tell the network about the provisioned routes. */
void load_routes(const struct imprint *imprint);

#endif
