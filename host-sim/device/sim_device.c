/* SPDX-License-Identifier: MIT
 * sim_device.c -- a device made of a folder: its parts are files, its network is libslirp's. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/board.h"
#include "firmware/crypto/hash.h"
#include "hal/hal_clock.h"
#include "host-sim/device/board_host.h"
#include "host-sim/device/sim.h"
#include "host-sim/device/unit_file.h"
#include "port/port.h"

enum {
    IDLE_MS_MAX = 50 /* lwIP's shortest timer is five times as long. */
};

/* --- Its parts. ----------------------------------------------------------------------------- */

/* A device in a folder has no more flash than its identity needs. */
static const struct flash_file_layout folder_flash = {
    .file_bytes = 128 * 1024,
    .geometry = { "folder", 128 * 1024, 64 * 1024, 1, 0xFF, true },
};

static int make_image(const char *path, const struct flash_file_layout *layout)
{
    uint8_t *erased = malloc(layout->file_bytes);
    int err = ENOMEM;

    if (erased != NULL) {
        memset(erased, layout->geometry.erased_value, layout->file_bytes);
        err = files_write(path, 0600, false, bytes_of(erased, layout->file_bytes));
    }
    free(erased);
    return err == EEXIST ? 0 : err;
}

int sim_flash_open(struct sim_device *device, const char *path,
                   const struct flash_file_layout *layout, bool create)
{
    int err = flash_file_open(&device->flash, path, layout, false);

    if (err == ENOENT && create) {
        err = make_image(path, layout);
        if (!err) {
            err = flash_file_open(&device->flash, path, layout, false);
        }
    }
    switch (err) {
    case 0:
        return 0;
    case EWOULDBLOCK:
        return cli_fail(device->args, SIM_LATER, "%s is in use by another process", path);
    case EFBIG:
    case ENODATA:
        return cli_fail(device->args, SIM_FAULT, "%s is no flash image of %llu bytes", path,
                        (unsigned long long)layout->file_bytes);
    default:
        return cli_fail(device->args, SIM_FAULT, "can't use %s: %s", path, strerror(err));
    }
}

static int open_unit(struct sim_device *device, bool create)
{
    char prefix[FILES_PATH_CHARS_MAX + 1];
    int err = files_join(prefix, device->folder, "unit") ? 0 : ENAMETOOLONG;

    if (!err && create) {
        err = unit_file_make_key(prefix);
    }
    if (!err && create) {
        err = unit_file_make_serial(prefix, NULL);
    }
    if (!err && !unit_file_use(prefix)) {
        err = ENAMETOOLONG;
    }
    if (!err && hal_unit_serial(device->serial) != 0) {
        err = EINVAL;
    }
    return err ? cli_fail(device->args, SIM_FAULT, "can't use unit.key and unit.serial in %s: %s",
                          device->folder, strerror(err))
               : 0;
}

bool sim_device_exists(const struct sim_device *device)
{
    char path[FILES_PATH_CHARS_MAX + 1];

    return files_join(path, device->folder, "identity.flash") && access(path, F_OK) == 0;
}

int sim_device_open(struct sim_device *device, bool create)
{
    char path[FILES_PATH_CHARS_MAX + 1];
    const int err = create ? files_folder(device->folder) : 0;
    bool is_new;
    int code;

    if (err || !files_join(path, device->folder, "identity.flash")) {
        return cli_fail(device->args, SIM_FAULT, "can't use the folder %s: %s", device->folder,
                        strerror(err ? err : ENAMETOOLONG));
    }
    /* A new key for an old flash would lock its owner out: a lost unit.key is for them to restore. */
    is_new = create && !sim_device_exists(device);
    code = sim_flash_open(device, path, &folder_flash, create);
    if (!code) {
        code = open_unit(device, is_new);
    }
    return code ? code : sim_board_start(device);
}

void sim_device_close(struct sim_device *device)
{
    flash_file_close(&device->flash);
}

/* --- Its life. ------------------------------------------------------------------------------ */

int sim_board_start(const struct sim_device *device)
{
    const struct board_host board = {
        .flash = flash_file_flash(&device->flash),
        .reset_exit_code = SIM_FAULT,
    };

    board_host_use(&board);
    board_init();

    const imp_err_t err = port_init();

    return err ? sim_print_error(device->args, err) : 0;
}

int sim_device_start(struct sim_device *device)
{
    const struct imprint_params params = {
        .flash = flash_file_flash(&device->flash),
        .unit_serial = device->serial,
    };
    struct imprint_status status;
    int64_t seconds;

    device->imprint = imprint_start(&device->memory, &params);
    imprint_step(device->imprint, hal_clock_ms());
    sim_print_progress(device);
    sim_device_status(device, &status);
    if (status.state == IMPRINT_FAULT) {
        return sim_print_error(device->args, status.reason);
    }
    if (hal_clock_rtc_seconds(&seconds) == 0) {
        /* A clock before 2000 was never set: the device then goes on as one without a clock. */
        (void)imprint_set_time(device->imprint, seconds, hal_clock_ms());
    }
    return 0;
}

void sim_device_status(const struct sim_device *device, struct imprint_status *status)
{
    imprint_status(device->imprint, hal_clock_ms(), status);
}

/* A locally administered address that belongs to the serial number. */
static imp_err_t start_network(struct sim_device *device)
{
    const struct bytes serial = bytes_of_text(device->serial);
    uint8_t digest[HASH_SHA256_BYTES];
    struct imprint_status status;
    imp_err_t err = hash_sha256(&serial, 1, digest);

    digest[0] = (uint8_t)((digest[0] & 0xFC) | 0x02);
    sim_device_status(device, &status);
    sim_route_server(status.server_host);
    if (!err) {
        err = port_net_start(board_netif(), digest, NULL);
    }
    device->is_networked = !err;
    return err;
}

/* False when nothing more will happen before `end_ms`. */
static bool is_worth_waiting(const struct imprint_status *status, uint64_t end_ms)
{
    const bool waits = status->state == IMPRINT_BACKOFF || status->state == IMPRINT_WAITING;

    return hal_clock_ms() < end_ms && !(waits && status->next_try_ms >= end_ms);
}

static void turn(struct sim_device *device)
{
    uint32_t idle_ms;

    port_net_poll(hal_clock_ms());
    idle_ms = imprint_step(device->imprint, hal_clock_ms());
    sim_print_progress(device);
    hal_clock_idle(idle_ms < IDLE_MS_MAX ? idle_ms : IDLE_MS_MAX);
}

bool sim_device_run(struct sim_device *device, bool (*done)(const struct imprint_status *status),
                    uint64_t timeout_ms)
{
    const uint64_t end_ms = hal_clock_ms() + timeout_ms;
    struct imprint_status status;

    if (!device->is_networked) {
        const imp_err_t err = start_network(device);

        if (err) {
            sim_print_error(device->args, err);
            return false;
        }
    }
    sim_device_status(device, &status);
    while (!done(&status) && is_worth_waiting(&status, end_ms)) {
        turn(device);
        sim_device_status(device, &status);
    }
    return done(&status);
}
