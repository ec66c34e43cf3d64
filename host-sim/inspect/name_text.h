/* SPDX-License-Identifier: MIT
 * name_text.h -- names of certificates in words, for inspect_certs.c alone. */
#ifndef HOST_SIM_INSPECT_NAME_TEXT_H
#define HOST_SIM_INSPECT_NAME_TEXT_H

#include "firmware/bytes.h"

enum {
    NAME_TEXT_BYTES = 4096
};

/* A Name (RFC 5280 4.1.2.4) as "CN=..., O=...", in the order it is encoded, or what is left of it
 * where it is malformed. Cut when it is longer than `text`. Returns `text`, which may hold any
 * bytes but NUL. */
const char *name_text(struct bytes name, char text[NAME_TEXT_BYTES]);

/* The content of GeneralNames as "DNS:..., IP:..., other". The same. */
const char *alt_names_text(struct bytes names, char text[NAME_TEXT_BYTES]);

#endif
