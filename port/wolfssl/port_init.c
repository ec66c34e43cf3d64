/* SPDX-License-Identifier: MIT
 * port_init.c -- start of wolfSSL, its clock, and the P-256 counters. */
#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/ssl.h>

#include "hal/hal_clock.h"
#include "port/port.h"
#include "port/wolfssl/p256_count.h"

struct port_p256_count p256_count;

/* wolfSSL's seconds, for time limits that this build has switched off; it wants the symbol all the
 * same. */
word32 LowResTimer(void);

word32 LowResTimer(void)
{
    return (word32)(hal_clock_ms() / 1000);
}

imp_err_t port_init(void)
{
    return wolfSSL_Init() == WOLFSSL_SUCCESS ? 0 : IMP_ERR_CRYPTO_FAULT;
}

struct port_p256_count port_p256_counted(void)
{
    return p256_count;
}
