/* SPDX-License-Identifier: MIT
 * dice.h -- the simulator's only source of chance: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014,
 * figure 17). One seed gives one run; each part of the world has dice of its own, so that one part
 * asking more often leaves the others as they were. */
#ifndef HOST_SIM_WORLD_DICE_H
#define HOST_SIM_WORLD_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_roll(struct dice *dice)
{
    uint64_t mixed = dice->state += 0x9E3779B97F4A7C15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

/* 0 to `limit` - 1; limit > 0. */
static inline uint32_t dice_below(struct dice *dice, uint32_t limit)
{
    return (uint32_t)((dice_roll(dice) >> 32) * limit >> 32);
}

/* Dice for the part with this number. */
static inline struct dice dice_for(uint64_t seed, uint64_t part)
{
    struct dice dice = { seed * 0x2545F4914F6CDD1Du + part };

    (void)dice_roll(&dice);
    return dice;
}

#endif
