/* SPDX-License-Identifier: MIT
 * est_anchors.h -- what /cacerts brought: which of it becomes an anchor, and which an issuer beside
 * the anchors. */
#ifndef FIRMWARE_METHODS_EST_ANCHORS_H
#define FIRMWARE_METHODS_EST_ANCHORS_H

#include "firmware/methods/method.h"

/* Add to `found`, which holds found_anchors anchors and perhaps issuers, those of `offered` that
 * chain to one of the anchors: at most CONFIG_ISSUERS_MAX in all, each once. There is no trust in
 * them. At most two public-key operations a certificate: one that needs more is left out. */
void anchors_keep_issuers(struct enrollment *e, const struct bytes offered[], size_t count);

/* Set `found` to the anchors to keep from now on and the issuers beside them, from what a verified
 * server offers (RFC 7030 4.1.3). Anchors that we have stay, in their order. Where all of them are
 * self-signed roots, the newest root that is offered and newer than ours comes second, if a
 * certificate for its name and key is offered that an anchor of ours has signed (RFC 4210 4.4, new
 * with old): the server's word alone is not enough. At most CONFIG_ANCHORS_MAX. A second one that
 * the server of this connection does not prove (accepted_by) goes when it is not offered any more,
 * or a newer one is. A pinned intermediate is never widened to its root. Of the issuers that we
 * have, those that the connection's verdict used come first, then those offered, then the others as
 * far as they still lead to an anchor. Blocks for some four public-key operations a certificate at
 * most, however the list was chosen. */
void anchors_roll(struct enrollment *e, const struct bytes offered[], size_t count);

#endif
