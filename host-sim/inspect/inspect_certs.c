/* SPDX-License-Identifier: MIT
 * inspect_certs.c -- certificates from files, and in words. */
#include <stdlib.h>

#include "firmware/crypto/hash.h"
#include "firmware/proto/pem.h"
#include "host-sim/inspect/inspect.h"
#include "host-sim/inspect/name_text.h"

/* --- Reading ---------------------------------------------------------------------------------- */

/* Bytes of the DER element at the front; all there is where that makes no sense, so that the
 * reader of certificates sees it and says what is wrong. */
static size_t element_bytes(struct bytes der)
{
    size_t head = 2;
    size_t length = der.len >= 2 ? der.data[1] : 0;

    if (der.len >= 4 && der.data[1] == 0x82) {
        head = 4;
        length = (size_t)der.data[2] << 8 | der.data[3];
    } else if (der.len >= 3 && der.data[1] == 0x81) {
        head = 3;
        length = der.data[2];
    } else if (length >= 0x80) {
        return der.len;
    }
    return der.len - (der.len < head ? der.len : head) < length ? der.len : head + length;
}

bool inspect_split_certs(struct bytes content, struct inspect_certs *certs)
{
    while (content.len > 0) {
        const size_t bytes = element_bytes(content);
        if (certs->count == INSPECT_CERTS_MAX) {
            return false;
        }
        certs->at[certs->count++] = bytes_of(content.data, bytes);
        content = bytes_of(content.data + bytes, content.len - bytes);
    }
    return true;
}

static int too_many(struct inspect *inspect, const char *path)
{
    return say_unreadable(&inspect->say, "%s: more than %d certificates", path, INSPECT_CERTS_MAX);
}

/* Decoded where it lies: it only gets shorter. */
static int read_pem(struct inspect *inspect, const char *path, struct bytes content,
                    struct inspect_certs *certs)
{
    struct bytes rest = content;
    uint8_t *out = (uint8_t *)(size_t)content.data;
    const size_t before = certs->count;
    size_t bytes = 0;
    int32_t found = pem_next(&rest, "CERTIFICATE", out, content.len, &bytes);

    for (; found == 1; found = pem_next(&rest, "CERTIFICATE", out, content.len, &bytes)) {
        if (certs->count == INSPECT_CERTS_MAX) {
            return too_many(inspect, path);
        }
        certs->at[certs->count++] = bytes_of(out, bytes);
        out += bytes;
    }
    return found == 0 ? CLI_OK
                      : say_unreadable(&inspect->say,
                                       "%s: %s in block %zu (only CERTIFICATE blocks, with nothing "
                                       "but white space between)",
                                       path, imprint_err_name(found), certs->count - before + 1);
}

static bool is_pem(struct bytes content)
{
    size_t at = 0;

    while (at < content.len && memchr(" \t\r\n", content.data[at], 4) != NULL) {
        at++;
    }
    return content.len - at >= 5 && memcmp(content.data + at, "-----", 5) == 0;
}

int inspect_read_certs(struct inspect *inspect, const char *path, struct inspect_certs *certs)
{
    struct bytes content;
    const int code = inspect_read(inspect, path, &content);

    if (code) {
        return code;
    }
    if (is_pem(content)) {
        return read_pem(inspect, path, content, certs);
    }
    return inspect_split_certs(content, certs) ? CLI_OK : too_many(inspect, path);
}

int inspect_read_all_certs(struct inspect *inspect, const char *name, struct inspect_certs *certs)
{
    const char *path = cli_nth(inspect->args, name, 0);
    int code = CLI_OK;

    for (size_t i = 0; path != NULL && !code; path = cli_nth(inspect->args, name, ++i)) {
        code = inspect_read_certs(inspect, path, certs);
    }
    return code;
}

/* --- In words --------------------------------------------------------------------------------- */

static const char *key_text(const struct x509 *cert, char text[32])
{
    static const char *const curves[] = {
        [CRYPTO_KEY_EC_P256] = "EC P-256",
        [CRYPTO_KEY_EC_P384] = "EC P-384",
        [CRYPTO_KEY_EC_P521] = "EC P-521",
    };

    if (cert->key.type == CRYPTO_KEY_RSA) {
        const struct bytes n = cert->key.modulus;
        size_t bits = 8 * n.len;
        for (uint8_t top = n.len > 0 ? n.data[0] : 0xff; top < 0x80; top = (uint8_t)(top << 1)) {
            bits--;
        }
        snprintf(text, 32, "RSA %zu", bits);
        return text;
    }
    return cert->key.type == CRYPTO_KEY_UNKNOWN ? "unknown" : curves[cert->key.type];
}

