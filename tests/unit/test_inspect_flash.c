/* SPDX-License-Identifier: MIT
 * test_inspect_flash.c -- what imprint-inspect says LOAD would do, for every state an identity flash
 * can be left in, on every kind of flash.
 */
/* needs: imprint_port wolfssl lwip imprint-cli tests/support/port_hal.c host-sim/device/flash_model.c */
/* needs: host-sim/inspect/inspect_flash.c host-sim/inspect/inspect_file.c host-sim/inspect/inspect_certs.c host-sim/inspect/name_text.c */
/* needs: host-sim/inspect/say.c host-sim/inspect/flash_log.c host-sim/inspect/flash_content.c host-sim/inspect/flash_geometry_option.c host-sim/inspect/memory_flash.c */
#define _POSIX_C_SOURCE 200809L /* mkstemp, open_memstream */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/core/identity.h"
#include "firmware/core/provision.h"
#include "firmware/crypto/random.h"
#include "firmware/imprint.h"
#include "firmware/store/store.h"
#include "host-sim/device/flash_model.h"
#include "host-sim/inspect/inspect.h"
#include "port/port.h"
#include "tests/support/port_hal.h"

/* The command line is not what is tested. */
int inspect_run(const struct cli_args *args)
{
    (void)args;
    return CLI_USAGE;
}

/* --- Images ----------------------------------------------------------------------------------- */

static const char token[] = "imp-a-token-that-nobody-may-see";

/* Steps in the life of a device, each a record or a forgotten one. */
enum step {
    END,
    PROVISION,       /* Server, pin and name. */
    PROVISION_BLANK, /* A serial number alone. */
    TOKEN,
    TOKEN_CLEAR,
    STAGE,          /* A new staged key. */
    COMMIT,         /* The staged key becomes the identity. */
    OFFER,          /* The staged key becomes a candidate. */
    OFFER_STRANGER, /* A candidate with another key than the staged one. */
    PROMOTE,        /* The candidate's key becomes the identity. */
    FORGET_TOKEN,
    FORGET_STAGED
};

static void forget(struct store *store, enum store_type type)
{
    assert_int_equal(store_forget(store, &type, 1), 0);
}

static void append_provision(struct store *store, bool is_whole)
{
    struct provision provision = { .has_pin = is_whole };
    uint8_t record[PROVISION_RECORD_BYTES_MAX];

    assert_int_equal(provision_set_serial(&provision, "SN-1"), 0);
    if (is_whole) {
        assert_int_equal(provision_set_server(&provision, "https://ca.example:8443"), 0);
        assert_int_equal(provision_set_name(&provision, "unit-1"), 0);
        memset(provision.unlock, 0x5A, sizeof provision.unlock);
        provision.has_unlock = true;
    }
    const struct bytes view = bytes_of(record, provision_encode(&provision, record));
    assert_int_equal(store_append(store, STORE_PROVISION, &view, 1), 0);
}

