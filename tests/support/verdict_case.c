/* SPDX-License-Identifier: MIT
 * verdict_case.c -- every case of the verdict on a server that can be carried through each way
 * in. */
#include "tests/support/verdict_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/chain_table.h"
#include "tests/support/verdict_file.h"

static struct verdict_case *all;
static size_t all_count;

static struct verdict_case *add(const char *source, const char *claim, imp_err_t err)
{
    all = realloc(all, (all_count + 1) * sizeof *all);
    if (all == NULL) {
        abort();
    }
    struct verdict_case *one = &all[all_count++];

    memset(one, 0, sizeof *one);
    snprintf(one->claim, sizeof one->claim, "%s: %s", source, claim);
    snprintf(one->host, sizeof one->host, "ca.example");
    one->time.floor = CASE_FLOOR;
    one->err = err;
    return one;
}

static struct cert *keep(struct verdict_case *one, struct cert cert)
{
    one->made[one->made_count] = cert;
    return &one->made[one->made_count++];
}

/* --- The tables ------------------------------------------------------------------------------- */

/* A chain of three, as chain_case_ask presents it. */
static void add_chain(const struct chain_case *c, const char *source)
{
    struct verdict_case *one = add(source, c->claim, c->err);
    const struct chain_made made = chain_case_make(c);

    one->anchor = keep(one, made.root)->der;
    one->presented[1] = keep(one, made.issuing)->der;
    one->presented[0] = keep(one, made.leaf)->der;
    one->presented_count = 2;
    one->key = made.leaf.key;
    if (c->host != NULL) {
        snprintf(one->host, sizeof one->host, "%s", c->host);
    }
    one->time = c->time;
    if (one->time.floor == 0) {
        one->time.floor = CASE_FLOOR;
    }
}

/* Our own certificate and /cacerts' CAs are not presented by servers. */
static void add_rules(void)
{
    for (size_t i = 0; i < chain_rule_count; i++) {
        if (chain_rules[i].purpose == CHAIN_SERVER) {
            add_chain(&chain_rules[i], "openssl");
        }
    }
}

static void add_hosts(void)
{
    for (size_t i = 0; i < chain_host_count; i++) {
        const struct chain_host *row = &chain_hosts[i];
        const char *names = row->alt_names;
        char claim[128];
        char extensions[256];
        struct chain_case c = { .claim = claim,
                                .host = row->host,
                                .err = row->matches ? 0 : IMP_ERR_CHAIN_NAME };

        snprintf(claim, sizeof claim, "host '%s', names %s", row->host, names ? names : "none");
        snprintf(extensions, sizeof extensions, CASE_LEAF CASE_SERVER "%s%s",
                 names ? "subjectAltName=" : "", names ? names : "");
        c.leaf.extensions = extensions;
        add_chain(&c, "openssl");
    }
}

static void add_constraints(void)
{
    for (size_t i = 0; i < chain_constraint_count; i++) {
        const struct chain_constraint *row = &chain_constraints[i];
        char claim[160];
        char leaf[256];
        char issuing[256];
        struct chain_case c = { .claim = claim,
                                .err = row->is_allowed ? 0 : IMP_ERR_CHAIN_NAME_CONSTRAINT };

        snprintf(claim, sizeof claim, "constraints %s over %s", row->constraints, row->alt_names);
        snprintf(leaf, sizeof leaf, CASE_LEAF CASE_SERVER "subjectAltName=%s", row->alt_names);
        snprintf(issuing, sizeof issuing, CASE_CA "nameConstraints=%s", row->constraints);
        c.leaf.extensions = leaf;
        c.issuing.extensions = issuing;
        add_chain(&c, "openssl");
    }
}

/* --- Longer paths ----------------------------------------------------------------------------- */

#define PATH_LEAF CASE_LEAF CASE_SERVER CASE_HOST

/* A certificate of a path: who signs it, as an index; -1 itself. */
struct path_cert {
    const char *name;
    int issuer;
    unsigned key;
    const char *extensions; /* NULL: a CA. */
    const char *not_after;
};

