/* SPDX-License-Identifier: MIT
 * fuzz_record.c -- records that the store gives back whole, with a content that nobody of ours wrote: LOAD takes them or
 * says why not. Input: record type (1), clear part. */
#include "firmware/core/load.h"
#include "host-sim/device/flash_model.h"
#include "tests/fuzz/doubles.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/seal_double.h"

static struct imprint imprint;

/* The secret parts are ours: only this unit can have sealed them. */
static imp_err_t append(enum store_type type, const struct bytes *clear)
{
    switch (type) {
    case STORE_STAGED_KEY:
    case STORE_IDENTITY:
        FUZZ_MUST(key_generate(KEY_SLOT_STAGED) == 0);
        return store_append_key(&imprint.store, type, clear, 1, KEY_SLOT_STAGED);
    case STORE_TOKEN:
        return store_append_secret(&imprint.store, type, clear, 1, bytes_of_text("token"));
    default:
        return store_append(&imprint.store, type, clear, 1);
    }
}

static void read_all(void)
{
    static uint8_t out[STORE_PAYLOAD_BYTES_MAX];
    size_t bytes = 0;

    if (load_all(&imprint)) {
        return;
    }
    (void)load_is_proved(&imprint);
    (void)load_is_provisioned(&imprint);
    if (imprint.identity.is_present) {
        (void)identity_read_chain(&imprint.store, &imprint.identity, out, sizeof out);
    }
    (void)load_copy_anchors(&imprint, out, sizeof out, &bytes);
    if (load_anchors(&imprint, &bytes) == 0) {
        const struct bytes work = bytes_of(imprint.work, bytes);
        const struct certs *lists[] = { &imprint.enrollment.anchors, &imprint.enrollment.issuers };
        FUZZ_MUST(lists[0]->count >= 1);
        for (size_t i = 0; i < 2; i++) {
            for (size_t j = 0; j < lists[i]->count; j++) {
                FUZZ_MUST(fuzz_is_within(lists[i]->at[j], work));
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static const struct flash_geometry geometry = { "fuzz", 32 * 1024, 4096, 1, 0xFF, true };
    struct bytes rest = bytes_of(input, size);
    struct flash_model model;
    const uint32_t type = 1 + fuzz_take_number(&rest, 1) % (STORE_TYPE_COUNT - 1);
    const struct bytes clear = fuzz_take(&rest, STORE_PAYLOAD_BYTES_MAX - KEY_POINT_BYTES);

    doubles_reset(0);
    seal_double_reset(1, 1);
    FUZZ_MUST(flash_model_open(&model, &geometry, 1));
    memset(&imprint, 0, sizeof imprint);
    imprint.flash = &model.flash;
    FUZZ_MUST(store_open(&imprint.store, &model.flash) == 0);
    FUZZ_MUST(append((enum store_type)type, &clear) == 0);
    read_all();
    seal_double_reset(1, 1);
    flash_model_close(&model);
    return 0;
}
