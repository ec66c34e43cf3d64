/* SPDX-License-Identifier: MIT
 * test_port_tls.c -- the port's TLS client against an OpenSSL server: both versions, the verdict,
 * the client's identity.
 *
 * needs: imprint_port wolfssl lwip ssl crypto tests/support/port_hal.c tests/support/tls_peer.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/crypto/random.h"
#include "firmware/tls/tls.h"
#include "port/arena.h"
#include "port/port.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_peer.h"

static struct peer_cert ca;
static struct peer_cert big_ca; /* RSA, so that its chains are long. */
static const struct peer_cert *issuer = &ca;
static struct peer_cert p256;
static struct peer_cert rsa;
static struct peer_cert p384;

/* What the verdict saw, and what it says. */
static struct {
    imp_err_t answer;
    unsigned calls;
    size_t count;
    bool first_is_leaf;
    const struct peer_cert *leaf;
} seen;

static imp_err_t verdict(void *context, const struct bytes *certs, size_t count)
{
    uint8_t *der = NULL;
    const int bytes = i2d_X509(seen.leaf->cert, &der);

    assert_ptr_equal(context, &seen);
    seen.calls++;
    seen.count = count;
    seen.first_is_leaf = count > 0 && bytes_equal(certs[0], bytes_of(der, (size_t)bytes));
    OPENSSL_free(der);
    return seen.answer;
}

static struct tls_stream *open_to(const struct peer_cert *leaf, const struct peer_options *options)
{
    static struct tls_params params;
    struct tls_stream *stream = NULL;

    seen.leaf = leaf;
    seen.calls = 0;
    params = (struct tls_params){
        .host = "server.test", .port = 443, .verdict = verdict, .verdict_context = &seen
    };
    peer_start(leaf, issuer, options);
    assert_int_equal(tls_open(&stream, &params), 0);
    return stream;
}

/* Turn both sides until something happens; the first result that is not "again". */
static int32_t shake(struct tls_stream *stream)
{
    for (int i = 0; i < 2000; i++) {
        const int32_t result = tls_connect(stream);

        if (result != 0) {
            return result;
        }
        peer_turn();
    }
    fail_msg("no end");
    return 0;
}

/* Everything is given back but the DRBG, and nothing ever ran out. */
static void close_clean(struct tls_stream *stream, uint32_t used_before)
{
    tls_close(stream);
    peer_stop();
    assert_int_equal(port_arena_use().used_bytes, used_before);
}

static void exchange(struct tls_stream *stream)
{
    char text[64] = "";
    uint8_t answer[64] = { 0 };
    int32_t got = 0;

    assert_int_equal(tls_write(stream, (const uint8_t *)"question", 8), 8);
    assert_int_equal(SSL_read(peer.ssl, text, sizeof text), 8);
    assert_string_equal(text, "question");
    peer_send("answer", 6);
    for (int i = 0; i < 20 && got == 0; i++) {
        got = tls_read(stream, answer, sizeof answer);
    }
    assert_int_equal(got, 6);
    assert_memory_equal(answer, "answer", 6);
    assert_int_equal(tls_read(stream, answer, sizeof answer), 0);
}

static void connect_and_talk(const struct peer_cert *leaf, const struct peer_options *options)
{
    const uint32_t used = port_arena_use().used_bytes;
    struct tls_stream *stream = open_to(leaf, options);

    seen.answer = 0;
    assert_int_equal(shake(stream), 1);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.count, 2 + options->padding_certs);
    assert_true(seen.first_is_leaf);
    exchange(stream);
    close_clean(stream, used);
    assert_int_equal(peer.alert, -1);
}

static void tls13_connects_and_talks(void **state)
{
    (void)state;
    connect_and_talk(&p256, &(struct peer_options){ .version = TLS1_3_VERSION });
    connect_and_talk(&rsa, &(struct peer_options){ .version = TLS1_3_VERSION });
    connect_and_talk(&p384, &(struct peer_options){ .version = TLS1_3_VERSION });
}

static void tls12_connects_and_talks(void **state)
{
    (void)state;
    connect_and_talk(&p256, &(struct peer_options){ .version = TLS1_2_VERSION });
    connect_and_talk(&rsa, &(struct peer_options){ .version = TLS1_2_VERSION });
}

static void a_hello_retry_request_is_followed(void **state)
{
    (void)state;
    connect_and_talk(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .groups = "P-384" });
}

