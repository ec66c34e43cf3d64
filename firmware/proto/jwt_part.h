/* SPDX-License-Identifier: MIT
 * jwt_part.h -- the signature's form; for jwt.c alone. */
#ifndef FIRMWARE_PROTO_JWT_PART_H
#define FIRMWARE_PROTO_JWT_PART_H

#include "firmware/proto/jwt.h"

/* The signature has the form that its algorithm gives it. */
bool jwt_signature_is_formed(enum jwt_algorithm algorithm, struct bytes signature);

#endif
