/* SPDX-License-Identifier: MIT
 * test_chain_path.c -- the verdict finds the path there is, in any order and over any roll-over,
 * and stops where there is none. */
/* needs: tests/support/cert_bench.c tests/support/certs.c tests/support/crypto_openssl.c crypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/cert_bench.h"
#include "tests/support/crypto_openssl.h"

/* --- Where the issuers come from -------------------------------------------------------------- */

static void intermediates_may_come_in_any_order_with_strangers_among_them(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *upper = bench_ca(*state, "Upper", 1, root);
    const struct cert *lower = bench_ca(*state, "Lower", 2, upper);
    const struct cert *leaf = bench_leaf(*state, lower);
    const struct cert *stranger = bench_ca(*state, "Stranger", 3, NULL);

    assert_int_equal(bench_ask(LIST(leaf, lower, upper), LIST(root)), 0);
    assert_int_equal(bench_ask(LIST(leaf, upper, lower), LIST(root)), 0);
    assert_int_equal(bench_ask(LIST(leaf, root, stranger, upper, stranger, lower), LIST(root)), 0);
    assert_int_equal(crypto_verify_count, 3);
    assert_int_equal(bench_ask(LIST(leaf, lower, upper), LIST(stranger, root)), 0);
}

static void issuers_that_we_hold_fill_the_gap_but_give_no_trust(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *issuing = bench_ca(*state, "Issuing", 1, root);
    const struct cert *leaf = bench_leaf(*state, issuing);

    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), IMP_ERR_CHAIN_NO_ANCHOR);
    assert_int_equal(bench_ask_for(CHAIN_SERVER, LIST(leaf), LIST(issuing), LIST(root), NULL), 0);
    assert_int_equal(bench_ask_for(CHAIN_SERVER, LIST(leaf), LIST(issuing, root), NONE, NULL),
                     IMP_ERR_CHAIN_NO_ANCHOR);
    const struct cert *other = bench_ca(*state, "Other", 2, NULL);
    assert_int_equal(
        bench_ask_for(CHAIN_SERVER, LIST(leaf), LIST(issuing, root), LIST(other), NULL),
        IMP_ERR_CHAIN_NO_ANCHOR);
}

static void a_pinned_intermediate_is_an_anchor(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *issuing = bench_ca(*state, "Issuing", 1, root);
    const struct cert *leaf = bench_leaf(*state, issuing);
    struct chain_answer answer;

    assert_int_equal(
        bench_ask_for(CHAIN_SERVER, LIST(leaf, issuing, root), NONE, LIST(issuing), &answer), 0);
    assert_int_equal(answer.path_count, 2);
    assert_int_equal(crypto_verify_count, 1);
}

static void the_answer_describes_the_path(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *issuing =
        bench_add(*state, &(struct cert_spec){ .name = "Issuing",
                                               .key_number = 1,
                                               .issuer = root,
                                               .extensions = CASE_CA,
                                               .not_after = "20270101000000Z" });
    const struct cert *leaf =
        bench_add(*state, &(struct cert_spec){ .name = "leaf",
                                               .issuer = issuing,
                                               .extensions = BENCH_LEAF,
                                               .not_before = "20260101000001Z",
                                               .not_after = "20280101000000Z" });
    const struct bytes presented[] = { leaf->der, issuing->der };
    struct chain_question question = { .presented = presented,
                                       .presented_count = 2,
                                       .anchors = &root->der,
                                       .anchor_count = 1,
                                       .host = "ca.example",
                                       .time = { .floor = CASE_FLOOR } };
    struct chain_answer answer;

    assert_int_equal(chain_verify(&question, &answer), 0);
    assert_int_equal(answer.path_count, 3);
    assert_true(answer.leaf_not_before == CASE_FLOOR + 1);
    assert_true(answer.leaf_not_after == 1830297600);
    assert_true(answer.path_not_after == 1798761600);
    assert_true(answer.not_before_unchecked);
    question.time =
        (struct chain_time){ .floor = CASE_FLOOR, .now = CASE_FLOOR + 1, .has_now = true };
    assert_int_equal(chain_verify(&question, &answer), 0);
    assert_false(answer.not_before_unchecked);
    question.time = (struct chain_time){ .floor = CASE_FLOOR + 1 };
    assert_int_equal(chain_verify(&question, &answer), 0);
    assert_false(answer.not_before_unchecked);
}

/* --- Signatures ------------------------------------------------------------------------------- */

