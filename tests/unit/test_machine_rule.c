/* SPDX-License-Identifier: MIT
 * test_machine_rule.c -- what an operator may do when, and what broken hardware ends in. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/crypto/key.h"
#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_script.h"

#define NO_BODY   "Content-Length: 0\r\n\r\n"
#define OTHER_PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define UNLOCK    "open sesame"

static uint8_t image[131072];

static void keep_image(void)
{
    assert_int_equal(device.flash.flash.region_bytes, sizeof image);
    memcpy(image, device.flash.cells, sizeof image);
}

/* Still the bytes that keep_image saw. */
static void expect_flash_untouched(void)
{
    assert_memory_equal(device.flash.cells, image, sizeof image);
}

/* Every way to change what is provisioned says `err`. */
static void expect_no_change(imp_err_t err)
{
    assert_int_equal(imprint_set_server(device.imprint, "https://other.test"), err);
    assert_int_equal(imprint_set_pin(device.imprint, OTHER_PIN), err);
    assert_int_equal(imprint_set_token(device.imprint, "other"), err);
    assert_int_equal(imprint_set_name(device.imprint, "other"), err);
    assert_int_equal(imprint_set_serial(device.imprint, "other"), err);
    assert_int_equal(imprint_set_route(device.imprint, "other.test", "10.0.0.1"), err);
    assert_int_equal(imprint_set_unlock(device.imprint, "other secret"), err);
}

/* --- Broken parts ----------------------------------------------------------------------------- */

static void without_entropy_nothing_is_made_written_or_sent(void **state)
{
    static const enum noise noises[] = { NOISE_ZEROS, NOISE_ONES, NOISE_CONSTANT, NOISE_ERROR,
                                         NOISE_BIASED };

    for (size_t i = 0; i < sizeof noises / sizeof noises[0]; i++) {
        device_fresh(state);
        device_run();
        assert_int_equal(device_provision(), 0);
        keep_image();
        device_boot();
        port_hal.noise = noises[i];
        device_step();
        assert_int_equal(device_status().state, IMPRINT_FAULT); /* At LOAD, and not later. */
        assert_int_equal(device_run(), IMPRINT_FAULT);
        assert_int_equal(imprint_err_class(device_status().reason), IMP_CLASS_HARDWARE);
        for (int turns = 0; turns < 100; turns++) {
            device_step();
        }
        assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_STATE);
        assert_int_equal(tls_seen_count, 0);
        expect_flash_untouched();
        expect_no_change(IMP_ERR_CONFIG_STATE);
        port_hal.noise = NOISE_GOOD;
        device_boot();
        assert_int_equal(device_run(), IMPRINT_ENROLLED);
    }
}

static void a_damaged_store_stops_and_never_makes_a_new_key(void **state)
{
    struct imprint_status status;

    (void)state;
    device_enroll();
    const size_t connections = tls_seen_count;
    for (uint32_t at = 0; at < 200; at++) {
        device.flash.cells[2048 + at] = 0x00;
    }
    keep_image();
    device_boot();
    assert_int_equal(device_run(), IMPRINT_FAULT);
    status = device_status();
    assert_int_equal(status.reason, IMP_ERR_STORE_DAMAGED);
    assert_false(status.has_identity);
    assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_STATE);
    assert_int_equal(tls_seen_count, connections);
    expect_flash_untouched();
    assert_int_equal(imprint_wipe(device.imprint), 0); /* What the operator was told to do. */
    device_enroll();
}

static void a_flash_that_does_not_read_is_a_fault(void **state)
{
    (void)state;
    device_enroll();
    device_boot();
    device.flash.is_powered = false;
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(device_status().reason, IMP_ERR_STORE_FLASH);
}

static void an_image_of_another_unit_yields_nothing(void **state)
{
    uint8_t out[4096];
    size_t bytes;

    (void)state;
    device_enroll();
    keep_image();
    const size_t connections = tls_seen_count;
    port_hal.device_key[5] ^= 1;
    device_boot();
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(device_status().reason, IMP_ERR_SEAL_OPEN);
    assert_false(key_is_present(KEY_SLOT_CURRENT));
    assert_int_equal(imprint_sign(device.imprint, out, out, &bytes), IMP_ERR_CONFIG_STATE);
    assert_int_equal(tls_seen_count, connections);
    expect_flash_untouched();
}

