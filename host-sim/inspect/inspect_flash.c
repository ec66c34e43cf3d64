/* SPDX-License-Identifier: MIT
 * inspect_flash.c -- `flash`: what lies in an identity flash, and what LOAD would do with it.
 *
 * The store runs on a copy in memory: what it finishes after a power cut, it finishes there. */
#include "host-sim/inspect/inspect_flash.h"

#include <stdlib.h>

#include "firmware/store/store.h"
#include "host-sim/inspect/memory_flash.h"

static const struct cli_option options[] = {
    FLASH_GEOMETRY_OPTIONS,
    INSPECT_OPTION_JSON,
    { NULL, NULL, NULL, 0, NULL },
};

static void say_geometry(struct say *say, const struct flash_geometry *geometry, uint32_t offset)
{
    say_object(say, "geometry");
    say_number(say, "offset", offset);
    say_number(say, "region_bytes", geometry->region_bytes);
    say_number(say, "sector_bytes", geometry->sector_bytes);
    say_number(say, "unit_bytes", geometry->program_unit_bytes);
    say_text(say, "erased", geometry->erased_value ? "0xFF" : "0x00");
    say_bool(say, "program_again", geometry->program_again);
    say_object_end(say);
}

/* As core/machine.c, step_load: a device that has an identity. */
static const char *next_enrolled(const struct flash_content *content)
{
    const struct store *store = &content->store;
    const bool has_candidate = store_has(store, STORE_CANDIDATE);

    if (content->candidate_is_identity) {
        return "ENROLLED: what the renewal left is forgotten";
    }
    if (has_candidate && !content->candidate_is_staged) {
        return "ENROLLED: a candidate without its key is forgotten";
    }
    if (has_candidate) {
        return "PROVE: a renewal's certificate has come, not proved yet";
    }
    if (!content->is_proved) {
        return "PROVE: the identity is committed, not proved yet";
    }
    return store_has(store, STORE_STAGED_KEY) ? "CSR: a renewal is under way" : "ENROLLED";
}

/* What the next boot does first. */
static const char *next_state(const struct flash_content *content)
{
    const struct store *store = &content->store;
    const struct provision *provision = &content->provision;
    const bool has_token = store_has(store, STORE_TOKEN) || store_has(store, STORE_TOKEN_CLEAR);

    if (store_has(store, STORE_IDENTITY)) {
        return next_enrolled(content);
    }
    if (provision->server.host[0] == '\0' || !has_token || !provision->has_pin) {
        return "BLANK: server, pin or token is not set";
    }
    if (provision->name[0] == '\0' && provision->serial[0] == '\0') {
        return store_has(store, STORE_STAGED_KEY)
                   ? "CSR, if the unit has a serial number of its own; else BLANK"
                   : "KEYGEN, if the unit has a serial number of its own; else BLANK";
    }
    return store_has(store, STORE_STAGED_KEY) ? "CSR: with the staged key" : "KEYGEN";
}

static void say_store(struct say *say, const struct store *store)
{
    say_object(say, "store");
    say_bool(say, "is_blank", store->is_blank);
    if (!store->is_blank) {
        const uint32_t end = (store->live_slot + 1u) * store->slot_bytes;
        say_number(say, "live_slot", store->live_slot);
        say_number(say, "generation", store->generation);
        say_number(say, "sequence", store->sequence);
        say_number(say, "moves", store->generation - 1);
        say_number(say, "free_bytes", end - store->next_offset);
        say_bool(say, "next_append_moves", store->must_move);
    }
    say_number(say, "boot_finishes_programs", store->program_count);
    say_number(say, "boot_finishes_erases", store->erase_count);
    say_object_end(say);
}

/* `image` is a region of this geometry. */
static int judge_region(struct inspect *inspect, const struct flash_geometry *geometry,
                        uint32_t offset, uint8_t *image)
{
    struct say *say = &inspect->say;
    struct flash_content content = { .is_proved = true };
    struct memory_flash as_is;
    struct memory_flash copy;
    uint8_t *cells = malloc(geometry->region_bytes + 1);

    if (cells == NULL) {
        return say_unreadable(say, "no memory");
    }
    memcpy(cells, image, geometry->region_bytes);
    memory_flash_open(&as_is, geometry, image);
    memory_flash_open(&copy, geometry, cells);
    imp_err_t err = store_open(&content.store, &copy.flash);

    say_geometry(say, geometry, offset);
    flash_say_log(say, &as_is.flash, err ? NULL : &content.store);
    if (!err) {
        say_store(say, &content.store);
        err = flash_say_content(say, &content);
    }
    say_text(say, "load_goes_to", err ? "FAULT" : next_state(&content));
    say_text(say, "not_judged", "sealed parts: only the unit itself can open them");
    free(cells);
    return say_verdict(say, err);
}

static int judge(struct inspect *inspect)
{
    const char *path = cli_operand(inspect->args, 0);
    struct flash_geometry geometry;
    struct bytes image;
    uint32_t offset;
    int code = flash_geometry_of(inspect, &geometry, &offset);

    code = code ? code : inspect_read(inspect, path, &image);
    if (code) {
        return code;
    }
    if (offset > image.len || geometry.region_bytes > image.len - offset) {
        return say_unreadable(&inspect->say, "%s has %zu bytes; a region of %u at %u does not fit",
                              path, image.len, (unsigned)geometry.region_bytes, (unsigned)offset);
    }
    return judge_region(inspect, &geometry, offset, (uint8_t *)(size_t)image.data + offset);
}

const struct inspect_kind inspect_flash = {
    .command = {
        .words = "flash",
        .operands = "IMAGE",
        .purpose = "an identity flash: records, state, wear; never secrets",
        .examples = "  imprint-inspect flash device.img\n"
                    "  imprint-inspect flash --region 32768 --sector 8192 --unit 16 --once dump.bin\n"
                    "\nThe file is read, never written.\n",
        .options = options,
        .run = inspect_run,
    },
    .judge = judge,
};
