/* SPDX-License-Identifier: MIT
 * sim.h -- what the commands of imprint-sim share: exit codes, a device made of files, what is
 * printed.
 *
 * A device folder (`--cert-dir`) holds
 *     identity.flash   the identity flash, as an emulated board would have it
 *     unit.key         the device key that seals its secrets (0600)
 *     unit.serial      the serial number (0600)
 * and, for other programs, once the device is enrolled
 *     device.crt       its certificate and the issuers of that, PEM
 *     ca.crt           the certificates it trusts, PEM
 *     identity.json    name, serial number, server, fingerprint and dates
 *     device.key       the private key, PEM (0600): only with --export-key */
#ifndef HOST_SIM_DEVICE_SIM_H
#define HOST_SIM_DEVICE_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/imprint.h"
#include "firmware/store/store.h"
#include "hal/hal_unit.h"
#include "host-sim/cli/cli.h"
#include "host-sim/cli/json_out.h"
#include "host-sim/device/files.h"
#include "host-sim/device/flash_file.h"

/* Exit codes; the help of `enroll` explains them and scripts rely on them. */
enum sim_exit {
    SIM_OK = 0,
    SIM_REJECTED = 1, /* A person must act: a new token, another name. */
    SIM_USAGE = 2,
    SIM_LATER = 3, /* Not reached in time; the same command goes on where this one stopped. */
    SIM_FAULT = 4  /* Flash, key or folder can't be used. */
};

enum {
    SIM_TIME_CHARS_MAX = 31,
    SIM_HEX_CHARS = 64
};

/* One device in this process; zero before sim_device_open. */
struct sim_device {
    const struct cli_args *args; /* Of the command, for messages. */
    const char *folder;
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];
    struct flash_file flash;
    struct imprint_memory memory;
    struct imprint *imprint; /* NULL while switched off. */
    bool is_networked;
    bool is_quiet;        /* Shows no progress. */
    bool is_verbose;      /* Shows all of the trace. */
    uint32_t trace_shown; /* Entries of the trace that were looked at. */
};

/* --- sim_device.c: a device made of a folder. ----------------------------------------------- */

/* The folder has a device's flash. */
bool sim_device_exists(const struct sim_device *device);

/* Open the folder's three files, made where they are missing and `create` is true, and bring up the
 * board; the device stays off. Returns 0, or a sim_exit after saying why. The caller closes it in
 * every case. */
int sim_device_open(struct sim_device *device, bool create);

/* Open the flash image `path`, made (erased, whole or not at all) where it is missing and `create`
 * is true. Returns 0, or a sim_exit after saying why. */
int sim_flash_open(struct sim_device *device, const char *path,
                   const struct flash_file_layout *layout, bool create);

/* Bring up the board around that flash, and the port. Called once, before anything of the store or
 * the firmware. Returns 0, or SIM_FAULT after saying why. */
int sim_board_start(const struct sim_device *device);

/* Switch the device on: one LOAD, no network. Returns 0, or SIM_FAULT after saying why. */
int sim_device_start(struct sim_device *device);

/* Step the device over the network until `done` says so (true), or `timeout_ms` passed or the next
 * attempt would be later than that (false). Shows progress on standard error. */
bool sim_device_run(struct sim_device *device, bool (*done)(const struct imprint_status *status),
                    uint64_t timeout_ms);

/* What the device says of itself now. */
void sim_device_status(const struct sim_device *device, struct imprint_status *status);

void sim_device_close(struct sim_device *device);

/* --- sim_provision.c: what the operator gives. ---------------------------------------------- */

/* Put the options --server, --ca-fingerprint, --name, --serial, --host and --token over what the
 * store holds; the token as a record of `token_type`. What is there already is not written again.
 * Returns 0, or a sim_exit after saying why. */
int sim_provision_store(const struct cli_args *args, struct store *store,
                        enum store_type token_type);

/* Whether the options alone are enough for a device that has nothing yet, before a folder is made
 * for it. Returns 0, or SIM_USAGE after saying which option is wrong or missing. */
int sim_provision_check_new(const struct cli_args *args);

/* Returns 0, or SIM_USAGE after saying which option is to give what a device has not. */
int sim_provision_missing(const struct cli_args *args, bool has_server, bool has_pin,
                          bool has_token);

/* --- sim_route.c: addresses as they look from behind the simulated network. ------------------ */

struct sim_route {
    char host[CONFIG_HOST_CHARS_MAX + 1];
    char ipv4[16];
};

/* Read "NAME=ADDRESS". An address of this machine's loopback becomes what it is for the device.
 * False when malformed. */
bool sim_route_read(const char *text, struct sim_route *route);

/* Where this machine resolves `host` to its own loopback, route it there for the device, until the
 * end of the process. May ask DNS, and wait for it. */
void sim_route_server(const char *host);

/* --- sim_export.c: the identity for other programs. ----------------------------------------- */

/* Write device.crt, ca.crt and identity.json into the folder; a file that says the same already is
 * left alone. Returns 0, or SIM_FAULT after saying why. */
int sim_export(const struct sim_device *device);

/* Write `content` as the folder's file `name`, with permissions `mode`, unless that is what it says
 * already. Returns 0, or SIM_FAULT after saying why. */
int sim_publish(const struct sim_device *device, const char *name, mode_t mode,
                struct bytes content);

/* --- sim_key.c: the private key, for other programs. ---------------------------------------- */

/* Write device.key into the folder. Returns 0, or SIM_FAULT after saying why. */
int sim_export_key(const struct sim_device *device);

/* --- sim_print.c: what people and scripts read. --------------------------------------------- */

/* Print the new entries of the device's trace to standard error. */
void sim_print_progress(struct sim_device *device);

/* Print why `err` happened and what to do about it, on standard error. Returns the exit code of the
 * error's class. */
int sim_print_error(const struct cli_args *args, imp_err_t err);

/* Add what went wrong to an open object: `error` (null when it is 0), `says`, `do`. */
void sim_json_error(struct json_out *json, imp_err_t err);

/* Add the identity's members to an open object, or print it in a few lines on standard output. */
void sim_json_identity(struct json_out *json, const struct imprint_status *status);
void sim_print_identity(const struct imprint_status *status);

/* RFC 3339 in UTC; "?" for a year that has no such form. */
void sim_time_text(int64_t seconds, char text[SIM_TIME_CHARS_MAX + 1]);
void sim_hex_text(const uint8_t digest[32], char text[SIM_HEX_CHARS + 1]);

/* --- The commands. -------------------------------------------------------------------------- */

extern const struct cli_option sim_run_options[];
extern const struct cli_option sim_enroll_options[];
extern const struct cli_option sim_whoami_options[];
extern const struct cli_option sim_renew_options[];
extern const struct cli_option sim_status_options[];
extern const struct cli_option sim_provision_options[];
extern const struct cli_option sim_unit_options[];
int sim_run(const struct cli_args *args);
int sim_enroll(const struct cli_args *args);
int sim_whoami(const struct cli_args *args);
int sim_renew(const struct cli_args *args);
int sim_status(const struct cli_args *args);
int sim_provision(const struct cli_args *args);
int sim_unit_create(const struct cli_args *args);

/* The arguments of this process, for `run`, whose reset starts it anew. */
extern char **sim_arguments;

#endif
