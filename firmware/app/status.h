/* SPDX-License-Identifier: MIT
 * status.h -- what `status`, `config` and `whoami` print: one `key: value` a line, for eyes and
 * for scripts. */
#ifndef FIRMWARE_APP_STATUS_H
#define FIRMWARE_APP_STATUS_H

#include "firmware/imprint.h"

/* Everything. */
void status_put(const struct imprint *imprint, uint64_t now_ms);

/* What is provisioned; of secrets only whether they are there. */
void status_put_config(const struct imprint *imprint, uint64_t now_ms);

/* Name, certificate fingerprint and dates; "identity: none" without one. */
void status_put_identity(const struct imprint *imprint, uint64_t now_ms);

#endif
