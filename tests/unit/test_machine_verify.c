/* SPDX-License-Identifier: MIT
 * test_machine_verify.c -- VERIFY in the whole machine: a wrong certificate is never committed. */

/* needs: imprint_port crypto tests/support/device.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
/* needs: host-sim/device/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/crypto/key.h"
#include "tests/support/device.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

#define P100                                             \
    "pppppppppppppppppppppppppppppppppppppppppppppppppp" \
    "pppppppppppppppppppppppppppppppppppppppppppppppppp"
#define P400         P100 P100 P100 P100
#define COMMENT_1600 "nsComment=" P400 P400 P400 P400

/* Provisioned, and asked to enroll; nothing has run yet. */
static int begun(void **state)
{
    device_fresh(state);
    device_run();
    return device_provision() != 0 || imprint_enroll(device.imprint) != 0;
}

static void expect_resting(enum imprint_state state, imp_err_t err)
{
    const struct imprint_status status = device_status();

    if (status.state != state || status.last_error != err) {
        fail_msg("%s %s in place of %s %s", imprint_state_name(status.state),
                 imprint_err_name(status.last_error), imprint_state_name(state),
                 imprint_err_name(err));
    }
    assert_int_equal(status.reason, err);
    for (size_t i = 0; i < tls_seen_count; i++) {
        assert_false(tls_seen[i].is_open);
    }
    assert_false(device_ram_has(DEVICE_TOKEN, sizeof DEVICE_TOKEN - 1));
}

static void a_wrong_certificate_is_never_committed_and_costs_no_key(void **state)
{
    static const imp_err_t errs[EST_FAULT_COUNT] = {
        [EST_OTHER_KEY] = IMP_ERR_CERT_KEY,
        [EST_OTHER_NAME] = IMP_ERR_CERT_NAME,
        [EST_EXPIRED] = IMP_ERR_CERT_DATES,
        [EST_ENDS_BEFORE_IT_BEGINS] = IMP_ERR_CERT_DATES,
        [EST_CA_TRUE] = IMP_ERR_CERT_NONE,
        [EST_TWO_LEAVES] = IMP_ERR_CERT_MANY,
        [EST_NO_CERTIFICATE] = IMP_ERR_CERT_NONE,
        [EST_ONLY_CAS] = IMP_ERR_CERT_NONE,
        [EST_WRONG_ISSUER] = IMP_ERR_CHAIN_NO_ANCHOR,
        [EST_BORROWED_NAME] = IMP_ERR_CHAIN_SIGNATURE,
        [EST_SELF_SIGNED] = IMP_ERR_CHAIN_NO_ANCHOR,
        [EST_BAD_SIGNATURE] = IMP_ERR_CHAIN_SIGNATURE,
        [EST_SERVER_USAGE] = IMP_ERR_CHAIN_USAGE,
        [EST_UNKNOWN_CRITICAL] = IMP_ERR_X509_CRITICAL,
        [EST_RSA_KEY] = IMP_ERR_CERT_KEY,
        [EST_TRAILING_BYTES] = IMP_ERR_PKCS7_MALFORMED,
    };

    for (int fault = EST_OTHER_KEY; fault < EST_FAULT_COUNT; fault++) {
        begun(state);
        est_server.fault = (enum est_fault)fault;
        device_run();
        expect_resting(IMPRINT_BACKOFF, errs[fault]);
        assert_false(device_status().has_identity);
        assert_false(key_is_present(KEY_SLOT_CURRENT));
        assert_int_equal(est_server.whoami_count, 0);
        device_boot();
        device_run();
        expect_resting(IMPRINT_BACKOFF, errs[fault]);
        est_server.fault = EST_GOOD;
        assert_int_equal(device_wait(), IMPRINT_ENROLLED);
        assert_int_equal(est_server.key_count, 1);
    }
}

/* The lab's two issuing CAs with 1.6 KB of comment each in the place of the slim ones; and back. */
static void swap_large_cas(void)
{
    static struct cert others[2];
    struct cert *const used[] = { &est_pki.device_ca, &est_pki.server_ca };
    static const char *const names[] = { "lab device CA", "lab server CA" };

    for (unsigned i = 0; i < 2; i++) {
        const struct cert before = *used[i];
        if (others[i].x509 == NULL) {
            *used[i] = certs_make(&(struct cert_spec){
                .name = names[i],
                .key_number = 102 + i,
                .issuer = &est_pki.root,
                .extensions = EST_CA_EXTENSIONS "\n" COMMENT_1600,
            });
            others[i] = before;
        } else {
            *used[i] = others[i];
            others[i] = (struct cert){ 0 };
            struct cert done = before;
            certs_free(&done);
        }
    }
}

/* Anchors and chain that PROVE could not hold at once must not be committed: the device would never
 * prove itself. */
static void a_chain_that_does_not_fit_beside_the_anchors_is_not_committed(void **state)
{
    swap_large_cas();
    begun(state);
    est_server.extensions = COMMENT_1600;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_CERT_TOO_LARGE);
    assert_false(device_status().has_identity);
    est_server.extensions = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    swap_large_cas();
}

/* Whoever answers TRUST may hand out the pinned root without its issuing CAs. It costs a try. */
static void issuers_that_a_stranger_left_out_are_looked_for_again(void **state)
{
    static char text[4096];

    begun(state);
    est_certs_answer(&est_pki.root.der, 1, text, sizeof text);
    est_server.cacerts_answer = text;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_CHAIN_NO_ANCHOR);
    assert_false(device_status().has_anchors);
    est_server.cacerts_answer = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    assert_int_equal(est_server.key_count, 1);
}

static void anchors_that_leave_no_room_for_an_enrollment_are_not_staged(void **state)
{
    static char text[16384];

    swap_large_cas();
    begun(state);
    struct cert third = certs_make(&(struct cert_spec){
        .name = "one more CA",
        .key_number = 108,
        .issuer = &est_pki.root,
        .extensions = EST_CA_EXTENSIONS "\n" COMMENT_1600,
    });
    const struct bytes all[] = { est_pki.root.der, est_pki.device_ca.der, est_pki.server_ca.der,
                                 third.der };
    est_certs_answer(all, sizeof all / sizeof all[0], text, sizeof text);
    est_server.cacerts_answer = text;
    device_run();
    expect_resting(IMPRINT_BACKOFF, IMP_ERR_X509_TOO_LARGE);
    assert_false(device_status().has_anchors);
    est_server.cacerts_answer = NULL;
    assert_int_equal(device_wait(), IMPRINT_ENROLLED);
    certs_free(&third);
    swap_large_cas();
}

static void a_server_may_send_the_chain_along(void **state)
{
    (void)state;
    est_server.fault = EST_WITH_CHAIN;
    assert_int_equal(device_run(), IMPRINT_ENROLLED);
}

#define TEST(name) cmocka_unit_test_setup(name, begun)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_certificate_is_never_committed_and_costs_no_key),
        TEST(a_chain_that_does_not_fit_beside_the_anchors_is_not_committed),
        TEST(issuers_that_a_stranger_left_out_are_looked_for_again),
        TEST(anchors_that_leave_no_room_for_an_enrollment_are_not_staged),
        TEST(a_server_may_send_the_chain_along),
    };
    return cmocka_run_group_tests(tests, device_make, device_free);
}
