/* SPDX-License-Identifier: MIT
 * sim_enroll.c -- the commands enroll, renew and whoami: one device, until the server has seen its
 * identity. */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hal/hal_clock.h"
#include "host-sim/device/sim.h"

enum {
    TIMEOUT_S = 60,
    TIMEOUT_S_MAX = 86400
};

const struct cli_option sim_enroll_options[] = {
    { "cert-dir", "DIR", "the device's folder; made where there is none", CLI_REQUIRED, NULL },
    { "server", "URL", "enrollment server, https://HOST[:PORT][/PATH]", 0, NULL },
    { "ca-fingerprint", "HEX", "SHA-256 of its CA certificate", 0, NULL },
    { "token", "TOKEN", "enrollment token", CLI_SECRET, "IMPRINT_TOKEN" },
    { "name", "NAME", "the device's name (else imprint-SERIAL)", 0, NULL },
    { "host", "NAME=ADDRESS", "reach NAME there, without DNS", CLI_REPEAT, NULL },
    { "timeout", "S", "give up after so many seconds (60)", 0, NULL },
    { "verify", NULL, "enrolled already: prove it to the server once more", 0, NULL },
    { "export-key", NULL, "write the private key to DIR/device.key", 0, NULL },
    { "json", NULL, "print the result as JSON", 0, NULL },
    { "verbose", NULL, "show every event", 0, NULL },
    { 0 },
};

const struct cli_option sim_whoami_options[] = {
    { "cert-dir", "DIR", "the device's folder", CLI_REQUIRED, NULL },
    { "timeout", "S", "give up after so many seconds (60)", 0, NULL },
    { "json", NULL, "print the result as JSON", 0, NULL },
    { "verbose", NULL, "show every event", 0, NULL },
    { 0 },
};

const struct cli_option sim_renew_options[] = {
    { "cert-dir", "DIR", "the device's folder", CLI_REQUIRED, NULL },
    { "token", "TOKEN", "a new enrollment token, for a certificate that has expired", CLI_SECRET,
      "IMPRINT_TOKEN" },
    { "timeout", "S", "give up after so many seconds (60)", 0, NULL },
    { "json", NULL, "print the result as JSON", 0, NULL },
    { "verbose", NULL, "show every event", 0, NULL },
    { 0 },
};

/* --- enroll. -------------------------------------------------------------------------------- */

/* Bring in what the command line gives, unless there is an identity already: trust, name and token
 * of an enrolled device are settled. */
static int provision(const struct sim_device *device)
{
    struct store store;
    const imp_err_t err = store_open(&store, flash_file_flash(&device->flash));

    if (err) {
        return sim_print_error(device->args, err);
    }
    return store_has(&store, STORE_IDENTITY)
               ? 0
               : sim_provision_store(device->args, &store, STORE_TOKEN);
}

/* A device that stays blank was not told enough. */
static int check_provision(const struct sim_device *device)
{
    struct imprint_status status;

    sim_device_status(device, &status);
    if (status.state != IMPRINT_BLANK) {
        return 0;
    }

    const int code = sim_provision_missing(device->args, status.server_host[0] != '\0',
                                           status.has_pin, status.has_token);

    return code ? code : sim_print_error(device->args, status.reason);
}

/* The copy in the environment is of no use any more either. */
static void wipe_environment(void)
{
    char *token = getenv("IMPRINT_TOKEN");

    if (token != NULL) {
        explicit_bzero(token, strlen(token));
    }
}

static bool is_settled(const struct imprint_status *status)
{
    return status->state == IMPRINT_ENROLLED || status->state == IMPRINT_REJECTED ||
           status->state == IMPRINT_FAULT;
}

/* What kept a device from its goal; 0: only the time. */
static imp_err_t reason_of(const struct imprint_status *status)
{
    return status->reason ? status->reason : status->last_error;
}

static int exit_of_state(const struct imprint_status *status)
{
    switch (status->state) {
    case IMPRINT_REJECTED:
        return SIM_REJECTED;
    case IMPRINT_FAULT:
        return SIM_FAULT;
    default:
        return SIM_LATER;
    }
}

static int report_failure(const struct sim_device *device, const struct imprint_status *status)
{
    const imp_err_t err = reason_of(status);
    int code = exit_of_state(status);
    struct json_out json;

    if (cli_flag(device->args, "json")) {
        json_out_init(&json, stdout);
        json_object(&json, NULL);
        json_bool(&json, "enrolled", status->has_identity);
        json_text(&json, "state", imprint_state_name(status->state));
        sim_json_error(&json, err);
        json_text(&json, "request_id", status->request_id);
        json_object_end(&json);
        putchar('\n');
    }
    if (!err) {
        return cli_fail(device->args, code, "not done in time; it got as far as %s",
                        imprint_state_name(status->state));
    }

    const int class_code = sim_print_error(device->args, err);

    /* Asked whether it is still known, a device keeps its identity whatever the answer. */
    if (status->state == IMPRINT_ENROLLED) {
        code = class_code;
    }
    return code;
}

static int report_enrolled(const struct sim_device *device, const char *how)
{
    struct imprint_status status;
    struct json_out json;

    sim_device_status(device, &status);
    if (!cli_flag(device->args, "json")) {
        printf("%s as %s\n", how, status.name);
        sim_print_identity(&status);
        printf("  files        %s: device.crt ca.crt identity.json\n", device->folder);
        return SIM_OK;
    }
    json_out_init(&json, stdout);
    json_object(&json, NULL);
    json_bool(&json, "enrolled", true);
    json_text(&json, "how", how);
    sim_json_identity(&json, &status);
    json_text(&json, "cert_dir", device->folder);
    json_integer(&json, "uptime_ms", (int64_t)hal_clock_ms());
    json_object_end(&json);
    putchar('\n');
    return SIM_OK;
}

