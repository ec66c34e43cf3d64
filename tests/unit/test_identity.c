/* SPDX-License-Identifier: MIT
 * test_identity.c -- VERIFY: only a certificate for our key and name, with a chain to our
 * anchors, may become the identity. */

/* needs: imprint_port crypto tests/support/est_server.c tests/support/tls_script.c */
/* needs: tests/support/certs.c tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/config.h"
#include "firmware/core/identity.h"
#include "tests/support/est_server.h"

enum {
    OUR_KEY = 130
};

#define CLIENT                             \
    "basicConstraints=critical,CA:FALSE\n" \
    "keyUsage=critical,digitalSignature\n" \
    "extendedKeyUsage=clientAuth"

static uint8_t point[KEY_POINT_BYTES];
static struct certs issued;
static struct certs issuers;
static struct certs anchors;
static struct identity_question question;
static struct identity_draft draft;

static int make(void **state)
{
    size_t bytes = 0;

    (void)state;
    est_server_make_pki();
    return EVP_PKEY_get_octet_string_param(certs_key("P-256", OUR_KEY), "encoded-pub-key", point,
                                           sizeof point, &bytes) != 1;
}

static int unmake(void **state)
{
    (void)state;
    est_server_free_pki();
    return 0;
}

/* Root is the anchor, the device CA is held beside it, nothing was issued yet. */
static int fresh(void **state)
{
    (void)state;
    issued = (struct certs){ .count = 0 };
    issuers = (struct certs){ .at = { est_pki.device_ca.der, est_pki.server_ca.der }, .count = 2 };
    anchors = (struct certs){ .at = { est_pki.root.der }, .count = 1 };
    memset(&draft, 0, sizeof draft);
    question = (struct identity_question){
        .issued = &issued,
        .issuers = &issuers,
        .anchors = &anchors,
        .point = point,
        .name = "unit-1",
        .time = { .floor = CONFIG_BUILD_TIME },
    };
    return 0;
}

/* What a good authority issues; the caller changes what shall be wrong. */
static struct cert_spec good(void)
{
    return (struct cert_spec){
        .name = "unit-1",
        .issuer = &est_pki.device_ca,
        .key_number = OUR_KEY,
        .extensions = CLIENT,
    };
}

static imp_err_t verify_one(const struct cert_spec *spec)
{
    struct cert leaf = certs_make(spec);

    issued = (struct certs){ .at = { leaf.der }, .count = 1 };
    const imp_err_t err = identity_verify(&question, &draft);
    certs_free(&leaf);
    return err;
}

/* --- Accepted --------------------------------------------------------------------------------- */

static void a_good_leaf_is_kept_with_the_issuers_up_to_the_anchor(void **state)
{
    const struct cert_spec spec = good();
    struct cert leaf = certs_make(&spec);

    (void)state;
    issued = (struct certs){ .at = { leaf.der }, .count = 1 };
    assert_int_equal(identity_verify(&question, &draft), 0);
    assert_int_equal(draft.count, 2);
    assert_true(bytes_equal(draft.chain[0], leaf.der));
    assert_true(bytes_equal(draft.chain[1], est_pki.device_ca.der));
    assert_int_equal(draft.not_before, 1577836800); /* 2020-01-01 */
    assert_int_equal(draft.not_after, 2524608000);  /* 2050-01-01 */
    certs_free(&leaf);
}