static void the_best_version_is_chosen(void **state)
{
    (void)state;
    struct tls_stream *stream = open_to(&p256, &(struct peer_options){ 0 });

    seen.answer = 0;
    assert_int_equal(shake(stream), 1);
    assert_int_equal(SSL_version(peer.ssl), TLS1_3_VERSION);
    tls_close(stream);
    peer_stop();
}

/* --- Refusals --------------------------------------------------------------------------------- */

/* The handshake must end with `expected`, and leave nothing in the arena. */
static void refused(const struct peer_cert *leaf, const struct peer_options *options,
                    imp_err_t expected)
{
    const uint32_t used = port_arena_use().used_bytes;
    struct tls_stream *stream = open_to(leaf, options);

    assert_int_equal(shake(stream), expected);
    assert_int_equal(tls_connect(stream), expected);
    close_clean(stream, used);
}

static void the_verdicts_refusal_is_what_comes_back(void **state)
{
    static const struct {
        imp_err_t err;
        int alert;
    } refusals[] = {
        { IMP_ERR_CHAIN_NO_ANCHOR, 48 }, { IMP_ERR_CHAIN_EXPIRED, 45 }, { IMP_ERR_CHAIN_NAME, 42 },
        { IMP_ERR_X509_CRITICAL, 42 },   { IMP_ERR_CRYPTO_MEMORY, 42 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        seen.answer = refusals[i].err;
        refused(&p256, &(struct peer_options){ .version = TLS1_3_VERSION }, refusals[i].err);
        assert_int_equal(seen.calls, 1);
        assert_int_equal(peer.alert, refusals[i].alert);
        refused(&rsa, &(struct peer_options){ .version = TLS1_2_VERSION }, refusals[i].err);
        assert_int_equal(seen.calls, 1);
        assert_int_equal(peer.alert, refusals[i].alert);
    }
}

/* The server has the certificate and not its key: what the verdict said does not matter. */
static void a_wrong_signature_fails_after_an_accepting_verdict(void **state)
{
    (void)state;
    seen.answer = 0;
    refused(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .wrong_private_key = true },
            IMP_ERR_TLS_SIGNATURE);
    assert_int_equal(seen.calls, 1);
    refused(&p256, &(struct peer_options){ .version = TLS1_2_VERSION, .wrong_private_key = true },
            IMP_ERR_TLS_SIGNATURE);
    assert_int_equal(seen.calls, 1);
}

/* ServerKeyExchange (12) is the one handshake message whose last bytes are a signature in the
 * clear. */
static void spoil_key_exchange(uint8_t *record, size_t bytes)
{
    if (record[0] == 22 && record[5] == 12) {
        record[bytes - 1] ^= 1;
    }
}

static void a_spoilt_rsa_key_exchange_fails(void **state)
{
    (void)state;
    seen.answer = 0;
    struct tls_stream *stream = open_to(&rsa, &(struct peer_options){ .version = TLS1_2_VERSION });

    peer.alter = spoil_key_exchange;
    assert_int_equal(shake(stream), IMP_ERR_TLS_SIGNATURE);
    tls_close(stream);
    peer_stop();
}

static size_t spoilt_record;

static void spoil_one_record(uint8_t *record, size_t bytes)
{
    if (peer.record_count == spoilt_record) {
        record[bytes - 1] ^= 1;
    }
}

/* Whatever is altered on the way ends the handshake, and never before the bytes that were
 * altered. */
static void a_byte_altered_on_the_way_ends_the_handshake(void **state)
{
    (void)state;
    seen.answer = 0;
    for (spoilt_record = 1; spoilt_record <= 6; spoilt_record++) {
        struct tls_stream *stream =
            open_to(&p256, &(struct peer_options){ .version = TLS1_3_VERSION });

        peer.alter = spoil_one_record;
        assert_true(shake(stream) < 0);
        tls_close(stream);
        peer_stop();
    }
}

static void tls12_without_extended_master_secret_is_refused(void **state)
{
    (void)state;
    seen.answer = 0;
    refused(&p256,
            &(struct peer_options){ .version = TLS1_2_VERSION,
                                    .ssl_options = SSL_OP_NO_EXTENDED_MASTER_SECRET },
            IMP_ERR_TLS_NO_EMS);
    assert_int_equal(seen.calls, 0);
}