/* Run until the server has seen the identity. An identity that it saw before is shown again only
 * where `again` says so. `*how` becomes a word for the report. */
static int reach_enrolled(struct sim_device *device, bool again, uint64_t timeout_ms,
                          const char **how)
{
    struct imprint_status status;

    sim_device_status(device, &status);
    *how = "enrolled";
    if (status.state == IMPRINT_ENROLLED) {
        *how = again ? "verified" : "already enrolled";
        if (!again) {
            return SIM_OK;
        }
        (void)imprint_whoami(device->imprint); /* Never refused in this state. */
    }

    const bool is_done = sim_device_run(device, is_settled, timeout_ms);

    sim_device_status(device, &status);
    if (is_done && status.state == IMPRINT_ENROLLED && !status.reason) {
        return SIM_OK;
    }
    return report_failure(device, &status);
}

static int enroll_device(struct sim_device *device, uint64_t timeout_ms)
{
    const char *how = "";
    int code = provision(device);

    wipe_environment();
    if (!code) {
        code = sim_device_start(device);
    }
    if (!code) {
        code = check_provision(device);
    }
    if (!code) {
        code = reach_enrolled(device, cli_flag(device->args, "verify"), timeout_ms, &how);
    }
    if (!code) {
        code = sim_export(device);
    }
    if (!code && cli_flag(device->args, "export-key")) {
        code = sim_export_key(device);
    }
    return code ? code : report_enrolled(device, how);
}

/* The device of --cert-dir, with the options that all commands on one share. */
static struct sim_device device_of(const struct cli_args *args)
{
    return (struct sim_device){
        .args = args,
        .folder = cli_text(args, "cert-dir"),
        .is_quiet = cli_flag(args, "json") && !cli_flag(args, "verbose"),
        .is_verbose = cli_flag(args, "verbose"),
    };
}

int sim_enroll(const struct cli_args *args)
{
    struct sim_device device = device_of(args);
    long timeout_s = TIMEOUT_S;
    int code = cli_number(args, "timeout", 1, TIMEOUT_S_MAX, &timeout_s);

    if (!code && !sim_device_exists(&device)) {
        code = sim_provision_check_new(args);
    }
    if (!code) {
        code = sim_device_open(&device, true);
    }
    if (!code) {
        code = enroll_device(&device, (uint64_t)timeout_s * 1000);
    }
    sim_device_close(&device);
    return code;
}

/* --- whoami. -------------------------------------------------------------------------------- */

static int start_enrolled(struct sim_device *device)
{
    struct imprint_status status;
    const int code = sim_device_start(device);

    if (code) {
        return code;
    }
    sim_device_status(device, &status);
    return status.has_identity ? 0
                               : cli_fail(device->args, SIM_REJECTED,
                                          "the device in %s is not enrolled", device->folder);
}

static int verify_device(struct sim_device *device, uint64_t timeout_ms)
{
    const char *how = "";
    int code = start_enrolled(device);

    if (!code) {
        code = reach_enrolled(device, true, timeout_ms, &how);
    }
    return code ? code : report_enrolled(device, how);
}

int sim_whoami(const struct cli_args *args)
{
    struct sim_device device = device_of(args);
    long timeout_s = TIMEOUT_S;
    int code = cli_number(args, "timeout", 1, TIMEOUT_S_MAX, &timeout_s);

    if (!code) {
        code = sim_device_open(&device, false);
    }
    if (!code) {
        code = verify_device(&device, (uint64_t)timeout_s * 1000);
    }
    sim_device_close(&device);
    return code;
}

/* --- renew. --------------------------------------------------------------------------------- */

static int put_token(const struct sim_device *device)
{
    struct store store;
    imp_err_t err;

    if (cli_text(device->args, "token") == NULL) {
        return 0;
    }
    err = store_open(&store, flash_file_flash(&device->flash));
    return err ? sim_print_error(device->args, err)
               : sim_provision_store(device->args, &store, STORE_TOKEN);
}

/* A renewal that was begun goes on by itself; so does a first enrollment that was not proved, and
 * that renews nothing. */
static int renew_device(struct sim_device *device, uint64_t timeout_ms)
{
    struct imprint_status before;
    struct imprint_status status;
    int code = put_token(device);

    wipe_environment();
    if (!code) {
        code = start_enrolled(device);
    }
    if (code) {
        return code;
    }
    sim_device_status(device, &before);
    (void)imprint_renew(device->imprint); /* Refused only where one goes on already. */
    const bool is_done = sim_device_run(device, is_settled, timeout_ms);

    sim_device_status(device, &status);
    if (!is_done || status.state != IMPRINT_ENROLLED || status.reason) {
        return report_failure(device, &status);
    }
    const bool is_new =
        memcmp(status.fingerprint, before.fingerprint, sizeof status.fingerprint) != 0;

    code = sim_export(device);
    return code ? code : report_enrolled(device, is_new ? "renewed" : "enrolled");
}

int sim_renew(const struct cli_args *args)
{
    struct sim_device device = device_of(args);
    long timeout_s = TIMEOUT_S;
    int code = cli_number(args, "timeout", 1, TIMEOUT_S_MAX, &timeout_s);

    if (!code) {
        code = sim_device_open(&device, false);
    }
    if (!code) {
        code = renew_device(&device, (uint64_t)timeout_s * 1000);
    }
    sim_device_close(&device);
    return code;
}