/* The floor rises to its beginning: whatever it hangs from would have expired for ever. */
static void a_leaf_that_begins_when_its_own_path_has_ended_is_refused(void **state)
{
    struct cert ending = certs_make(&(struct cert_spec){ .name = "lab device CA",
                                                         .key_number = 102,
                                                         .issuer = &est_pki.root,
                                                         .not_after = "20400101000000Z",
                                                         .extensions = EST_CA_EXTENSIONS });
    struct cert_spec spec = good();

    (void)state;
    spec.not_after = "20600101000000Z";
    spec.not_before = "20500101000000Z"; /* The second in which CA and root end. */
    assert_int_equal(verify_one(&spec), 0);
    spec.not_before = "20500101000001Z";
    assert_int_equal(verify_one(&spec), IMP_ERR_CERT_DATES);

    issuers = (struct certs){ .at = { ending.der }, .count = 1 };
    spec.not_before = "20400101000000Z";
    assert_int_equal(verify_one(&spec), 0);
    spec.not_before = "20400101000001Z";
    assert_int_equal(verify_one(&spec), IMP_ERR_CERT_DATES);
    certs_free(&ending);
}

static void a_leaf_right_below_the_anchor_is_the_whole_chain(void **state)
{
    const struct cert_spec spec = good();

    (void)state;
    anchors.at[0] = est_pki.device_ca.der;
    issuers.count = 0;
    assert_int_equal(verify_one(&spec), 0);
    assert_int_equal(draft.count, 1);
}

static void the_order_of_what_came_does_not_matter(void **state)
{
    const struct cert_spec spec = good();
    struct cert leaf = certs_make(&spec);
    const struct bytes three[] = { leaf.der, est_pki.device_ca.der, est_pki.root.der };
    static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                        { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    (void)state;
    issuers.count = 0;
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 3; j++) {
            issued.at[j] = three[orders[i][j]];
        }
        issued.count = 3;
        assert_int_equal(identity_verify(&question, &draft), 0);
        assert_int_equal(draft.count, 2);
        assert_true(bytes_equal(draft.chain[0], leaf.der));
        assert_true(bytes_equal(draft.chain[1], est_pki.device_ca.der));
    }
    certs_free(&leaf);
}

/* Two issuing CAs of one name, as after a renewal of the CA's key: the key identifier tells them
 * apart. */
static void the_right_one_of_two_cas_with_one_name_is_kept(void **state)
{
    const struct cert_spec renewed_spec = {
        .name = "lab device CA",
        .key_number = 131,
        .issuer = &est_pki.root,
        .extensions = EST_CA_EXTENSIONS,
    };
    struct cert renewed = certs_make(&renewed_spec);
    struct cert_spec spec = good();

    (void)state;
    spec.issuer = &renewed;
    spec.extensions = CLIENT "\nauthorityKeyIdentifier=keyid:always";
    issuers = (struct certs){ .at = { est_pki.device_ca.der, renewed.der }, .count = 2 };
    assert_int_equal(verify_one(&spec), 0);
    assert_true(bytes_equal(draft.chain[1], renewed.der));
    certs_free(&renewed);
}

static void three_certificates_are_kept_and_a_longer_chain_is_refused(void **state)
{
    struct cert cas[3];
    const struct cert *above = &est_pki.root;
    static const char *const names[] = { "CA 1", "CA 2", "CA 3" };

    (void)state;
    issuers.count = 3;
    for (unsigned i = 0; i < 3; i++) {
        cas[i] = certs_make(&(struct cert_spec){
            .name = names[i],
            .key_number = 132 + i,
            .issuer = above,
            .extensions = EST_CA_EXTENSIONS,
        });
        above = &cas[i];
        issuers.at[i] = cas[i].der;
    }
    struct cert_spec spec = good();
    spec.issuer = &cas[1];
    assert_int_equal(verify_one(&spec), 0);
    assert_int_equal(draft.count, 3);
    spec.issuer = &cas[2];
    assert_int_equal(verify_one(&spec), IMP_ERR_CHAIN_TOO_LONG);
    for (size_t i = 0; i < 3; i++) {
        certs_free(&cas[i]);
    }
}

/* --- Refused ---------------------------------------------------------------------------------- */

