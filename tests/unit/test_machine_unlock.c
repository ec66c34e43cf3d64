/* SPDX-License-Identifier: MIT
 * test_machine_unlock.c -- what an enrolled device allows with its unlock secret, and what a
 * wipe leaves. */

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
#include "firmware/store/store.h"
#include "tests/support/device.h"
#include "tests/support/port_hal.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define UNLOCK "open sesame"

/* A slot header and its two markers: what says that nothing counts. */
enum {
    EMPTY_STORE_BYTES = 32
};

static void enroll_with_unlock(void)
{
    device_run();
    assert_int_equal(imprint_set_unlock(device.imprint, UNLOCK), 0);
    device_enroll();
}

static void the_unlock_secret_opens_until_the_next_reset(void **state)
{
    (void)state;
    enroll_with_unlock();
    assert_int_equal(imprint_unlock(device.imprint, "wrong secret"), IMP_ERR_CONFIG_LOCKED);
    assert_false(device_status().is_unlocked);
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_true(device_status().is_unlocked);
    assert_int_equal(imprint_set_serial(device.imprint, "SN-9"), 0);
    assert_int_equal(imprint_set_name(device.imprint, "unit-9"), IMP_ERR_CONFIG_STATE);
    device_boot();
    device_run();
    assert_false(device_status().is_unlocked);
    assert_int_equal(imprint_set_name(device.imprint, "other"), IMP_ERR_CONFIG_LOCKED);
    assert_false(device_flash_has(UNLOCK, sizeof UNLOCK - 1));
    assert_false(device_ram_has(UNLOCK, sizeof UNLOCK - 1));
}

static void wrong_secrets_are_limited_until_the_next_reset(void **state)
{
    (void)state;
    enroll_with_unlock();
    for (int i = 0; i < CONFIG_UNLOCK_TRIES_MAX - 1; i++) {
        assert_int_equal(imprint_unlock(device.imprint, "wrong secret"), IMP_ERR_CONFIG_LOCKED);
    }
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0); /* The last try, and right. */
    for (int i = 0; i < CONFIG_UNLOCK_TRIES_MAX; i++) {
        assert_int_equal(imprint_unlock(device.imprint, "wrong secret"), IMP_ERR_CONFIG_LOCKED);
    }
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), IMP_ERR_CONFIG_LOCKED);
    device_boot();
    device_run();
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
}

static void without_an_unlock_secret_nothing_unlocks(void **state)
{
    (void)state;
    device_enroll();
    assert_int_equal(imprint_unlock(device.imprint, ""), IMP_ERR_CONFIG_LOCKED);
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), IMP_ERR_CONFIG_LOCKED);
}

static void an_unlocked_device_is_wiped_and_gets_another_key(void **state)
{
    const uint8_t digest[32] = { 1 };
    uint8_t signature[72];
    uint8_t first[KEY_POINT_BYTES];
    size_t bytes;

    (void)state;
    est_server.not_before = "20400101000000Z";
    enroll_with_unlock();
    assert_int_equal(device_status().floor, 2208988800); /* 2040-01-01 */
    memcpy(first, est_server.point, sizeof first);
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(imprint_wipe(device.imprint), 0);
    assert_true(device_flash_used_bytes() <= EMPTY_STORE_BYTES);
    assert_int_equal(device_status().state, IMPRINT_LOAD);
    assert_false(device_status().has_identity);
    assert_int_equal(imprint_sign(device.imprint, digest, signature, &bytes), IMP_ERR_CONFIG_STATE);
    assert_int_equal(device_run(), IMPRINT_BLANK);
    const struct imprint_status status = device_status();
    assert_false(status.has_identity || status.has_pin || status.has_token || status.has_anchors ||
                 status.is_unlocked);
    assert_string_equal(status.server_host, "");
    assert_int_equal(status.floor, CONFIG_BUILD_TIME);
    assert_false(key_is_present(KEY_SLOT_CURRENT) || key_is_present(KEY_SLOT_STAGED));
    device_enroll();
    assert_memory_not_equal(first, est_server.point, sizeof first);
}

static void a_device_that_has_no_identity_may_be_wiped_in_every_state(void **state)
{
    bool is_over = false;

    for (unsigned steps = 0; !is_over; steps++) {
        device_fresh(state);
        device_run();
        assert_int_equal(device_provision(), 0);
        assert_int_equal(imprint_enroll(device.imprint), 0);
        for (unsigned i = 0; i < steps && !is_over; i++) {
            device_step();
            is_over = device_status().has_identity;
        }
        assert_int_equal(imprint_wipe(device.imprint), is_over ? IMP_ERR_CONFIG_LOCKED : 0);
        if (!is_over) {
            assert_true(device_flash_used_bytes() <= EMPTY_STORE_BYTES);
            assert_int_equal(device_run(), IMPRINT_BLANK);
            assert_false(tls_seen_count > 0 && tls_seen[tls_seen_count - 1].is_open);
        }
    }
}

