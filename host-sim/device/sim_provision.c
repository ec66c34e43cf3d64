/* SPDX-License-Identifier: MIT
 * sim_provision.c -- what the operator gives, as records in a flash image. */
#include <stdio.h>
#include <string.h>

#include "firmware/app/sentences.h"
#include "firmware/core/provision.h"
#include "firmware/crypto/random.h"
#include "firmware/secret.h"
#include "host-sim/device/sim.h"
#include "host-sim/device/unit_file.h"

/* --- The provisioning record. --------------------------------------------------------------- */

static imp_err_t read_record(const struct store *store, struct provision *provision)
{
    uint8_t record[PROVISION_RECORD_BYTES_MAX];
    const size_t bytes = store_size(store, STORE_PROVISION);

    memset(provision, 0, sizeof *provision);
    if (!store_has(store, STORE_PROVISION)) {
        return 0;
    }
    if (bytes > sizeof record) {
        return IMP_ERR_STORE_FORMAT;
    }

    const imp_err_t err = store_read(store, STORE_PROVISION, 0, record, bytes);

    return err ? err : provision_decode(bytes_of(record, bytes), provision);
}

/* What the sentences advise is for the console; here it is an option that is wrong. */
static int refuse_value(const struct cli_args *args, const char *option, imp_err_t err)
{
    return cli_fail(args, SIM_USAGE,
                    "--%s is not usable: %s: %s\n  to do: correct --%s; see --help", option,
                    imprint_err_name(err), sentence_says(err), option);
}

static int put_routes(const struct cli_args *args, struct provision *provision)
{
    struct sim_route route;
    const char *text;

    for (size_t i = 0; (text = cli_nth(args, "host", i)) != NULL; i++) {
        if (!sim_route_read(text, &route)) {
            return cli_fail(args, SIM_USAGE, "--host wants NAME=ADDRESS, not %s", text);
        }
        if (provision_set_route(provision, route.host, route.ipv4) != 0) {
            return cli_fail(args, SIM_USAGE, "--host: a device keeps %d routes",
                            PROVISION_ROUTES_MAX);
        }
    }
    return 0;
}

static int put_options(const struct cli_args *args, struct provision *provision)
{
    static const struct {
        const char *option;
        imp_err_t (*set)(struct provision *provision, const char *value);
    } settings[] = {
        { "server", provision_set_server },
        { "ca-fingerprint", provision_set_pin },
        { "name", provision_set_name },
        { "serial", provision_set_serial },
    };

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const char *value = cli_text(args, settings[i].option);
        const imp_err_t err = value != NULL ? settings[i].set(provision, value) : 0;

        if (err) {
            return refuse_value(args, settings[i].option, err);
        }
    }
    return put_routes(args, provision);
}

/* The options over `provision`, and the token looked at. */
static int take_options(const struct cli_args *args, struct provision *provision)
{
    const char *token = cli_text(args, "token");
    const int code = put_options(args, provision);

    if (!code && token != NULL && provision_check_token(bytes_of_text(token)) != 0) {
        return refuse_value(args, "token", IMP_ERR_CONFIG_VALUE);
    }
    return code;
}

int sim_provision_missing(const struct cli_args *args, bool has_server, bool has_pin,
                          bool has_token)
{
    const char *missing = !has_server  ? "--server"
                          : !has_pin   ? "--ca-fingerprint"
                          : !has_token ? "--token, --token-file or IMPRINT_TOKEN"
                                       : NULL;

    return missing == NULL ? 0
                           : cli_fail(args, SIM_USAGE, "not given and not in %s yet: %s",
                                      cli_text(args, "cert-dir"), missing);
}

int sim_provision_check_new(const struct cli_args *args)
{
    struct provision provision = { 0 };
    const int code = take_options(args, &provision);

    return code ? code
                : sim_provision_missing(args, provision.server.host[0] != '\0', provision.has_pin,
                                        cli_text(args, "token") != NULL);
}

/* Anchors that another pin led to must not outlive it. */
static imp_err_t write_record(struct store *store, const struct provision *before,
                              const struct provision *after)
{
    static const enum store_type anchors[] = { STORE_ANCHORS };
    uint8_t old_record[PROVISION_RECORD_BYTES_MAX];
    uint8_t new_record[PROVISION_RECORD_BYTES_MAX];
    const struct bytes was = bytes_of(old_record, provision_encode(before, old_record));
    const struct bytes is = bytes_of(new_record, provision_encode(after, new_record));
    imp_err_t err = 0;

    if (store_has(store, STORE_PROVISION) && bytes_equal(was, is)) {
        return 0;
    }
    if (memcmp(before->pin, after->pin, sizeof after->pin) != 0) {
        err = store_forget(store, anchors, 1);
    }
    return err ? err : store_append(store, STORE_PROVISION, &is, 1);
}

