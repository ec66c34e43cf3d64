/* SPDX-License-Identifier: MIT
 * flash_model.c -- NOR flash in RAM, with everything that can go wrong. */
#include "host-sim/device/flash_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    KB = 1024
};

const struct flash_geometry flash_geometries[] = {
    /* name              region    sector    unit  erased again */
    { "sf2-som", 128 * KB, 64 * KB, 1, 0xFF, true }, /* S25FL128S, the reference board. */
    { "nor-4k", 16 * KB, 4 * KB, 1, 0xFF, true },    /* SPI NOR with 4 KB sectors. */
    { "page-256", 16 * KB, 256, 4, 0xFF, true },
    { "word-1k", 20 * KB, 1 * KB, 2, 0xFF, true },
    { "zero-512", 16 * KB, 512, 4, 0x00, true },
    { "wide-8k", 32 * KB, 8 * KB, 32, 0xFF, true },
    { "ecc-2k", 16 * KB, 2 * KB, 8, 0xFF, false },       /* 64-bit words with ECC. */
    { "ecc-8k", 32 * KB, 8 * KB, 16, 0xFF, false },      /* 128-bit words with ECC. */
    { "ecc-128k", 256 * KB, 128 * KB, 32, 0xFF, false }, /* 256-bit words with ECC. */
    { "zero-once-256", 16 * KB, 256, 4, 0x00, false },
};
const unsigned flash_geometry_count = sizeof flash_geometries / sizeof flash_geometries[0];

/* --- Randomness ----------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static uint32_t below(struct flash_model *model, uint32_t limit)
{
    return (uint32_t)(next_random(&model->random) % limit);
}

/* A byte each bit of which is set with a probability of `level` in 256. */
static uint8_t random_bits(struct flash_model *model, uint32_t level)
{
    uint8_t bits = 0;

    for (unsigned bit = 0; bit < 8; bit++) {
        bits = (uint8_t)(bits | (below(model, 256) < level) << bit);
    }
    return bits;
}

/* From never to always, both ends included. */
static uint32_t random_level(struct flash_model *model)
{
    static const uint32_t levels[] = { 0, 3, 16, 64, 128, 192, 240, 253, 256 };

    return levels[below(model, sizeof levels / sizeof levels[0])];
}

/* --- Cells ---------------------------------------------------------------------------------- */

static struct flash_model *model_of(const struct hal_flash *flash)
{
    return flash->context;
}

static uint8_t programmed_bits(const struct flash_model *model, uint8_t byte)
{
    return byte ^ model->flash.erased_value;
}

/* Move the bits of `change` of one cell to the programmed state, for good. */
static void program_bits(struct flash_model *model, uint32_t at, uint8_t change)
{
    const uint8_t programmed = (uint8_t)~model->flash.erased_value;

    model->cells[at] = (uint8_t)((model->cells[at] & ~change) | (programmed & change));
    model->undecided[at] &= (uint8_t)~change;
}

/* Program one unit; only the bits that random masks of these levels choose change for good, or
 * become undecided. */
static void program_unit(struct flash_model *model, uint32_t offset, const uint8_t *in,
                         uint32_t level, uint32_t undecided_level)
{
    const uint32_t unit = model->flash.program_unit_bytes;
    bool is_touched = level == 256;

    for (uint32_t i = 0; i < unit; i++) {
        const uint32_t at = offset + i;
        const uint8_t wanted = programmed_bits(model, in[i]);
        const uint8_t done = level == 256 ? 0xFF : random_bits(model, level);
        const uint8_t missed =
            (uint8_t)(wanted & ~done & ~programmed_bits(model, model->cells[at]));

        program_bits(model, at, wanted & done);
        if (undecided_level > 0) {
            model->undecided[at] |= missed & random_bits(model, undecided_level);
        }
        is_touched = is_touched || (wanted & done) != 0 || model->undecided[at] != 0;
    }
    model->used[offset / unit] = (uint8_t)(model->used[offset / unit] | is_touched);
}

static void tear_program(struct flash_model *model, uint32_t offset, const uint8_t *in,
                         uint32_t bytes)
{
    const uint32_t unit = model->flash.program_unit_bytes;
    const uint32_t whole = below(model, bytes / unit) * unit;

    for (uint32_t at = 0; at < whole; at += unit) {
        program_unit(model, offset + at, in + at, 256, 0);
    }
    program_unit(model, offset + whole, in + whole, random_level(model) * 255 / 256,
                 model->is_unstable ? random_level(model) : 0);
}

