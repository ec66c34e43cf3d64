/* SPDX-License-Identifier: MIT
 * test_machine_rollover.c -- the authority gets another root: the device takes it beside the old
 * one, and leaves the old one when the new one is proved. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

static struct cert root;      /* The new one. */
static struct cert device_ca; /* The device CA's name and key, under the new root. */
static struct cert server;    /* Issued by the new root itself. */
static struct cert cross;     /* The new root's key under the old root. */

static struct bytes presented[2];
static char before[16384]; /* What /cacerts says before and after the switch. */
static char after[16384];
static char finished[16384];

static struct cert make_cert(const char *name, unsigned key, const struct cert *issuer,
                             const char *extensions)
{
    return certs_make(&(struct cert_spec){ .name = name,
                                           .key_number = key,
                                           .issuer = issuer,
                                           .not_before = "20250101000000Z",
                                           .extensions = extensions });
}

static int make(void **state)
{
    const int failed = device_make(state);

    root = make_cert("lab root 2", 401, NULL, EST_CA_EXTENSIONS);
    device_ca = make_cert("lab device CA", 102, &root, EST_CA_EXTENSIONS);
    server = make_cert("enrollment server", 404, &root, EST_SERVER_EXTENSIONS);
    cross = make_cert("lab root 2", 401, &est_pki.root, EST_CA_EXTENSIONS);
    const struct bytes both[] = { est_pki.root.der, root.der, est_pki.device_ca.der, cross.der };
    const struct bytes all[] = { est_pki.root.der, root.der, device_ca.der, est_pki.device_ca.der,
                                 cross.der };
    est_certs_answer(both, 4, before, sizeof before);
    est_certs_answer(all, 5, after, sizeof after);
    est_certs_answer(all + 1, 2, finished, sizeof finished);
    return failed;
}

static int make_free(void **state)
{
    certs_free(&root);
    certs_free(&device_ca);
    certs_free(&server);
    certs_free(&cross);
    return device_free(state);
}

/* The device's anchors are these, in this order. */
static void expect_anchors(const struct bytes anchors[], size_t count)
{
    uint8_t all[CONFIG_CHAIN_BYTES_MAX];
    size_t bytes = 0;
    size_t at = 0;

    assert_int_equal(imprint_anchors(device.imprint, all, sizeof all, &bytes), 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(at + anchors[i].len <= bytes);
        assert_memory_equal(all + at, anchors[i].data, anchors[i].len);
        at += anchors[i].len;
    }
    assert_int_equal(at, bytes);
}

static void expect_old(void)
{
    expect_anchors(&est_pki.root.der, 1);
}

static void expect_both(void)
{
    const struct bytes both[] = { est_pki.root.der, root.der };

    expect_anchors(both, 2);
}

static void expect_new(void)
{
    expect_anchors(&root.der, 1);
}

