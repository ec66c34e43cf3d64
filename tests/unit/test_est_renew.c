/* SPDX-License-Identifier: MIT
 * test_est_renew.c -- RENEW: what a verified server's /cacerts may change, and what not. */

/* needs: imprint_port crypto tests/support/est_phase.c tests/support/est_server.c */
/* needs: tests/support/tls_script.c tests/support/certs.c tests/support/port_hal.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/est_phase.h"
#include "tests/support/est_server.h"
#include "tests/support/tls_script.h"

static struct cert newer;     /* A root that begins after ours. */
static struct cert newest;    /* One that begins after that. */
static struct cert older;     /* One that begins before ours. */
static struct cert unsigned_; /* A root in name alone: another key signed it. */
static struct cert no_ca;     /* Self-signed, not a CA. */
static struct cert no_sign;   /* A CA that may not sign certificates. */
static struct cert ended;     /* A root that has expired. */
static struct cert cross;     /* The newer root's key, under ours. */

/* What our root vouches for beside it, whatever is wrong with the root of that key. */
static struct cert crosses[6];

static struct cert make_root(const char *name, unsigned key, const char *from, const char *to,
                             const char *extensions)
{
    return certs_make(&(struct cert_spec){ .name = name,
                                           .key_number = key,
                                           .not_before = from,
                                           .not_after = to,
                                           .extensions = extensions });
}

/* The word of `issuer` for a name and key. */
static struct cert make_cross(const char *name, unsigned key, const struct cert *issuer)
{
    return certs_make(&(struct cert_spec){ .name = name,
                                           .key_number = key,
                                           .issuer = issuer,
                                           .not_before = "20250101000000Z",
                                           .extensions = EST_CA_EXTENSIONS });
}

static int make(void **state)
{
    const int failed = est_phase_make(state);

    newer = make_root("lab root 2", 301, "20250101000000Z", NULL, EST_CA_EXTENSIONS);
    newest = make_root("lab root 3", 302, "20260101000000Z", NULL, EST_CA_EXTENSIONS);
    older = make_root("lab root 0", 303, "20100101000000Z", NULL, EST_CA_EXTENSIONS);
    unsigned_ = make_root("lab root 4", 304, "20260201000000Z", NULL, EST_CA_EXTENSIONS);
    certs_sign(&unsigned_, newer.key, "SHA256");
    no_ca = make_root("no CA", 305, "20260201000000Z", NULL,
                      "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign");
    no_sign = make_root("no signer", 306, "20260201000000Z", NULL,
                        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign");
    ended = make_root("ended", 307, "20210101000000Z", "20260101000000Z", EST_CA_EXTENSIONS);
    cross = make_cross("lab root 2", 301, &est_pki.root);
    crosses[0] = make_cross("lab root 3", 302, &est_pki.root);
    crosses[1] = make_cross("lab root 0", 303, &est_pki.root);
    crosses[2] = make_cross("lab root 4", 304, &est_pki.root);
    crosses[3] = make_cross("no CA", 305, &est_pki.root);
    crosses[4] = make_cross("no signer", 306, &est_pki.root);
    crosses[5] = make_cross("ended", 307, &est_pki.root);
    return failed;
}

static int make_free(void **state)
{
    struct cert *all[] = { &newer, &newest, &older, &unsigned_, &no_ca, &no_sign, &ended, &cross };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        certs_free(all[i]);
    }
    for (size_t i = 0; i < sizeof crosses / sizeof crosses[0]; i++) {
        certs_free(&crosses[i]);
    }
    return est_phase_free(state);
}

/* RENEW with `held` as our anchors, of a server that offers `offered`. */
static int32_t renew(const struct bytes held[], size_t held_count, const struct bytes offered[],
                     size_t count)
{
    static char text[16384];

    est_method.stop(&est_phase.e);
    est_phase.e.anchors.count = held_count;
    memcpy(est_phase.e.anchors.at, held, held_count * sizeof held[0]);
    est_certs_answer(offered, count, text, sizeof text);
    est_server.cacerts_answer = text;
    return est_phase_run(est_method.renew);
}

