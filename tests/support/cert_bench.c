/* SPDX-License-Identifier: MIT
 * cert_bench.c -- a workbench of certificates for one test of the verdict: made, asked about,
 * freed at its end. */
#include "tests/support/cert_bench.h"

#include <stdlib.h>

#include "tests/support/crypto_openssl.h"

enum {
    CERTS_MAX = 16
};

struct bench {
    struct cert at[CERTS_MAX];
    size_t count;
};

int bench_begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    crypto_verify_count = 0;
    crypto_verify_fails_with = 0;
    *state = bench;
    return bench != NULL ? 0 : -1;
}

int bench_end(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < bench->count; i++) {
        certs_free(&bench->at[i]);
    }
    free(bench);
    crypto_verify_fails_with = 0;
    return 0;
}

const struct cert *bench_add(void *at, const struct cert_spec *spec)
{
    struct bench *bench = at;

    if (bench->count == CERTS_MAX) {
        abort();
    }
    bench->at[bench->count] = certs_make(spec);
    return &bench->at[bench->count++];
}

const struct cert *bench_cert(void *bench, const char *name, unsigned key,
                              const struct cert *issuer, const char *extensions)
{
    const struct cert_spec spec = {
        .name = name, .key_number = key, .issuer = issuer, .extensions = extensions
    };
    return bench_add(bench, &spec);
}

const struct cert *bench_ca(void *bench, const char *name, unsigned key, const struct cert *issuer)
{
    return bench_cert(bench, name, key, issuer, CASE_CA);
}

const struct cert *bench_leaf(void *bench, const struct cert *issuer)
{
    return bench_cert(bench, "leaf", 9, issuer, BENCH_LEAF);
}

static size_t ders_of(const struct bench_list *list, struct bytes out[8])
{
    size_t count = 0;

    for (; list->at[count] != NULL; count++) {
        out[count] = list->at[count]->der;
    }
    return count;
}

imp_err_t bench_ask_for(enum chain_purpose purpose, struct bench_list presented,
                        struct bench_list issuers, struct bench_list anchors,
                        struct chain_answer *answer)
{
    struct bytes ders[3][8];
    const struct chain_question question = {
        .presented = ders[0],
        .presented_count = ders_of(&presented, ders[0]),
        .issuers = ders[1],
        .issuer_count = ders_of(&issuers, ders[1]),
        .anchors = ders[2],
        .anchor_count = ders_of(&anchors, ders[2]),
        .host = "ca.example",
        .purpose = purpose,
        .time = { .floor = CASE_FLOOR },
    };

    crypto_verify_count = 0;
    return chain_verify(&question, answer);
}

imp_err_t bench_ask(struct bench_list presented, struct bench_list anchors)
{
    return bench_ask_for(CHAIN_SERVER, presented, NONE, anchors, NULL);
}
