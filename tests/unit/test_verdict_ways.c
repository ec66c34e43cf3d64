/* SPDX-License-Identifier: MIT
 * test_verdict_ways.c -- every case of the verdict through every way in says the same: the unit, a
 * real handshake in TLS 1.3 and 1.2, TRUST with the pinned CA presented, TRUST with it in /cacerts.
 * `--write FOLDER` writes the cases for imprint-inspect (tests/inspect/verdict.sh). */

/* needs: imprint_port wolfssl lwip ssl crypto tests/support/port_hal.c tests/support/tls_peer.c */
/* needs: tests/support/verdict_case.c tests/support/verdict_file.c tests/support/chain_table.c */
/* needs: tests/support/chain_case.c tests/support/certs.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "firmware/crypto/random.h"
#include "firmware/methods/est.h"
#include "firmware/proto/ascii.h"
#include "firmware/proto/url.h"
#include "port/arena.h"
#include "port/port.h"
#include "tests/support/port_hal.h"
#include "tests/support/tls_peer.h"
#include "tests/support/verdict_case.h"

static struct verdict_case *cases;
static size_t case_count;

/* What one way in did with the cases. */
struct tally {
    unsigned same;       /* The verdict's own word. */
    unsigned equivalent; /* Refused, too, by the name that `equivalents` says. */
    unsigned not_asked;  /* Can't be put this way; `why_not` says so. */
    unsigned wrong;
};

/* --- What a way in says instead --------------------------------------------------------------- */

enum way {
    UNIT = 1,
    TLS13 = 2,
    TLS12 = 4,
    PRESENTED = 8,
    CACERTS = 16,
    TRUST = PRESENTED | CACERTS,
    HANDSHAKES = TLS13 | TLS12 | TRUST
};

/* All are refused; two of them are chains that the unit accepts. */
static const struct {
    const char *claim;
    unsigned ways;
    imp_err_t err;
} equivalents[] = {
    /* The server, OpenSSL, has no signature to offer with such a key. */
    { "openssl: P-224 in the leaf is refused", HANDSHAKES, IMP_ERR_TLS_VERSION },
    { "cryptography: a leaf of P-224 is refused", HANDSHAKES, IMP_ERR_TLS_VERSION },
    { "openssl: a leaf whose keyUsage lacks digitalSignature is refused", TLS12,
      IMP_ERR_TLS_VERSION },
    { "cryptography: a leaf that may not sign is refused", TLS12, IMP_ERR_TLS_VERSION },
    { "openssl: a malformed leaf is refused", TLS12, IMP_ERR_TLS_VERSION },

    /* wolfSSL reads every certificate before it asks us. */
    { "openssl: an unreadable certificate beside the path does not matter", HANDSHAKES,
      IMP_ERR_X509_MALFORMED },

    /* The first connection is provisional: wolfSSL alone looks at the leaf's key. */
    { "openssl: RSA 2047 in the leaf is refused", CACERTS, IMP_ERR_TLS_PROTOCOL },

    /* TRUST asks for a CA before it asks for the verdict, also of versions 1 and 2. */
    { "openssl: a version 1 anchor is accepted", TRUST, IMP_ERR_TRUST_NOT_CA },
    { "openssl: a version 3 anchor without basicConstraints is refused", TRUST,
      IMP_ERR_TRUST_NOT_CA },
    { "openssl: an anchor that is no CA is refused", TRUST, IMP_ERR_TRUST_NOT_CA },
};

static imp_err_t expected(const struct verdict_case *one, enum way way)
{
    for (size_t i = 0; i < sizeof equivalents / sizeof equivalents[0]; i++) {
        if ((equivalents[i].ways & way) && strcmp(equivalents[i].claim, one->claim) == 0) {
            return equivalents[i].err;
        }
    }
    return one->err;
}

static void count(struct tally *tally, const struct verdict_case *one, enum way way, int32_t got)
{
    const imp_err_t wanted = expected(one, way);

    if (got != wanted) {
        print_message("WRONG %s: %s, not %s\n", one->claim, imprint_err_name(got),
                      imprint_err_name(wanted));
        tally->wrong++;
    } else if (got == one->err) {
        tally->same++;
    } else {
        tally->equivalent++;
    }
}

static void report(const char *way, const struct tally *tally)
{
    print_message("%s: %zu cases, %u same, %u equivalent, %u can not be put this way, %u wrong\n",
                  way, case_count, tally->same, tally->equivalent, tally->not_asked, tally->wrong);
    assert_int_equal(tally->wrong, 0);
    assert_int_equal(tally->same + tally->equivalent + tally->not_asked, case_count);
}

/* --- The unit --------------------------------------------------------------------------------- */

