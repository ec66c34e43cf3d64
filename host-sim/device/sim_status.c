/* SPDX-License-Identifier: MIT
 * sim_status.c -- the command status: what the device in a folder says of itself. Asks no
 * network. */
#include <stdio.h>

#include "firmware/app/sentences.h"
#include "host-sim/device/sim.h"

const struct cli_option sim_status_options[] = {
    { "cert-dir", "DIR", "the device's folder", CLI_REQUIRED, NULL },
    { "json", NULL, "print it as JSON", 0, NULL },
    { 0 },
};

/* The state after LOAD, in words: what the next `enroll` would do. */
static const char *words_of(const struct imprint_status *status)
{
    switch (status->state) {
    case IMPRINT_ENROLLED:
        return "enrolled";
    case IMPRINT_PROVE:
        return "has its certificate, not yet proved to the server";
    case IMPRINT_KEYGEN:
        return "provisioned, no key yet";
    case IMPRINT_CSR:
        return "has its key, no certificate yet";
    default:
        return "not provisioned";
    }
}

static void print_json(const struct imprint_status *status)
{
    char pin[SIM_HEX_CHARS + 1];
    struct json_out json;

    sim_hex_text(status->pin, pin);
    json_out_init(&json, stdout);
    json_object(&json, NULL);
    json_bool(&json, "enrolled", status->has_identity);
    json_bool(&json, "proved", status->state == IMPRINT_ENROLLED);
    json_text(&json, "state", imprint_state_name(status->state));
    json_bool(&json, "sealed", status->is_sealed);
    json_bool(&json, "has_token", status->has_token);
    json_bool(&json, "has_anchors", status->has_anchors);
    json_text(&json, "pin", status->has_pin ? pin : NULL);
    sim_json_identity(&json, status);
    json_object_end(&json);
    putchar('\n');
}

static void print_text(const struct imprint_status *status)
{
    printf("%s: %s\n", status->name[0] != '\0' ? status->name : status->serial, words_of(status));
    printf("  serial       %s\n", status->serial);
    printf("  token        %s\n", status->has_token ? "stored, sealed" : "none");
    sim_print_identity(status);
}

int sim_status(const struct cli_args *args)
{
    struct sim_device device = { .args = args, .folder = cli_text(args, "cert-dir") };
    struct imprint_status status;
    int code;

    device.is_quiet = true;
    code = sim_device_open(&device, false);
    if (!code) {
        code = sim_device_start(&device);
    }
    if (!code) {
        sim_device_status(&device, &status);
        if (cli_flag(args, "json")) {
            print_json(&status);
        } else {
            print_text(&status);
        }
    }
    sim_device_close(&device);
    return code;
}
