/* SPDX-License-Identifier: MIT
 * doubles.h -- crypto, TLS and network for fuzz targets: quick, and what they say is up to the input. Sealing and keys
 * are seal_double.h's. */
#ifndef TESTS_FUZZ_DOUBLES_H
#define TESTS_FUZZ_DOUBLES_H

#include <stdint.h>

/* Start anew: the n-th crypto_verify from now on accepts when bit n mod 8 of `accepts` is set. */
void doubles_reset(uint8_t accepts);

/* Signatures verified since. */
unsigned doubles_verify_count(void);

#endif