static const char *signature_text(enum crypto_signature algorithm)
{
    static const char *const names[] = {
        [CRYPTO_SIGNATURE_UNKNOWN] = "unknown or not taken",
        [CRYPTO_ECDSA_SHA256] = "ECDSA with SHA-256",
        [CRYPTO_ECDSA_SHA384] = "ECDSA with SHA-384",
        [CRYPTO_ECDSA_SHA512] = "ECDSA with SHA-512",
        [CRYPTO_RSA_PKCS1_SHA256] = "RSA PKCS#1 with SHA-256",
        [CRYPTO_RSA_PKCS1_SHA384] = "RSA PKCS#1 with SHA-384",
        [CRYPTO_RSA_PKCS1_SHA512] = "RSA PKCS#1 with SHA-512",
        [CRYPTO_RSA_PSS_SHA256] = "RSA-PSS with SHA-256",
        [CRYPTO_RSA_PSS_SHA384] = "RSA-PSS with SHA-384",
        [CRYPTO_RSA_PSS_SHA512] = "RSA-PSS with SHA-512",
    };

    return names[algorithm];
}

static void say_usages(struct say *say, const struct x509 *cert)
{
    if (cert->has_ext_usage) {
        char text[64];
        snprintf(text, sizeof text, "%s%s%s%s",
                 cert->ext_usage & X509_EXT_USAGE_SERVER_AUTH ? "serverAuth " : "",
                 cert->ext_usage & X509_EXT_USAGE_CLIENT_AUTH ? "clientAuth " : "",
                 cert->ext_usage & X509_EXT_USAGE_ANY ? "any " : "",
                 cert->ext_usage & X509_EXT_USAGE_OTHER ? "others " : "");
        text[strlen(text) - (text[0] != '\0')] = '\0';
        say_text(say, "ext_usage", text);
    }
    if (cert->has_key_usage) {
        char text[64];
        snprintf(text, sizeof text, "0x%04x%s%s", cert->key_usage,
                 cert->key_usage & X509_KEY_USAGE_DIGITAL_SIGNATURE ? " digitalSignature" : "",
                 cert->key_usage & X509_KEY_USAGE_KEY_CERT_SIGN ? " keyCertSign" : "");
        say_text(say, "key_usage", text);
    }
}

static void say_fingerprint(struct say *say, struct bytes der)
{
    uint8_t digest[HASH_SHA256_BYTES];

    if (hash_sha256(&der, 1, digest) == 0) {
        say_hex(say, "sha256", bytes_of(digest, sizeof digest));
    }
}

static void say_parsed(struct say *say, const struct x509 *cert)
{
    char text[NAME_TEXT_BYTES];

    say_text(say, "subject", name_text(cert->subject, text));
    say_text(say, "issuer", name_text(cert->issuer, text));
    say_hex(say, "serial", cert->serial);
    say_time(say, "not_before", cert->not_before);
    say_time(say, "not_after", cert->not_after);
    say_number(say, "version", cert->version);
    say_text(say, "key", key_text(cert, text));
    say_text(say, "signed_by", signature_text(cert->signature_algorithm));
    say_bool(say, "is_ca", cert->is_ca);
    if (cert->path_length != X509_NO_PATH_LENGTH) {
        say_number(say, "path_length", cert->path_length);
    }
    say_usages(say, cert);
    if (cert->has_alt_name) {
        say_text(say, "names", alt_names_text(cert->alt_names, text));
    }
    if (cert->name_constraints.len > 0) {
        say_bool(say, "constrains_names", true);
    }
    if (cert->has_unknown_critical) {
        say_bool(say, "unknown_critical", true);
    }
}

void inspect_say_cert(struct say *say, struct bytes der)
{
    struct x509 cert;
    const imp_err_t err = x509_parse(der, &cert);

    say_number(say, "bytes", (int64_t)der.len);
    if (err) {
        say_text(say, "can_not_be_read", imprint_err_name(err));
    } else {
        say_parsed(say, &cert);
    }
    say_fingerprint(say, der);
}

void inspect_say_certs(struct say *say, const char *name, const struct inspect_certs *certs)
{
    say_list(say, name);
    for (size_t i = 0; i < certs->count; i++) {
        say_item(say, name, i);
        inspect_say_cert(say, certs->at[i]);
        say_object_end(say);
    }
    say_list_end(say);
}
