/* SPDX-License-Identifier: MIT
 * seal_purpose.h -- sealing with a purpose, for the port's own files (crypto/seal.h is what others
 * see).
 *
 * Each purpose has a key of its own, HMAC-SHA256(device key, label): what was sealed for one never
 * opens for another. */
#ifndef PORT_WOLFSSL_SEAL_PURPOSE_H
#define PORT_WOLFSSL_SEAL_PURPOSE_H

#include "firmware/bytes.h"
#include "firmware/error.h"

enum seal_purpose {
    SEAL_SECRET, /* crypto/seal.h: tokens and the like. */
    SEAL_KEY     /* crypto/key.h: private keys, in flash and in their RAM slots. */
};

/* As seal_close and seal_open. */
imp_err_t seal_close_for(enum seal_purpose purpose, struct bytes bound_to, struct bytes plain,
                         uint8_t *sealed);
imp_err_t seal_open_for(enum seal_purpose purpose, struct bytes bound_to, struct bytes sealed,
                        uint8_t *plain);

#endif
