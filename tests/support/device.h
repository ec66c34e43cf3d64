/* SPDX-License-Identifier: MIT
 * device.h -- a whole device: the firmware over flash_model.h, tls_script.h and port_hal.h, with
 * est_server.h behind it.
 *
 * The crypto is the port's own. A reboot throws away everything but the flash. */
#ifndef TESTS_SUPPORT_DEVICE_H
#define TESTS_SUPPORT_DEVICE_H

#include "firmware/imprint.h"
#include "host-sim/device/flash_model.h"

#define DEVICE_TOKEN "imp_0123456789abcdef0123456789abcdef"
#define DEVICE_NAME  "unit-7"

struct device {
    struct flash_model flash;
    struct imprint_memory memory;
    struct imprint *imprint;
    uint64_t now_ms;    /* Since the last reset. */
    unsigned steps;     /* Since the last reset. */
    unsigned events[4]; /* How often each imprint_identity_event was told, since the last reset. */
};
extern struct device device;

/* Make certificates and start the port; once a program. */
int device_make(void **state);
int device_free(void **state);

/* Before each test: a blank unit with good parts, the flash of sf2-som, and a good server;
 * booted, not yet stepped. */
int device_fresh(void **state);

/* The same with this flash. */
void device_fresh_on(const struct flash_geometry *geometry);

/* Reset: a new life on the same flash, power on. */
void device_boot(void);

/* Set server, pin of the lab's root, name and token. The first error, or 0. */
imp_err_t device_provision(void);

/* One step, and the clock goes on by what it asks for. Returns the state after it. */
enum imprint_state device_step(void);

/* Step until the device rests (BLANK, ENROLLED, BACKOFF, WAITING, REJECTED, FAULT) or enters
 * `state`. Fails the test after 100,000 steps. */
enum imprint_state device_run(void);
enum imprint_state device_run_to(enum imprint_state state);

/* BACKOFF, WAITING: let the time pass, then run on. */
enum imprint_state device_wait(void);

/* Blank to ENROLLED, or the test fails. */
void device_enroll(void);

struct imprint_status device_status(void);

/* Do these bytes lie in the device's RAM, in its flash? */
bool device_ram_has(const void *bytes, size_t len);
bool device_flash_has(const void *bytes, size_t len);

/* Bytes of the flash that are not erased. */
size_t device_flash_used_bytes(void);

#endif
