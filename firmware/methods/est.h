/* SPDX-License-Identifier: MIT
 * est.h -- enrollment by token over EST (RFC 7030): cacerts, simpleenroll, then whoami by mutual
 * TLS.
 *
 * Lost answers: the request is sent again with the same key. Our authority answers with the same
 * certificate and spends nothing; at a foreign EST server it is a new request for the same key,
 * which may spend a use of the token. */
#ifndef FIRMWARE_METHODS_EST_H
#define FIRMWARE_METHODS_EST_H

#include "firmware/methods/method.h"

extern const struct method est_method;

#endif
