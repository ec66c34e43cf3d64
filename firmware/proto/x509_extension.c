/* SPDX-License-Identifier: MIT
 * x509_extension.c -- the extensions of a certificate that decide (RFC 5280 4.2). */
#include "firmware/proto/x509_part.h"

enum {
    GENERAL_NAME_DNS = DER_CONTEXT(2),
    GENERAL_NAME_IP = DER_CONTEXT(7),
    GENERAL_NAME_NUMBER_MAX = 8,
    TAG_NUMBER = 0x1f,
    TAG_CLASS = 0xc0,
    TAG_CLASS_CONTEXT = 0x80
};

/* --- One reader for each extension ------------------------------------------------------------ */

static void read_subject_key_id(struct der *der, struct x509 *cert)
{
    cert->subject_key_id = der_read(der, DER_OCTET_STRING);
}

/* Named bits, the first one in the high bit of the first byte. */
static void read_key_usage(struct der *der, struct x509 *cert)
{
    const struct bytes bits = der_read(der, DER_BIT_STRING);

    if (bits.len < 1 || bits.len > 3 || bits.data[0] > 7 || (bits.len == 1 && bits.data[0] > 0)) {
        der_spoil(der);
        return;
    }
    for (size_t i = 0; i < 8 * (bits.len - 1); i++) {
        if (bits.data[1 + i / 8] & 0x80 >> i % 8) {
            cert->key_usage |= (uint16_t)(1u << i);
        }
    }
    cert->has_key_usage = true;
}

static void read_alt_names(struct der *der, struct x509 *cert)
{
    struct bytes rest = der_read(der, DER_SEQUENCE);
    struct bytes name;
    enum x509_name_type type;
    int32_t found = IMP_ERR_X509_MALFORMED;

    cert->alt_names = rest;
    cert->has_alt_name = true;
    if (rest.len > 0) {
        while ((found = x509_next_alt_name(&rest, &type, &name)) > 0) {
        }
    }
    if (found < 0) {
        der_spoil(der);
    }
}

static void read_basic_constraints(struct der *der, struct x509 *cert)
{
    struct der inside = der_enter(der, DER_SEQUENCE);

    cert->has_basic_constraints = true;
    cert->is_ca = der_read_default_false(&inside);
    if (der_is_next(&inside, DER_INTEGER)) {
        cert->path_length = (int16_t)der_read_small(&inside, INT16_MAX);
    }
    der_leave(der, &inside);
}

/* The trees in it are for the verdict to read. */
static void read_name_constraints(struct der *der, struct x509 *cert)
{
    cert->name_constraints = der_read(der, DER_SEQUENCE);
    if (cert->name_constraints.len == 0) {
        der_spoil(der);
    }
}

static void read_authority_key_id(struct der *der, struct x509 *cert)
{
    struct der inside = der_enter(der, DER_SEQUENCE);

    if (der_is_next(&inside, DER_CONTEXT(0))) {
        cert->authority_key_id = der_read(&inside, DER_CONTEXT(0));
    }
    while (der_has_more(&inside)) { /* Issuer and serial number: we match by name and key. */
        uint8_t tag;
        der_read_any(&inside, &tag);
    }
    der_leave(der, &inside);
}

static uint8_t ext_usage_of(struct bytes oid)
{
    static const uint8_t purpose[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03 };
    static const uint8_t any[] = { 0x55, 0x1d, 0x25, 0x00 };
    enum {
        SERVER_AUTH = 1,
        CLIENT_AUTH = 2
    };

    if (bytes_equal(oid, bytes_of(any, sizeof any))) {
        return X509_EXT_USAGE_ANY;
    }
    if (oid.len == sizeof purpose + 1 && memcmp(oid.data, purpose, sizeof purpose) == 0) {
        switch (oid.data[sizeof purpose]) {
        case SERVER_AUTH:
            return X509_EXT_USAGE_SERVER_AUTH;
        case CLIENT_AUTH:
            return X509_EXT_USAGE_CLIENT_AUTH;
        default:
            break;
        }
    }
    return X509_EXT_USAGE_OTHER;
}

