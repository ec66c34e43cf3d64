/* SPDX-License-Identifier: MIT
 * app.h -- the reference application: firmware, network and console in one main loop. */
#ifndef FIRMWARE_APP_APP_H
#define FIRMWARE_APP_APP_H

#include "firmware/app/console.h"
#include "firmware/imprint.h"

/* All of the application's state; the caller owns it. */
struct app {
    struct imprint_memory memory;
    struct imprint *imprint;
    struct console console;
    uint32_t traced; /* Trace entries shown so far. */
    bool net_is_started;
    uint64_t net_retry_ms; /* Not before: the interface failed to start. */
};

/* Start board, port and firmware, and print the banner. Called once after reset. */
void app_start(struct app *app);

/* One turn of the main loop: network, one step of the firmware, console. Returns the
 * milliseconds that may be idled. */
uint32_t app_turn(struct app *app);

#endif