static imp_err_t ask(const struct verdict_case *one, const struct bytes *presented, size_t number)
{
    const struct chain_question question = {
        .presented = presented,
        .presented_count = number,
        .anchors = &one->anchor,
        .anchor_count = 1,
        .host = one->host,
        .purpose = CHAIN_SERVER,
        .time = one->time,
    };
    return chain_verify(&question, NULL);
}

static void the_unit_says_what_the_table_says(void **state)
{
    struct tally tally = { 0 };

    (void)state;
    for (size_t i = 0; i < case_count; i++) {
        count(&tally, &cases[i], UNIT,
              ask(&cases[i], cases[i].presented, cases[i].presented_count));
    }
    report("unit", &tally);
}

/* --- The handshake ---------------------------------------------------------------------------- */

static unsigned asked; /* How often the verdict was. */

/* The very bytes of the case have come over. */
static imp_err_t verdict(void *context, const struct bytes *certs, size_t number)
{
    const struct verdict_case *one = context;

    asked++;
    assert_int_equal(number, one->presented_count);
    for (size_t i = 0; i < number; i++) {
        assert_true(bytes_equal(certs[i], one->presented[i]));
    }
    return ask(one, certs, number);
}

static int32_t handshake(const struct verdict_case *one)
{
    const struct tls_params params = { .host = one->host,
                                       .port = 443,
                                       .verdict = verdict,
                                       .verdict_context = (void *)(uintptr_t)one };
    struct tls_stream *stream = NULL;
    int32_t result = tls_open(&stream, &params);

    for (int turns = 0; result == 0 && turns < 2000; turns++) {
        result = tls_connect(stream);
        peer_turn();
    }
    tls_close(stream);
    return result == 1 ? 0 : result == 0 ? IMP_ERR_TLS_TIMEOUT : result;
}

static void handshake_says_the_same(int version, enum way way, const char *name)
{
    const uint32_t used = port_arena_use().used_bytes;
    struct tally tally = { 0 };

    for (size_t i = 0; i < case_count; i++) {
        const struct verdict_case *one = &cases[i];

        asked = 0;
        if (peer_start_chain(one->key, one->presented, one->presented_count,
                             &(struct peer_options){ .version = version })) {
            count(&tally, one, way, handshake(one));
        } else {
            tally.not_asked++;
        }
        peer_stop();
        assert_int_equal(port_arena_use().used_bytes, used);
    }
    report(name, &tally);
}

static void a_handshake_of_tls13_says_the_same(void **state)
{
    (void)state;
    handshake_says_the_same(TLS1_3_VERSION, TLS13, "handshake, TLS 1.3");
}

static void a_handshake_of_tls12_says_the_same(void **state)
{
    (void)state;
    handshake_says_the_same(TLS1_2_VERSION, TLS12, "handshake, TLS 1.2");
}

/* --- TRUST ------------------------------------------------------------------------------------ */

static struct enrollment e;
static struct url server;
static uint8_t pin[ENROLLMENT_PIN_BYTES];
static uint8_t work[CONFIG_WORK_BYTES];
static struct trace trace;
static char answer[8192]; /* To /cacerts. */

static void begin_enrollment(const struct verdict_case *one)
{
    e = (struct enrollment){
        .server = &server,
        .pin = pin,
        .time = one->time,
        .work = work,
        .work_bytes = sizeof work,
        .trace = &trace,
    };
    assert_int_equal(EVP_Digest(one->anchor.data, one->anchor.len, pin, NULL, EVP_sha256(), NULL),
                     1);
}

/* A request came: /cacerts is answered, nothing else is asked. */
static void serve(void)
{
    char request[1024];

    if (peer.ssl == NULL) {
        return;
    }
    peer_turn();
    if (SSL_is_init_finished(peer.ssl)) {
        const int got = SSL_read(peer.ssl, request, sizeof request - 1);
        if (got > 0) {
            request[got] = '\0';
            assert_non_null(strstr(request, "/cacerts HTTP/1.1\r\n"));
            peer_send(answer, strlen(answer));
        }
    }
}

static int32_t run_phase(int32_t (*phase)(struct enrollment *e))
{
    int32_t result = 0;

    e.step = 0;
    for (int turns = 0; result == 0 && turns < 2000; turns++) {
        result = phase(&e);
        serve();
        e.now_ms++;
    }
    return result == 0 ? IMP_ERR_TLS_TIMEOUT : result;
}

/* A host that no server URL can name can't be asked for: it is refused when it is typed. */
static bool can_be_typed(const struct verdict_case *one)
{
    char text[80];

    snprintf(text, sizeof text, "https://%s", one->host);
    return url_parse(bytes_of_text(text), &server) == 0 && server.port == 443 &&
           ascii_equal(bytes_of_text(server.host), bytes_of_text(one->host));
}

