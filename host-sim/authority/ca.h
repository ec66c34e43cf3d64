/* SPDX-License-Identifier: MIT
 * ca.h -- the authority's certificates and keys, on disk and in memory.
 *
 *   root (10 years, the one that devices pin)
 *    |-- device CA ---- device certificates (clientAuth)
 *    '-- server CA ---- this server's certificate (serverAuth)
 *
 * Two issuing CAs, so that no device certificate can ever pass for a server, whatever a client
 * forgets to check.
 */
#ifndef IMPRINT_AUTHORITY_CA_H
#define IMPRINT_AUTHORITY_CA_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-sim/authority/ca_state.h"
#include "host-sim/authority/csr.h"
#include "host-sim/authority/records.h"

/* File names in the authority's directory: NAME.pem and NAME.key (mode 0600). */
#define CA_ROOT   "root-ca"
#define CA_DEVICE "device-ca"
#define CA_SERVER "server-ca"
#define CA_LEAF   "server"

/* The cross certificates of a roll-over (RFC 4210 section 4.4), beside the new root's files. */
#define CA_NEW_WITH_OLD "new-with-old"
#define CA_OLD_WITH_NEW "old-with-new"

enum {
    CA_PATH_CHARS = 4096
};

struct ca {
    struct ca_state state;
    /* The generation that issues. */
    X509 *root;
    X509 *device;
    EVP_PKEY *device_key;
    X509 *server;
    X509 *leaf;
    EVP_PKEY *leaf_key;
    /* During a roll-over: the other generation, and each root certified by the other one. */
    X509 *other_root;
    X509 *other_device;
    X509 *new_with_old;
    X509 *old_with_new;
};

enum {
    CA_LISTED_MAX = 6 /* Certificates in /cacerts: what a device reads (CONFIG_CHAIN_CERTS_MAX). */
};

/* Where the files of a generation are. Returns false after printing why when the path is too
 * long. */
bool ca_folder(const char *dir, int64_t generation, char path[CA_PATH_CHARS]);

/* Make all keys and certificates in the empty directory `dir`: `name` is what people see in the
 * CAs' names, `hosts` (count `host_count`) the DNS names and IP literals of the server. Needs about
 * 10 ms. Returns false after printing why to stderr. */
bool ca_create(const char *dir, const char *name, const char *const *hosts, size_t host_count);

/* A DNS name (no wildcard) or an IP literal? */
bool ca_host_is_good(const char *host);

/* Make the generation after `generation` in the empty directory `folder`: new keys, the same names
 * (RFC 4210 section 4.4: the root's name stays, so that a cross certificate is self-issued and does
 * not count against the path length), the same hosts, and both cross certificates. Reads the old
 * root's key. Returns false after printing why. */
bool ca_create_next(const char *dir, int64_t generation, const char *folder);

/* Load what a server needs in a new authority (generation 1), or in `state`; the keys of roots and
 * server CAs stay on the disk. Returns false after printing why to stderr; `ca` is then empty. */
bool ca_load(const char *dir, struct ca *ca);
bool ca_load_state(const char *dir, const struct ca_state *state, struct ca *ca);

/* Load one certificate, or key, of a folder (CA_ROOT...). Returns NULL after printing why to stderr;
 * free with X509_free, EVP_PKEY_free. */
X509 *ca_load_certificate(const char *folder, const char *name);
EVP_PKEY *ca_load_key(const char *folder, const char *name);

/* The certificates that /cacerts lists, the most useful first: a device keeps a few. Returns how
 * many were put into `list`; borrowed from `ca`. */
size_t ca_list(const struct ca *ca, const X509 *list[CA_LISTED_MAX]);

/* Free everything; safe on a struct of zeros. */
void ca_free(struct ca *ca);

/* Issue a device certificate for the key and name of `csr`, valid from five minutes ago (clocks
 * differ) for `days`, but never longer than the device CA. Fills serial, fingerprint, name, key_id,
 * der, issued, not_before, not_after and generation of `record`; leaves the rest. Returns false when OpenSSL
 * failed. Writes nothing. */
bool ca_issue(const struct ca *ca, const struct csr *csr, int64_t now, long days,
              struct record *record);

#endif
