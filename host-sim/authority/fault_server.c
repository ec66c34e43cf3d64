/* SPDX-License-Identifier: MIT
 * fault_server.c -- a server certificate that no device may accept, in place of the right one.
 */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host-sim/authority/fault.h"
#include "host-sim/authority/fault_forge.h"

enum {
    FORGED_S = 86400,
    HOST_CHARS = 254,
    ALTERNATIVE_CHARS = 300
};

/* The first DNS name of the right certificate: what devices call this server. */
static bool first_host(const X509 *leaf, char host[HOST_CHARS])
{
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

    host[0] = '\0';
    for (int i = 0; host[0] == '\0' && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DNS) {
            snprintf(host, HOST_CHARS, "%.*s", ASN1_STRING_length(name->d.dNSName),
                     (const char *)ASN1_STRING_get0_data(name->d.dNSName));
        }
    }
    GENERAL_NAMES_free(names);
    return host[0] != '\0';
}

static EVP_PKEY *server_ca_key(const char *dir, const struct ca *ca)
{
    char folder[CA_PATH_CHARS];

    return ca_folder(dir, ca_state_issuing(&ca->state), folder) ? ca_load_key(folder, CA_SERVER)
                                                                : NULL;
}

/* What is wrong with it. `alternative` is room for the subjectAltName, and has the right one. */
static void spoil(enum fault_kind kind, struct forgery *forgery, const char *host,
                  char alternative[ALTERNATIVE_CHARS])
{
    struct certificate_order *order = &forgery->order;

    switch (kind) {
    case FAULT_SERVER_EXPIRED:
        order->not_before = FORGE_2020_BEGIN;
        order->not_after = FORGE_2020_END;
        break;
    case FAULT_SERVER_OTHER_HOST:
        order->alternative = "DNS:other.invalid";
        break;
    case FAULT_SERVER_NO_SAN:
        order->name = host;
        order->alternative = NULL;
        break;
    case FAULT_SERVER_WILDCARD:
        snprintf(alternative, ALTERNATIVE_CHARS, "DNS:*%s", host + 1);
        break;
    case FAULT_SERVER_CLIENT_AUTH:
        order->profile = CERTIFICATE_DEVICE;
        break;
    case FAULT_SERVER_CA:
        order->profile = CERTIFICATE_ISSUING;
        break;
    case FAULT_SERVER_CRITICAL:
        forgery->is_unknown_critical = true;
        break;
    case FAULT_SERVER_BAD_SIGNATURE:
        forgery->is_flipped = true;
        break;
    default: /* SERVER_STRANGER: the issuer is the fault. */
        break;
    }
}

static X509 *forge_server(enum fault_kind kind, const struct ca *ca, const struct stranger *issuer)
{
    const int64_t now = (int64_t)time(NULL);
    char alternative[ALTERNATIVE_CHARS];
    char host[HOST_CHARS];

    if (!first_host(ca->leaf, host)) {
        fprintf(stderr, "a wrong server certificate needs an authority with a DNS name\n");
        return NULL;
    }
    snprintf(alternative, sizeof alternative, "DNS:%s", host);

    struct forgery forgery = {
        .order = { .profile = CERTIFICATE_SERVER,
                   .name = "imprint server",
                   .key = ca->leaf_key,
                   .issuer = issuer->certificate,
                   .issuer_key = issuer->key,
                   .alternative = alternative,
                   .not_before = now - FORGED_S,
                   .not_after = now + FORGED_S },
    };

    spoil(kind, &forgery, host, alternative);
    return forge(&forgery);
}

static const struct fault *server_fault(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->list[i].stage == FAULT_SERVER) {
            return &faults->list[i];
        }
    }
    return NULL;
}

bool fault_server(const struct faults *faults, const char *dir, struct ca *ca)
{
    const struct fault *fault = server_fault(faults);
    struct stranger issuer = { 0 };

    if (fault == NULL) {
        return true;
    }
    if (fault->kind == FAULT_SERVER_STRANGER) {
        (void)forge_stranger("Stranger CA", &issuer);
    } else {
        issuer = (struct stranger){ ca->server, server_ca_key(dir, ca) };
        X509_up_ref(ca->server);
    }
    X509 *leaf = issuer.certificate != NULL && issuer.key != NULL
                     ? forge_server(fault->kind, ca, &issuer)
                     : NULL;

    forge_stranger_free(&issuer);
    if (leaf == NULL) {
        fprintf(stderr, "%s: the wrong server certificate could not be made\n", dir);
        return false;
    }
    X509_free(ca->leaf);
    ca->leaf = leaf;
    return true;
}