static void a_ca_of_the_same_name_is_another_ca(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *impostor = bench_ca(*state, "Root", 1, NULL);
    const struct cert *leaf = bench_leaf(*state, impostor);

    assert_int_equal(bench_ask(LIST(leaf, impostor), LIST(root)), IMP_ERR_CHAIN_SIGNATURE);
    assert_int_equal(bench_ask(LIST(leaf), LIST(root, impostor)), 0);
    assert_int_equal(bench_ask(LIST(leaf), LIST(impostor, root)), 0);
}

static void an_ecdsa_signature_under_an_rsa_anchor_is_someone_elses(void **state)
{
    const struct cert *root = bench_add(
        *state, &(struct cert_spec){ .name = "Root", .key = "RSA-2048", .extensions = CASE_CA });
    const struct cert *impostor = bench_ca(*state, "Root", 1, NULL);
    const struct cert *leaf = bench_leaf(*state, impostor);

    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), IMP_ERR_CHAIN_SIGNATURE);
    assert_int_equal(crypto_verify_count, 0);
}

/* A leaf with any one bit flipped is refused; a few in each byte by turns keep the time bounded. */
static void no_altered_leaf_is_accepted(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *leaf = bench_leaf(*state, root);
    uint8_t *at = (uint8_t *)leaf->der.data;

    for (size_t i = 0; i < leaf->der.len; i++) {
        for (unsigned bit = i % 2; bit < 8; bit += 2) {
            at[i] ^= (uint8_t)(1u << bit);
            assert_int_not_equal(bench_ask(LIST(leaf), LIST(root)), 0);
            at[i] ^= (uint8_t)(1u << bit);
        }
    }
    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), 0);
}

static void what_crypto_cannot_say_is_passed_on(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *leaf = bench_leaf(*state, root);

    crypto_verify_fails_with = IMP_ERR_CRYPTO_MEMORY;
    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), IMP_ERR_CRYPTO_MEMORY);
    crypto_verify_fails_with = IMP_ERR_CRYPTO_FAULT;
    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), IMP_ERR_CRYPTO_FAULT);
    crypto_verify_fails_with = IMP_ERR_CRYPTO_UNSUPPORTED;
    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), IMP_ERR_CHAIN_ALGORITHM);
}

/* An anchor's own signature is not looked at, so its key need not be a real one. */
static void an_anchor_with_an_odd_rsa_key_is_refused(void **state)
{
    static const struct {
        int bits;
        unsigned exponent;
        imp_err_t err;
    } rows[] = {
        { 4096, 3, IMP_ERR_CHAIN_SIGNATURE },     { 4097, 65537, IMP_ERR_CHAIN_ALGORITHM },
        { 2047, 65537, IMP_ERR_CHAIN_ALGORITHM }, { 2048, 1, IMP_ERR_CHAIN_ALGORITHM },
        { 2048, 65536, IMP_ERR_CHAIN_ALGORITHM },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cert root = certs_make(&(struct cert_spec){ .name = "Root", .extensions = CASE_CA });
        const struct cert *rsa =
            bench_add(*state, &(struct cert_spec){ .name = "Root", .key = "RSA-2048" });
        struct cert leaf = certs_make(
            &(struct cert_spec){ .name = "leaf", .issuer = rsa, .extensions = BENCH_LEAF });
        EVP_PKEY *key = certs_rsa_public(rows[i].bits, rows[i].exponent);
        assert_int_equal(X509_set_pubkey(root.x509, key), 1);
        certs_sign(&root, root.key, "SHA256");
        assert_int_equal(bench_ask(LIST(&leaf), LIST(&root)), rows[i].err);
        EVP_PKEY_free(key);
        certs_free(&leaf);
        certs_free(&root);
    }
}

/* --- Key roll-over ---------------------------------------------------------------------------- */

static void key_identifiers_choose_among_anchors_of_one_name(void **state)
{
    const struct cert *old =
        bench_cert(*state, "Root", 0, NULL, CASE_CA "subjectKeyIdentifier=hash");
    const struct cert *new =
        bench_cert(*state, "Root", 1, NULL, CASE_CA "subjectKeyIdentifier=hash");
    const struct cert *leaf =
        bench_cert(*state, "leaf", 2, new, BENCH_LEAF "authorityKeyIdentifier=keyid");

    assert_int_equal(bench_ask(LIST(leaf), LIST(old, new)), 0);
    assert_int_equal(crypto_verify_count, 1);
}