static void a_leaf_that_is_wrong_in_one_way_is_refused_by_name(void **state)
{
    const struct cert stranger_of_our_name = certs_make(&(struct cert_spec){
        .name = "lab device CA",
        .key_number = 136,
        .issuer = &est_pki.stranger_root,
        .extensions = EST_CA_EXTENSIONS,
    });
    const struct {
        const char *what;
        struct cert_spec spec;
        imp_err_t err;
    } rows[] = {
        { "another key", { .name = "unit-1", .key_number = 137 }, IMP_ERR_CERT_KEY },
        { "a P-384 key", { .name = "unit-1", .key = "P-384" }, IMP_ERR_CERT_KEY },
        { "an RSA key", { .name = "unit-1", .key = "RSA-2048" }, IMP_ERR_CERT_KEY },
        { "another name", { .name = "unit-2" }, IMP_ERR_CERT_NAME },
        { "a longer name", { .name = "unit-10" }, IMP_ERR_CERT_NAME },
        { "a shorter name", { .name = "unit-" }, IMP_ERR_CERT_NAME },
        { "another case", { .name = "UNIT-1" }, IMP_ERR_CERT_NAME },
        { "no name", { .name = NULL }, IMP_ERR_CERT_NAME },
        { "an end in the past",
          { .name = "unit-1", .not_after = "20241201000000Z" },
          IMP_ERR_CERT_DATES },
        { "an end before its begin",
          { .name = "unit-1", .not_before = "20400101000000Z", .not_after = "20390101000000Z" },
          IMP_ERR_CERT_DATES },
        { "no time at all",
          { .name = "unit-1", .not_before = "20400101000000Z", .not_after = "20400101000000Z" },
          IMP_ERR_CERT_DATES },
        { "CA:TRUE", { .name = "unit-1", .extensions = EST_CA_EXTENSIONS }, IMP_ERR_CERT_NONE },
        { "a stranger's issuer",
          { .name = "unit-1", .issuer = &est_pki.stranger_ca },
          IMP_ERR_CHAIN_NO_ANCHOR },
        { "a stranger's key under our CA's name",
          { .name = "unit-1", .issuer = &stranger_of_our_name },
          IMP_ERR_CHAIN_SIGNATURE },
        { "its own issuer",
          { .name = "unit-1", .issuer_name = "unit-1" },
          IMP_ERR_CHAIN_NO_ANCHOR },
        { "server use only",
          { .name = "unit-1",
            .extensions = "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth" },
          IMP_ERR_CHAIN_USAGE },
        { "no use for signatures",
          { .name = "unit-1", .extensions = "keyUsage=critical,keyAgreement" },
          IMP_ERR_CHAIN_USAGE },
        { "an unknown critical extension",
          { .name = "unit-1", .extensions = CLIENT "\n1.2.3.4=critical,DER:0500" },
          IMP_ERR_X509_CRITICAL },
        { "a SHA-1 signature", { .name = "unit-1", .digest = "SHA1" }, IMP_ERR_CHAIN_ALGORITHM },
        { "version 1", { .name = "unit-1", .version = 1, .extensions = NULL }, IMP_ERR_CHAIN_LEAF },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cert_spec spec = rows[i].spec;
        fresh(state);
        spec.issuer = spec.issuer != NULL ? spec.issuer : &est_pki.device_ca;
        spec.key_number = spec.key_number > 0 ? spec.key_number : OUR_KEY;
        if (spec.extensions == NULL && spec.version == 0) {
            spec.extensions = CLIENT;
        }
        const imp_err_t err = verify_one(&spec);
        if (err != rows[i].err) {
            fail_msg("%s: judged %s", rows[i].what, imprint_err_name(err));
        }
    }
    struct cert done = stranger_of_our_name;
    certs_free(&done);
}