/* --- The token's record. -------------------------------------------------------------------- */

static bool is_stored(const struct store *store, const char *token)
{
    uint8_t stored[CONFIG_TOKEN_CHARS_MAX];
    size_t bytes = 0;
    bool equal;

    if (!store_has(store, STORE_TOKEN) ||
        store_read_secret(store, STORE_TOKEN, stored, sizeof stored, &bytes) != 0) {
        return false;
    }
    equal = bytes == strlen(token) && secret_equal(stored, token, bytes);
    secret_wipe(stored, sizeof stored);
    return equal;
}

static imp_err_t write_token(struct store *store, const char *token, enum store_type type)
{
    const struct bytes part = bytes_of_text(token);

    if (type == STORE_TOKEN_CLEAR) {
        return store_append(store, type, &part, 1);
    }
    if (is_stored(store, token)) {
        return 0;
    }

    const imp_err_t err = random_start();

    return err ? err : store_append_secret(store, type, NULL, 0, part);
}

int sim_provision_store(const struct cli_args *args, struct store *store,
                        enum store_type token_type)
{
    const char *token = cli_text(args, "token");
    struct provision before;
    struct provision after;
    imp_err_t err = read_record(store, &before);
    int code;

    if (err) {
        return sim_print_error(args, err);
    }
    after = before;
    code = take_options(args, &after);
    if (code) {
        return code;
    }
    err = write_record(store, &before, &after);
    if (!err && token != NULL) {
        err = write_token(store, token, token_type);
    }
    return err ? sim_print_error(args, err) : 0;
}

/* --- The commands provision and unit create. ------------------------------------------------ */

const struct cli_option sim_provision_options[] = {
    { "flash", "FILE", "flash image; made, erased, where there is none", CLI_REQUIRED, NULL },
    { "server", "URL", "enrollment server, https://HOST[:PORT][/PATH]", 0, NULL },
    { "ca-fingerprint", "HEX", "SHA-256 of its CA certificate", 0, NULL },
    { "token", "TOKEN", "enrollment token", CLI_SECRET, "IMPRINT_TOKEN" },
    { "name", "NAME", "the device's name (else imprint-SERIAL)", 0, NULL },
    { "serial", "SERIAL", "serial number, for a board whose chip has none", 0, NULL },
    { "host", "NAME=ADDRESS", "reach NAME there, without DNS", CLI_REPEAT, NULL },
    { "unit", "PREFIX", "seal the token for the unit whose key is PREFIX.key", 0, NULL },
    { 0 },
};

/* Without the unit's key the token lies open in the image until the device's first boot. */
static enum store_type token_type_of(const struct cli_args *args)
{
    return cli_flag(args, "unit") ? STORE_TOKEN : STORE_TOKEN_CLEAR;
}

static int provision_image(const struct cli_args *args, const struct hal_flash *flash)
{
    struct store store;
    const imp_err_t err = store_open(&store, flash);

    if (err) {
        return sim_print_error(args, err);
    }
    if (store_has(&store, STORE_IDENTITY)) {
        return cli_fail(args, SIM_REJECTED,
                        "this image holds an identity; only its device changes it");
    }
    return sim_provision_store(args, &store, token_type_of(args));
}

int sim_provision(const struct cli_args *args)
{
    const char *unit = cli_text(args, "unit");
    struct sim_device device = { .args = args };
    int code;

    if (unit != NULL && !unit_file_use(unit)) {
        return cli_fail(args, SIM_USAGE, "--unit is too long");
    }
    code = sim_flash_open(&device, cli_text(args, "flash"), &flash_file_sf2_som, true);
    if (!code) {
        code = sim_board_start(&device);
    }
    if (!code) {
        code = provision_image(args, flash_file_flash(&device.flash));
    }
    sim_device_close(&device);
    return code;
}

const struct cli_option sim_unit_options[] = {
    { "serial", "SERIAL", "serial number (else 12 random hex digits)", 0, NULL },
    { 0 },
};

int sim_unit_create(const struct cli_args *args)
{
    const char *prefix = cli_operand(args, 0);
    int err = unit_file_make_serial(prefix, cli_text(args, "serial"));

    if (!err) {
        err = unit_file_make_key(prefix);
    }
    return err ? cli_fail(args, SIM_FAULT, "can't make the unit %s: %s", prefix, strerror(err)) : 0;
}
