/* SPDX-License-Identifier: MIT
 * dice.h -- chance for waits, so that a fleet spreads out. Not for keys. */
#ifndef FIRMWARE_CORE_DICE_H
#define FIRMWARE_CORE_DICE_H

#include <stdint.h>

/* 32 random bits; 0 where the noise source fails, which says so where it matters. */
uint32_t dice_roll(void);

#endif
