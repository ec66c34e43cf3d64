/* SPDX-License-Identifier: MIT
 * x509.c -- reader of one X.509 certificate (RFC 5280): views into the DER, no judgement. */
#include "firmware/proto/x509.h"

#include "firmware/proto/calendar.h"
#include "firmware/proto/der.h"
#include "firmware/proto/x509_part.h"

enum {
    VERSION_3 = 3,
    UTC_YEAR_PIVOT = 50
};

/* --- Names ------------------------------------------------------------------------------------ */

/* One AttributeTypeAndValue; of the common names the last one counts. */
static void read_attribute(struct der *set, struct bytes *common_name)
{
    static const uint8_t oid_common_name[] = { 0x55, 0x04, 0x03 };
    struct der attribute = der_enter(set, DER_SEQUENCE);
    const struct bytes oid = der_read(&attribute, DER_OID);
    uint8_t tag;
    const struct bytes value = der_read_any(&attribute, &tag);

    der_leave(set, &attribute);
    if (bytes_equal(oid, bytes_of(oid_common_name, sizeof oid_common_name))) {
        const bool is_readable = tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING;
        *common_name = is_readable ? value : bytes_of(NULL, 0);
    }
}

/* Name: a sequence, maybe empty, of sets, each with an attribute or more. Returns it whole. */
static struct bytes read_name(struct der *der, struct bytes *common_name)
{
    struct der again = *der;
    struct der name = der_enter(der, DER_SEQUENCE);

    while (der_has_more(&name)) {
        struct der set = der_enter(&name, DER_SET);
        do {
            read_attribute(&set, common_name);
        } while (der_has_more(&set));
        der_leave(&name, &set);
    }
    der_leave(der, &name);
    return der_read_whole(&again, DER_SEQUENCE);
}

/* --- Dates ------------------------------------------------------------------------------------ */

/* `MMDDHHMMSSZ`, which follows the year in both forms. */
static bool read_rest_of_time(const uint8_t *at, struct calendar *when)
{
    return calendar_two(at, &when->month) && calendar_two(at + 2, &when->day) &&
           calendar_two(at + 4, &when->hour) && calendar_two(at + 6, &when->minute) &&
           calendar_two(at + 8, &when->second) && at[10] == 'Z';
}

/* UTCTime or GeneralizedTime, to the second and in UTC (RFC 5280 4.1.2.5). */
static int64_t read_time(struct der *validity)
{
    uint8_t tag;
    const struct bytes text = der_read_any(validity, &tag);
    const size_t year_digits = tag == DER_UTC_TIME ? 2 : 4;
    struct calendar when = { 0 };
    int64_t seconds = 0;

    if ((tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME) || text.len != year_digits + 11 ||
        !calendar_number(text.data, year_digits, &when.year) ||
        !read_rest_of_time(text.data + year_digits, &when)) {
        der_spoil(validity);
        return 0;
    }
    if (tag == DER_UTC_TIME) {
        when.year = (uint16_t)(when.year + (when.year < UTC_YEAR_PIVOT ? 2000 : 1900));
    }
    if (!calendar_seconds(&when, &seconds)) {
        der_spoil(validity);
    }
    return seconds;
}

/* --- The certificate -------------------------------------------------------------------------- */

/* [0] EXPLICIT Version DEFAULT v1 */
static void read_version(struct der *tbs, struct x509 *cert)
{
    cert->version = 1;
    if (der_is_next(tbs, DER_CONTEXT_CONSTRUCTED(0))) {
        struct der inside = der_enter(tbs, DER_CONTEXT_CONSTRUCTED(0));
        cert->version = (uint8_t)(der_read_small(&inside, VERSION_3) + 1);
        der_leave(tbs, &inside);
    }
    if (cert->version > VERSION_3) {
        der_spoil(tbs);
    }
}

/* issuerUniqueID, subjectUniqueID (from v2 on, never used) and extensions (v3). */
static void read_optional_fields(struct der *tbs, struct x509 *cert)
{
    for (uint8_t number = 1; number <= 2; number++) {
        if (cert->version > 1 && der_is_next(tbs, (uint8_t)DER_CONTEXT(number))) {
            der_read(tbs, (uint8_t)DER_CONTEXT(number));
        }
    }
    if (cert->version == VERSION_3 && der_is_next(tbs, DER_CONTEXT_CONSTRUCTED(3))) {
        struct der inside = der_enter(tbs, DER_CONTEXT_CONSTRUCTED(3));
        x509_read_extensions(&inside, cert);
        der_leave(tbs, &inside);
    }
}

/* TBSCertificate. Returns the signature algorithm that it names. */
static struct bytes read_tbs(struct der *body, struct x509 *cert)
{
    struct der again = *body;
    struct der tbs = der_enter(body, DER_SEQUENCE);
    struct bytes unused;

    cert->tbs = der_read_whole(&again, DER_SEQUENCE);
    read_version(&tbs, cert);
    cert->serial = der_read_integer(&tbs);
    const struct bytes algorithm = der_read_whole(&tbs, DER_SEQUENCE);
    cert->issuer = read_name(&tbs, &unused);
    struct der validity = der_enter(&tbs, DER_SEQUENCE);
    cert->not_before = read_time(&validity);
    cert->not_after = read_time(&validity);
    der_leave(&tbs, &validity);
    cert->subject = read_name(&tbs, &cert->common_name);
    x509_read_key(&tbs, cert);
    read_optional_fields(&tbs, cert);
    der_leave(body, &tbs);
    return algorithm;
}

imp_err_t x509_parse(struct bytes der, struct x509 *cert)
{
    struct der file = der_begin(der);

    *cert = (struct x509){ .der = der, .path_length = X509_NO_PATH_LENGTH };
    if (der.len > CONFIG_CERT_BYTES_MAX) {
        return IMP_ERR_X509_TOO_LARGE;
    }
    struct der body = der_enter(&file, DER_SEQUENCE);
    const struct bytes inner_algorithm = read_tbs(&body, cert);
    const struct bytes algorithm = der_read_whole(&body, DER_SEQUENCE);
    cert->signature = der_read_bit_string(&body);
    der_leave(&file, &body);
    if (!der_is_finished(&file) || !bytes_equal(algorithm, inner_algorithm)) {
        return IMP_ERR_X509_MALFORMED;
    }
    cert->signature_algorithm = x509_signature_algorithm(algorithm);
    return 0;
}
