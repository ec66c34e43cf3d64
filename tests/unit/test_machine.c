/* SPDX-License-Identifier: MIT
 * test_machine.c -- a blank device becomes an enrolled one, whatever moment it is reset at. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/crypto/key.h"
#include "firmware/store/store.h"
#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_script.h"

/* The identity that the device has is whole, and the one that the server issued for its key. */
static void expect_enrolled(void)
{
    const struct imprint_status status = device_status();
    uint8_t point[KEY_POINT_BYTES];

    assert_int_equal(status.state, IMPRINT_ENROLLED);
    assert_int_equal(status.reason, 0);
    assert_true(status.has_identity);
    assert_false(status.has_token);
    assert_int_equal(status.attempts, 0);
    assert_string_equal(status.name, DEVICE_NAME);
    assert_int_equal(key_public(KEY_SLOT_CURRENT, point), 0);
    assert_memory_equal(point, est_server.point, sizeof point);
    assert_false(key_is_present(KEY_SLOT_STAGED));
    assert_false(device_ram_has(DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
    assert_false(device_flash_has(DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
}

/* --- The whole way ---------------------------------------------------------------------------- */

static void a_blank_device_waits_and_touches_nothing(void **state)
{
    (void)state;
    assert_int_equal(device_run(), IMPRINT_BLANK);
    assert_int_equal(device_status().reason, IMP_ERR_CONFIG_MISSING);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(device_step(), IMPRINT_BLANK);
    }
    assert_int_equal(device_flash_used_bytes(), 0);
    assert_int_equal(tls_seen_count, 0);
    assert_int_equal(imprint_enroll(device.imprint), IMP_ERR_CONFIG_MISSING);
    assert_int_equal(imprint_whoami(device.imprint), IMP_ERR_CONFIG_STATE);
}

static void a_provisioned_device_goes_through_every_state_to_enrolled(void **state)
{
    static const enum imprint_state way[] = {
        IMPRINT_KEYGEN, IMPRINT_CSR,    IMPRINT_TRUST, IMPRINT_CONNECT,  IMPRINT_ENROLL,
        IMPRINT_VERIFY, IMPRINT_COMMIT, IMPRINT_PROVE, IMPRINT_ENROLLED,
    };
    struct imprint_trace_entry entry;
    size_t passed = 0;

    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    const uint32_t from = imprint_trace_next(device.imprint);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    for (uint32_t i = from; imprint_trace(device.imprint, i, &entry); i++) {
        if (entry.kind == IMPRINT_TRACE_STATE) {
            assert_int_equal(entry.value, way[passed]);
            passed++;
        }
    }
    assert_int_equal(passed, sizeof way / sizeof way[0]);
    expect_enrolled();
}

static void an_enrollment_takes_three_connections_and_sends_the_token_once(void **state)
{
    (void)state;
    device_enroll();
    assert_int_equal(tls_seen_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(tls_seen[i].host, EST_SERVER_HOST);
        assert_false(tls_seen[i].is_open);
    }
    assert_int_equal(tls_seen[0].chain_bytes, 0);
    assert_int_equal(tls_seen[1].chain_bytes, 0);
    assert_true(tls_seen[2].identified);
    assert_true(tls_script_has_sent(1, DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
    assert_false(tls_script_has_sent(2, DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
    assert_string_equal(est_server.authorization, "Bearer " DEVICE_TOKEN);
    assert_string_equal(est_server.name, DEVICE_NAME);
    assert_true(est_server.csr_is_valid);
    assert_int_equal(est_server.enroll_count, 1);
    assert_in_range(device_status().erase_count, 0, 2);
}

static void without_a_name_the_serial_names_the_device(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(imprint_set_server(device.imprint, EST_SERVER_URL), 0);
    assert_int_equal(imprint_set_token(device.imprint, DEVICE_TOKEN), 0);
    assert_int_equal(imprint_set_pin(device.imprint, "00112233445566778899aabbccddeeff"
                                                     "00112233445566778899aabbccddeeff"),
                     0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_string_equal(device_status().name, "imprint-SN-1");
}

/* --- The identity at work --------------------------------------------------------------------- */

static void the_application_gets_chain_anchors_and_signatures(void **state)
{
    uint8_t chain[CONFIG_CHAIN_BYTES_MAX];
    uint8_t anchors[CONFIG_CHAIN_BYTES_MAX];
    uint8_t digest[32] = { 1, 2, 3 };
    uint8_t signature[72];
    uint8_t fingerprint[32];
    size_t bytes;
    int64_t end;

    (void)state;
    device_enroll();
    assert_int_equal(imprint_chain(device.imprint, chain, sizeof chain, &bytes), 0);
    const uint8_t *at = chain;
    X509 *leaf = d2i_X509(NULL, &at, (long)bytes);
    assert_non_null(leaf);
    est_fingerprint(bytes_of(chain, (size_t)(at - chain)), fingerprint);
    assert_memory_equal(fingerprint, device_status().fingerprint, sizeof fingerprint);
    assert_int_equal(chain + bytes - at, est_pki.device_ca.der.len);
    assert_memory_equal(at, est_pki.device_ca.der.data, est_pki.device_ca.der.len);

    assert_int_equal(imprint_sign(device.imprint, digest, signature, &bytes), 0);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(leaf), NULL);
    assert_int_equal(EVP_PKEY_verify_init(context), 1);
    assert_int_equal(EVP_PKEY_verify(context, signature, bytes, digest, sizeof digest), 1);
    EVP_PKEY_CTX_free(context);
    X509_free(leaf);

    assert_int_equal(imprint_anchors(device.imprint, anchors, sizeof anchors, &bytes), 0);
    assert_true(bytes_equal(bytes_of(anchors, bytes), est_pki.root.der));
    assert_true(imprint_identity_expires(device.imprint, &end));
    assert_int_equal(end, 2524608000); /* 2050-01-01 */
}

static void a_buffer_that_is_too_small_is_named_with_what_is_needed(void **state)
{
    uint8_t out[16];
    size_t bytes = 0;

    (void)state;
    device_enroll();
    assert_int_equal(imprint_chain(device.imprint, out, sizeof out, &bytes), IMP_ERR_BUG_SPACE);
    assert_in_range(bytes, 400, CONFIG_CHAIN_BYTES_MAX);
    assert_int_equal(imprint_anchors(device.imprint, out, sizeof out, &bytes), IMP_ERR_BUG_SPACE);
    assert_int_equal(bytes, est_pki.root.der.len);
}

static void without_an_identity_the_application_gets_nothing(void **state)
{
    uint8_t out[72] = { 0 };
    size_t bytes;
    int64_t end;

    (void)state;
    device_run();
    assert_int_equal(imprint_sign(device.imprint, out, out, &bytes), IMP_ERR_CONFIG_STATE);
    assert_int_equal(imprint_chain(device.imprint, out, sizeof out, &bytes), IMP_ERR_CONFIG_STATE);
    assert_int_equal(imprint_anchors(device.imprint, out, sizeof out, &bytes),
                     IMP_ERR_CONFIG_STATE);
    assert_false(imprint_identity_expires(device.imprint, &end));
}

/* --- Resets ----------------------------------------------------------------------------------- */

static void an_enrolled_device_knows_itself_after_a_reset(void **state)
{
    (void)state;
    device_enroll();
    const struct imprint_status before = device_status();
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_enrolled();
    assert_memory_equal(device_status().fingerprint, before.fingerprint, 32);
    assert_int_equal(device_status().not_after, before.not_after);
    assert_int_equal(tls_seen_count, 3); /* Nobody had to be asked. */
}

/* Reset after each single step of the enrollment: one key, one identity, and no key without its
 * record. */
static void a_reset_after_any_step_resumes_with_the_same_key(void **state)
{
    bool seen[IMPRINT_STATE_COUNT] = { false };
    bool is_over = false;

    for (unsigned steps = 0; !is_over; steps++) {
        device_fresh(state);
        device_run();
        assert_int_equal(device_provision(), 0);
        assert_int_equal(imprint_enroll(device.imprint), 0);
        for (unsigned i = 0; i < steps && !is_over; i++) {
            is_over = device_step() == IMPRINT_ENROLLED;
        }
        seen[device_status().state] = true;
        device_boot();
        device_run();
        expect_enrolled();
        assert_in_range(est_server.key_count, 1, 1);
        assert_in_range(est_server.enroll_count, 1, 2);
    }
    for (int i = IMPRINT_KEYGEN; i <= IMPRINT_ENROLLED; i++) {
        assert_true(seen[i]);
    }
}

/* Power is lost at each flash operation, before, inside and after it, from the first byte of
 * provisioning on. */
static void a_power_cut_at_any_flash_operation_costs_nothing_but_time(void **state)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_BEFORE, FLASH_CUT_TORN, FLASH_CUT_AFTER };
    unsigned points = 0;
    bool was_cut = true;

    for (uint32_t at = 1; was_cut; at++) {
        for (size_t i = 0; i < sizeof cuts / sizeof cuts[0] && was_cut; i++, points++) {
            device_fresh(state);
            device_run();
            flash_model_arm(&device.flash, cuts[i], at, at);
            if (device_provision() == 0 && imprint_enroll(device.imprint) == 0) {
                device_run();
            }
            was_cut = !device.flash.is_powered;
            device_boot();
            if (device_run() == IMPRINT_BLANK) {
                assert_int_equal(device_provision(), 0);
                assert_int_equal(imprint_enroll(device.imprint), 0);
                device_run();
            }
            expect_enrolled();
            assert_int_equal(est_server.key_count, 1);
            assert_in_range(est_server.enroll_count, 1, 2);
        }
    }
    print_message("%u cut points\n", points);
    assert_true(points > 30);
}

static void every_kind_of_flash_carries_an_identity(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flash_geometry_count; i++) {
        device_fresh_on(&flash_geometries[i]);
        device_enroll();
        expect_enrolled();
        device_boot();
        device_run();
        expect_enrolled();
        assert_int_equal(device.flash.violation_count, 0);
        print_message("%-14s %u erases, %u programs\n", flash_geometries[i].name,
                      device.flash.erase_count, device.flash.program_count);
    }
}

static void anchors_are_found_once_and_kept_over_resets(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    assert_int_equal(device_run_to(IMPRINT_CONNECT), IMPRINT_CONNECT);
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.cacerts_count, 1);
}

static void routes_are_known_again_after_a_reset(void **state)
{
    static const uint8_t address[] = { 10, 0, 2, 2 };

    device_run();
    assert_int_equal(imprint_set_route(device.imprint, "ca.test", "10.0.2.2"), 0);
    assert_memory_equal(tls_script_route("ca.test"), address, 4);
    est_server_reset();
    assert_null(tls_script_route("ca.test"));
    device_boot();
    device_run();
    assert_memory_equal(tls_script_route("ca.test"), address, 4);
    (void)state;
}

/* --- The token -------------------------------------------------------------------------------- */

static void the_token_is_never_in_flash_in_the_clear(void **state)
{
    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(imprint_enroll(device.imprint), 0);
    while (device_status().state != IMPRINT_ENROLLED) {
        assert_false(device_flash_has(DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
        device_step();
    }
    expect_enrolled();
}

/* A host tool that does not know the device key writes it so; the first boot seals it and
 * destroys the other. */
static void a_token_that_came_in_the_clear_is_sealed_at_the_first_boot(void **state)
{
    const struct bytes token = bytes_of_text(DEVICE_TOKEN);
    struct store store;

    (void)state;
    device_run();
    assert_int_equal(device_provision(), 0);
    assert_int_equal(store_open(&store, &device.flash.flash), 0);
    assert_int_equal(store_forget(&store, (enum store_type[]){ STORE_TOKEN }, 1), 0);
    assert_int_equal(store_append(&store, STORE_TOKEN_CLEAR, &token, 1), 0);
    assert_true(device_flash_has(DEVICE_TOKEN, token.len));
    device_boot();
    device_step();
    assert_true(device_status().has_token);
    assert_false(device_flash_has(DEVICE_TOKEN, token.len));
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_string_equal(est_server.authorization, "Bearer " DEVICE_TOKEN);
}

/* --- Time ------------------------------------------------------------------------------------- */

static void the_committed_certificate_raises_the_floor_and_resets_keep_it(void **state)
{
    est_server.not_before = "20400101000000Z";
    device_enroll();
    assert_int_equal(device_status().floor, 2208988800); /* 2040-01-01 */
    device_boot();
    device_run();
    assert_int_equal(device_status().floor, 2208988800);
    device_fresh(state);
    device_enroll();
    assert_int_equal(device_status().floor, CONFIG_BUILD_TIME);
}

static void a_verified_answer_tells_the_time_and_a_strange_date_does_no_harm(void **state)
{
    est_server.headers = "Date: Thu, 01 Jan 2099 00:00:00 GMT\r\n";
    device_enroll();
    assert_true(device_status().has_estimate);
    assert_in_range(device_status().estimate, 4070908800, 4070908800 + 60);
    assert_int_equal(device_status().floor, CONFIG_BUILD_TIME);
    device_fresh(state);
    device_run();
    assert_false(device_status().has_estimate);
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_blank_device_waits_and_touches_nothing),
        TEST(a_provisioned_device_goes_through_every_state_to_enrolled),
        TEST(an_enrollment_takes_three_connections_and_sends_the_token_once),
        TEST(without_a_name_the_serial_names_the_device),
        TEST(the_application_gets_chain_anchors_and_signatures),
        TEST(a_buffer_that_is_too_small_is_named_with_what_is_needed),
        TEST(without_an_identity_the_application_gets_nothing),
        TEST(an_enrolled_device_knows_itself_after_a_reset),
        TEST(a_reset_after_any_step_resumes_with_the_same_key),
        TEST(a_power_cut_at_any_flash_operation_costs_nothing_but_time),
        TEST(every_kind_of_flash_carries_an_identity),
        TEST(anchors_are_found_once_and_kept_over_resets),
        TEST(routes_are_known_again_after_a_reset),
        TEST(the_token_is_never_in_flash_in_the_clear),
        TEST(a_token_that_came_in_the_clear_is_sealed_at_the_first_boot),
        TEST(the_committed_certificate_raises_the_floor_and_resets_keep_it),
        TEST(a_verified_answer_tells_the_time_and_a_strange_date_does_no_harm),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