/* certs[0] is the anchor; `presented` are indices, the leaf's first. */
static const struct path_case {
    const char *claim;
    imp_err_t err;
    const char *presented;
    struct path_cert certs[VERDICT_CERTS_MAX];
} paths[] = {
    { "a chain of four, in any order, with a stranger among it",
      0,
      "3421",
      { { "Root", -1, 0, NULL, NULL },
        { "Upper", 0, 1, NULL, NULL },
        { "Lower", 1, 2, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL },
        { "Stranger", -1, 3, NULL, NULL } } },
    { "an intermediate that is not presented",
      IMP_ERR_CHAIN_NO_ANCHOR,
      "2",
      { { "Root", -1, 0, NULL, NULL },
        { "Issuing", 0, 1, NULL, NULL },
        { "leaf", 1, 9, PATH_LEAF, NULL } } },
    { "a stranger's chain",
      IMP_ERR_CHAIN_NO_ANCHOR,
      "32",
      { { "Root", -1, 0, NULL, NULL },
        { "Other", -1, 1, NULL, NULL },
        { "Issuing", 1, 2, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL } } },
    { "a stranger's chain with its own root",
      IMP_ERR_CHAIN_NO_ANCHOR,
      "321",
      { { "Root", -1, 0, NULL, NULL },
        { "Other", -1, 1, NULL, NULL },
        { "Issuing", 1, 2, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL } } },
    { "a stranger's root of the same name",
      IMP_ERR_CHAIN_SIGNATURE,
      "21",
      { { "Root", -1, 0, NULL, NULL },
        { "Root", -1, 1, NULL, NULL },
        { "leaf", 1, 9, PATH_LEAF, NULL } } },
    { "a self-issued roll-over does not count for the path length",
      0,
      "21",
      { { "Root", -1, 0, "basicConstraints=CA:TRUE,pathlen:0", NULL },
        { "Root", 0, 1, NULL, NULL },
        { "leaf", 1, 9, PATH_LEAF, NULL } } },
    { "the other path is taken when one has expired",
      0,
      "312",
      { { "Root", -1, 0, NULL, NULL },
        { "Issuing", 0, 2, NULL, "20250101000000Z" },
        { "Issuing", 0, 2, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL } } },
    { "an unreadable certificate beside the path does not matter",
      0,
      "312",
      { { "Root", -1, 0, NULL, NULL },
        { "Issuing", 0, 3, "2.5.29.19=DER:0500", NULL },
        { "Issuing", 0, 2, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL } } },
    { "an unreadable issuer",
      IMP_ERR_X509_MALFORMED,
      "31",
      { { "Root", -1, 0, NULL, NULL },
        { "Issuing", 0, 3, "2.5.29.19=DER:0500", NULL },
        { "Issuing", 0, 2, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL } } },
    { "two CAs that issued each other lead nowhere",
      IMP_ERR_CHAIN_NO_ANCHOR,
      "423",
      { { "Root", -1, 0, NULL, NULL },
        { "A", -1, 1, NULL, NULL },
        { "B", 1, 2, NULL, NULL },
        { "A", 2, 1, NULL, NULL },
        { "leaf", 2, 9, PATH_LEAF, NULL } } },
    { "a path of six",
      0,
      "54321",
      { { "A", -1, 0, NULL, NULL },
        { "B", 0, 1, NULL, NULL },
        { "C", 1, 2, NULL, NULL },
        { "D", 2, 3, NULL, NULL },
        { "E", 3, 4, NULL, NULL },
        { "leaf", 4, 9, PATH_LEAF, NULL } } },
    { "a path of seven",
      IMP_ERR_CHAIN_TOO_LONG,
      "654321",
      { { "A", -1, 0, NULL, NULL },
        { "B", 0, 1, NULL, NULL },
        { "C", 1, 2, NULL, NULL },
        { "D", 2, 3, NULL, NULL },
        { "E", 3, 4, NULL, NULL },
        { "F", 4, 5, NULL, NULL },
        { "leaf", 5, 9, PATH_LEAF, NULL } } },
    { "a name with a NUL in it",
      IMP_ERR_X509_MALFORMED,
      "1",
      { { "Root", -1, 0, NULL, NULL },
        { "leaf", 0, 9,
          CASE_SERVER "2.5.29.17=DER:301a821863612e6578616d706c65002e6576696c2e6578616d706c65",
          NULL } } },
    { "a leaf that signed itself",
      IMP_ERR_CHAIN_NO_ANCHOR,
      "1",
      { { "Root", -1, 0, NULL, NULL }, { "leaf", -1, 9, PATH_LEAF, NULL } } },
};

static struct cert make_on_path(const struct verdict_case *one, const struct path_cert *cert)
{
    const struct cert_spec spec = {
        .name = cert->name,
        .issuer = cert->issuer < 0 ? NULL : &one->made[cert->issuer],
        .key_number = cert->key,
        .extensions = cert->extensions != NULL ? cert->extensions : CASE_CA,
        .not_after = cert->not_after,
    };
    return certs_make(&spec);
}

static void add_paths(void)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct path_case *row = &paths[i];
        struct verdict_case *one = add("openssl", row->claim, row->err);

        for (size_t k = 0; k < VERDICT_CERTS_MAX && row->certs[k].name != NULL; k++) {
            keep(one, make_on_path(one, &row->certs[k]));
        }
        for (const char *at = row->presented; *at != '\0'; at++) {
            one->presented[one->presented_count++] = one->made[*at - '0'].der;
        }
        one->key = one->made[row->presented[0] - '0'].key;
        one->anchor = one->made[0].der;
    }
}

/* --- All of them ------------------------------------------------------------------------------ */

static void add_from_file(const struct verdict_row *row)
{
    struct verdict_case *one = add("cryptography", row->claim, row->err);

    snprintf(one->host, sizeof one->host, "%s", row->host);
    memcpy(one->presented, row->presented, sizeof one->presented);
    one->presented_count = row->presented_count;
    one->anchor = row->anchor;
    one->key = row->key;
    one->time.has_now = row->now != 0;
    one->time.now = row->now;
}

struct verdict_case *verdict_cases_make(size_t *count)
{
    add_rules();
    add_hosts();
    add_constraints();
    add_paths();
    verdict_file_read(add_from_file);
    *count = all_count;
    return all;
}

void verdict_cases_free(struct verdict_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < cases[i].made_count; k++) {
            certs_free(&cases[i].made[k]);
        }
    }
    verdict_file_free();
    free(cases);
    all = NULL;
    all_count = 0;
}