static void old_versions_and_weak_suites_are_refused(void **state)
{
    (void)state;
    seen.answer = 0;
    refused(&rsa, &(struct peer_options){ .version = TLS1_1_VERSION }, IMP_ERR_TLS_VERSION);
    refused(&rsa,
            &(struct peer_options){ .version = TLS1_2_VERSION, .suites12 = "AES128-GCM-SHA256" },
            IMP_ERR_TLS_VERSION);
    refused(
        &rsa,
        &(struct peer_options){ .version = TLS1_2_VERSION, .suites12 = "ECDHE-RSA-AES128-SHA256" },
        IMP_ERR_TLS_VERSION);
    refused(&rsa,
            &(struct peer_options){ .version = TLS1_2_VERSION,
                                    .suites12 = "DHE-RSA-AES128-GCM-SHA256" },
            IMP_ERR_TLS_VERSION);
    assert_int_equal(seen.calls, 0);
}

/* --- Bytes ------------------------------------------------------------------------------------ */

static void bytes_may_come_one_by_one(void **state)
{
    (void)state;
    seen.answer = 0;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct tls_stream *stream = open_to(&p256, &(struct peer_options){ .version = version });
        int calls = 0;
        int32_t result = 0;

        peer.read_limit = 1;
        while (result == 0) {
            result = tls_connect(stream);
            calls++;
        }
        assert_int_equal(result, 1);
        assert_true(calls >= (int)peer.record_count / 2);
        peer.read_limit = 0;
        exchange(stream);
        tls_close(stream);
        peer_stop();
    }
}

static void one_call_works_on_one_record(void **state)
{
    size_t had;

    (void)state;
    seen.answer = 0;
    struct tls_stream *stream = open_to(&p256, &(struct peer_options){ .version = TLS1_3_VERSION });

    assert_int_equal(tls_connect(stream), 0);
    assert_true(peer.to_device_bytes > 500);
    for (had = peer.to_device_bytes; had > 0; had = peer.to_device_bytes) {
        const size_t record = 5 + (size_t)(peer.to_device[3] << 8 | peer.to_device[4]);

        const int32_t result = tls_connect(stream);

        if (result == 1) {
            break;
        }
        assert_int_equal(result, 0);
        assert_int_equal(had - peer.to_device_bytes, record);
    }
    tls_close(stream);
    peer_stop();
}

static void ends_are_told_apart(void **state)
{
    uint8_t in[16];
    struct tls_stream *stream = open_to(&p256, &(struct peer_options){ .version = TLS1_3_VERSION });

    (void)state;
    seen.answer = 0;
    assert_int_equal(shake(stream), 1);
    peer.cut_after_answer = true;
    int32_t got = 0;

    while (got == 0) {
        got = tls_read(stream, in, sizeof in);
    }
    assert_int_equal(got, IMP_ERR_NET_CLOSED);
    tls_close(stream);
    peer_stop();

    stream = open_to(&p256, &(struct peer_options){ .version = TLS1_2_VERSION });
    assert_int_equal(shake(stream), 1);
    SSL_shutdown(peer.ssl);
    peer_turn();
    for (got = 0; got == 0;) {
        got = tls_read(stream, in, sizeof in);
    }
    assert_int_equal(got, IMP_ERR_NET_CLOSED);
    tls_close(stream);
    peer_stop();
}

static void a_cut_in_the_handshake_is_the_networks(void **state)
{
    (void)state;
    seen.answer = 0;
    struct tls_stream *stream = open_to(&p256, &(struct peer_options){ 0 });

    assert_int_equal(tls_connect(stream), 0);
    peer.to_device_bytes /= 2;
    peer.cut_after_answer = true;
    assert_int_equal(shake(stream), IMP_ERR_NET_CLOSED);
    tls_close(stream);
    peer_stop();
}

static void what_is_not_tls_is_refused(void **state)
{
    static const char *const answers[] = { "HTTP/1.1 400 Bad Request\r\n\r\n",
                                           "\x16\x03\x03\x40\x01", "\xff\xff\xff\xff\xff" };
    static const imp_err_t expected[] = { IMP_ERR_TLS_RECORD, IMP_ERR_TLS_RECORD,
                                          IMP_ERR_TLS_RECORD };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct tls_stream *stream = open_to(&p256, &(struct peer_options){ 0 });

        assert_int_equal(tls_connect(stream), 0);
        peer.to_device_bytes = strlen(answers[i]);
        memcpy(peer.to_device, answers[i], peer.to_device_bytes);
        assert_int_equal(shake(stream), expected[i]);
        tls_close(stream);
        peer_stop();
    }
}

/* Six certificates are taken; more, or more bytes than we hold, are refused by name before the
 * verdict is asked. */