static void a_token_of_another_unit_does_not_leave_the_device(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    port_hal.device_key[5] ^= 1;
    device_boot();
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(device_status().reason, IMP_ERR_SEAL_OPEN);
    assert_int_equal(est_server.enroll_count, 0);
}

static void a_device_key_that_does_not_read_is_a_fault(void **state)
{
    (void)state;
    device_enroll();
    keep_image();
    port_hal.device_key_err = HAL_ERR_IO;
    device_boot();
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(device_status().reason, IMP_ERR_SEAL_KEY);
    expect_flash_untouched();
}

static void a_board_without_a_device_key_enrolls_and_says_so(void **state)
{
    (void)state;
    port_hal.device_key_err = HAL_ERR_UNSUPPORTED;
    device_enroll();
    assert_false(device_status().is_sealed);
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    device_fresh(state);
    assert_true(device_status().is_sealed);
}

static void a_flash_that_dies_while_committing_is_a_fault_and_the_next_life_goes_on(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run_to(IMPRINT_COMMIT), IMPRINT_COMMIT);
    flash_model_arm(&device.flash, FLASH_CUT_BEFORE, 2, 1);
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(device_status().reason, IMP_ERR_STORE_FLASH);
    assert_false(device_status().has_identity);
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.key_count, 1);
}

/* --- When what may change --------------------------------------------------------------------- */

static void nothing_changes_while_an_enrollment_runs(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    while (device_status().state != IMPRINT_COMMIT) {
        expect_no_change(IMP_ERR_CONFIG_STATE);
        assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_STATE);
        assert_int_equal(imprint_whoami(device.imprint), IMP_ERR_CONFIG_STATE);
        device_step();
    }
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_string_equal(est_server.name, DEVICE_NAME);
}

static void nothing_changes_on_an_enrolled_device_that_is_locked(void **state)
{
    (void)state;
    device_enroll();
    keep_image();
    expect_no_change(IMP_ERR_CONFIG_LOCKED);
    assert_int_equal(imprint_wipe(device.imprint), IMP_ERR_CONFIG_LOCKED);
    assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_STATE);
    expect_flash_untouched();
    device_boot();
    assert_int_equal(imprint_wipe(device.imprint), IMP_ERR_CONFIG_STATE); /* Not loaded yet. */
    expect_flash_untouched();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
}

static void malformed_values_are_refused_and_nothing_is_written(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(imprint_set_server(device.imprint, "http://x"), IMP_ERR_CONFIG_URL);
    assert_int_equal(imprint_set_pin(device.imprint, "00"), IMP_ERR_CONFIG_VALUE);
    assert_int_equal(imprint_set_token(device.imprint, "a b"), IMP_ERR_CONFIG_VALUE);
    assert_int_equal(imprint_set_name(device.imprint, ""), IMP_ERR_CONFIG_NAME);
    assert_int_equal(imprint_set_serial(device.imprint, "a b"), IMP_ERR_CONFIG_VALUE);
    assert_int_equal(imprint_set_route(device.imprint, "a", "b"), IMP_ERR_CONFIG_VALUE);
    assert_int_equal(imprint_set_unlock(device.imprint, "short"), IMP_ERR_CONFIG_VALUE);
    assert_int_equal(imprint_set_time(device.imprint, 0, 0), IMP_ERR_CONFIG_VALUE);
    assert_int_equal(device_flash_used_bytes(), 0);
}

static void a_refused_pin_leaves_the_anchors_alone(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    est_server.enroll_answer = "HTTP/1.1 500 x\r\n" NO_BODY;
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_BACKOFF);
    assert_true(device_status().has_anchors);
    assert_int_equal(imprint_set_pin(device.imprint, "zz"), IMP_ERR_CONFIG_VALUE);
    assert_true(device_status().has_anchors);
    assert_int_equal(imprint_set_pin(device.imprint, OTHER_PIN), 0);
    assert_false(device_status().has_anchors);
}

