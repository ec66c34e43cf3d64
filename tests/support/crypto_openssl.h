/* SPDX-License-Identifier: MIT
 * crypto_openssl.h -- crypto_verify over OpenSSL, counted, and able to fail as a full
 * arena does. */
#ifndef TESTS_SUPPORT_CRYPTO_OPENSSL_H
#define TESTS_SUPPORT_CRYPTO_OPENSSL_H

#include "firmware/crypto/verify.h"

/* Calls so far; a test may set it back. */
extern unsigned crypto_verify_count;

/* Not 0: every call returns this instead of a verdict. */
extern imp_err_t crypto_verify_fails_with;

#endif