static void chains_that_are_too_long_are_refused(void **state)
{
    (void)state;
    connect_and_talk(&p256,
                     &(struct peer_options){ .version = TLS1_3_VERSION, .padding_certs = 4 });
    connect_and_talk(&rsa, &(struct peer_options){ .version = TLS1_2_VERSION, .padding_certs = 4 });
    seen.answer = 0;
    refused(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .padding_certs = 5 },
            IMP_ERR_CHAIN_TOO_LONG);
    refused(&p256, &(struct peer_options){ .version = TLS1_2_VERSION, .padding_certs = 5 },
            IMP_ERR_CHAIN_TOO_LONG);
    refused(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .padding_certs = 40 },
            IMP_ERR_TLS_RECORD);
    refused(&p256, &(struct peer_options){ .version = TLS1_2_VERSION, .padding_certs = 40 },
            IMP_ERR_TLS_RECORD);
    assert_int_equal(seen.calls, 0);
}

/* A Certificate message of 5 KB goes through records of 4 KB, as max_fragment_length asks. */
static void a_message_longer_than_a_record_is_put_together(void **state)
{
    (void)state;
    issuer = &big_ca;
    connect_and_talk(&p256,
                     &(struct peer_options){ .version = TLS1_3_VERSION, .padding_certs = 4 });
    connect_and_talk(&p256,
                     &(struct peer_options){ .version = TLS1_2_VERSION, .padding_certs = 4 });
    assert_true(i2d_X509(big_ca.cert, NULL) * 5 > 5000);
    issuer = &ca;
}

/* --- Our own identity ------------------------------------------------------------------------- */

static void identify(struct tls_params *params, uint8_t *chain, size_t cap)
{
    uint8_t point[KEY_POINT_BYTES];
    uint8_t *out = chain;

    if (!key_is_present(KEY_SLOT_CURRENT)) {
        assert_int_equal(key_generate(KEY_SLOT_CURRENT), 0);
    }
    assert_int_equal(key_public(KEY_SLOT_CURRENT, point), 0);
    X509 *cert = peer_certify_point(point, &ca);

    assert_true((size_t)i2d_X509(cert, NULL) <= cap);
    params->chain = bytes_of(chain, (size_t)i2d_X509(cert, &out));
    params->identify = true;
    params->slot = KEY_SLOT_CURRENT;
    X509_free(cert);
}

static void mutual_with(const struct peer_cert *leaf, const struct peer_options *options)
{
    const struct port_p256_count before = port_p256_counted();
    const uint32_t used = port_arena_use().used_bytes;
    static uint8_t chain[1024];
    struct tls_params params = {
        .host = "server.test",
        .port = 443,
        .verdict = verdict,
        .verdict_context = &seen,
    };
    struct tls_stream *stream = NULL;

    identify(&params, chain, sizeof chain);
    seen.answer = 0;
    seen.calls = 0;
    seen.leaf = leaf;
    peer_start(leaf, &ca, options);
    assert_int_equal(tls_open(&stream, &params), 0);
    memset(chain, 0, sizeof chain);
    assert_int_equal(shake(stream), 1);
    exchange(stream);
    assert_int_equal(SSL_get_verify_result(peer.ssl), X509_V_OK);
    assert_non_null(SSL_get0_peer_certificate(peer.ssl));
    assert_int_equal(port_p256_counted().sign, before.sign + 1 + (before.sign == 0));
    assert_int_equal(port_p256_counted().ecdh, before.ecdh + 1);
    close_clean(stream, used);
}

static void the_device_proves_itself_with_its_slot(void **state)
{
    (void)state;
    mutual_with(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .client_ca = &ca });
    mutual_with(&p256, &(struct peer_options){ .version = TLS1_2_VERSION, .client_ca = &ca });
    mutual_with(&rsa, &(struct peer_options){ .version = TLS1_2_VERSION, .client_ca = &ca });
}

static void a_server_that_wants_a_certificate_sends_its_alert(void **state)
{
    (void)state;
    seen.answer = 0;
    const uint32_t used = port_arena_use().used_bytes;
    struct tls_stream *stream =
        open_to(&p256, &(struct peer_options){ .version = TLS1_2_VERSION, .client_ca = &ca });

    assert_int_equal(shake(stream), IMP_ERR_TLS_ALERT);
    assert_int_equal(tls_foreign_code(stream), 40);
    close_clean(stream, used);

    /* In TLS 1.3 the client is done before the server has judged: the alert comes with the first
     * read. */
    uint8_t in[8];
    int32_t got = 0;

    stream = open_to(&p256, &(struct peer_options){ .version = TLS1_3_VERSION, .client_ca = &ca });
    assert_int_equal(shake(stream), 1);
    while (got == 0) {
        got = tls_read(stream, in, sizeof in);
    }
    assert_int_equal(got, IMP_ERR_TLS_ALERT);
    assert_int_equal(tls_foreign_code(stream), 116);
    close_clean(stream, used);
}

