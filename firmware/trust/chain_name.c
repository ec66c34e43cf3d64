/* SPDX-License-Identifier: MIT
 * chain_name.c -- the rules of the verdict about names: the host, and what issuers allow below
 * them. */
#include "firmware/proto/ascii.h"
#include "firmware/proto/der.h"
#include "firmware/proto/url.h"
#include "firmware/trust/chain_rule.h"

/* --- The host (RFC 9525) ---------------------------------------------------------------------- */

static bool ends_with(struct bytes text, struct bytes end)
{
    return text.len >= end.len &&
           ascii_equal(bytes_of(text.data + text.len - end.len, end.len), end);
}

/* What follows the first label and its dot; empty when there is nothing. */
static struct bytes after_label(struct bytes name)
{
    const uint8_t *dot = name.len > 0 ? memchr(name.data, '.', name.len) : NULL;

    if (dot == NULL) {
        return bytes_of(NULL, 0);
    }
    return bytes_of(dot + 1, name.len - (size_t)(dot + 1 - name.data));
}

/* `*` stands for exactly one label, the left-most, and at least two follow it. */
static bool wildcard_covers(struct bytes pattern, struct bytes name)
{
    const struct bytes rest = after_label(pattern);

    return pattern.len > 2 && pattern.data[0] == '*' && pattern.data[1] == '.' &&
           after_label(rest).len > 0 && ascii_equal(after_label(name), rest);
}

imp_err_t chain_match_host(const struct x509 *cert, const char *host)
{
    const struct bytes text = bytes_of_text(host);
    struct bytes rest = cert->alt_names;
    struct bytes name;
    enum x509_name_type type;
    uint8_t address[4];
    int32_t found;
    const bool is_address = url_parse_ipv4(text, address) == 0;

    if (!is_address && !url_is_host_name(text)) {
        return IMP_ERR_CHAIN_NAME;
    }
    while ((found = x509_next_alt_name(&rest, &type, &name)) > 0) {
        if (is_address && type == X509_NAME_IP &&
            bytes_equal(name, bytes_of(address, sizeof address))) {
            return 0;
        }
        if (!is_address && type == X509_NAME_DNS &&
            (ascii_equal(name, text) || wildcard_covers(name, text))) {
            return 0;
        }
    }
    return found < 0 ? found : IMP_ERR_CHAIN_NAME;
}

/* --- Name constraints (RFC 5280 4.2.1.10) ----------------------------------------------------- */

struct tree {
    enum x509_name_type type;
    struct bytes base; /* dNSName: characters; iPAddress: address and mask. */
};

/* The next GeneralSubtree. False: the end, or `list` is bad. Minimum and maximum must be absent. */
static bool next_tree(struct der *list, struct tree *tree)
{
    uint8_t tag;

    if (!der_has_more(list)) {
        return false;
    }
    struct der inside = der_enter(list, DER_SEQUENCE);
    tree->base = der_read_any(&inside, &tag);
    der_leave(list, &inside);
    tree->type = tag == DER_CONTEXT(2)   ? X509_NAME_DNS
                 : tag == DER_CONTEXT(7) ? X509_NAME_IP
                                         : X509_NAME_OTHER;
    return !list->is_bad;
}

/* Host and everything below it; with a leading dot only what is below; an empty one is
 * everything. */
static bool contains_dns(struct bytes base, struct bytes name)
{
    if (base.len == 0 || ascii_equal(name, base)) {
        return base.len == 0 || base.data[0] != '.';
    }
    const bool is_below = name.len > base.len && ends_with(name, base);
    return is_below && (base.data[0] == '.' || name.data[name.len - base.len - 1] == '.');
}

static bool contains_ip(struct bytes base, struct bytes name)
{
    if (base.len != 2 * name.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if ((name.data[i] ^ base.data[i]) & base.data[name.len + i]) {
            return false;
        }
    }
    return true;
}

static bool contains(const struct tree *tree, struct bytes name)
{
    return tree->type == X509_NAME_IP ? contains_ip(tree->base, name)
                                      : contains_dns(tree->base, name);
}

/* One issuer's constraints. */
struct constraints {
    struct der permitted;
    struct der excluded;
};

/* Only trees that we can evaluate: another kind might exclude what we don't see. */
static bool has_known_kinds(struct der list)
{
    struct tree tree;

    while (next_tree(&list, &tree)) {
        if (tree.type == X509_NAME_OTHER ||
            (tree.type == X509_NAME_IP && tree.base.len != 8 && tree.base.len != 32)) {
            return false;
        }
    }
    return der_is_finished(&list);
}

static bool read_constraints(struct bytes content, struct constraints *constraints)
{
    struct der der = der_begin(content);

    *constraints = (struct constraints){ 0 };
    if (der_is_next(&der, DER_CONTEXT_CONSTRUCTED(0))) {
        constraints->permitted = der_enter(&der, DER_CONTEXT_CONSTRUCTED(0));
    }
    if (der_is_next(&der, DER_CONTEXT_CONSTRUCTED(1))) {
        constraints->excluded = der_enter(&der, DER_CONTEXT_CONSTRUCTED(1));
    }
    return der_is_finished(&der) && has_known_kinds(constraints->permitted) &&
           has_known_kinds(constraints->excluded);
}

/* Where trees of its kind are permitted, one of them contains the name. */
static bool is_permitted(struct der list, enum x509_name_type type, struct bytes name)
{
    struct tree tree;
    bool is_limited = false;

    while (next_tree(&list, &tree)) {
        if (tree.type == type && contains(&tree, name)) {
            return true;
        }
        is_limited = is_limited || tree.type == type;
    }
    return !is_limited;
}

/* A wildcard is excluded too when the name at the root of an excluded tree is one that it
 * covers. */
static bool is_excluded(struct der list, enum x509_name_type type, struct bytes name)
{
    struct tree tree;

    while (next_tree(&list, &tree)) {
        if (tree.type == type && (contains(&tree, name) ||
                                  (type == X509_NAME_DNS && wildcard_covers(name, tree.base)))) {
            return true;
        }
    }
    return false;
}

/* All names of one certificate under one issuer's constraints. */
static bool are_allowed(const struct constraints *constraints, const struct x509 *cert)
{
    struct bytes rest = cert->alt_names;
    struct bytes name;
    enum x509_name_type type;

    while (x509_next_alt_name(&rest, &type, &name) > 0) {
        if (type != X509_NAME_OTHER && (!is_permitted(constraints->permitted, type, name) ||
                                        is_excluded(constraints->excluded, type, name))) {
            return false;
        }
    }
    return true;
}

imp_err_t chain_judge_names(const struct x509 *path, size_t count)
{
    struct constraints constraints;

    for (size_t issuer = 1; issuer < count; issuer++) {
        if (path[issuer].name_constraints.len == 0) {
            continue;
        }
        if (!read_constraints(path[issuer].name_constraints, &constraints)) {
            return IMP_ERR_CHAIN_NAME_CONSTRAINT;
        }
        for (size_t i = 0; i < issuer; i++) {
            const bool is_exempt = i > 0 && chain_is_self_issued(&path[i]);
            if (!is_exempt && !are_allowed(&constraints, &path[i])) {
                return IMP_ERR_CHAIN_NAME_CONSTRAINT;
            }
        }
    }
    return 0;
}
