/* SPDX-License-Identifier: MIT
 * chain.c -- the verdict: looks for a path from the leaf to an anchor, and judges each step as
 * it takes it.
 *
 * Depth first, over at most CONFIG_CHAIN_CERTS_MAX levels: the issuers of path[i] are tried one
 * after the other, anchors first; a step costs one signature check, and those are counted, so
 * the search ends however the certificates were chosen. Candidates are read where they lie; only
 * the path under way is kept. */
#include "firmware/trust/chain.h"

#include "firmware/proto/x509.h"
#include "firmware/trust/chain_rule.h"

enum {
    SIGNATURES_MAX = CONFIG_CHAIN_CERTS_MAX
};

/* How far a refused step had come, at one level: of several errors the one of the highest rank
 * is reported. */
enum rank {
    RANK_NO_ISSUER,
    RANK_UNREADABLE,
    RANK_SIGNATURE,
    RANK_RULE,
    RANKS
};

struct search {
    const struct chain_question *question;
    struct x509 path[CONFIG_CHAIN_CERTS_MAX];
    uint8_t tried[CONFIG_CHAIN_CERTS_MAX]; /* Candidates tried as issuer of each. */
    uint8_t count;                         /* Certificates on the path. */
    uint8_t signature_count;
    uint8_t signatures_max;
    uint8_t rank;
    imp_err_t err;
};

/* Remember why a step at this level was refused. */
static void note(struct search *search, enum rank rank, imp_err_t err)
{
    const uint8_t total = (uint8_t)(search->count * RANKS + rank);

    if (search->err == 0 || total > search->rank) {
        search->rank = total;
        search->err = err;
    }
}

/* --- Candidates ------------------------------------------------------------------------------- */

/* Everything that may be an issuer: the anchors, what was presented after the leaf, the issuers
 * that we hold. */
static size_t candidate_count(const struct chain_question *question)
{
    return question->anchor_count + question->presented_count - 1 + question->issuer_count;
}

static struct bytes candidate_at(const struct chain_question *question, size_t index)
{
    if (index < question->anchor_count) {
        return question->anchors[index];
    }
    index -= question->anchor_count;
    if (index < question->presented_count - 1) {
        return question->presented[1 + index];
    }
    return question->issuers[index - (question->presented_count - 1)];
}

static bool is_on_path(const struct search *search, struct bytes der)
{
    for (size_t i = 0; i < search->count; i++) {
        if (bytes_equal(search->path[i].der, der)) {
            return true;
        }
    }
    return false;
}

/* Both name a key, and not the same one: a hint that this is not the issuer, never proof. */
static bool has_other_key_id(const struct x509 *cert, const struct x509 *issuer)
{
    return cert->authority_key_id.len > 0 && issuer->subject_key_id.len > 0 &&
           !bytes_equal(cert->authority_key_id, issuer->subject_key_id);
}

/* Find the next candidate whose subject is the last certificate's issuer (the same DER: no
 * string preparation, as RFC 5280 4.1.2.4 lets those who issue assume) and read it to the end of
 * the path. Two rounds: those with another key identifier come last. False: there are no more. */
static bool next_issuer(struct search *search, bool *is_anchor)
{
    const struct chain_question *question = search->question;
    const struct x509 *last = &search->path[search->count - 1];
    struct x509 *issuer = &search->path[search->count];
    const size_t total = candidate_count(question);
    uint8_t *tried = &search->tried[search->count - 1];

    while (*tried < 2 * total) {
        const bool is_last_round = *tried >= total;
        const size_t index = *tried % total;
        (*tried)++;

        *is_anchor = index < question->anchor_count;
        const struct bytes der = candidate_at(question, index);
        if (!*is_anchor && is_on_path(search, der)) {
            continue;
        }
        const imp_err_t err = x509_parse(der, issuer);
        if (err) {
            note(search, RANK_UNREADABLE, err);
        } else if (bytes_equal(issuer->subject, last->issuer) &&
                   has_other_key_id(last, issuer) == is_last_round) {
            return true;
        }
    }
    note(search, RANK_NO_ISSUER, IMP_ERR_CHAIN_NO_ANCHOR);
    return false;
}

/* --- The search ------------------------------------------------------------------------------- */

/* Judge the step to the issuer that was just read. 1: the path may go on over it; 0: no, which
 * is noted; an error: no verdict is possible any more. */