static void a_power_cut_while_wiping_leaves_it_blank_or_as_before(void **state)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_BEFORE, FLASH_CUT_TORN, FLASH_CUT_AFTER };
    bool was_cut = true;

    for (uint32_t at = 1; was_cut; at++) {
        for (size_t i = 0; i < sizeof cuts / sizeof cuts[0] && was_cut; i++) {
            device_fresh(state);
            enroll_with_unlock();
            assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
            flash_model_arm(&device.flash, cuts[i], at, at);
            (void)imprint_wipe(device.imprint);
            was_cut = !device.flash.is_powered;
            device_boot();
            const enum imprint_state after = device_run();
            assert_true(after == IMPRINT_BLANK || after == IMPRINT_ENROLLED);
        }
    }
}

/* As much as fits, in a record that an enrolled device does not look at. */
static void fill_flash(void)
{
    static const uint8_t much[STORE_PAYLOAD_BYTES_MAX];
    struct store store;
    imp_err_t err = IMP_ERR_STORE_FULL;

    assert_int_equal(store_open(&store, &device.flash.flash), 0);
    for (size_t len = sizeof much; err == IMP_ERR_STORE_FULL && len > 0; len -= 8) {
        const struct bytes part = bytes_of(much, len);
        err = store_append(&store, STORE_PENDING, &part, 1);
    }
    assert_int_equal(err, 0);
}

static void a_change_that_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    device_fresh_on(&flash_geometries[1]);
    enroll_with_unlock();
    fill_flash();
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(imprint_set_server(device.imprint, "https://somewhere-else.test/with/a/path"),
                     IMP_ERR_STORE_FULL);
    assert_int_equal(imprint_set_token(device.imprint, DEVICE_TOKEN), IMP_ERR_STORE_FULL);
    assert_int_equal(device_status().state, IMPRINT_ENROLLED);
    assert_string_equal(device_status().server_host, EST_SERVER_HOST);
    assert_false(device_status().has_token);
    assert_int_equal(imprint_whoami(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(device_status().reason, 0);
    assert_int_equal(imprint_renew(device.imprint), 0); /* No room for a second key: it waits. */
    assert_int_equal(device_run(), IMPRINT_BACKOFF);
    assert_int_equal(device_status().reason, IMP_ERR_STORE_FULL);
    assert_true(device_status().has_identity);
}

/* A proof was under way when the device was wiped: nothing of it may reach into the next life. */
static void wiping_while_proving_again_forgets_the_proof(void **state)
{
    (void)state;
    enroll_with_unlock();
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(imprint_whoami(device.imprint), 0);
    device_step();
    assert_int_equal(imprint_wipe(device.imprint), 0);
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    tls_script.early_err = IMP_ERR_NET_REFUSED;
    assert_int_equal(device_run(), IMPRINT_BACKOFF);
    tls_script.early_err = 0;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
}

/* The anchors belong to the identity: without them it could not be proved any more. */
static void the_pin_of_an_identity_does_not_change(void **state)
{
    (void)state;
    enroll_with_unlock();
    assert_int_equal(imprint_unlock(device.imprint, UNLOCK), 0);
    assert_int_equal(
        imprint_set_pin(device.imprint,
                        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
        IMP_ERR_CONFIG_STATE);
    assert_true(device_status().has_anchors);
    assert_int_equal(imprint_whoami(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(device_status().reason, 0);
}

/* --- Wiping a device whose LOAD failed --------------------------------------------------------- */

static hal_err_t (*read_before)(const struct hal_flash *, uint32_t, void *, size_t);
static unsigned read_count;

static hal_err_t fail_one_read(const struct hal_flash *flash, uint32_t offset, void *out,
                               size_t bytes)
{
    return ++read_count == 4 ? HAL_ERR_IO : read_before(flash, offset, out, bytes);
}

static void one_failed_read_does_not_open_an_enrolled_device_to_wipe(void **state)
{
    (void)state;
    enroll_with_unlock();
    device_boot();
    read_count = 0;
    read_before = device.flash.flash.read;
    device.flash.flash.read = fail_one_read;
    assert_int_equal(device_run(), IMPRINT_FAULT);
    assert_int_equal(imprint_wipe(device.imprint), IMP_ERR_CONFIG_LOCKED);
}

static void noise_that_fails_does_not_open_an_enrolled_device_to_wipe(void **state)
{
    (void)state;
    enroll_with_unlock();
    device_boot();
    port_hal.noise = NOISE_ERROR;
    assert_int_equal(device_run(), IMPRINT_FAULT);
    const imp_err_t err = imprint_wipe(device.imprint);
    port_hal.noise = NOISE_GOOD;
    assert_int_equal(err, IMP_ERR_CONFIG_LOCKED);
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_unlock_secret_opens_until_the_next_reset),
        TEST(wrong_secrets_are_limited_until_the_next_reset),
        TEST(without_an_unlock_secret_nothing_unlocks),
        TEST(an_unlocked_device_is_wiped_and_gets_another_key),
        TEST(a_device_that_has_no_identity_may_be_wiped_in_every_state),
        TEST(a_power_cut_while_wiping_leaves_it_blank_or_as_before),
        TEST(wiping_while_proving_again_forgets_the_proof),
        TEST(a_change_that_does_not_fit_changes_nothing),
        TEST(one_failed_read_does_not_open_an_enrolled_device_to_wipe),
        TEST(noise_that_fails_does_not_open_an_enrolled_device_to_wipe),
        TEST(the_pin_of_an_identity_does_not_change),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
