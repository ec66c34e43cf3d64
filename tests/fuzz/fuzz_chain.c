/* SPDX-License-Identifier: MIT
 * fuzz_chain.c -- the verdict over any certificates, with signatures that are good when the input says so.
 *
 * Input: which signatures are good, a bit each, in turn (1) | question (1): bits 0 and 1 the purpose, 2 a clock was set,
 * 3 it is late, 4 to 6 the host | presented and issuers (1), a hexadecimal digit each | anchors (1) | for each
 * certificate its length (2) and its DER. */
#include "firmware/trust/chain.h"
#include "tests/fuzz/doubles.h"
#include "tests/fuzz/fuzz.h"

enum {
    LIST_MAX = 8, /* More than a verdict takes. */
    FLOOR = 1767225600,
    QUESTION_HAS_NOW = 1 << 2,
    QUESTION_IS_LATE = 1 << 3
};

static const char *const hosts[] = { "ca.example", "a.ca.example", "192.0.2.1",  "*.example",
                                     "",           "example",      "CA.EXAMPLE", "999.0.2.1" };

static size_t take_certs(struct bytes *rest, size_t count, struct bytes certs[LIST_MAX])
{
    const size_t most = count < LIST_MAX ? count : LIST_MAX;
    size_t taken = 0;

    for (; taken < most && rest->len > 0; taken++) {
        const size_t bytes = fuzz_take_number(rest, 2);
        certs[taken] = fuzz_copy(fuzz_take(rest, bytes));
    }
    return taken;
}

static void free_certs(struct bytes certs[LIST_MAX], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((void *)certs[i].data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct bytes rest = bytes_of(input, size);
    struct bytes lists[3][LIST_MAX];
    struct chain_answer answer = { 0 };

    doubles_reset((uint8_t)fuzz_take_number(&rest, 1));
    const uint32_t asked = fuzz_take_number(&rest, 1);
    const uint32_t counts = fuzz_take_number(&rest, 1);
    const uint32_t anchors = fuzz_take_number(&rest, 1);
    const struct chain_question question = {
        .presented_count = take_certs(&rest, counts & 15, lists[0]),
        .issuer_count = take_certs(&rest, counts >> 4, lists[1]),
        .anchor_count = take_certs(&rest, anchors & 15, lists[2]),
        .presented = lists[0],
        .issuers = lists[1],
        .anchors = lists[2],
        .host = hosts[asked >> 4 & 7],
        .purpose = (enum chain_purpose)((asked & 3) % 3),
        .time = { .floor = FLOOR,
                  .has_now = (asked & QUESTION_HAS_NOW) != 0,
                  .now = (asked & QUESTION_IS_LATE) != 0 ? (int64_t)9 * FLOOR : FLOOR },
    };
    const imp_err_t err = chain_verify(&question, &answer);
    FUZZ_MUST(err <= 0 && doubles_verify_count() <= CONFIG_CHAIN_CERTS_MAX);
    if (err == 0) {
        FUZZ_MUST(answer.path_count >= 1 && answer.path_count <= CONFIG_CHAIN_CERTS_MAX);
        FUZZ_MUST(question.anchor_count > 0 && question.presented_count > 0);
        FUZZ_MUST(answer.path_not_after >= FLOOR && answer.leaf_not_after >= answer.path_not_after);
    }
    free_certs(lists[0], question.presented_count);
    free_certs(lists[1], question.issuer_count);
    free_certs(lists[2], question.anchor_count);
    return 0;
}
