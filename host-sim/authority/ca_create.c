/* SPDX-License-Identifier: MIT
 * ca_create.c -- makes the keys and certificates of a new authority and writes them to its
 * directory.
 */
#define _GNU_SOURCE /* open, fdopen with C11 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host-sim/authority/ca.h"
#include "host-sim/authority/certificate.h"

enum {
    CA_DAYS = 3652, /* Ten years, leap days included. */
    LEAF_DAYS = 825,
    CA_BACKDATE_S = 3600, /* More than a device certificate's, so that validity periods nest. */
    CA_NAME_CHARS = 65,
    ALTERNATIVE_CHARS = 4096
};

/* One certificate to make: its key pair is made with it. */
struct part {
    const char *file;
    const char *name;
    enum certificate_profile profile;
    const char *alternative;
    int days;
};

struct pair {
    X509 *certificate;
    EVP_PKEY *key;
};

static void free_pair(struct pair *pair)
{
    X509_free(pair->certificate);
    EVP_PKEY_free(pair->key);
}

/* Open DIR/NAME.SUFFIX for writing; it must not exist. */
static FILE *create_file(const char *dir, const char *name, const char *suffix, mode_t mode)
{
    char path[CA_PATH_CHARS];
    int descriptor = -1;

    if ((size_t)snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix) < sizeof path) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;

    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    return file;
}

/* Close a file that was written; true when everything is on the disk. */
static bool close_synced(FILE *file, bool written)
{
    const bool synced = written && fflush(file) == 0 && fsync(fileno(file)) == 0;

    return fclose(file) == 0 && synced;
}

static bool write_pair(const char *dir, const char *name, const struct pair *pair)
{
    FILE *file = create_file(dir, name, "key", 0600);

    if (file == NULL || !close_synced(file, PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0,
                                                                 NULL, NULL) == 1)) {
        return false;
    }
    file = create_file(dir, name, "pem", 0644);
    return file != NULL && close_synced(file, PEM_write_X509(file, pair->certificate) == 1);
}

/* Make key and certificate of `part` and write both; `issuer` is NULL for the root. The caller
 * frees `made`. */
static bool make_part(const char *dir, const struct part *part, const struct pair *issuer,
                      struct pair *made)
{
    const int64_t now = (int64_t)time(NULL);

    made->key = EVP_EC_gen("P-256");
    const struct certificate_order order = {
        .profile = part->profile,
        .name = part->name,
        .key = made->key,
        .issuer = issuer != NULL ? issuer->certificate : NULL,
        .issuer_key = issuer != NULL ? issuer->key : made->key,
        .alternative = part->alternative,
        .not_before = now - CA_BACKDATE_S,
        .not_after = now + (int64_t)part->days * 86400,
    };

    made->certificate = made->key != NULL ? certificate_make(&order) : NULL;
    if (made->certificate == NULL) {
        fprintf(stderr, "%s: OpenSSL could not make the certificate\n", part->name);
        return false;
    }
    return write_pair(dir, part->file, made);
}

/* A part below which nothing is issued now. */
static bool make_last_part(const char *dir, const struct part *part, const struct pair *issuer)
{
    struct pair made = { 0 };
    const bool good = make_part(dir, part, issuer, &made);

    free_pair(&made);
    return good;
}

static bool is_address(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* A DNS name: nothing that could break out of OpenSSL's list, no wildcard. */
static bool is_dns_name(const char *host)
{
    const size_t size = strlen(host);

    return size > 0 && size <= 253 &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == size;
}

/* "DNS:a,IP:127.0.0.1" from the hosts; false after printing which one is neither. */
static bool list_hosts(const char *const *hosts, size_t host_count, char text[ALTERNATIVE_CHARS])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < host_count; i++) {
        const bool address = is_address(hosts[i]);

        if (!address && !is_dns_name(hosts[i])) {
            fprintf(stderr, "--host %s: neither a DNS name nor an IP address\n", hosts[i]);
            return false;
        }
        used += (size_t)snprintf(text + used, ALTERNATIVE_CHARS - used, "%s%s:%s", i > 0 ? "," : "",
                                 address ? "IP" : "DNS", hosts[i]);
        if (used >= ALTERNATIVE_CHARS) {
            fprintf(stderr, "too many hosts\n");
            return false;
        }
    }
    return true;
}

bool ca_create(const char *dir, const char *name, const char *const *hosts, size_t host_count)
{
    char alternative[ALTERNATIVE_CHARS];
    char root_name[CA_NAME_CHARS];
    char device_name[CA_NAME_CHARS];
    char server_name[CA_NAME_CHARS];
    char leaf_name[CA_NAME_CHARS];

    snprintf(root_name, sizeof root_name, "%s root CA", name);
    snprintf(device_name, sizeof device_name, "%s device CA", name);
    snprintf(server_name, sizeof server_name, "%s server CA", name);
    snprintf(leaf_name, sizeof leaf_name, "%s server", name);
    const struct part root_part = { CA_ROOT, root_name, CERTIFICATE_ROOT, NULL, CA_DAYS };
    const struct part device_part = { CA_DEVICE, device_name, CERTIFICATE_ISSUING, NULL, CA_DAYS };
    const struct part server_part = { CA_SERVER, server_name, CERTIFICATE_ISSUING, NULL, CA_DAYS };
    const struct part leaf_part = { CA_LEAF, leaf_name, CERTIFICATE_SERVER, alternative,
                                    LEAF_DAYS };
    struct pair root = { 0 };
    struct pair server = { 0 };
    const bool good =
        list_hosts(hosts, host_count, alternative) && make_part(dir, &root_part, NULL, &root) &&
        make_last_part(dir, &device_part, &root) && make_part(dir, &server_part, &root, &server) &&
        make_last_part(dir, &leaf_part, &server);

    free_pair(&server);
    free_pair(&root);
    return good;
}
