/* SPDX-License-Identifier: MIT
 * ca.c -- loads the certificates and keys, issues device certificates.
 */
#include "host-sim/authority/ca.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "host-sim/authority/certificate.h"

enum {
    BACKDATE_S = 300,
    DAY_S = 86400
};

static FILE *open_part(const char *dir, const char *name, const char *suffix)
{
    char path[CA_PATH_CHARS];
    FILE *file = NULL;

    if ((size_t)snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix) < sizeof path) {
        file = fopen(path, "r");
    }
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    return file;
}

X509 *ca_load_certificate(const char *folder, const char *name)
{
    FILE *file = open_part(folder, name, "pem");
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

    if (file != NULL) {
        fclose(file);
        if (certificate == NULL) {
            fprintf(stderr, "%s/%s.pem: not a certificate\n", folder, name);
        }
    }
    return certificate;
}

EVP_PKEY *ca_load_key(const char *folder, const char *name)
{
    FILE *file = open_part(folder, name, "key");
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

    if (file != NULL) {
        fclose(file);
        if (key == NULL) {
            fprintf(stderr, "%s/%s.key: not a key\n", folder, name);
        }
    }
    return key;
}

bool ca_folder(const char *dir, int64_t generation, char path[CA_PATH_CHARS])
{
    const int size = generation == 1
                         ? snprintf(path, CA_PATH_CHARS, "%s", dir)
                         : snprintf(path, CA_PATH_CHARS, "%s/ca-%" PRId64, dir, generation);

    if (size < 0 || size >= CA_PATH_CHARS) {
        fprintf(stderr, "%s: the path is too long\n", dir);
        return false;
    }
    return true;
}

/* The generation that issues, whole and fitting together? */
static bool load_issuing(const char *folder, struct ca *ca)
{
    ca->root = ca_load_certificate(folder, CA_ROOT);
    ca->device = ca_load_certificate(folder, CA_DEVICE);
    ca->device_key = ca_load_key(folder, CA_DEVICE);
    ca->server = ca_load_certificate(folder, CA_SERVER);
    ca->leaf = ca_load_certificate(folder, CA_LEAF);
    ca->leaf_key = ca_load_key(folder, CA_LEAF);

    const bool whole = ca->root != NULL && ca->device != NULL && ca->device_key != NULL &&
                       ca->server != NULL && ca->leaf != NULL && ca->leaf_key != NULL;
    const bool fits = whole && X509_check_private_key(ca->device, ca->device_key) == 1 &&
                      X509_check_private_key(ca->leaf, ca->leaf_key) == 1;

    if (whole && !fits) {
        fprintf(stderr, "%s: a key does not belong to its certificate\n", folder);
    }
    return fits;
}

/* What a roll-over adds: the other generation, and the cross certificates, which are the newer
 * one's. */
static bool load_other(const char *other_folder, const char *newer_folder, struct ca *ca)
{
    ca->other_root = ca_load_certificate(other_folder, CA_ROOT);
    ca->other_device = ca_load_certificate(other_folder, CA_DEVICE);
    ca->new_with_old = ca_load_certificate(newer_folder, CA_NEW_WITH_OLD);
    ca->old_with_new = ca_load_certificate(newer_folder, CA_OLD_WITH_NEW);
    return ca->other_root != NULL && ca->other_device != NULL && ca->new_with_old != NULL &&
           ca->old_with_new != NULL;
}

bool ca_load_state(const char *dir, const struct ca_state *state, struct ca *ca)
{
    char older[CA_PATH_CHARS];
    char newer[CA_PATH_CHARS];
    const bool switched = state->phase == CA_SWITCHED;

    *ca = (struct ca){ .state = *state };
    const bool loaded =
        ca_folder(dir, state->generation, older) && ca_folder(dir, state->generation + 1, newer) &&
        load_issuing(switched ? newer : older, ca) &&
        (state->phase == CA_STEADY || load_other(switched ? older : newer, newer, ca));

    if (!loaded) {
        ca_free(ca);
    }
    return loaded;
}

bool ca_load(const char *dir, struct ca *ca)
{
    return ca_load_state(dir, &(struct ca_state){ .generation = 1, .phase = CA_STEADY }, ca);
}

size_t ca_list(const struct ca *ca, const X509 *list[CA_LISTED_MAX])
{
    const bool switched = ca->state.phase == CA_SWITCHED;

    if (ca->state.phase == CA_STEADY) {
        list[0] = ca->root;
        list[1] = ca->device;
        list[2] = ca->server;
        return 3;
    }
    /* First what leads from today's device certificates to a root that is not today's. */
    list[0] = ca->device;
    list[1] = switched ? ca->new_with_old : ca->old_with_new;
    list[2] = switched ? ca->old_with_new : ca->new_with_old;
    list[3] = ca->root;
    list[4] = ca->other_root;
    list[5] = ca->server;
    return 6;
}

void ca_free(struct ca *ca)
{
    X509_free(ca->root);
    X509_free(ca->device);
    EVP_PKEY_free(ca->device_key);
    X509_free(ca->server);
    X509_free(ca->leaf);
    EVP_PKEY_free(ca->leaf_key);
    X509_free(ca->other_root);
    X509_free(ca->other_device);
    X509_free(ca->new_with_old);
    X509_free(ca->old_with_new);
    *ca = (struct ca){ 0 };
}

/* The facts of a finished certificate into its row. */
static bool fill_record(X509 *certificate, struct record *record)
{
    unsigned char *at = record->der;
    const int size = i2d_X509(certificate, NULL);

    if (size <= 0 || size > CERT_BYTES_MAX || i2d_X509(certificate, &at) != size ||
        !certificate_serial(certificate, record->serial, sizeof record->serial)) {
        return false;
    }
    record->der_bytes = (size_t)size;
    record->not_before = certificate_not_before(certificate);
    record->not_after = certificate_not_after(certificate);
    certificate_fingerprint(certificate, record->fingerprint);
    return true;
}

bool ca_issue(const struct ca *ca, const struct csr *csr, int64_t now, long days,
              struct record *record)
{
    const int64_t ca_end = certificate_not_after(ca->device);
    const int64_t wanted_end = now + (int64_t)days * DAY_S;
    const struct certificate_order order = {
        .profile = CERTIFICATE_DEVICE,
        .name = csr->name,
        .spki = csr->spki,
        .issuer = ca->device,
        .issuer_key = ca->device_key,
        .not_before = now - BACKDATE_S,
        .not_after = wanted_end < ca_end ? wanted_end : ca_end,
    };
    X509 *certificate = order.not_after > now ? certificate_make(&order) : NULL;
    const bool good = certificate != NULL && fill_record(certificate, record);

    X509_free(certificate);
    ERR_clear_error();
    if (good) {
        memcpy(record->name, csr->name, sizeof record->name);
        memcpy(record->key_id, csr->key_id, sizeof record->key_id);
        record->issued = now;
        record->generation = ca_state_issuing(&ca->state);
    }
    return good;
}