static void read_ext_usage(struct der *der, struct x509 *cert)
{
    struct der inside = der_enter(der, DER_SEQUENCE);

    if (!der_has_more(&inside)) {
        der_spoil(&inside);
    }
    while (der_has_more(&inside)) {
        cert->ext_usage |= ext_usage_of(der_read(&inside, DER_OID));
    }
    cert->has_ext_usage = true;
    der_leave(der, &inside);
}

/* Extensions 2.5.29.n, by n. */
static const struct {
    uint8_t number;
    void (*read)(struct der *der, struct x509 *cert);
} extensions[] = {
    { 14, read_subject_key_id },    { 15, read_key_usage },        { 17, read_alt_names },
    { 19, read_basic_constraints }, { 30, read_name_constraints }, { 35, read_authority_key_id },
    { 37, read_ext_usage },
};

/* --- The list --------------------------------------------------------------------------------- */

/* Read what the extension `oid` says in `value`; false when nobody here knows it. */
static bool read_known(struct der *der, struct x509 *cert, struct bytes oid, struct bytes value)
{
    if (oid.len != 3 || oid.data[0] != 0x55 || oid.data[1] != 0x1d) {
        return false;
    }
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (extensions[i].number == oid.data[2]) {
            struct der inside = der_begin(value);
            extensions[i].read(&inside, cert);
            der_leave(der, &inside);
            return true;
        }
    }
    return false;
}

/* Does an extension `oid` stand among the first `count` of `list`? */
static bool is_among(struct der list, size_t count, struct bytes oid)
{
    for (size_t i = 0; i < count; i++) {
        struct der extension = der_enter(&list, DER_SEQUENCE);
        if (bytes_equal(der_read(&extension, DER_OID), oid)) {
            return true;
        }
    }
    return false;
}

/* One Extension; `earlier` is the list from its beginning, `index` the place in it. */
static void read_extension(struct der *list, struct x509 *cert, struct der earlier, size_t index)
{
    struct der extension = der_enter(list, DER_SEQUENCE);
    const struct bytes oid = der_read(&extension, DER_OID);
    const bool is_critical = der_read_default_false(&extension);
    const struct bytes value = der_read(&extension, DER_OCTET_STRING);

    if (oid.len == 0 || index >= X509_EXTENSIONS_MAX || is_among(earlier, index, oid)) {
        der_spoil(&extension);
    }
    der_leave(list, &extension);
    if (!list->is_bad && !read_known(list, cert, oid, value) && is_critical) {
        cert->has_unknown_critical = true;
    }
}

void x509_read_extensions(struct der *der, struct x509 *cert)
{
    struct der list = der_enter(der, DER_SEQUENCE);
    const struct der begin = list;
    size_t index = 0;

    if (!der_has_more(&list)) {
        der_spoil(&list);
    }
    while (der_has_more(&list)) {
        read_extension(&list, cert, begin, index++);
    }
    der_leave(der, &list);
}

/* --- Alternative names ------------------------------------------------------------------------ */

static bool is_printable(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f) {
            return false;
        }
    }
    return text.len > 0;
}

int32_t x509_next_alt_name(struct bytes *rest, enum x509_name_type *type, struct bytes *name)
{
    struct der der = der_begin(*rest);
    uint8_t tag;

    if (!der_has_more(&der)) {
        return 0;
    }
    *name = der_read_any(&der, &tag);
    *rest = der.rest;
    if ((tag & TAG_CLASS) != TAG_CLASS_CONTEXT || (tag & TAG_NUMBER) > GENERAL_NAME_NUMBER_MAX) {
        return IMP_ERR_X509_MALFORMED; /* The tag of a bad reader, 0, ends here too. */
    }
    *type = tag == GENERAL_NAME_DNS  ? X509_NAME_DNS
            : tag == GENERAL_NAME_IP ? X509_NAME_IP
                                     : X509_NAME_OTHER;
    if ((*type == X509_NAME_DNS && !is_printable(*name)) ||
        (*type == X509_NAME_IP && name->len != 4 && name->len != 16)) {
        return IMP_ERR_X509_MALFORMED;
    }
    return 1;
}
