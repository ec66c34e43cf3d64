/* SPDX-License-Identifier: MIT
 * app.c -- the reference main loop: what a product does with the library. */
#include "firmware/app/app.h"

#include <string.h>

#include "boards/board.h"
#include "firmware/app/sentences.h"
#include "firmware/crypto/hash.h"
#include "firmware/crypto/random.h"
#include "firmware/imp_assert.h"
#include "firmware/text.h"
#include "hal/hal_clock.h"
#include "hal/hal_console.h"
#include "hal/hal_system.h"
#include "hal/hal_unit.h"
#include "port/port.h"

enum {
    NET_RETRY_MS = 1000
};

static void put(const char *text)
{
    hal_console_write(text, strlen(text));
}

void imp_assert_failed(const char *file, int line)
{
    char report[128];
    struct text text = text_in(report, sizeof report);

    text_add(&text, "\r\nBUG_ASSERT ");
    text_add(&text, file);
    text_add_char(&text, ':');
    text_add_i32(&text, line);
    text_add(&text, "; resetting\r\n");
    put(report);
    hal_reset();
}

/* A locally administered address: from the serial number where there is one, so that it stays;
 * else random. */
static imp_err_t derive_mac(const char *serial, uint8_t mac[HAL_NETIF_MAC_BYTES])
{
    uint8_t digest[HASH_SHA256_BYTES];
    const struct bytes part = bytes_of_text(serial);
    const imp_err_t err =
        part.len > 0 ? hash_sha256(&part, 1, digest) : random_fill(digest, HAL_NETIF_MAC_BYTES);

    memcpy(mac, digest, HAL_NETIF_MAC_BYTES);
    mac[0] = (uint8_t)((mac[0] & 0xFCu) | 0x02u);
    return err;
}

/* The network starts only after LOAD has passed: no entropy, no packet. */
static void start_net(struct app *app, uint64_t now_ms)
{
    struct imprint_status status;
    uint8_t mac[HAL_NETIF_MAC_BYTES];

    imprint_status(app->imprint, now_ms, &status);
    if (now_ms < app->net_retry_ms || status.state == IMPRINT_LOAD ||
        status.state == IMPRINT_FAULT) {
        return;
    }
    imp_err_t err = derive_mac(status.serial, mac);
    if (err == 0) {
        err = port_net_start(board_netif(), mac, "imprint");
    }
    app->net_is_started = err == 0;
    if (err) {
        put("network: ");
        put(sentence_says(err));
        put("\r\n");
        app->net_retry_ms = now_ms + NET_RETRY_MS;
    }
}

/* A failure tells the operator what to do; success shows the identity. */
static void explain(struct app *app, const struct imprint_trace_entry *entry)
{
    char line[200];
    struct text text = text_in(line, sizeof line);

    if (entry->kind != IMPRINT_TRACE_ERROR || entry->value == 0) {
        return;
    }
    text_add(&text, "          ");
    text_add(&text, sentence_do(entry->value));
    console_print(&app->console, line);
}

static void show_trace(struct app *app)
{
    struct imprint_trace_entry entry;
    const uint32_t next = imprint_trace_next(app->imprint);

    if (next - app->traced > CONFIG_TRACE_ENTRIES) {
        app->traced = next - CONFIG_TRACE_ENTRIES;
    }
    for (; app->traced != next; app->traced++) {
        if (imprint_trace(app->imprint, app->traced, &entry)) {
            console_print_trace(&app->console, &entry);
            explain(app, &entry);
        }
    }
}

void app_start(struct app *app)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];

    memset(app, 0, sizeof *app);
    board_init();
    put("\r\nimprint on ");
    put(board_name());
    put("; type help\r\n");
    const hal_err_t no_serial = hal_unit_serial(serial);
    const imp_err_t err = port_init();
    IMP_ASSERT(err == 0);
    app->imprint = imprint_start(&app->memory, &(struct imprint_params){
                                                   .flash = board_flash(),
                                                   .unit_serial = no_serial ? NULL : serial,
                                               });
    int64_t seconds;
    if (hal_clock_rtc_seconds(&seconds) == 0) {
        /* An RTC before 2000 was never set. */
        (void)imprint_set_time(app->imprint, seconds, hal_clock_ms());
    }
    console_prompt(&app->console);
}

uint32_t app_turn(struct app *app)
{
    const uint64_t now_ms = hal_clock_ms();

    hal_watchdog_feed();
    if (app->net_is_started) {
        port_net_poll(now_ms);
    }
    const uint32_t idle_ms = imprint_step(app->imprint, now_ms);
    show_trace(app);
    if (!app->net_is_started) {
        start_net(app, now_ms);
    }
    console_poll(&app->console, app->imprint, now_ms);
    return idle_ms;
}
