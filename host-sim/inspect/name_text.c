/* SPDX-License-Identifier: MIT
 * name_text.c -- names of certificates in words. */
#include "host-sim/inspect/name_text.h"

#include <arpa/inet.h>

#include "firmware/proto/der.h"
#include "firmware/proto/x509.h"
#include "firmware/text.h"

/* What X.520 and RFC 4519 call an attribute type, or NULL. */
static const char *short_name(struct bytes oid)
{
    static const struct {
        uint8_t last; /* Of 2.5.4.x. */
        const char *name;
    } known[] = { { 3, "CN" }, { 5, "serialNumber" }, { 6, "C" },  { 7, "L" },
                  { 8, "ST" }, { 10, "O" },           { 11, "OU" } };

    if (oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 4) {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            if (oid.data[2] == known[i].last) {
                return known[i].name;
            }
        }
    }
    return NULL;
}

/* A NUL is written out: it would end the text. */
static void add_value(struct text *text, struct bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == 0) {
            text_add(text, "\\x00");
        } else {
            text_add_char(text, (char)value.data[i]);
        }
    }
}

static void add_attribute(struct text *text, struct der *set)
{
    struct der attribute = der_enter(set, DER_SEQUENCE);
    const struct bytes oid = der_read(&attribute, DER_OID);
    uint8_t tag;
    const struct bytes value = der_read_any(&attribute, &tag);
    const char *name = short_name(oid);

    der_leave(set, &attribute);
    if (text->len > 0) {
        text_add(text, ", ");
    }
    if (name != NULL) {
        text_add(text, name);
    } else {
        text_add(text, "oid:");
        text_add_hex(text, oid, 0);
    }
    text_add_char(text, '=');
    add_value(text, value);
}

const char *name_text(struct bytes name, char text[NAME_TEXT_BYTES])
{
    struct text out = text_in(text, NAME_TEXT_BYTES);
    struct der der = der_begin(name);
    struct der sequence = der_enter(&der, DER_SEQUENCE);

    while (der_has_more(&sequence)) {
        struct der set = der_enter(&sequence, DER_SET);
        while (der_has_more(&set)) {
            add_attribute(&out, &set);
        }
        der_leave(&sequence, &set);
    }
    return text;
}

const char *alt_names_text(struct bytes names, char text[NAME_TEXT_BYTES])
{
    struct text out = text_in(text, NAME_TEXT_BYTES);
    enum x509_name_type type;
    struct bytes name;

    while (x509_next_alt_name(&names, &type, &name) == 1) {
        if (out.len > 0) {
            text_add(&out, ", ");
        }
        if (type == X509_NAME_DNS) {
            text_add(&out, "DNS:");
            add_value(&out, name);
        } else if (type == X509_NAME_IP) {
            char address[INET6_ADDRSTRLEN] = "?";
            (void)inet_ntop(name.len == 4 ? AF_INET : AF_INET6, name.data, address, sizeof address);
            text_add(&out, "IP:");
            text_add(&out, address);
        } else {
            text_add(&out, "other");
        }
    }
    return text;
}