static void expect_anchors(struct bytes first, struct bytes second)
{
    const struct enrollment *e = &est_phase.e;

    assert_int_equal(e->found_anchors, second.len > 0 ? 2 : 1);
    assert_true(bytes_equal(e->found.at[0], first));
    assert_true(second.len == 0 || bytes_equal(e->found.at[1], second));
}

static const struct bytes none = { 0 };

static void a_newer_root_comes_second_and_ours_stays_first(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    const struct bytes offered[] = { newer.der, est_pki.device_ca.der, est_pki.root.der,
                                     cross.der };

    (void)state;
    assert_int_equal(renew(held, 1, offered, 4), 1);
    expect_anchors(est_pki.root.der, newer.der);
    assert_int_equal(est_phase.e.found.count, 3); /* And the issuer. */
    assert_true(bytes_equal(est_phase.e.found.at[2], est_pki.device_ca.der));
}

static void what_is_no_newer_root_changes_no_anchor(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    const struct bytes offered[][2] = {
        { est_pki.root.der, est_pki.root.der },
        { older.der, crosses[1].der },
        { unsigned_.der, crosses[2].der },
        { no_ca.der, crosses[3].der },
        { no_sign.der, crosses[4].der },
        { ended.der, crosses[5].der },
        { cross.der, cross.der },
    };

    (void)state;
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        assert_int_equal(renew(held, 1, offered[i], 2), 1);
        expect_anchors(est_pki.root.der, none);
    }
}

/* Whoever holds the server's key alone can't change whom we trust. */
static void a_new_root_that_ours_has_not_signed_is_not_taken(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    const struct bytes alone[] = { est_pki.root.der, newer.der };
    const struct bytes beside[] = { newest.der, cross.der, est_pki.device_ca.der };
    struct cert forged = make_cross("lab root 2", 301, &est_pki.root);

    (void)state;
    assert_int_equal(renew(held, 1, alone, 2), 1);
    expect_anchors(est_pki.root.der, none);
    assert_int_equal(renew(held, 1, beside, 3), 1); /* Another root's. */
    expect_anchors(est_pki.root.der, none);

    certs_sign(&forged, newer.key, "SHA256"); /* Says that ours signed it. */
    const struct bytes lie[] = { newer.der, forged.der };
    assert_int_equal(renew(held, 1, lie, 2), 1);
    expect_anchors(est_pki.root.der, none);
    certs_free(&forged);
}

static void of_several_new_roots_the_newest_alone_is_taken(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    const struct bytes offered[] = { newer.der, newest.der, est_pki.root.der, cross.der,
                                     crosses[0].der };

    (void)state;
    assert_int_equal(renew(held, 1, offered, 5), 1);
    expect_anchors(est_pki.root.der, newest.der);
    assert_int_equal(est_phase.e.found_anchors, 2);
}

static void an_unproved_second_anchor_gives_way_to_a_newer_one(void **state)
{
    const struct bytes held[] = { est_pki.root.der, newer.der };
    const struct bytes offered[] = { est_pki.root.der, newer.der, newest.der, crosses[0].der };

    (void)state;
    assert_int_equal(renew(held, 2, offered, 4), 1);
    expect_anchors(est_pki.root.der, newest.der);
    assert_int_equal(renew(held, 2, offered, 3), 1); /* Not without our root's word. */
    expect_anchors(est_pki.root.der, newer.der);
    assert_int_equal(renew(held, 2, offered, 2), 1);
    expect_anchors(est_pki.root.der, newer.der);
}

static void a_second_anchor_that_is_withdrawn_goes(void **state)
{
    const struct bytes held[] = { est_pki.root.der, newer.der };
    const struct bytes offered[] = { est_pki.root.der };

    (void)state;
    assert_int_equal(renew(held, 2, offered, 1), 1);
    expect_anchors(est_pki.root.der, none);
}

/* The server's chain leads to the second one: it stays, offered or not, and whatever is newer. */
static void a_second_anchor_that_the_server_proves_stays(void **state)
{
    const struct bytes held[] = { older.der, est_pki.root.der };
    const struct bytes offered[] = { newest.der, crosses[0].der };

    (void)state;
    assert_int_equal(renew(held, 2, offered, 2), 1);
    assert_int_equal(est_phase.e.accepted_by, 2);
    expect_anchors(older.der, est_pki.root.der);
}