static void an_empty_slot_can_not_identify(void **state)
{
    const uint8_t chain[4] = { 0 };
    const struct tls_params params = {
        .host = "server.test",
        .port = 443,
        .verdict = verdict,
        .verdict_context = &seen,
        .identify = true,
        .slot = KEY_SLOT_STAGED,
        .chain = bytes_of(chain, sizeof chain),
    };
    struct tls_stream *stream = NULL;

    (void)state;
    const uint32_t used = port_arena_use().used_bytes;

    key_erase(KEY_SLOT_STAGED);
    assert_int_equal(tls_open(&stream, &params), IMP_ERR_KEY_SLOT);
    assert_null(stream);
    assert_int_equal(port_arena_use().used_bytes, used);
}

/* --- Memory ----------------------------------------------------------------------------------- */

/* Leave so little of the arena that the handshake fails somewhere; each time everything must come
 * back, and nothing but memory may be blamed. */
static void a_full_arena_fails_by_name_and_gives_back(void **state)
{
    unsigned failed = 0;
    unsigned passed = 0;

    (void)state;
    seen.answer = 0;
    seen.leaf = &p256;
    for (size_t left = 500; left < 28000; left += 250) {
        struct tls_params params = {
            .host = "server.test", .port = 443, .verdict = verdict, .verdict_context = &seen
        };
        struct tls_stream *stream = NULL;
        const uint32_t used = port_arena_use().used_bytes;
        void *ballast = port_arena_alloc(port_arena_use().largest_free_bytes - left);

        assert_non_null(ballast);
        peer_start(&p256, &ca, &(struct peer_options){ .version = TLS1_3_VERSION });
        imp_err_t err = tls_open(&stream, &params);

        if (!err) {
            err = shake(stream);
        }
        assert_true(err == 1 || err == IMP_ERR_TLS_MEMORY);
        failed += err != 1;
        passed += err == 1;
        tls_close(stream);
        peer_stop();
        port_arena_free(ballast);
        assert_int_equal(port_arena_use().used_bytes, used);
    }
    assert_true(failed > 5 && passed > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls13_connects_and_talks),
        cmocka_unit_test(tls12_connects_and_talks),
        cmocka_unit_test(a_hello_retry_request_is_followed),
        cmocka_unit_test(the_best_version_is_chosen),
        cmocka_unit_test(the_verdicts_refusal_is_what_comes_back),
        cmocka_unit_test(a_wrong_signature_fails_after_an_accepting_verdict),
        cmocka_unit_test(a_spoilt_rsa_key_exchange_fails),
        cmocka_unit_test(a_byte_altered_on_the_way_ends_the_handshake),
        cmocka_unit_test(tls12_without_extended_master_secret_is_refused),
        cmocka_unit_test(old_versions_and_weak_suites_are_refused),
        cmocka_unit_test(bytes_may_come_one_by_one),
        cmocka_unit_test(one_call_works_on_one_record),
        cmocka_unit_test(ends_are_told_apart),
        cmocka_unit_test(a_cut_in_the_handshake_is_the_networks),
        cmocka_unit_test(what_is_not_tls_is_refused),
        cmocka_unit_test(chains_that_are_too_long_are_refused),
        cmocka_unit_test(a_message_longer_than_a_record_is_put_together),
        cmocka_unit_test(the_device_proves_itself_with_its_slot),
        cmocka_unit_test(a_server_that_wants_a_certificate_sends_its_alert),
        cmocka_unit_test(an_empty_slot_can_not_identify),
        cmocka_unit_test(a_full_arena_fails_by_name_and_gives_back),
    };

    port_hal_reset();
    ca = peer_make_ca(PEER_P256);
    big_ca = peer_make_ca(PEER_RSA2048);
    p256 = peer_make_leaf(PEER_P256, &ca);
    rsa = peer_make_leaf(PEER_RSA2048, &ca);
    p384 = peer_make_leaf(PEER_P384, &ca);
    if (port_init() != 0 || random_start() != 0) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    peer_free_cert(&p256);
    peer_free_cert(&rsa);
    peer_free_cert(&p384);
    peer_free_cert(&big_ca);
    peer_free_cert(&ca);
    return failed;
}
