/* SPDX-License-Identifier: MIT
 * verdict_file.c -- the cases of tests/vectors/verdict.txt over the certificates of verdict.pem. */
#define _POSIX_C_SOURCE 200809L
#include "tests/support/verdict_file.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABEL_CHARS = 40,
    CERTS_MAX = 200,
    FIELDS = 6
};

/* The published private keys of RFC 6979 A.2.4 and A.2.5, which the leaves have. */
static const char *const scalars[][2] = {
    { "P-224", "F220266E1105BFE3083E03EC7A3A654651F45E37167E88600BF257C1" },
    { "P-256", "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721" },
};

static struct {
    char label[LABEL_CHARS];
    struct bytes der;
    EVP_PKEY *key; /* A leaf's, once it was asked for. */
} certs[CERTS_MAX];
static size_t cert_count;

static void need(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "verdict_file.c: %s\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}

/* --- Certificates and keys -------------------------------------------------------------------- */

/* `# label`, then a certificate, and so on. */
static void read_certs(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[128];

    need(file != NULL, path);
    while (fgets(line, sizeof line, file) != NULL) {
        need(cert_count < CERTS_MAX && sscanf(line, "# %39s", certs[cert_count].label) == 1, line);
        X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);
        unsigned char *der = NULL;
        const int len = x509 == NULL ? -1 : i2d_X509(x509, &der);
        need(len > 0, certs[cert_count].label);
        certs[cert_count++].der = bytes_of(der, (size_t)len);
        X509_free(x509);
    }
    fclose(file);
}

static size_t find(const char *label)
{
    for (size_t i = 0; i < cert_count; i++) {
        if (strcmp(certs[i].label, label) == 0) {
            return i;
        }
    }
    need(false, label);
    return 0;
}

static EVP_PKEY *key_pair(const char *group, const char *scalar, const uint8_t *point, size_t len)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    BIGNUM *number = NULL;

    need(BN_hex2bn(&number, scalar) > 0, scalar);
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, len);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    need(EVP_PKEY_fromdata_init(context) == 1 &&
             EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) == 1,
         "EVP_PKEY_fromdata");
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(number);
    return key;
}

/* The private key of a leaf, by the curve of its certificate. */
static EVP_PKEY *key_of(size_t index)
{
    const uint8_t *at = certs[index].der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)certs[index].der.len);
    uint8_t point[133];
    size_t len = 0;

    need(x509 != NULL && EVP_PKEY_get_octet_string_param(X509_get0_pubkey(x509), "encoded-pub-key",
                                                         point, sizeof point, &len) == 1,
         certs[index].label);
    X509_free(x509);
    const size_t curve = len == 2 * 32 + 1 ? 1 : 0;
    return key_pair(scalars[curve][0], scalars[curve][1], point, len);
}

/* --- Cases ------------------------------------------------------------------------------------ */

static imp_err_t read_err(const char *name)
{
    const imp_err_t err =
        strcmp(name, "0") == 0 ? 0 : imprint_err_by_name(name, (uint32_t)strlen(name));

    need(strcmp(name, "0") == 0 || err != 0, name);
    return err;
}

static void read_presented(char *labels, struct verdict_row *row)
{
    char *rest = NULL;

    for (char *label = strtok_r(labels, " ", &rest); label != NULL;
         label = strtok_r(NULL, " ", &rest)) {
        const size_t index = find(label);
        if (row->presented_count == 0) {
            certs[index].key = certs[index].key != NULL ? certs[index].key : key_of(index);
            row->key = certs[index].key;
        }
        row->presented[row->presented_count++] = certs[index].der;
    }
}

/* claim | error | host | presented | anchor | a clock's time */
static void read_case(char *line, void (*take)(const struct verdict_row *row))
{
    char *fields[FIELDS];
    char *at = line;

    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
        char *end = strstr(at, " | ");
        need(i == FIELDS - 1 || end != NULL, line);
        fields[i] = at;
        if (end != NULL) {
            *end = '\0';
            at = end + 3;
        }
    }
    struct verdict_row row = {
        .claim = fields[0],
        .err = read_err(fields[1]),
        .host = fields[2],
        .anchor = certs[find(fields[4])].der,
        .now = strtoll(fields[5], NULL, 10),
    };
    read_presented(fields[3], &row);
    take(&row);
}

void verdict_file_read(void (*take)(const struct verdict_row *row))
{
    read_certs("tests/vectors/verdict.pem");
    FILE *file = fopen("tests/vectors/verdict.txt", "r");
    char line[512];

    need(file != NULL, "verdict.txt");
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] != '#') {
            read_case(line, take);
        }
    }
    fclose(file);
}

void verdict_file_free(void)
{
    for (size_t i = 0; i < cert_count; i++) {
        OPENSSL_free((void *)(uintptr_t)certs[i].der.data);
        EVP_PKEY_free(certs[i].key);
        certs[i].key = NULL;
    }
    cert_count = 0;
}