static void a_pinned_intermediate_is_never_widened_to_a_root(void **state)
{
    const struct bytes held[] = { est_pki.server_ca.der };
    struct cert its_word = make_cross("lab root 3", 302, &est_pki.server_ca);
    const struct bytes offered[] = { est_pki.root.der, newest.der, its_word.der };

    (void)state;
    assert_int_equal(renew(held, 1, offered, 3), 1);
    expect_anchors(est_pki.server_ca.der, none);
    certs_free(&its_word);
}

static void a_cross_certificate_of_an_anchor_takes_no_issuers_place(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    const struct bytes offered[] = { cross.der, newer.der, est_pki.device_ca.der };

    (void)state;
    assert_int_equal(renew(held, 1, offered, 3), 1);
    expect_anchors(est_pki.root.der, newer.der);
    assert_int_equal(est_phase.e.found.count, 3);
    assert_true(bytes_equal(est_phase.e.found.at[2], est_pki.device_ca.der));
}

/* A list that names many keys for one name keeps nobody busy. */
static void an_issuer_behind_many_false_ones_is_not_looked_for(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    struct cert liars[] = {
        make_cross("lab device CA", 501, &est_pki.stranger_root),
        make_cross("lab device CA", 502, &est_pki.stranger_root),
    };
    struct cert below = make_cross("lab device CA 2", 503, &est_pki.device_ca);
    const struct bytes offered[] = { liars[0].der, liars[1].der, est_pki.device_ca.der, below.der };

    (void)state;
    assert_int_equal(renew(held, 1, offered, 4), 1);
    assert_int_equal(est_phase.e.found.count, 2);
    assert_true(bytes_equal(est_phase.e.found.at[1], est_pki.device_ca.der));
    assert_int_equal(renew(held, 1, &offered[2], 2), 1);
    assert_int_equal(est_phase.e.found.count, 3);
    assert_true(bytes_equal(est_phase.e.found.at[2], below.der));
    certs_free(&liars[0]);
    certs_free(&liars[1]);
    certs_free(&below);
}

/* RENEW of a server that presents its leaf alone; we hold its issuer behind another one. */
static int32_t renew_by_leaf(const struct bytes offered[], size_t count)
{
    const struct bytes held[] = { est_pki.root.der };

    est_phase.e.issuers = (struct certs){ .at = { cross.der, est_pki.server_ca.der }, .count = 2 };
    tls_script.presented_count = 1;
    return renew(held, 1, offered, count);
}

static void issuers_that_are_not_offered_are_kept(void **state)
{
    const struct bytes offered[] = { est_pki.root.der, est_pki.device_ca.der,
                                     est_pki.device_ca.der };
    const struct certs *found = &est_phase.e.found;

    (void)state;
    assert_int_equal(renew_by_leaf(offered, 1), 1);
    expect_anchors(est_pki.root.der, none);
    assert_int_equal(found->count, 3);
    assert_true(bytes_equal(found->at[1], est_pki.server_ca.der)); /* It led to the server. */
    assert_true(bytes_equal(found->at[2], cross.der));
    assert_int_equal(est_phase.e.found_current, 2);

    assert_int_equal(renew_by_leaf(offered, 3), 1);
    assert_int_equal(found->count, 4); /* Each once. */
    assert_true(bytes_equal(found->at[2], est_pki.device_ca.der));
    assert_true(bytes_equal(found->at[3], cross.der));
}

static void no_offer_takes_the_place_of_the_issuer_in_use(void **state)
{
    const struct bytes offered[] = { crosses[0].der, crosses[1].der, crosses[2].der, crosses[3].der,
                                     crosses[4].der };

    (void)state;
    assert_int_equal(renew_by_leaf(offered, 5), 1);
    assert_int_equal(est_phase.e.found.count, 1 + CONFIG_ISSUERS_MAX);
    assert_true(bytes_equal(est_phase.e.found.at[1], est_pki.server_ca.der));
}