static void tear_erase(struct flash_model *model, uint32_t offset)
{
    const uint32_t level = random_level(model);
    const uint32_t undecided_level = model->is_unstable ? random_level(model) : 0;
    const uint32_t unit = model->flash.program_unit_bytes;

    for (uint32_t at = offset; at < offset + model->flash.sector_bytes; at++) {
        const uint8_t programmed = programmed_bits(model, model->cells[at]);
        const uint8_t undecided = model->undecided[at];
        uint8_t back = programmed;

        if (programmed == 0 && undecided == 0) {
            continue;
        }
        back &= random_bits(model, level);
        model->cells[at] ^= back;
        if (undecided_level > 0) {
            /* Wherever the bit is now, it may be on its way. */
            model->undecided[at] |= programmed & random_bits(model, undecided_level);
        }
        model->used[at / unit] = 1;
    }
}

static void erase_sector(struct flash_model *model, uint32_t offset)
{
    const uint32_t unit = model->flash.program_unit_bytes;
    const uint32_t bytes = model->flash.sector_bytes;

    memset(model->cells + offset, model->flash.erased_value, bytes);
    memset(model->undecided + offset, 0, bytes);
    memset(model->used + offset / unit, 0, bytes / unit);
}

/* --- Operations ----------------------------------------------------------------------------- */

static hal_err_t model_read(const struct hal_flash *flash, uint32_t offset, void *out, size_t bytes)
{
    struct flash_model *model = model_of(flash);
    uint8_t *to = out;

    if (offset > flash->region_bytes || bytes > flash->region_bytes - offset) {
        return HAL_ERR_RANGE;
    }
    if (!model->is_powered) {
        return HAL_ERR_IO;
    }
    memcpy(to, model->cells + offset, bytes);
    for (size_t i = 0; i < bytes && model->is_unstable; i++) {
        const uint8_t undecided = model->undecided[offset + i];
        if (undecided != 0) {
            to[i] = (uint8_t)((to[i] & ~undecided) | (next_random(&model->random) & undecided));
        }
    }
    for (unsigned i = 0; i < model->stuck_count; i++) {
        const struct flash_stuck *stuck = &model->stuck[i];
        if (stuck->offset >= offset && stuck->offset - offset < bytes) {
            uint8_t *cell = &to[stuck->offset - offset];
            *cell = (uint8_t)((*cell & ~stuck->mask) | (stuck->value & stuck->mask));
        }
    }
    return 0;
}

/* Count an operation, and say what happens to it. */
static enum flash_cut begin_operation(struct flash_model *model)
{
    model->operation_count++;
    return model->operation_count == model->cut_at ? model->cut : FLASH_CUT_NONE;
}

static hal_err_t end_operation(struct flash_model *model, enum flash_cut cut)
{
    if (cut == FLASH_CUT_NONE) {
        return 0;
    }
    model->is_powered = cut == FLASH_FAULT;
    if (!model->is_powered && model->power_lost != NULL) {
        model->power_lost(model->power_lost_context);
    }
    return HAL_ERR_IO;
}

static bool is_used(const struct flash_model *model, uint32_t offset, size_t bytes)
{
    const uint32_t unit = model->flash.program_unit_bytes;

    for (uint32_t at = offset; at < offset + bytes; at += unit) {
        if (model->used[at / unit]) {
            return true;
        }
    }
    return false;
}

static hal_err_t model_program(const struct hal_flash *flash, uint32_t offset, const void *in,
                               size_t bytes)
{
    struct flash_model *model = model_of(flash);
    const uint32_t unit = flash->program_unit_bytes;
    const uint8_t *from = in;

    if (offset > flash->region_bytes || bytes > flash->region_bytes - offset ||
        offset % unit != 0 || bytes % unit != 0 || bytes == 0) {
        return HAL_ERR_RANGE;
    }
    if (!model->is_powered) {
        return HAL_ERR_IO;
    }
    if (!flash->program_again && is_used(model, offset, bytes)) {
        model->violation_count++;
        return HAL_ERR_IO;
    }
    model->program_count++;
    const enum flash_cut cut = begin_operation(model);

    if (cut == FLASH_CUT_TORN || cut == FLASH_FAULT) {
        tear_program(model, offset, from, (uint32_t)bytes);
    } else if (cut != FLASH_CUT_BEFORE) {
        for (uint32_t at = 0; at < bytes; at += unit) {
            program_unit(model, offset + at, from + at, 256, 0);
        }
    }
    return end_operation(model, cut);
}

