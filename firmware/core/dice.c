/* SPDX-License-Identifier: MIT
 * dice.c -- see dice.h. */
#include "firmware/core/dice.h"

#include "firmware/crypto/random.h"
#include "firmware/little_endian.h"

uint32_t dice_roll(void)
{
    uint8_t random[4] = { 0 };

    (void)random_fill(random, sizeof random);
    return le32_get(random);
}