static int32_t judge_step(struct search *search, bool is_anchor)
{
    const size_t index = search->count;

    if (search->signature_count == search->signatures_max) {
        return IMP_ERR_CHAIN_TOO_LONG;
    }
    search->signature_count++;
    imp_err_t err = chain_judge_signature(&search->path[index - 1], &search->path[index]);
    if (err == IMP_ERR_CHAIN_SIGNATURE || err == IMP_ERR_CHAIN_ALGORITHM) {
        /* As the key identifiers say: the issuer is another one of that name, and not here. */
        const bool is_other = has_other_key_id(&search->path[index - 1], &search->path[index]);
        note(search, is_other ? RANK_NO_ISSUER : RANK_SIGNATURE,
             is_other ? IMP_ERR_CHAIN_NO_ANCHOR : err);
        return 0;
    }
    if (err) {
        return err;
    }
    err = chain_judge_issuer(search->question, search->path, index, is_anchor);
    if (err == 0 && is_anchor) {
        err = chain_judge_names(search->path, index + 1);
    }
    if (err) {
        note(search, RANK_RULE, err);
    }
    return err ? 0 : 1;
}

/* path[0] stands; complete the path. */
static imp_err_t find_path(struct search *search)
{
    bool is_anchor = false;

    while (search->count > 0) {
        if (search->count == CONFIG_CHAIN_CERTS_MAX) {
            note(search, RANK_NO_ISSUER, IMP_ERR_CHAIN_TOO_LONG);
            search->count--;
            continue;
        }
        if (!next_issuer(search, &is_anchor)) {
            search->count--;
            continue;
        }
        const int32_t verdict = judge_step(search, is_anchor);
        if (verdict < 0) {
            return verdict;
        }
        if (verdict > 0) {
            search->tried[search->count++] = 0;
            if (is_anchor) {
                return 0;
            }
        }
    }
    return search->err;
}

_Static_assert(CONFIG_CHAIN_CERTS_MAX <= 8, "a bit in issuers_used for each issuer");

static void write_answer(const struct search *search, struct chain_answer *answer)
{
    const struct chain_time *time = &search->question->time;

    *answer = (struct chain_answer){
        .path_count = search->count,
        .leaf_not_before = search->path[0].not_before,
        .leaf_not_after = search->path[0].not_after,
        .path_not_after = search->path[0].not_after,
    };
    for (size_t i = 0; i < search->count; i++) {
        const struct x509 *cert = &search->path[i];
        if (!time->has_now && cert->not_before > time->floor) {
            answer->not_before_unchecked = true;
        }
        if (cert->not_after < answer->path_not_after) {
            answer->path_not_after = cert->not_after;
        }
    }
    for (size_t i = 0; i < search->question->issuer_count; i++) {
        if (is_on_path(search, search->question->issuers[i])) {
            answer->issuers_used |= (uint8_t)(1u << i);
        }
    }
}

/* --- The verdict ------------------------------------------------------------------------------ */

static imp_err_t check_question(const struct chain_question *question)
{
    if (question->presented_count == 0) {
        return IMP_ERR_CHAIN_EMPTY;
    }
    if (question->presented_count > CONFIG_CHAIN_CERTS_MAX ||
        question->issuer_count > CONFIG_CHAIN_CERTS_MAX ||
        question->anchor_count > CONFIG_CHAIN_CERTS_MAX) {
        return IMP_ERR_CHAIN_TOO_LONG;
    }
    if (question->purpose == CHAIN_SERVER && question->host == NULL) {
        return IMP_ERR_BUG_ARGUMENT;
    }
    return question->anchor_count > 0 ? 0 : IMP_ERR_CHAIN_NO_ANCHOR;
}

/* A CA that is an anchor itself needs no path. */
static bool is_anchored_ca(const struct chain_question *question)
{
    for (size_t i = 0; i < question->anchor_count && question->purpose == CHAIN_CA; i++) {
        if (bytes_equal(question->anchors[i], question->presented[0])) {
            return true;
        }
    }
    return false;
}

imp_err_t chain_verify(const struct chain_question *question, struct chain_answer *answer)
{
    struct search search;
    imp_err_t err = check_question(question);

    if (err) {
        return err;
    }
    search.question = question;
    search.count = 1;
    search.tried[0] = 0;
    search.signature_count = 0;
    search.signatures_max =
        question->signatures_max > 0 && question->signatures_max < SIGNATURES_MAX
            ? question->signatures_max
            : SIGNATURES_MAX;
    search.rank = 0;
    search.err = 0;
    err = x509_parse(question->presented[0], &search.path[0]);
    if (err) {
        return err;
    }
    const bool is_anchor = is_anchored_ca(question);
    err = chain_judge_leaf(question, &search.path[0], is_anchor);
    if (err == 0 && !is_anchor) {
        err = find_path(&search);
    }
    if (err == 0 && answer != NULL) {
        write_answer(&search, answer);
    }
    return err;
}

imp_err_t chain_verify_root(struct bytes der, struct chain_time time)
{
    const struct chain_question question = { .purpose = CHAIN_CA, .time = time };
    struct x509 cert;
    imp_err_t err = x509_parse(der, &cert);

    if (err) {
        return err;
    }
    if (!chain_is_self_issued(&cert)) {
        return IMP_ERR_CHAIN_NO_ANCHOR;
    }
    err = chain_judge_leaf(&question, &cert, false);
    return err ? err : chain_judge_signature(&cert, &cert);
}
