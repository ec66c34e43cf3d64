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

#include "host-sim/authority/csr.h"
#include "host-sim/authority/records.h"

/* File names in the authority's directory: NAME.pem and NAME.key (mode 0600). */
#define CA_ROOT   "root-ca"
#define CA_DEVICE "device-ca"
#define CA_SERVER "server-ca"
#define CA_LEAF   "server"

enum {
    CA_PATH_CHARS = 4096
};

struct ca {
    X509 *root;
    X509 *device;
    EVP_PKEY *device_key;
    X509 *server;
    X509 *leaf;
    EVP_PKEY *leaf_key;
};

/* Make all keys and certificates in the empty directory `dir`: `name` is what people see in the
 * CAs' names, `hosts` (count `host_count`) the DNS names and IP literals of the server. Needs about
 * 10 ms. Returns false after printing why to stderr. */
bool ca_create(const char *dir, const char *name, const char *const *hosts, size_t host_count);

/* Load what a server needs; the root's and the server CA's keys stay on the disk.
 * Returns false after printing why to stderr; `ca` is then empty. */
bool ca_load(const char *dir, struct ca *ca);

/* Load only the root certificate. Returns NULL after printing why to stderr; free with
 * X509_free. */
X509 *ca_load_root(const char *dir);

/* Free everything; safe on a struct of zeros. */
void ca_free(struct ca *ca);

/* Issue a device certificate for the key and name of `csr`, valid from five minutes ago (clocks
 * differ) for `days`, but never longer than the device CA. Fills serial, fingerprint, name, key_id,
 * der, issued, not_before and not_after of `record`; leaves the rest. Returns false when OpenSSL
 * failed. Writes nothing. */
bool ca_issue(const struct ca *ca, const struct csr *csr, int64_t now, long days,
              struct record *record);

/* A certs-only PKCS#7 (RFC 5652 section 5, RFC 7030 section 4.1.3) of the given DER certificates,
 * as base64. Returns a malloc'd string, NULL on failure. */
char *ca_pkcs7(const X509 *const *certificates, size_t count);

/* The same for one certificate in DER. */
char *ca_pkcs7_der(const uint8_t *der, size_t size);

#endif
