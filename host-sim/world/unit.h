/* SPDX-License-Identifier: MIT
 * unit.h -- a whole device (firmware, port, wolfSSL, lwIP) as a shared object with one door.
 *
 * The device has no heap: all of its memory is the writable part of the shared object. So a power
 * cut is to stop calling it, and a power-on is to give that memory the content it was loaded with
 * (unit_memory.h). Everything but unit_door() is hidden: the simulator has an lwIP of its own.
 *
 * Nothing blocks. A call into the device may be left by longjmp out of one of the board's functions:
 * the power is then off, and only power_on may follow. */
#ifndef HOST_SIM_WORLD_UNIT_H
#define HOST_SIM_WORLD_UNIT_H

#include "firmware/imprint.h"
#include "hal/hal_err.h"
#include "hal/hal_netif.h"

/* The board around the device. All functions are called from inside the door's. */
struct unit_board {
    const struct hal_flash *flash;
    const struct hal_netif *netif;
    uint64_t (*now_ms)(void); /* Since power-on. */
    hal_err_t (*rtc_seconds)(int64_t *seconds);
    hal_err_t (*entropy)(uint8_t *out, size_t bytes);
    const char *(*serial)(void);
    void (*device_key)(uint8_t key[32]);
    void (*identity_changed)(enum imprint_identity_event event);
    /* An assertion of the firmware failed. Must not return. */
    void (*assert_failed)(const char *file, int line);
};

/* The calls of imprint.h, for this device. */
struct unit_door {
    /* Start from the content that the memory was loaded with. `board` is kept. */
    void (*power_on)(const struct unit_board *board);

    /* One turn of the main loop: network, imprint_step. Returns milliseconds until the next one is
     * of use. */
    uint32_t (*turn)(void);

    void (*status)(struct imprint_status *status);
    imp_err_t (*set_server)(const char *url);
    imp_err_t (*set_pin)(const char *fingerprint);
    imp_err_t (*set_token)(const char *token);
    imp_err_t (*set_name)(const char *name);
    imp_err_t (*set_unlock)(const char *secret);
    imp_err_t (*unlock)(const char *secret);
    imp_err_t (*set_time)(int64_t seconds);
    imp_err_t (*enroll)(void);
    imp_err_t (*renew)(void);
    imp_err_t (*whoami)(void);
    imp_err_t (*wipe)(void);
    imp_err_t (*sign)(const uint8_t digest[32], uint8_t signature[72], size_t *bytes);
    imp_err_t (*chain)(uint8_t *out, size_t cap, size_t *bytes);
    bool (*trace)(uint32_t index, struct imprint_trace_entry *entry);
    uint32_t (*trace_next)(void);
    const char *(*state_name)(enum imprint_state state);
    const char *(*error_name)(imp_err_t err);
};

/* The only exported symbol. */
const struct unit_door *unit_door(void);

#endif
