/* SPDX-License-Identifier: MIT
 * sim_print.c -- progress, errors and the identity, for people and for scripts. */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "firmware/app/sentences.h"
#include "host-sim/device/sim.h"

void sim_time_text(int64_t seconds, char text[SIM_TIME_CHARS_MAX + 1])
{
    const time_t time = (time_t)seconds;
    struct tm calendar;

    if (gmtime_r(&time, &calendar) == NULL ||
        strftime(text, SIM_TIME_CHARS_MAX + 1, "%Y-%m-%dT%H:%M:%SZ", &calendar) == 0) {
        strcpy(text, "?");
    }
}

void sim_hex_text(const uint8_t digest[32], char text[SIM_HEX_CHARS + 1])
{
    for (size_t i = 0; i < 32; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
}

/* --- Progress. ------------------------------------------------------------------------------ */

static void print_detail(const struct imprint_trace_entry *entry)
{
    switch (entry->kind) {
    case IMPRINT_TRACE_REQUEST_ID:
        fprintf(stderr, "  request id %08x%08x\n", (unsigned)entry->value, (unsigned)entry->extra);
        break;
    case IMPRINT_TRACE_HTTP:
        fprintf(stderr, "  HTTP status %d, body %d bytes\n", entry->value, entry->extra);
        break;
    case IMPRINT_TRACE_CONNECTED:
        fprintf(stderr, "  TLS: %d certificates presented, path of %d\n", entry->value,
                entry->extra);
        break;
    case IMPRINT_TRACE_STORED:
        fprintf(stderr, "  record %d stored, %d bytes\n", entry->value, entry->extra);
        break;
    default:
        fprintf(stderr, "  event %u: %d, %d\n", entry->kind, entry->value, entry->extra);
        break;
    }
}

static void print_entry(const struct sim_device *device, const struct imprint_trace_entry *entry)
{
    const bool is_plain = entry->kind == IMPRINT_TRACE_STATE ||
                          entry->kind == IMPRINT_TRACE_ERROR || entry->kind == IMPRINT_TRACE_WAIT;

    if (!is_plain && !device->is_verbose) {
        return;
    }
    fprintf(stderr, "%9.3f s  ", entry->at_ms / 1000.0);
    if (entry->kind == IMPRINT_TRACE_STATE) {
        fprintf(stderr, "%s\n", imprint_state_name((enum imprint_state)entry->value));
    } else if (entry->kind == IMPRINT_TRACE_ERROR) {
        fprintf(stderr, "  %s: %s\n", imprint_err_name(entry->value), sentence_says(entry->value));
    } else if (entry->kind == IMPRINT_TRACE_WAIT) {
        fprintf(stderr, "  next try in %.1f s\n", entry->value / 1000.0);
    } else {
        print_detail(entry);
    }
}

void sim_print_progress(struct sim_device *device)
{
    const uint32_t next = imprint_trace_next(device->imprint);
    struct imprint_trace_entry entry;

    for (; device->trace_shown != next; device->trace_shown++) {
        if (!device->is_quiet && imprint_trace(device->imprint, device->trace_shown, &entry)) {
            print_entry(device, &entry);
        }
    }
}

/* --- Errors. -------------------------------------------------------------------------------- */

static int exit_of(imp_err_t err)
{
    switch (imprint_err_class(err)) {
    case IMP_CLASS_REJECTED:
        return SIM_REJECTED;
    case IMP_CLASS_RETRY:
        return SIM_LATER;
    default:
        return SIM_FAULT;
    }
}

int sim_print_error(const struct cli_args *args, imp_err_t err)
{
    return cli_fail(args, exit_of(err), "%s: %s\n  to do: %s", imprint_err_name(err),
                    sentence_says(err), sentence_do(err));
}

void sim_json_error(struct json_out *json, imp_err_t err)
{
    if (!err) {
        json_null(json, "error");
        return;
    }
    json_text(json, "error", imprint_err_name(err));
    json_text(json, "says", sentence_says(err));
    json_text(json, "do", sentence_do(err));
}

/* --- The identity. -------------------------------------------------------------------------- */

void sim_json_identity(struct json_out *json, const struct imprint_status *status)
{
    char fingerprint[SIM_HEX_CHARS + 1];
    char from[SIM_TIME_CHARS_MAX + 1];
    char until[SIM_TIME_CHARS_MAX + 1];

    sim_hex_text(status->fingerprint, fingerprint);
    sim_time_text(status->not_before, from);
    sim_time_text(status->not_after, until);
    json_text(json, "name", status->name);
    json_text(json, "serial", status->serial);
    json_object(json, "server");
    json_text(json, "host", status->server_host);
    json_integer(json, "port", status->server_port);
    json_text(json, "path", status->server_path);
    json_object_end(json);
    json_text(json, "fingerprint", fingerprint);
    json_text(json, "not_before", from);
    json_text(json, "not_after", until);
}

void sim_print_identity(const struct imprint_status *status)
{
    char fingerprint[SIM_HEX_CHARS + 1];
    char from[SIM_TIME_CHARS_MAX + 1];
    char until[SIM_TIME_CHARS_MAX + 1];

    sim_hex_text(status->fingerprint, fingerprint);
    sim_time_text(status->not_before, from);
    sim_time_text(status->not_after, until);
    printf("  server       https://%s:%u%s\n", status->server_host, status->server_port,
           status->server_path);
    printf("  certificate  SHA-256 %s\n", fingerprint);
    printf("  valid        %s to %s\n", from, until);
}
