/* SPDX-License-Identifier: MIT
 * user_settings.h -- the firmware's own (port/wolfssl/user_settings.h), with the word size of the
 * board where CT_WORD_BITS asks for it: on a 64-bit host wolfSSL's C code for 32-bit words. */
#ifndef TESTS_CT_USER_SETTINGS_H
#define TESTS_CT_USER_SETTINGS_H

#include "port/wolfssl/user_settings.h"

#if CT_WORD_BITS == 32
#undef HAVE___UINT128_T
#undef SP_WORD_SIZE
#define SP_WORD_SIZE 32
#elif CT_WORD_BITS != 64
#error "CT_WORD_BITS is 32 or 64"
#endif
#if defined(WOLFSSL_SP_ASM) || defined(WOLFSSL_SP_ARM_CORTEX_M_ASM)
#error "this is about the portable C"
#endif

#endif
