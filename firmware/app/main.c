/* SPDX-License-Identifier: MIT
 * main.c -- the reference application on a board. */
#include "firmware/app/app.h"
#include "hal/hal_clock.h"

/* Network and console are polled: idle no longer than a frame or a few characters may wait. */
enum {
    IDLE_MS_MAX = 1
};

int main(void)
{
    static struct app app;

    app_start(&app);
    for (;;) {
        const uint32_t idle_ms = app_turn(&app);
        if (idle_ms > 0) {
            hal_clock_idle(idle_ms < IDLE_MS_MAX ? idle_ms : IDLE_MS_MAX);
        }
    }
}