static void exactly_one_leaf_must_come(void **state)
{
    const struct cert_spec spec = good();
    struct cert leaf = certs_make(&spec);
    struct cert other = certs_make(&(struct cert_spec){ .name = "somebody",
                                                        .key_number = 138,
                                                        .issuer = &est_pki.device_ca,
                                                        .extensions = CLIENT });

    (void)state;
    assert_int_equal(identity_verify(&question, &draft), IMP_ERR_CERT_NONE);
    issued = (struct certs){ .at = { est_pki.device_ca.der, est_pki.root.der }, .count = 2 };
    assert_int_equal(identity_verify(&question, &draft), IMP_ERR_CERT_NONE);
    issued = (struct certs){ .at = { leaf.der, leaf.der }, .count = 2 };
    assert_int_equal(identity_verify(&question, &draft), IMP_ERR_CERT_MANY);
    issued = (struct certs){ .at = { leaf.der, est_pki.device_ca.der, other.der }, .count = 3 };
    assert_int_equal(identity_verify(&question, &draft), IMP_ERR_CERT_MANY);
    certs_free(&leaf);
    certs_free(&other);
}

static void any_flipped_bit_is_refused(void **state)
{
    const struct cert_spec spec = good();
    struct cert leaf = certs_make(&spec);
    uint8_t *der = (uint8_t *)(uintptr_t)leaf.der.data;
    unsigned accepted = 0;

    (void)state;
    issued = (struct certs){ .at = { leaf.der }, .count = 1 };
    for (size_t bit = 0; bit < 8 * leaf.der.len; bit += 11) {
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        accepted += identity_verify(&question, &draft) == 0;
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(accepted, 0);
    assert_int_equal(identity_verify(&question, &draft), 0);
    certs_free(&leaf);
}

static void a_malformed_certificate_beside_the_leaf_is_refused(void **state)
{
    const struct cert_spec spec = good();
    struct cert leaf = certs_make(&spec);

    (void)state;
    issued =
        (struct certs){ .at = { leaf.der, bytes_of(leaf.der.data, leaf.der.len - 1) }, .count = 2 };
    assert_int_equal(identity_verify(&question, &draft), IMP_ERR_X509_MALFORMED);
    certs_free(&leaf);
}

static void a_date_in_the_future_is_judged_only_by_a_clock_that_was_set(void **state)
{
    struct cert_spec spec = good();

    (void)state;
    spec.not_before = "20400101000000Z";
    assert_int_equal(verify_one(&spec), 0);
    question.time.has_now = true;
    question.time.now = CONFIG_BUILD_TIME + 86400;
    assert_int_equal(verify_one(&spec), IMP_ERR_CHAIN_NOT_YET);
}

static void an_issuer_that_has_expired_is_refused(void **state)
{
    struct cert old = certs_make(&(struct cert_spec){
        .name = "old CA",
        .key_number = 139,
        .issuer = &est_pki.root,
        .not_after = "20241201000000Z",
        .extensions = EST_CA_EXTENSIONS,
    });
    struct cert_spec spec = good();

    (void)state;
    spec.issuer = &old;
    issuers.at[0] = old.der;
    assert_int_equal(verify_one(&spec), IMP_ERR_CHAIN_EXPIRED);
    certs_free(&old);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_leaf_is_kept_with_the_issuers_up_to_the_anchor),
        TEST(a_leaf_that_begins_when_its_own_path_has_ended_is_refused),
        TEST(a_leaf_right_below_the_anchor_is_the_whole_chain),
        TEST(the_order_of_what_came_does_not_matter),
        TEST(the_right_one_of_two_cas_with_one_name_is_kept),
        TEST(three_certificates_are_kept_and_a_longer_chain_is_refused),
        TEST(a_leaf_that_is_wrong_in_one_way_is_refused_by_name),
        TEST(exactly_one_leaf_must_come),
        TEST(any_flipped_bit_is_refused),
        TEST(a_malformed_certificate_beside_the_leaf_is_refused),
        TEST(a_date_in_the_future_is_judged_only_by_a_clock_that_was_set),
        TEST(an_issuer_that_has_expired_is_refused),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