/* After a roll-over, to a device that knows the retired root only: nobody has forged anything. */
static void a_root_of_the_same_name_with_another_key_identifier_is_no_anchor(void **state)
{
    const struct cert *old =
        bench_cert(*state, "Root", 0, NULL, CASE_CA "subjectKeyIdentifier=hash");
    const struct cert *new =
        bench_cert(*state, "Root", 1, NULL, CASE_CA "subjectKeyIdentifier=hash");
    const struct cert *leaf =
        bench_cert(*state, "leaf", 2, new, BENCH_LEAF "authorityKeyIdentifier=keyid");

    assert_int_equal(bench_ask(LIST(leaf), LIST(old)), IMP_ERR_CHAIN_NO_ANCHOR);
}

static void a_key_identifier_is_a_hint_and_never_proof(void **state)
{
    const struct cert *root =
        bench_cert(*state, "Root", 0, NULL, CASE_CA "subjectKeyIdentifier=hash");
    const struct cert *leaf =
        bench_cert(*state, "leaf", 2, root, BENCH_LEAF "2.5.29.35=DER:3006800401020304");
    const struct cert *impostor =
        bench_cert(*state, "Root", 1, NULL, CASE_CA "2.5.29.14=DER:040401020304");

    assert_int_equal(bench_ask(LIST(leaf), LIST(root)), 0);
    assert_int_equal(bench_ask(LIST(leaf), LIST(impostor, root)), 0);
    assert_int_equal(crypto_verify_count, 2);
    assert_int_equal(bench_ask(LIST(leaf), LIST(impostor)), IMP_ERR_CHAIN_SIGNATURE);
}

static void a_self_issued_roll_over_does_not_count_for_the_path_length(void **state)
{
    const struct cert *old =
        bench_cert(*state, "Root", 0, NULL, "basicConstraints=CA:TRUE,pathlen:0");
    const struct cert *new_with_old = bench_ca(*state, "Root", 1, old);
    const struct cert *leaf = bench_leaf(*state, new_with_old);

    assert_int_equal(bench_ask(LIST(leaf, new_with_old), LIST(old)), 0);
}

static void the_other_path_is_taken_when_one_has_expired(void **state)
{
    const struct cert *old = bench_ca(*state, "Old", 0, NULL);
    const struct cert *new = bench_ca(*state, "New", 1, NULL);
    const struct cert *by_old =
        bench_add(*state, &(struct cert_spec){ .name = "Issuing",
                                               .key_number = 2,
                                               .issuer = old,
                                               .extensions = CASE_CA,
                                               .not_after = "20250101000000Z" });
    const struct cert *by_new = bench_ca(*state, "Issuing", 2, new);
    const struct cert *leaf = bench_leaf(*state, by_new);

    assert_int_equal(bench_ask(LIST(leaf, by_old, by_new), LIST(old, new)), 0);
    assert_int_equal(bench_ask(LIST(leaf, by_new, by_old), LIST(old, new)), 0);
    assert_int_equal(bench_ask(LIST(leaf, by_old, by_new), LIST(new)), 0);
    assert_int_equal(bench_ask(LIST(leaf, by_old), LIST(old, new)), IMP_ERR_CHAIN_EXPIRED);
}

static void the_error_is_that_of_the_path_that_came_furthest(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *impostor = bench_ca(*state, "Issuing", 1, root);
    const struct cert *expired =
        bench_add(*state, &(struct cert_spec){ .name = "Issuing",
                                               .key_number = 2,
                                               .issuer = root,
                                               .extensions = CASE_CA,
                                               .not_after = "20250101000000Z" });
    const struct cert *unanchored =
        bench_ca(*state, "Issuing", 2, bench_ca(*state, "Elsewhere", 3, NULL));
    const struct cert *leaf = bench_leaf(*state, expired);

    assert_int_equal(bench_ask(LIST(leaf, impostor), LIST(root)), IMP_ERR_CHAIN_SIGNATURE);
    assert_int_equal(bench_ask(LIST(leaf, impostor, expired), LIST(root)), IMP_ERR_CHAIN_EXPIRED);
    assert_int_equal(bench_ask(LIST(leaf, expired, impostor), LIST(root)), IMP_ERR_CHAIN_EXPIRED);
    assert_int_equal(bench_ask(LIST(leaf, expired, unanchored), LIST(root)),
                     IMP_ERR_CHAIN_NO_ANCHOR);
}

/* --- Bounds ----------------------------------------------------------------------------------- */

