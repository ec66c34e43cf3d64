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

/* What the next boot does first (core/machine.c, step_load). */
static const char *next_state(const struct flash_content *content)
{
    const struct store *store = &content->store;
    const struct provision *provision = &content->provision;
    const bool has_token = store_has(store, STORE_TOKEN) || store_has(store, STORE_TOKEN_CLEAR);

    if (content->has_identity) {
        return content->is_proved ? "ENROLLED" : "PROVE: the identity is committed, not proved yet";
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

/* The copy is opened as the device would. */
static imp_err_t say_store(struct say *say, const struct hal_flash *flash,
                           struct flash_content *content)
{
    struct store *store = &content->store;
    const imp_err_t err = store_open(store, flash);

    if (err) {
        return err;
    }
    say_object(say, "store");
    say_bool(say, "is_blank", store->is_blank);
    if (!store->is_blank) {
        say_number(say, "live_slot", store->live_slot);
        say_number(say, "generation", store->generation);
        say_number(say, "sequence", store->sequence);
        say_number(say, "moves", store->generation - 1);
        say_number(say, "free_bytes",
                   (store->live_slot + 1u) * store->slot_bytes - store->next_offset);
        say_bool(say, "next_append_moves", store->must_move);
    }
    say_number(say, "boot_finishes_programs", store->program_count);
    say_number(say, "boot_finishes_erases", store->erase_count);
    say_object_end(say);
    return 0;
}

static int judge(struct inspect *inspect)
{
    struct say *say = &inspect->say;
    struct flash_geometry geometry;
    struct memory_flash memory;
    struct flash_content content = { .has_identity = false };
    struct bytes image;
    uint32_t offset;
    int code = flash_geometry_of(inspect, &geometry, &offset);

    code = code ? code : inspect_read(inspect, cli_operand(inspect->args, 0), &image);
    if (code) {
        return code;
    }
    if (offset > image.len || geometry.region_bytes > image.len - offset) {
        return say_unreadable(say, "%s has %zu bytes; a region of %u at %u does not fit",
                              cli_operand(inspect->args, 0), image.len,
                              (unsigned)geometry.region_bytes, (unsigned)offset);
    }
    memory_flash_open(&memory, &geometry, (uint8_t *)(size_t)image.data + offset);
    say_geometry(say, &geometry, offset);
    flash_say_log(say, &memory.flash);
    imp_err_t err = say_store(say, &memory.flash, &content);
    err = err ? err : flash_say_content(say, &content);
    say_text(say, "load_goes_to", err ? "FAULT" : next_state(&content));
    say_text(say, "not_judged", "sealed parts: only the unit itself can open them");
    return say_verdict(say, err);
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