static void append_certified(struct store *store, enum store_type type, enum key_slot slot)
{
    uint8_t head[IDENTITY_HEAD_BYTES] = { 1, 1, 1 };
    static const uint8_t no_certificate[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
    const struct bytes parts[] = { bytes_of(head, sizeof head),
                                   bytes_of(no_certificate, sizeof no_certificate) };

    assert_int_equal(store_append_key(store, type, parts, 2, slot), 0);
}

static void take_step(struct store *store, enum step step)
{
    const struct bytes secret = bytes_of_text(token);

    switch (step) {
    case PROVISION:
    case PROVISION_BLANK:
        append_provision(store, step == PROVISION);
        break;
    case TOKEN:
        assert_int_equal(store_append_secret(store, STORE_TOKEN, NULL, 0, secret), 0);
        break;
    case TOKEN_CLEAR:
        assert_int_equal(store_append(store, STORE_TOKEN_CLEAR, &secret, 1), 0);
        break;
    case STAGE:
        assert_int_equal(key_generate(KEY_SLOT_STAGED), 0);
        assert_int_equal(store_append_key(store, STORE_STAGED_KEY, NULL, 0, KEY_SLOT_STAGED), 0);
        break;
    case COMMIT:
    case PROMOTE:
        append_certified(store, STORE_IDENTITY, KEY_SLOT_STAGED);
        break;
    case OFFER:
        append_certified(store, STORE_CANDIDATE, KEY_SLOT_STAGED);
        break;
    case OFFER_STRANGER:
        assert_int_equal(key_generate(KEY_SLOT_CURRENT), 0);
        append_certified(store, STORE_CANDIDATE, KEY_SLOT_CURRENT);
        break;
    case FORGET_TOKEN:
        forget(store, STORE_TOKEN);
        break;
    case FORGET_STAGED:
        forget(store, STORE_STAGED_KEY);
        break;
    case END:
        break;
    }
}

static const struct {
    const char *state; /* How what it says begins. */
    enum step steps[10];
} rows[] = {
    { "BLANK", { END } },
    { "BLANK", { PROVISION_BLANK, TOKEN } },
    { "BLANK", { PROVISION } },
    { "KEYGEN", { PROVISION, TOKEN } },
    { "KEYGEN", { PROVISION, TOKEN_CLEAR } },
    { "CSR: with the staged key", { PROVISION, TOKEN, STAGE } },
    { "PROVE: the identity", { PROVISION, TOKEN, STAGE, COMMIT } },
    { "PROVE: the identity", { PROVISION, TOKEN, STAGE, COMMIT, FORGET_TOKEN } },
    { "ENROLLED", { PROVISION, TOKEN, STAGE, COMMIT, FORGET_TOKEN, FORGET_STAGED } },
    { "CSR: a renewal", { PROVISION, STAGE, COMMIT, FORGET_STAGED, STAGE } },
    { "PROVE: a renewal", { PROVISION, STAGE, COMMIT, FORGET_STAGED, STAGE, OFFER } },
    { "ENROLLED: what", { PROVISION, STAGE, COMMIT, FORGET_STAGED, STAGE, OFFER, PROMOTE } },
    { "ENROLLED: a candidate", { PROVISION, STAGE, COMMIT, FORGET_STAGED, STAGE, OFFER_STRANGER } },
};

/* --- Looking ---------------------------------------------------------------------------------- */

static void give(struct cli_args *args, const char *name, const char *value)
{
    const struct cli_option *option = args->command->options;

    while (strcmp(option->name, name) != 0) {
        option++;
    }
    args->option[args->given_count] = option;
    args->value[args->given_count++] = value;
}

/* What the command says of the cells, and its exit code; the caller frees. */
static char *look(const struct flash_geometry *geometry, const uint8_t *cells, int *code)
{
    char path[] = "/tmp/test_inspect_flash.XXXXXX";
    struct cli_args args = { .command = &inspect_flash.command };
    struct inspect inspect = { .args = &args };
    char *said = NULL;
    size_t said_bytes = 0;
    const int fd = mkstemp(path);
    FILE *out = open_memstream(&said, &said_bytes);

    assert_true(fd >= 0 && out != NULL);
    assert_int_equal(write(fd, cells, geometry->region_bytes), geometry->region_bytes);
    close(fd);
    give(&args, "geometry", geometry->name);
    args.operand[args.operand_count++] = path;
    say_begin(&inspect.say, out, true);
    *code = inspect_flash.judge(&inspect);
    say_end(&inspect.say);
    inspect_close(&inspect);
    fclose(out);
    unlink(path);
    return said;
}

/* No secret, in clear or hex, whether it lies sealed or open. */
static void expect_no_secret(const char *said)
{
    assert_null(strstr(said, token));
    assert_null(strstr(said, "696d702d612d74"));
    assert_null(strstr(said, "5a5a5a5a"));
}

/* What the firmware itself does with the same flash, in its first step. */
static void expect_load_agrees(struct flash_model *model, const char *told)
{
    static struct imprint_memory memory;
    const struct imprint_params params = { .flash = &model->flash, .unit_serial = "" };
    struct imprint *imprint = imprint_start(&memory, &params);
    struct imprint_status status;

    (void)imprint_step(imprint, 0);
    imprint_status(imprint, 0, &status);
    const char *name = imprint_state_name(status.state);
    assert_memory_equal(told, name, strlen(name));
}

static void one_state_on_one_flash(size_t row, const struct flash_geometry *geometry)
{
    struct flash_model model;
    struct store store;
    char wanted[96];
    int code;

    assert_true(flash_model_open(&model, geometry, row));
    assert_int_equal(store_open(&store, &model.flash), 0);
    for (size_t i = 0; rows[row].steps[i] != END; i++) {
        take_step(&store, rows[row].steps[i]);
    }
    snprintf(wanted, sizeof wanted, "\"load_goes_to\":\"%s", rows[row].state);
    char *said = look(geometry, model.cells, &code);
    if (code != CLI_OK || strstr(said, wanted) == NULL) {
        print_error("row %zu on %s: %s\n", row, geometry->name, said);
    }
    assert_int_equal(code, CLI_OK);
    assert_non_null(strstr(said, wanted));
    expect_no_secret(said);
    free(said);
    expect_load_agrees(&model, rows[row].state);
    flash_model_close(&model);
}

static void each_state_is_told_on_each_kind_of_flash(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < flash_geometry_count; kind++) {
        for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
            one_state_on_one_flash(row, &flash_geometries[kind]);
        }
    }
}

/* Rot in the header of the live slot. */
static void a_header_that_changed_is_named(void **state)
{
    struct flash_model model;
    struct store store;
    int code;

    (void)state;
    assert_true(flash_model_open(&model, &flash_geometries[0], 1));
    assert_int_equal(store_open(&store, &model.flash), 0);
    take_step(&store, PROVISION);
    model.cells[4] = 2; /* The format version; the CRC does not fit any more. */
    char *said = look(&flash_geometries[0], model.cells, &code);
    assert_int_equal(code, CLI_REFUSED);
    assert_non_null(strstr(said, "\"load_goes_to\":\"FAULT\""));
    assert_non_null(strstr(said, "\"error\":\"STORE_"));
    free(said);
    flash_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_is_told_on_each_kind_of_flash),
        cmocka_unit_test(a_header_that_changed_is_named),
    };

    port_hal_reset();
    if (port_init() != 0 || random_start() != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
