/* SPDX-License-Identifier: MIT
 * secret.c -- wipe and compare, in forms that link-time optimization keeps. */
#include "firmware/secret.h"

void secret_wipe(void *at, size_t len)
{
    volatile uint8_t *p = at;

    while (len-- > 0) {
        *p++ = 0;
    }
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < len; i++) {
        difference |= (uint8_t)(x[i] ^ y[i]);
    }
    return difference == 0;
}
