/* SPDX-License-Identifier: MIT
 * x509.h -- reader of one X.509 certificate (RFC 5280): views into the DER, no judgement.
 * trust/chain.h judges. */
#ifndef FIRMWARE_PROTO_X509_H
#define FIRMWARE_PROTO_X509_H

#include "firmware/bytes.h"
#include "firmware/config.h"
#include "firmware/crypto/verify.h"
#include "firmware/error.h"

enum x509_key_usage {
    X509_KEY_USAGE_DIGITAL_SIGNATURE = 1u << 0,
    X509_KEY_USAGE_KEY_CERT_SIGN = 1u << 5
};

enum x509_ext_usage {
    X509_EXT_USAGE_SERVER_AUTH = 1u << 0,
    X509_EXT_USAGE_CLIENT_AUTH = 1u << 1,
    X509_EXT_USAGE_ANY = 1u << 2,
    X509_EXT_USAGE_OTHER = 1u << 3
};

enum {
    X509_NO_PATH_LENGTH = -1
};

struct x509 {
    struct bytes der;         /* The whole certificate. */
    struct bytes tbs;         /* What is signed. */
    struct bytes serial;      /* INTEGER content. */
    struct bytes issuer;      /* Name, as DER. */
    struct bytes subject;     /* Name, as DER. */
    struct bytes common_name; /* The last CN, UTF8String or PrintableString, or empty. */
    struct bytes spki;        /* SubjectPublicKeyInfo, as DER. */
    struct crypto_public_key key;
    enum crypto_signature signature_algorithm; /* Inner and outer agree, or x509_parse refuses. */
    struct bytes signature;
    int64_t not_before; /* Seconds since 1970; years 0000 to 9999. */
    int64_t not_after;
    uint8_t version; /* 1, 2 or 3. */
    bool has_basic_constraints;
    bool is_ca;
    int16_t path_length; /* X509_NO_PATH_LENGTH when absent. */
    bool has_key_usage;
    uint16_t key_usage; /* Bit 0 is digitalSignature, as in RFC 5280 4.2.1.3. */
    bool has_ext_usage;
    uint8_t ext_usage;
    bool has_unknown_critical; /* A critical extension that this reader does not know. */
    bool has_alt_name;
    struct bytes alt_names;        /* Content of GeneralNames; x509_next_alt_name walks it. */
    struct bytes name_constraints; /* Content of NameConstraints; empty when absent. */
    struct bytes authority_key_id; /* keyIdentifier; empty when absent. */
    struct bytes subject_key_id;
};

enum {
    X509_EXTENSIONS_MAX = 32
};

/* Read `der`, which must be exactly one certificate of at most CONFIG_CERT_BYTES_MAX bytes and
 * X509_EXTENSIONS_MAX extensions. DER is taken strictly, but a value equal to its DEFAULT may be
 * written out (some CAs write cA FALSE). Duplicate extensions, extensions before v3, empty
 * lists, and alternative names with other than printable ASCII (a NUL, say) are malformed. An
 * unknown key or signature algorithm is not an error here: it reads as UNKNOWN. 0;
 * IMP_ERR_X509_MALFORMED; IMP_ERR_X509_TOO_LARGE: `cert` is then not to be used. */
imp_err_t x509_parse(struct bytes der, struct x509 *cert);

enum x509_name_type {
    X509_NAME_OTHER,
    X509_NAME_DNS,
    X509_NAME_IP
};

/* The next entry at the front of `rest`, which moves on: a dNSName's characters, an iPAddress's
 * 4 or 16 bytes, another kind's content. 1 an entry; 0 the end; IMP_ERR_X509_MALFORMED. */
int32_t x509_next_alt_name(struct bytes *rest, enum x509_name_type *type, struct bytes *name);

#endif