static void a_path_has_six_certificates_at_most(void **state)
{
    const struct cert *a = bench_ca(*state, "A", 0, NULL);
    const struct cert *b = bench_ca(*state, "B", 1, a);
    const struct cert *c = bench_ca(*state, "C", 2, b);
    const struct cert *d = bench_ca(*state, "D", 3, c);
    const struct cert *e = bench_ca(*state, "E", 4, d);
    const struct cert *f = bench_ca(*state, "F", 5, e);

    assert_int_equal(CONFIG_CHAIN_CERTS_MAX, 6);
    assert_int_equal(bench_ask(LIST(bench_leaf(*state, e), e, d, c, b), LIST(a)), 0);
    assert_int_equal(bench_ask(LIST(bench_leaf(*state, f), f, e, d, c, b), LIST(a)),
                     IMP_ERR_CHAIN_TOO_LONG);
}

static void more_than_six_of_a_kind_are_not_looked_at(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *leaf = bench_leaf(*state, root);

    assert_int_equal(bench_ask(LIST(leaf, root, root, root, root, root), LIST(root)), 0);
    assert_int_equal(bench_ask(LIST(leaf, root, root, root, root, root, root), LIST(root)),
                     IMP_ERR_CHAIN_TOO_LONG);
    assert_int_equal(bench_ask_for(CHAIN_SERVER, LIST(leaf),
                                   LIST(root, root, root, root, root, root, root), LIST(root),
                                   NULL),
                     IMP_ERR_CHAIN_TOO_LONG);
    assert_int_equal(bench_ask(LIST(leaf), LIST(root, root, root, root, root, root, root)),
                     IMP_ERR_CHAIN_TOO_LONG);
}

static void two_cas_that_issued_each_other_lead_nowhere(void **state)
{
    const struct cert *a = bench_ca(*state, "A", 0, NULL);
    const struct cert *b = bench_ca(*state, "B", 1, a);
    const struct cert *a_by_b = bench_ca(*state, "A", 0, b);
    const struct cert *leaf = bench_leaf(*state, b);
    const struct cert *other = bench_ca(*state, "Other", 2, NULL);

    assert_int_equal(bench_ask(LIST(leaf, b, a_by_b, a), LIST(other)), IMP_ERR_CHAIN_NO_ANCHOR);
    assert_in_range(crypto_verify_count, 1, CONFIG_CHAIN_CERTS_MAX);
}

/* Every candidate may have issued every other: the search must end after six signatures. */
static void the_number_of_signature_checks_is_bounded(void **state)
{
    struct bench_list presented = NONE;
    struct bench_list issuers = NONE;
    const struct cert *same = bench_ca(*state, "Same", 0, NULL);
    const struct cert *other = bench_ca(*state, "Other", 1, NULL);

    presented.at[0] = bench_leaf(*state, same);
    for (size_t i = 0; i < 5; i++) {
        presented.at[1 + i] = bench_ca(*state, "Same", 0, same);
        issuers.at[i] = bench_ca(*state, "Same", 0, same);
    }
    assert_int_equal(bench_ask_for(CHAIN_SERVER, presented, issuers, LIST(other), NULL),
                     IMP_ERR_CHAIN_TOO_LONG);
    assert_int_equal(crypto_verify_count, CONFIG_CHAIN_CERTS_MAX);
}

static void an_unreadable_certificate_beside_the_path_does_not_matter(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *issuing = bench_ca(*state, "Issuing", 1, root);
    const struct cert *leaf = bench_leaf(*state, issuing);
    const struct cert *garbage = bench_cert(*state, "Issuing", 2, root, "2.5.29.19=DER:0500");

    assert_int_equal(bench_ask(LIST(leaf, garbage, issuing), LIST(root)), 0);
    assert_int_equal(bench_ask(LIST(leaf, garbage), LIST(root)), IMP_ERR_X509_MALFORMED);
}

static void a_question_without_its_parts_is_refused(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *leaf = bench_leaf(*state, root);
    const struct chain_question question = {
        .presented = &leaf->der, .presented_count = 1, .anchors = &root->der, .anchor_count = 1
    };

    assert_int_equal(bench_ask(NONE, LIST(root)), IMP_ERR_CHAIN_EMPTY);
    assert_int_equal(bench_ask(LIST(leaf), NONE), IMP_ERR_CHAIN_NO_ANCHOR);
    assert_int_equal(chain_verify(&question, NULL), IMP_ERR_BUG_ARGUMENT);
}