static hal_err_t model_erase(const struct hal_flash *flash, uint32_t offset)
{
    struct flash_model *model = model_of(flash);

    if (offset >= flash->region_bytes || offset % flash->sector_bytes != 0) {
        return HAL_ERR_RANGE;
    }
    if (!model->is_powered) {
        return HAL_ERR_IO;
    }
    model->erase_count++;
    model->wear[offset / flash->sector_bytes]++;
    const enum flash_cut cut = begin_operation(model);

    if (cut == FLASH_CUT_TORN || cut == FLASH_FAULT) {
        tear_erase(model, offset);
    } else if (cut != FLASH_CUT_BEFORE) {
        erase_sector(model, offset);
    }
    return end_operation(model, cut);
}

/* --- The model ------------------------------------------------------------------------------ */

bool flash_model_open(struct flash_model *model, const struct flash_geometry *geometry,
                      uint64_t seed)
{
    const uint32_t bytes = geometry->region_bytes;

    assert(bytes % geometry->sector_bytes == 0 &&
           geometry->sector_bytes % geometry->program_unit_bytes == 0);
    memset(model, 0, sizeof *model);
    model->flash = (struct hal_flash){
        .region_bytes = bytes,
        .sector_bytes = geometry->sector_bytes,
        .program_unit_bytes = geometry->program_unit_bytes,
        .erased_value = geometry->erased_value,
        .program_again = geometry->program_again,
        .read = model_read,
        .program = model_program,
        .erase = model_erase,
        .context = model,
    };
    model->cells = malloc(bytes);
    model->undecided = calloc(bytes, 1);
    model->used = calloc(bytes / geometry->program_unit_bytes, 1);
    model->wear = calloc(bytes / geometry->sector_bytes, sizeof *model->wear);
    model->random = seed;
    model->is_powered = true;
    if (model->cells == NULL || model->undecided == NULL || model->used == NULL ||
        model->wear == NULL) {
        flash_model_close(model);
        return false;
    }
    memset(model->cells, geometry->erased_value, bytes);
    return true;
}

void flash_model_close(struct flash_model *model)
{
    free(model->cells);
    free(model->undecided);
    free(model->used);
    free(model->wear);
    memset(model, 0, sizeof *model);
}

void flash_model_copy(struct flash_model *to, const struct flash_model *from)
{
    const uint32_t bytes = from->flash.region_bytes;
    struct flash_model copy = *from;

    assert(to->flash.region_bytes == bytes && to->flash.sector_bytes == from->flash.sector_bytes);
    memcpy(to->cells, from->cells, bytes);
    memcpy(to->undecided, from->undecided, bytes);
    memcpy(to->used, from->used, bytes / from->flash.program_unit_bytes);
    memcpy(to->wear, from->wear, bytes / from->flash.sector_bytes * sizeof *to->wear);
    copy.cells = to->cells;
    copy.undecided = to->undecided;
    copy.used = to->used;
    copy.wear = to->wear;
    copy.flash.context = to;
    copy.power_lost = to->power_lost;
    copy.power_lost_context = to->power_lost_context;
    *to = copy;
}

void flash_model_arm(struct flash_model *model, enum flash_cut cut, uint32_t at, uint64_t seed)
{
    model->cut = cut;
    model->cut_at = at;
    model->operation_count = 0;
    model->random = seed;
}

void flash_model_power_on(struct flash_model *model)
{
    model->is_powered = true;
    model->cut = FLASH_CUT_NONE;
}

void flash_model_rot(struct flash_model *model, uint32_t offset, unsigned bit)
{
    assert(offset < model->flash.region_bytes && bit < 8);
    model->cells[offset] ^= (uint8_t)(1u << bit);
}

void flash_model_stick(struct flash_model *model, uint32_t offset, uint8_t mask, uint8_t value)
{
    assert(model->stuck_count < FLASH_STUCK_MAX);
    model->stuck[model->stuck_count++] = (struct flash_stuck){ offset, mask, value };
}

uint32_t flash_model_wear(const struct flash_model *model)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < model->flash.region_bytes / model->flash.sector_bytes; i++) {
        most = model->wear[i] > most ? model->wear[i] : most;
    }
    return most;
}