/* Anchors found for one pin must never serve another, wherever the power goes. */
static void a_power_cut_while_the_pin_changes_never_leaves_old_anchors(void **state)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_BEFORE, FLASH_CUT_TORN, FLASH_CUT_AFTER };
    bool was_cut = true;

    for (uint32_t at = 1; was_cut; at++) {
        for (size_t i = 0; i < sizeof cuts / sizeof cuts[0] && was_cut; i++) {
            device_fresh(state);
            device_run();
            assert_int_equal(device_provision(), 0);
            est_server.enroll_answer = "HTTP/1.1 500 x\r\n" NO_BODY;
            assert_int_equal(imprint_enroll(device.imprint), 0);
            device_run();
            flash_model_arm(&device.flash, cuts[i], at, at);
            (void)imprint_set_pin(device.imprint, OTHER_PIN);
            was_cut = !device.flash.is_powered;
            device_boot();
            device_step();
            const struct imprint_status status = device_status();
            assert_true(status.has_pin);
            if (status.pin[1] == 0x11) {
                assert_false(status.has_anchors);
            }
        }
    }
}

/* --- Proving again ---------------------------------------------------------------------------- */

static void whoami_proves_again_and_a_failure_costs_nothing(void **state)
{
    static const struct {
        const char *answer;
        imp_err_t early;
        imp_err_t err;
    } rows[] = {
        { NULL, 0, 0 },
        { "HTTP/1.1 403 x\r\nImprint-Error: DEVICE_REVOKED\r\n" NO_BODY, 0,
          IMP_ERR_EST_DEVICE_REVOKED },
        { "HTTP/1.1 503 x\r\n" NO_BODY, 0, IMP_ERR_EST_BUSY },
        { NULL, IMP_ERR_NET_REFUSED, IMP_ERR_NET_REFUSED },
        { NULL, IMP_ERR_TLS_ALERT, IMP_ERR_TLS_ALERT },
        { NULL, 0, 0 },
    };

    (void)state;
    device_enroll();
    keep_image();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        est_server.whoami_answer = rows[i].answer;
        tls_script.early_err = rows[i].early;
        assert_int_equal(imprint_whoami(device.imprint), 0);
        assert_int_equal(device_status().state, IMPRINT_PROVE);
        assert_int_equal(device_run(), IMPRINT_ENROLLED);
        assert_int_equal(device_status().reason, rows[i].err);
        assert_int_equal(device_status().attempts, 0);
    }
    expect_flash_untouched();
}

static void a_first_proof_that_is_refused_waits_for_a_person_with_the_identity_kept(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    est_server.whoami_answer = "HTTP/1.1 403 x\r\nImprint-Error: DEVICE_REVOKED\r\n" NO_BODY;
    assert_int_equal(device_run(), IMPRINT_REJECTED);
    assert_true(device_status().has_identity);
    assert_true(device_status().has_token);
    device_boot();
    assert_int_equal(device_run(), IMPRINT_REJECTED);
    est_server.whoami_answer = NULL;
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_false(device_status().has_token);
    assert_int_equal(est_server.enroll_count, 1);
}

static void a_first_proof_that_fails_is_tried_again_without_enrolling_anew(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    device_run_to(IMPRINT_PROVE);
    tls_script.early_err = IMP_ERR_NET_REFUSED;
    assert_int_equal(device_run(), IMPRINT_BACKOFF);
    device_boot();
    assert_int_equal(device_run(), IMPRINT_BACKOFF);
    tls_script.early_err = 0;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.enroll_count, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_entropy_nothing_is_made_written_or_sent),
        TEST(a_damaged_store_stops_and_never_makes_a_new_key),
        TEST(a_flash_that_does_not_read_is_a_fault),
        TEST(an_image_of_another_unit_yields_nothing),
        TEST(a_token_of_another_unit_does_not_leave_the_device),
        TEST(a_device_key_that_does_not_read_is_a_fault),
        TEST(a_board_without_a_device_key_enrolls_and_says_so),
        TEST(a_flash_that_dies_while_committing_is_a_fault_and_the_next_life_goes_on),
        TEST(nothing_changes_while_an_enrollment_runs),
        TEST(nothing_changes_on_an_enrolled_device_that_is_locked),
        TEST(malformed_values_are_refused_and_nothing_is_written),
        TEST(a_refused_pin_leaves_the_anchors_alone),
        TEST(a_power_cut_while_the_pin_changes_never_leaves_old_anchors),
        TEST(whoami_proves_again_and_a_failure_costs_nothing),
        TEST(a_first_proof_that_is_refused_waits_for_a_person_with_the_identity_kept),
        TEST(a_first_proof_that_fails_is_tried_again_without_enrolling_anew),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
