/* SPDX-License-Identifier: MIT
 * ca_create.c -- makes the keys and certificates of a new authority and writes them to its
 * directory.
 */
#define _GNU_SOURCE /* open, fdopen with C11 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
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
    ALTERNATIVE_CHARS = 4096,
    HOSTS_MAX = 64,
    HOST_CHARS = 254
};

#define ROOT_NAME_END " root CA"

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

bool ca_host_is_good(const char *host)
{
    return is_address(host) || is_dns_name(host);
}

/* "DNS:a,IP:127.0.0.1" from the hosts; false after printing which one is neither. */
static bool list_hosts(const char *const *hosts, size_t host_count, char text[ALTERNATIVE_CHARS])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < host_count; i++) {
        const bool address = is_address(hosts[i]);

        if (!ca_host_is_good(hosts[i])) {
            fprintf(stderr, "%s: neither a DNS name nor an IP address\n", hosts[i]);
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

/* How the certificates below the root are called; a later generation says which one it is. */
static void name_part(const char *name, const char *what, int64_t generation,
                      char text[CA_NAME_CHARS])
{
    if (generation == 1) {
        snprintf(text, CA_NAME_CHARS, "%s %s", name, what);
    } else {
        snprintf(text, CA_NAME_CHARS, "%s %s %" PRId64, name, what, generation);
    }
}

/* A whole generation: root, issuing CAs, server. `root` is filled; the caller frees it. */
static bool create_generation(const char *folder, const char *name, int64_t generation,
                              const char *alternative, struct pair *root)
{
    char root_name[CA_NAME_CHARS];
    char device_name[CA_NAME_CHARS];
    char server_name[CA_NAME_CHARS];
    char leaf_name[CA_NAME_CHARS];

    snprintf(root_name, sizeof root_name, "%s" ROOT_NAME_END, name);
    name_part(name, "device CA", generation, device_name);
    name_part(name, "server CA", generation, server_name);
    name_part(name, "server", generation, leaf_name);
    const struct part root_part = { CA_ROOT, root_name, CERTIFICATE_ROOT, NULL, CA_DAYS };
    const struct part device_part = { CA_DEVICE, device_name, CERTIFICATE_ISSUING, NULL, CA_DAYS };
    const struct part server_part = { CA_SERVER, server_name, CERTIFICATE_ISSUING, NULL, CA_DAYS };
    const struct part leaf_part = { CA_LEAF, leaf_name, CERTIFICATE_SERVER, alternative,
                                    LEAF_DAYS };
    struct pair server = { 0 };
    const bool good = make_part(folder, &root_part, NULL, root) &&
                      make_last_part(folder, &device_part, root) &&
                      make_part(folder, &server_part, root, &server) &&
                      make_last_part(folder, &leaf_part, &server);

    free_pair(&server);
    return good;
}

bool ca_create(const char *dir, const char *name, const char *const *hosts, size_t host_count)
{
    char alternative[ALTERNATIVE_CHARS];
    struct pair root = { 0 };
    const bool good = list_hosts(hosts, host_count, alternative) &&
                      create_generation(dir, name, 1, alternative, &root);

    free_pair(&root);
    return good;
}

/* ---- The next generation. ---- */

/* What --name and --host said, read back from the certificates. */
static bool read_name(const X509 *root, char name[CA_NAME_CHARS])
{
    const size_t end = sizeof ROOT_NAME_END - 1;
    size_t size = 0;

    if (!certificate_name(root, name, CA_NAME_CHARS)) {
        return false;
    }
    size = strlen(name);
    if (size <= end || strcmp(name + size - end, ROOT_NAME_END) != 0) {
        return false;
    }
    name[size - end] = '\0';
    return true;
}

/* One entry of a subjectAltName as text; false when it is none that `init` makes. */
static bool read_host(const GENERAL_NAME *entry, char text[HOST_CHARS])
{
    const unsigned char *bytes = NULL;
    int size = 0;

    if (entry->type == GEN_DNS) {
        bytes = ASN1_STRING_get0_data(entry->d.dNSName);
        size = ASN1_STRING_length(entry->d.dNSName);
        return snprintf(text, HOST_CHARS, "%.*s", size, (const char *)bytes) < HOST_CHARS;
    }
    if (entry->type != GEN_IPADD) {
        return false;
    }
    bytes = ASN1_STRING_get0_data(entry->d.iPAddress);
    size = ASN1_STRING_length(entry->d.iPAddress);
    return inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, HOST_CHARS) != NULL;
}

static bool read_hosts(const X509 *leaf, char alternative[ALTERNATIVE_CHARS])
{
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    const int count = sk_GENERAL_NAME_num(names);
    char text[HOSTS_MAX][HOST_CHARS];
    const char *hosts[HOSTS_MAX];
    bool good = count > 0 && count <= HOSTS_MAX;

    for (int i = 0; good && i < count; i++) {
        good = read_host(sk_GENERAL_NAME_value(names, i), text[i]);
        hosts[i] = text[i];
    }
    GENERAL_NAMES_free(names);
    return good && list_hosts(hosts, (size_t)count, alternative);
}

/* Certify the root `subject` with the root `issuer`, for as long as both last. */
static bool make_cross(const char *folder, const char *file, const struct pair *subject,
                       const struct pair *issuer)
{
    const int64_t end = certificate_not_after(subject->certificate);
    const int64_t issuer_end = certificate_not_after(issuer->certificate);
    char name[CA_NAME_CHARS];
    const struct certificate_order order = {
        .profile = CERTIFICATE_CROSS,
        .name = name,
        .key = subject->key,
        .issuer = issuer->certificate,
        .issuer_key = issuer->key,
        .not_before = (int64_t)time(NULL) - CA_BACKDATE_S,
        .not_after = end < issuer_end ? end : issuer_end,
    };
    X509 *cross =
        certificate_name(subject->certificate, name, sizeof name) ? certificate_make(&order) : NULL;
    FILE *written = cross != NULL ? create_file(folder, file, "pem", 0644) : NULL;
    const bool good = written != NULL && close_synced(written, PEM_write_X509(written, cross) == 1);

    X509_free(cross);
    if (!good) {
        fprintf(stderr, "%s/%s.pem: could not be made\n", folder, file);
    }
    return good;
}

static bool create_next(const char *folder, int64_t generation, const struct pair *old,
                        const X509 *leaf)
{
    char alternative[ALTERNATIVE_CHARS];
    char name[CA_NAME_CHARS];
    struct pair root = { 0 };

    if (!read_name(old->certificate, name) || !read_hosts(leaf, alternative)) {
        fprintf(stderr, "the old root's name or the server's hosts are not as `init` makes them\n");
        return false;
    }
    const bool good = create_generation(folder, name, generation, alternative, &root) &&
                      make_cross(folder, CA_NEW_WITH_OLD, &root, old) &&
                      make_cross(folder, CA_OLD_WITH_NEW, old, &root);

    free_pair(&root);
    return good;
}

bool ca_create_next(const char *dir, int64_t generation, const char *folder)
{
    char old_folder[CA_PATH_CHARS];
    struct pair old = { 0 };
    X509 *leaf = NULL;

    if (!ca_folder(dir, generation, old_folder)) {
        return false;
    }
    old.certificate = ca_load_certificate(old_folder, CA_ROOT);
    old.key = ca_load_key(old_folder, CA_ROOT);
    leaf = ca_load_certificate(old_folder, CA_LEAF);
    const bool good = old.certificate != NULL && old.key != NULL && leaf != NULL &&
                      create_next(folder, generation + 1, &old, leaf);

    X509_free(leaf);
    free_pair(&old);
    return good;
}