/* --- Anchors as leaves ------------------------------------------------------------------------ */

static void a_self_signed_leaf_is_no_anchor_of_itself(void **state)
{
    const struct cert *leaf = bench_cert(*state, "leaf", 0, NULL, BENCH_LEAF);
    const struct cert *silent = bench_cert(*state, "leaf", 0, NULL, CASE_SERVER CASE_HOST);
    const struct cert *ca = bench_cert(*state, "leaf", 0, NULL, CASE_CA CASE_SERVER CASE_HOST);
    const struct cert *old = bench_add(*state, &(struct cert_spec){ .name = "leaf", .version = 1 });

    assert_int_equal(bench_ask(LIST(leaf), LIST(leaf)), IMP_ERR_CHAIN_CA);
    assert_int_equal(bench_ask(LIST(silent), LIST(silent)), IMP_ERR_CHAIN_CA);
    assert_int_equal(bench_ask(LIST(ca), LIST(ca)), IMP_ERR_CHAIN_LEAF);
    assert_int_equal(bench_ask(LIST(old), LIST(old)), IMP_ERR_CHAIN_LEAF);
}

static void an_anchor_is_a_ca_without_a_path_if_its_rules_hold(void **state)
{
    const struct cert *root = bench_ca(*state, "Root", 0, NULL);
    const struct cert *issuing = bench_ca(*state, "Issuing", 1, root);
    const struct cert *expired = bench_add(
        *state, &(struct cert_spec){
                    .name = "Root", .extensions = CASE_CA, .not_after = "20250101000000Z" });
    const struct cert *no_ca = bench_cert(*state, "Root", 0, NULL, BENCH_LEAF);
    struct chain_answer answer;

    assert_int_equal(bench_ask_for(CHAIN_CA, LIST(issuing), NONE, LIST(root, issuing), &answer), 0);
    assert_int_equal(answer.path_count, 1);
    assert_int_equal(crypto_verify_count, 0);
    assert_int_equal(bench_ask_for(CHAIN_CA, LIST(issuing), NONE, LIST(root), &answer), 0);
    assert_int_equal(answer.path_count, 2);
    assert_int_equal(bench_ask_for(CHAIN_CA, LIST(expired), NONE, LIST(expired), NULL),
                     IMP_ERR_CHAIN_EXPIRED);
    assert_int_equal(bench_ask_for(CHAIN_CA, LIST(no_ca), NONE, LIST(no_ca), NULL),
                     IMP_ERR_CHAIN_CA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(intermediates_may_come_in_any_order_with_strangers_among_them),
        BENCH_TEST(issuers_that_we_hold_fill_the_gap_but_give_no_trust),
        BENCH_TEST(a_pinned_intermediate_is_an_anchor),
        BENCH_TEST(the_answer_describes_the_path),
        BENCH_TEST(a_ca_of_the_same_name_is_another_ca),
        BENCH_TEST(an_ecdsa_signature_under_an_rsa_anchor_is_someone_elses),
        BENCH_TEST(no_altered_leaf_is_accepted),
        BENCH_TEST(what_crypto_cannot_say_is_passed_on),
        BENCH_TEST(an_anchor_with_an_odd_rsa_key_is_refused),
        BENCH_TEST(key_identifiers_choose_among_anchors_of_one_name),
        BENCH_TEST(a_root_of_the_same_name_with_another_key_identifier_is_no_anchor),
        BENCH_TEST(a_key_identifier_is_a_hint_and_never_proof),
        BENCH_TEST(a_self_issued_roll_over_does_not_count_for_the_path_length),
        BENCH_TEST(the_other_path_is_taken_when_one_has_expired),
        BENCH_TEST(the_error_is_that_of_the_path_that_came_furthest),
        BENCH_TEST(a_path_has_six_certificates_at_most),
        BENCH_TEST(more_than_six_of_a_kind_are_not_looked_at),
        BENCH_TEST(two_cas_that_issued_each_other_lead_nowhere),
        BENCH_TEST(the_number_of_signature_checks_is_bounded),
        BENCH_TEST(an_unreadable_certificate_beside_the_path_does_not_matter),
        BENCH_TEST(a_question_without_its_parts_is_refused),
        BENCH_TEST(a_self_signed_leaf_is_no_anchor_of_itself),
        BENCH_TEST(an_anchor_is_a_ca_without_a_path_if_its_rules_hold),
    };

    return cmocka_run_group_tests_name("chain_path", tests, NULL, NULL);
}