static void renew(void)
{
    assert_int_equal(imprint_renew(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(device_status().reason, 0);
}

/* The server moves under the new root; who knows the old one alone gets the cross certificate. */
static void switch_server(void)
{
    presented[0] = server.der;
    presented[1] = cross.der;
    tls_script.presented = presented;
    tls_script.presented_count = 2;
}

static void a_whole_roll_over_ends_with_the_new_root_alone(void **state)
{
    (void)state;
    device_enroll();
    est_server.cacerts_answer = before;
    renew();
    expect_both();
    switch_server();
    est_server.cacerts_answer = after;
    renew();
    expect_new();
    est_server.cacerts_answer = finished;
    presented[1] = server.der; /* No cross certificate any more. */
    renew();
    expect_new();
}

static void who_slept_through_the_beginning_ends_with_it_too(void **state)
{
    (void)state;
    device_enroll();
    switch_server();
    est_server.cacerts_answer = after;
    renew();
    expect_new();
}

/* An anchor that nobody but the answer of /cacerts vouches for replaces nothing. */
static void the_old_root_stays_until_the_server_proves_the_new_one(void **state)
{
    (void)state;
    device_enroll();
    est_server.cacerts_answer = after; /* Our own chain leads to the new root. */
    renew();
    expect_both();
    assert_int_equal(imprint_whoami(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_both();
}

static void the_old_root_stays_until_our_own_chain_leads_to_the_new_one(void **state)
{
    (void)state;
    device_enroll();
    switch_server();
    est_server.cacerts_answer = before; /* What is issued leads to the old root alone. */
    renew();
    expect_both();
    assert_int_equal(imprint_whoami(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_both();
}

static void a_new_root_is_kept_before_it_is_used_and_over_resets(void **state)
{
    (void)state;
    device_enroll();
    est_server.cacerts_answer = before;
    assert_int_equal(imprint_renew(device.imprint), 0);
    assert_int_equal(device_run_to(IMPRINT_KEYGEN), IMPRINT_KEYGEN);
    expect_both();
    device_boot();
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    expect_both();
}

static void a_root_that_is_withdrawn_unproved_is_forgotten(void **state)
{
    (void)state;
    device_enroll();
    est_server.cacerts_answer = before;
    renew();
    expect_both();
    est_server.cacerts_answer = NULL;
    renew();
    expect_old();
}

/* A server whose handshake shows its leaf alone is known by the issuers that we keep. */
static void cacerts_without_issuers_lock_nobody_out(void **state)
{
    static char root_alone[4096];

    (void)state;
    tls_script.presented_count = 1;
    device_enroll();
    est_certs_answer(&est_pki.root.der, 1, root_alone, sizeof root_alone);
    est_server.cacerts_answer = root_alone;
    renew();
    renew();
    assert_int_equal(imprint_whoami(device.imprint), 0);
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
    assert_int_equal(device_status().reason, 0);
}

/* No room for all: the issuers in use stay, the second root waits. */
static void a_root_for_which_there_is_no_room_is_left_out(void **state)
{
    static char extensions[sizeof EST_CA_EXTENSIONS + 1620];
    static char answer[16384];
    static const char begin[] = EST_CA_EXTENSIONS "\nnsComment=";

    (void)state;
    memset(extensions, 'x', sizeof extensions - 1);
    memcpy(extensions, begin, sizeof begin - 1);
    struct cert made[] = { make_cert("large", 405, &est_pki.root, extensions),
                           make_cert("lab root 3", 407, NULL, extensions),
                           make_cert("lab root 3", 407, &est_pki.root, EST_CA_EXTENSIONS),
                           make_cert("small", 408, &est_pki.root, EST_CA_EXTENSIONS) };
    const struct bytes offered[] = { made[0].der, made[1].der, made[2].der, est_pki.device_ca.der,
                                     made[3].der };

    assert_in_range(made[1].der.len, 1950, CONFIG_CERT_BYTES_MAX);
    tls_script.presented_count = 1;
    device_enroll();
    est_certs_answer(offered, 5, answer, sizeof answer);
    est_server.cacerts_answer = answer;
    renew();
    expect_old();
    est_certs_answer(offered + 1, 4, answer, sizeof answer); /* The large issuer makes room. */
    renew();
    const struct bytes both[] = { est_pki.root.der, made[1].der };
    expect_anchors(both, 2);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        certs_free(&made[i]);
    }
}

/* Every cut: both roots, or one that the server is trusted by; the next renewal ends it. */
static void a_power_cut_anywhere_ends_with_the_new_root_alone(void **state)
{
    static const enum flash_cut cuts[] = { FLASH_CUT_BEFORE, FLASH_CUT_TORN, FLASH_CUT_AFTER };
    bool was_cut = true;

    for (uint32_t at = 1; was_cut; at++) {
        for (size_t i = 0; i < sizeof cuts / sizeof cuts[0] && was_cut; i++) {
            device_fresh(state);
            device_enroll();
            switch_server();
            est_server.cacerts_answer = after;
            flash_model_arm(&device.flash, cuts[i], at, at);
            assert_int_equal(imprint_renew(device.imprint), 0);
            (void)device_run();
            was_cut = !device.flash.is_powered;
            device_boot();
            assert_int_equal(device_run(), IMPRINT_ENROLLED);
            renew();
            expect_new();
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, device_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_roll_over_ends_with_the_new_root_alone),
        TEST(who_slept_through_the_beginning_ends_with_it_too),
        TEST(the_old_root_stays_until_the_server_proves_the_new_one),
        TEST(the_old_root_stays_until_our_own_chain_leads_to_the_new_one),
        TEST(a_new_root_is_kept_before_it_is_used_and_over_resets),
        TEST(a_root_that_is_withdrawn_unproved_is_forgotten),
        TEST(cacerts_without_issuers_lock_nobody_out),
        TEST(a_root_for_which_there_is_no_room_is_left_out),
        TEST(a_power_cut_anywhere_ends_with_the_new_root_alone),
    };
    return cmocka_run_group_tests(tests, make, make_free);
}
