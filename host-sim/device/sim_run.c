/* SPDX-License-Identifier: MIT
 * sim_run.c -- the command run: the reference application as a process, the image of a board
 * without the board. */
#include <limits.h>
#include <string.h>

#include "firmware/app/app.h"
#include "hal/hal_clock.h"
#include "host-sim/device/board_host.h"
#include "host-sim/device/entropy_host.h"
#include "host-sim/device/sim.h"
#include "host-sim/device/unit_file.h"

enum {
    IDLE_MS_MAX = 50 /* lwIP's shortest timer is five times as long; frames and keys wake it. */
};

const struct cli_option sim_run_options[] = {
    { "flash", "FILE", "flash image; made, erased, where there is none", CLI_REQUIRED, NULL },
    { "unit", "PREFIX", "the unit: PREFIX.key (made where there is none), PREFIX.serial",
      CLI_REQUIRED, NULL },
    { "seed", "N", "make the noise source repeat itself: for tests, its keys are no secret", 0,
      NULL },
    { 0 },
};

static int open_parts(struct sim_device *device, const char *unit)
{
    const int err = unit_file_make_key(unit);

    if (err) {
        return cli_fail(device->args, SIM_FAULT, "can't make %s.key: %s", unit, strerror(err));
    }
    if (!unit_file_use(unit)) {
        return cli_fail(device->args, SIM_USAGE, "--unit is too long");
    }
    return sim_flash_open(device, cli_text(device->args, "flash"), &flash_file_sf2_som, true);
}

static _Noreturn void run_forever(void)
{
    static struct app app;

    app_start(&app);
    for (;;) {
        const uint32_t idle_ms = app_turn(&app);

        hal_clock_idle(idle_ms < IDLE_MS_MAX ? idle_ms : IDLE_MS_MAX);
    }
}

int sim_run(const struct cli_args *args)
{
    static struct sim_device device;
    long seed = 0;
    int code = cli_number(args, "seed", 0, LONG_MAX, &seed);

    device.args = args;
    if (!code) {
        code = open_parts(&device, cli_text(args, "unit"));
    }
    if (code) {
        return code;
    }
    if (cli_flag(args, "seed")) {
        entropy_host_seed((uint64_t)seed);
    }
    board_host_use(&(struct board_host){
        .flash = flash_file_flash(&device.flash),
        .restart = sim_arguments,
        .reset_exit_code = SIM_FAULT,
        .has_console = true,
    });
    run_forever();
}
