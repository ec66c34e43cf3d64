/* SPDX-License-Identifier: MIT
 * unit.c -- the device behind its door: what boards/ and app/ do on a real board, in a page. */
#include "host-sim/world/unit.h"

#include <string.h>

#include "firmware/imp_assert.h"
#include "hal/hal_clock.h"
#include "hal/hal_entropy.h"
#include "hal/hal_unit.h"
#include "port/port.h"

static struct {
    const struct unit_board *board;
    struct imprint_memory memory;
    struct imprint *imprint;
    bool net_is_started;
} unit;

/* --- What the firmware asks of a board ------------------------------------------------------- */

uint64_t hal_clock_ms(void)
{
    return unit.board->now_ms();
}

hal_err_t hal_clock_rtc_seconds(int64_t *seconds)
{
    return unit.board->rtc_seconds(seconds);
}

hal_err_t hal_entropy_read(uint8_t *out, size_t bytes)
{
    return unit.board->entropy(out, bytes);
}

hal_err_t hal_unit_serial(char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1])
{
    const char *text = unit.board->serial();
    const size_t chars = strlen(text);

    IMP_ASSERT(chars <= HAL_UNIT_SERIAL_CHARS_MAX);
    memcpy(serial, text, chars + 1);
    return HAL_OK;
}

hal_err_t hal_device_key(uint8_t key[HAL_DEVICE_KEY_BYTES])
{
    unit.board->device_key(key);
    return HAL_OK;
}

void imp_assert_failed(const char *file, int line)
{
    unit.board->assert_failed(file, line);
    __builtin_unreachable();
}

/* --- The main loop ---------------------------------------------------------------------------- */

static void identity_changed(void *context, enum imprint_identity_event event)
{
    (void)context;
    unit.board->identity_changed(event);
}

static void power_on(const struct unit_board *board)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];
    int64_t seconds;

    unit.board = board;
    (void)hal_unit_serial(serial);
    const imp_err_t err = port_init();
    IMP_ASSERT(err == 0);
    unit.imprint = imprint_start(&unit.memory,
                                 &(struct imprint_params){ .flash = board->flash,
                                                           .unit_serial = serial,
                                                           .identity_changed = identity_changed });
    if (hal_clock_rtc_seconds(&seconds) == HAL_OK) {
        (void)imprint_set_time(unit.imprint, seconds, hal_clock_ms());
    }
}

/* After LOAD has passed: no entropy, no packet. */
static void start_net(void)
{
    static const uint8_t mac[HAL_NETIF_MAC_BYTES] = { 0x02, 0x1D, 0xEA, 0x00, 0x00, 0x01 };
    struct imprint_status status;

    imprint_status(unit.imprint, hal_clock_ms(), &status);
    if (status.state != IMPRINT_LOAD && status.state != IMPRINT_FAULT) {
        unit.net_is_started = port_net_start(unit.board->netif, mac, "imprint") == 0;
    }
}

static uint32_t turn(void)
{
    const uint64_t now_ms = hal_clock_ms();

    if (unit.net_is_started) {
        port_net_poll(now_ms);
    }
    const uint32_t idle_ms = imprint_step(unit.imprint, now_ms);
    if (!unit.net_is_started) {
        start_net();
    }
    return idle_ms;
}

/* --- The door --------------------------------------------------------------------------------- */

static void status(struct imprint_status *out)
{
    imprint_status(unit.imprint, hal_clock_ms(), out);
}

static imp_err_t set_server(const char *url)
{
    return imprint_set_server(unit.imprint, url);
}

static imp_err_t set_pin(const char *fingerprint)
{
    return imprint_set_pin(unit.imprint, fingerprint);
}

static imp_err_t set_token(const char *token)
{
    return imprint_set_token(unit.imprint, token);
}

static imp_err_t set_name(const char *name)
{
    return imprint_set_name(unit.imprint, name);
}

static imp_err_t set_unlock(const char *secret)
{
    return imprint_set_unlock(unit.imprint, secret);
}

static imp_err_t unlock(const char *secret)
{
    return imprint_unlock(unit.imprint, secret);
}

static imp_err_t set_time(int64_t seconds)
{
    return imprint_set_time(unit.imprint, seconds, hal_clock_ms());
}

static imp_err_t enroll(void)
{
    return imprint_enroll(unit.imprint);
}

static imp_err_t renew(void)
{
    return imprint_renew(unit.imprint);
}

static imp_err_t whoami(void)
{
    return imprint_whoami(unit.imprint);
}

static imp_err_t wipe(void)
{
    return imprint_wipe(unit.imprint);
}

static imp_err_t sign(const uint8_t digest[32], uint8_t signature[72], size_t *bytes)
{
    return imprint_sign(unit.imprint, digest, signature, bytes);
}

static imp_err_t chain(uint8_t *out, size_t cap, size_t *bytes)
{
    return imprint_chain(unit.imprint, out, cap, bytes);
}

static bool trace(uint32_t index, struct imprint_trace_entry *entry)
{
    return imprint_trace(unit.imprint, index, entry);
}

static uint32_t trace_next(void)
{
    return imprint_trace_next(unit.imprint);
}

const struct unit_door *unit_door(void)
{
    static const struct unit_door door = {
        .power_on = power_on,
        .turn = turn,
        .status = status,
        .set_server = set_server,
        .set_pin = set_pin,
        .set_token = set_token,
        .set_name = set_name,
        .set_unlock = set_unlock,
        .unlock = unlock,
        .set_time = set_time,
        .enroll = enroll,
        .renew = renew,
        .whoami = whoami,
        .wipe = wipe,
        .sign = sign,
        .chain = chain,
        .trace = trace,
        .trace_next = trace_next,
        .state_name = imprint_state_name,
        .error_name = imprint_err_name,
    };

    return &door;
}