/* The anchor goes last; where six are presented there is no room for it. */
static void trust_finds_it_in_the_presented_chain_and_says_the_same(void **state)
{
    struct tally tally = { 0 };

    (void)state;
    snprintf(answer, sizeof answer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    for (size_t i = 0; i < case_count; i++) {
        const struct verdict_case *one = &cases[i];
        struct bytes presented[VERDICT_CERTS_MAX + 1];
        const size_t number = one->presented_count;

        memcpy(presented, one->presented, sizeof one->presented);
        presented[number] = one->anchor;
        if (number == CONFIG_CHAIN_CERTS_MAX || !can_be_typed(one) ||
            !peer_start_chain(one->key, presented, number + 1,
                              &(struct peer_options){ .version = TLS1_3_VERSION })) {
            tally.not_asked++;
        } else {
            begin_enrollment(one);
            const int32_t result = run_phase(est_method.trust);
            count(&tally, one, PRESENTED, result == 1 ? 0 : result);
            est_method.stop(&e);
        }
        peer_stop();
    }
    report("TRUST, presented chain", &tally);
}

static void write_cacerts(const struct verdict_case *one)
{
    uint8_t der[4096];
    char base64[6144];
    const size_t bytes = certs_pkcs7(&one->anchor, 1, der, sizeof der);

    assert_true(bytes < sizeof base64 / 4 * 3 - 4);
    EVP_EncodeBlock((unsigned char *)base64, der, (int)bytes);
    snprintf(answer, sizeof answer,
             "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(base64), base64);
}

/* The verdict then falls on the next connection, over what TRUST has found. */
static int32_t trust_and_connect(const struct verdict_case *one)
{
    begin_enrollment(one);
    int32_t result = run_phase(est_method.trust);

    est_method.stop(&e);
    if (result == 1) {
        assert_int_equal(e.found.count, 1);
        assert_true(bytes_equal(e.found.at[0], one->anchor));
        SSL_free(peer.ssl);
        peer.ssl = NULL;
        peer.to_device_bytes = 0;
        e.anchors = e.found;
        e.work = (uint8_t *)(uintptr_t)e.found.at[0].data + e.found.at[0].len;
        result = run_phase(est_method.connect);
        est_method.stop(&e);
    }
    return result == 1 ? 0 : result;
}

static void trust_finds_it_in_cacerts_and_says_the_same(void **state)
{
    struct tally tally = { 0 };

    (void)state;
    for (size_t i = 0; i < case_count; i++) {
        const struct verdict_case *one = &cases[i];

        if (!can_be_typed(one) ||
            !peer_start_chain(one->key, one->presented, one->presented_count,
                              &(struct peer_options){ .version = TLS1_3_VERSION })) {
            tally.not_asked++;
        } else {
            write_cacerts(one);
            count(&tally, one, CACERTS, trust_and_connect(one));
        }
        peer_stop();
    }
    report("TRUST, /cacerts", &tally);
}

/* --- For imprint-inspect ---------------------------------------------------------------------- */

static void write_certs(const char *folder, size_t number, const char *what,
                        const struct bytes *certs, size_t certs_count)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%zu-%s.pem", folder, number, what);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    for (size_t i = 0; i < certs_count; i++) {
        const uint8_t *at = certs[i].data;
        X509 *x509 = d2i_X509(NULL, &at, (long)certs[i].len);
        PEM_write_X509(file, x509);
        X509_free(x509);
    }
    fclose(file);
}

/* One case: its files, and a line `number error host now claim` (now: a clock's time, or -). */
static void write_case(const char *folder, size_t number)
{
    const struct verdict_case *one = &cases[number];
    char now[24] = "-";

    if (one->time.has_now) {
        snprintf(now, sizeof now, "%lld", (long long)one->time.now);
    }
    write_certs(folder, number, "presented", one->presented, one->presented_count);
    write_certs(folder, number, "anchor", &one->anchor, 1);
    printf("%zu\t%s\t%s\t%lld\t%s\t%s\n", number, imprint_err_name(one->err), one->host,
           (long long)one->time.floor, now, one->claim);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unit_says_what_the_table_says),
        cmocka_unit_test(a_handshake_of_tls13_says_the_same),
        cmocka_unit_test(a_handshake_of_tls12_says_the_same),
        cmocka_unit_test(trust_finds_it_in_the_presented_chain_and_says_the_same),
        cmocka_unit_test(trust_finds_it_in_cacerts_and_says_the_same),
    };
    int failed = 0;

    port_hal_reset();
    if (port_init() != 0 || random_start() != 0) {
        return 1;
    }
    cases = verdict_cases_make(&case_count);
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        for (size_t i = 0; i < case_count; i++) {
            write_case(argv[2], i);
        }
    } else {
        failed = cmocka_run_group_tests_name("verdict_ways", tests, NULL, NULL);
    }
    verdict_cases_free(cases, case_count);
    return failed;
}
