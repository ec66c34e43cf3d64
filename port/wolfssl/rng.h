/* SPDX-License-Identifier: MIT
 * rng.h -- the one DRBG, for the port's own files. */
#ifndef PORT_WOLFSSL_RNG_H
#define PORT_WOLFSSL_RNG_H

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/random.h>

#include "firmware/error.h"

/* The seeded DRBG in *rng. 0; why there is none: as random_fill. */
imp_err_t rng_get(WC_RNG **rng);

#endif
