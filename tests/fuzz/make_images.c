/* SPDX-License-Identifier: MIT
 * make_images.c -- writes images of a store's life, in fuzz_store.c's form, as files IMAGE-GEOMETRY-STEP into a folder;
 * make_corpus.py calls it and gives them their names. */
#include <stdio.h>
#include <string.h>

#include "firmware/little_endian.h"
#include "firmware/store/store.h"
#include "host-sim/device/flash_model.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/seal_double.h"

enum {
    REGION_BYTES_MAX = 32 * 1024
};

static struct flash_model model;
static struct store store;

static imp_err_t take_step(unsigned step)
{
    static const enum store_type secrets[] = { STORE_TOKEN, STORE_STAGED_KEY };
    static const uint8_t content[40] = { 1, 2, 3 };
    const struct bytes part = bytes_of(content, sizeof content);

    switch (step) {
    case 0:
        return store_append(&store, STORE_PROVISION, &part, 1);
    case 1:
        return store_append_secret(&store, STORE_TOKEN, NULL, 0, part);
    case 2:
        return store_append_key(&store, STORE_STAGED_KEY, NULL, 0, KEY_SLOT_STAGED);
    case 3:
        return store_append_key(&store, STORE_IDENTITY, &part, 1, KEY_SLOT_STAGED);
    case 4:
        return store_forget(&store, secrets, 2);
    case 5:
        return store_append(&store, STORE_LOCK, NULL, 0);
    default:
        return store_erase(&store, &model.flash);
    }
}

static size_t used_bytes(const uint8_t *cells, size_t bytes)
{
    while (bytes > 0 && cells[bytes - 1] == model.flash.erased_value) {
        bytes--;
    }
    return bytes;
}

static void write_image(const char *folder, unsigned geometry, unsigned step)
{
    char path[512];
    uint8_t head[3] = { (uint8_t)geometry };
    const size_t first = used_bytes(model.cells, store.slot_bytes);
    const size_t second = used_bytes(model.cells + store.slot_bytes, store.slot_bytes);

    (void)snprintf(path, sizeof path, "%s/image-%u-%u", folder, geometry, step);
    FILE *file = fopen(path, "wb");
    FUZZ_MUST(file != NULL);
    le16_put(head + 1, (uint16_t)first);
    (void)fwrite(head, 1, sizeof head, file);
    (void)fwrite(model.cells, 1, first, file);
    (void)fwrite(model.cells + store.slot_bytes, 1, second, file);
    FUZZ_MUST(fclose(file) == 0);
}

/* make_images FOLDER */
int main(int argc, char **argv)
{
    FUZZ_MUST(argc == 2);
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        if (flash_geometries[i].region_bytes > REGION_BYTES_MAX) {
            continue;
        }
        seal_double_reset(1, 1);
        FUZZ_MUST(key_generate(KEY_SLOT_STAGED) == 0);
        FUZZ_MUST(flash_model_open(&model, &flash_geometries[i], 1));
        FUZZ_MUST(store_open(&store, &model.flash) == 0);
        for (unsigned step = 0; step < 7; step++) {
            FUZZ_MUST(take_step(step) == 0);
            if (step % 2 == 0) {
                write_image(argv[1], i, step);
            }
        }
        flash_model_close(&model);
    }
    return 0;
}