/* One of a root that has gone would fill flash and work memory for ever. */
static void an_issuer_that_leads_nowhere_any_more_is_not_kept(void **state)
{
    const struct bytes held[] = { est_pki.root.der };

    (void)state;
    est_phase.e.issuers = (struct certs){ .at = { est_pki.stranger_ca.der }, .count = 1 };
    assert_int_equal(renew(held, 1, held, 1), 1);
    assert_int_equal(est_phase.e.found.count, 1);
}

static void a_stranger_is_refused_before_he_offers_anything(void **state)
{
    const struct bytes held[] = { newer.der, newest.der };
    const struct bytes offered[] = { est_pki.root.der };

    (void)state;
    assert_int_equal(renew(held, 2, offered, 1), IMP_ERR_CHAIN_NO_ANCHOR);
    assert_false(est_phase.e.is_verified);
    assert_int_equal(est_phase.e.found.count, 0);
    assert_int_equal(est_server.cacerts_count, 0);
}

/* A renewal must not depend on an answer that it can do without. */
static void cacerts_that_can_not_be_read_change_nothing_and_fail_nothing(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 202 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 206 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 501 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nhtml",
        "HTTP/1.1 200 x\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 4\r\n\r\n!!!!",
        "HTTP/1.1 200 x\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: 4\r\n\r\nMAAA",
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        est_phase_anchor(est_pki.root.der);
        est_method.stop(&est_phase.e);
        est_server.cacerts_answer = answers[i];
        assert_int_equal(est_phase_run(est_method.renew), 1);
        assert_int_equal(est_phase.e.found.count, 0);
    }
    est_method.stop(&est_phase.e);
    est_server.cacerts_answer = "HTTP/1.1 503 x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(est_phase_run(est_method.renew), IMP_ERR_EST_BUSY);
    assert_int_equal(est_phase.e.retry_after_s, 7);
    est_method.stop(&est_phase.e);
    est_server.cacerts_answer = "HTTP/1.1 429 x\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(est_phase_run(est_method.renew), IMP_ERR_EST_BUSY);
}

static void an_answer_that_does_not_fit_is_none(void **state)
{
    const struct bytes held[] = { est_pki.root.der };
    const struct bytes offered[] = { newer.der, newest.der, est_pki.device_ca.der, older.der };

    (void)state;
    est_phase.e.work_bytes = 1300;
    assert_int_equal(renew(held, 1, offered, 4), 1);
    assert_int_equal(est_phase.e.found.count, 0);
}

static void without_a_token_the_request_is_a_renewal(void **state)
{
    (void)state;
    est_phase_anchor(est_pki.root.der);
    est_phase.e.token = (struct bytes){ 0 };
    assert_int_equal(est_phase_enroll(), IMP_ERR_EST_CLIENT_CERT_MISSING);
    assert_int_equal(est_server.reenroll_count, 1);
    assert_false(tls_script_has_sent(0, "Authorization", 13));
}

#define TEST(name) cmocka_unit_test_setup(name, est_phase_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_newer_root_comes_second_and_ours_stays_first),
        TEST(what_is_no_newer_root_changes_no_anchor),
        TEST(a_new_root_that_ours_has_not_signed_is_not_taken),
        TEST(of_several_new_roots_the_newest_alone_is_taken),
        TEST(an_unproved_second_anchor_gives_way_to_a_newer_one),
        TEST(a_second_anchor_that_is_withdrawn_goes),
        TEST(a_second_anchor_that_the_server_proves_stays),
        TEST(a_pinned_intermediate_is_never_widened_to_a_root),
        TEST(a_cross_certificate_of_an_anchor_takes_no_issuers_place),
        TEST(an_issuer_behind_many_false_ones_is_not_looked_for),
        TEST(issuers_that_are_not_offered_are_kept),
        TEST(no_offer_takes_the_place_of_the_issuer_in_use),
        TEST(an_issuer_that_leads_nowhere_any_more_is_not_kept),
        TEST(a_stranger_is_refused_before_he_offers_anything),
        TEST(cacerts_that_can_not_be_read_change_nothing_and_fail_nothing),
        TEST(an_answer_that_does_not_fit_is_none),
        TEST(without_a_token_the_request_is_a_renewal),
    };
    return cmocka_run_group_tests(tests, make, make_free);
}
