/* SPDX-License-Identifier: MIT
 * device.c -- a whole device. */
#include "tests/support/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/crypto/key.h"
#include "firmware/text.h"
#include "port/port.h"
#include "tests/support/est_server.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_script.h"

enum {
    LIFE_STEPS_MAX = 200000,
    STEPS_MAX = 100000 /* At 1 ms while the network is waited for: longer than any limit. */
};

struct device device;

int device_make(void **state)
{
    (void)state;
    port_hal_reset();
    est_server_make_pki();
    return port_init() != 0;
}

int device_free(void **state)
{
    (void)state;
    flash_model_close(&device.flash);
    est_server_free_pki();
    return 0;
}

void device_fresh_on(const struct flash_geometry *geometry)
{
    port_hal_reset();
    est_server_reset();
    if (device.flash.cells != NULL) {
        flash_model_close(&device.flash);
    }
    assert_true(flash_model_open(&device.flash, geometry, 1));
    device_boot();
}

int device_fresh(void **state)
{
    (void)state;
    device_fresh_on(&flash_geometries[0]);
    return 0;
}

static void note_event(void *context, enum imprint_identity_event event)
{
    unsigned *events = context;

    events[event]++;
}

void device_boot(void)
{
    flash_model_power_on(&device.flash);
    tls_script_drop();
    key_erase(KEY_SLOT_STAGED);
    key_erase(KEY_SLOT_CURRENT);
    memset(&device.memory, 0xA5, sizeof device.memory);
    device.now_ms = 0;
    device.steps = 0;
    memset(device.events, 0, sizeof device.events);
    device.imprint = imprint_start(&device.memory, &(struct imprint_params){
                                                       .flash = &device.flash.flash,
                                                       .unit_serial = "SN-1",
                                                       .identity_changed = note_event,
                                                       .identity_context = device.events,
                                                   });
}

imp_err_t device_provision(void)
{
    uint8_t digest[32];
    char pin[65];
    struct text text = text_in(pin, sizeof pin);
    imp_err_t err = imprint_set_server(device.imprint, EST_SERVER_URL);

    est_fingerprint(est_pki.root.der, digest);
    text_add_hex(&text, bytes_of(digest, sizeof digest), '\0');
    err = err ? err : imprint_set_pin(device.imprint, pin);
    err = err ? err : imprint_set_name(device.imprint, DEVICE_NAME);
    return err ? err : imprint_set_token(device.imprint, DEVICE_TOKEN);
}

struct imprint_status device_status(void)
{
    struct imprint_status status;

    imprint_status(device.imprint, device.now_ms, &status);
    return status;
}

enum imprint_state device_step(void)
{
    device.now_ms += imprint_step(device.imprint, device.now_ms);
    device.steps++;
    if (device.steps > LIFE_STEPS_MAX) {
        fail_msg("a life that does not end: %s", imprint_state_name(device_status().state));
    }
    return device_status().state;
}

static bool is_resting(enum imprint_state state)
{
    return state == IMPRINT_BLANK || state == IMPRINT_ENROLLED || state == IMPRINT_BACKOFF ||
           state == IMPRINT_WAITING || state == IMPRINT_REJECTED || state == IMPRINT_FAULT;
}

enum imprint_state device_run_to(enum imprint_state wanted)
{
    enum imprint_state state = device_status().state;

    for (int i = 0; i < STEPS_MAX; i++) {
        if (state == wanted || is_resting(state)) {
            return state;
        }
        state = device_step();
    }
    fail_msg("still %s after %d steps", imprint_state_name(state), STEPS_MAX);
    return state;
}

enum imprint_state device_run(void)
{
    return device_run_to(IMPRINT_STATE_COUNT);
}

enum imprint_state device_wait(void)
{
    const struct imprint_status status = device_status();

    assert_true(status.state == IMPRINT_BACKOFF || status.state == IMPRINT_WAITING);
    if (device.now_ms < status.next_try_ms) {
        device.now_ms = status.next_try_ms;
    }
    device_step();
    return device_run();
}

void device_enroll(void)
{
    assert_int_equal(device_run(), IMPRINT_BLANK);
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    const enum imprint_state state = device_run();
    if (state != IMPRINT_ENROLLED) {
        fail_msg("%s: %s", imprint_state_name(state), imprint_err_name(device_status().reason));
    }
}

static bool has(const uint8_t *in, size_t in_len, const void *bytes, size_t len)
{
    for (size_t at = 0; at + len <= in_len; at++) {
        if (memcmp(in + at, bytes, len) == 0) {
            return true;
        }
    }
    return false;
}

bool device_ram_has(const void *bytes, size_t len)
{
    return has(device.memory.bytes, sizeof device.memory.bytes, bytes, len);
}

bool device_flash_has(const void *bytes, size_t len)
{
    return has(device.flash.cells, device.flash.flash.region_bytes, bytes, len);
}

size_t device_flash_used_bytes(void)
{
    size_t used = 0;

    for (size_t at = 0; at < device.flash.flash.region_bytes; at++) {
        used += device.flash.cells[at] != device.flash.flash.erased_value;
    }
    return used;
}
