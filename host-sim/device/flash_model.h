/* SPDX-License-Identifier: MIT
 * flash_model.h -- NOR flash in RAM, with everything that can go wrong.
 *
 * The model, in words:
 *
 * Cells. A cell is a bit. An erase gives a sector's cells the erased value; a program moves
 * cells away from it and never back. Offsets and lengths that are not whole program units, or
 * leave the region, are refused (HAL_ERR_RANGE) and nothing is touched. Where a unit is
 * programmed once per erase, a second program of it is refused (HAL_ERR_IO), changes nothing and
 * is counted: a store that is right never does that. A part's page size does not show: a program
 * is any prefix of its units followed by a torn one, which is what splitting at pages can do,
 * and more.
 *
 * Power. Every program and erase is an operation with a number, counted from 1 since
 * flash_model_arm. The armed one loses power: before it changes a cell; in the middle; or after
 * its last cell, before the caller hears of it. From then on every call fails with HAL_ERR_IO,
 * until flash_model_power_on. Who must stop the device that instant sets `power_lost`.
 *   A torn program leaves a random prefix of its units whole, and of the next unit any subset of
 *   the bits that were to change; the units after that are untouched.
 *   A torn erase leaves every bit of the sector either as it was or erased, each at random. How far
 *   it got is random too, from hardly begun to all but done.
 *
 * Unstable cells. With `is_unstable` some of the bits that a torn operation was about to change
 * are undecided: they read as one or the other, at random, each time. Programming such a bit
 * decides it; so does an erase of its sector that is not cut. Programming its unit without that
 * bit doesn't.
 *
 * Faults. A program or erase can report failure (HAL_ERR_IO) with its units torn as above; bits
 * can be stuck at a value whatever is programmed or erased; bits can rot (flip by themselves,
 * once).
 *
 * Wear. Erases are counted per sector. All randomness is seeded: the same calls give the same
 * cells. */
#ifndef HOST_SIM_DEVICE_FLASH_MODEL_H
#define HOST_SIM_DEVICE_FLASH_MODEL_H

#include "hal/hal_flash.h"
#include "host-sim/device/flash_geometry.h"

/* Sectors of 256 B to 128 KB, units of 1 to 32 B, erased to 0xFF and 0x00, programmed once and
 * again. */
extern const struct flash_geometry flash_geometries[];
extern const unsigned flash_geometry_count;

enum flash_cut {
    FLASH_CUT_NONE,
    FLASH_CUT_BEFORE,
    FLASH_CUT_TORN,
    FLASH_CUT_AFTER,
    FLASH_FAULT /* No power loss: the operation fails, its units torn. */
};

enum {
    FLASH_STUCK_MAX = 8
};

struct flash_stuck {
    uint32_t offset;
    uint8_t mask;  /* Of the bits that are stuck... */
    uint8_t value; /* ...at these values. */
};

struct flash_model {
    struct hal_flash flash; /* What the firmware gets. */
    uint8_t *cells;
    uint8_t *undecided; /* Bits that read differently each time. */
    uint8_t *used;      /* Per program unit: programmed since its erase. */
    uint32_t *wear;     /* Erases per sector. */
    struct flash_stuck stuck[FLASH_STUCK_MAX];
    unsigned stuck_count;
    uint64_t random;
    bool is_unstable;
    bool is_powered;
    enum flash_cut cut;
    uint32_t cut_at;          /* Number of the operation that loses power. */
    uint32_t operation_count; /* Programs and erases since flash_model_arm. */
    uint32_t program_count;   /* Since flash_model_open. */
    uint32_t erase_count;
    uint32_t violation_count; /* Units programmed a second time where that is not allowed. */
    /* Called, where set, when the armed cut strikes: the cells are as the cut leaves them and the
     * power is off. It may leave by longjmp, as if the device had stopped there. Not called for
     * FLASH_FAULT. */
    void (*power_lost)(void *context);
    void *power_lost_context;
};

/* Make an erased flash. False when there is no memory. flash_model_close frees it. The model
 * must not be moved while its `flash` is in use. */
bool flash_model_open(struct flash_model *model, const struct flash_geometry *geometry,
                      uint64_t seed);
void flash_model_close(struct flash_model *model);

/* Make `to`, an open model of the same geometry, the same in cells, wear and plans as `from`.
 * `to` keeps its own `power_lost`. */
void flash_model_copy(struct flash_model *to, const struct flash_model *from);

/* Lose power (or fail, for FLASH_FAULT) at operation `at`, counted from 1 from now on. `seed`
 * chooses what is torn. */
void flash_model_arm(struct flash_model *model, enum flash_cut cut, uint32_t at, uint64_t seed);

/* Power is back, and stays. */
void flash_model_power_on(struct flash_model *model);

/* Flip bit `bit` (0 to 7) of the byte at `offset`. */
void flash_model_rot(struct flash_model *model, uint32_t offset, unsigned bit);

/* The bits of `mask` at `offset` read as `value` from now on, whatever is written. At most
 * FLASH_STUCK_MAX of these. */
void flash_model_stick(struct flash_model *model, uint32_t offset, uint8_t mask, uint8_t value);

/* Erases of the sector that was erased most. */
uint32_t flash_model_wear(const struct flash_model *model);

#endif
