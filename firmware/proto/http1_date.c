/* SPDX-License-Identifier: MIT
 * http1_date.c -- HTTP-date in its three forms (RFC 9110 5.6.7), each a pattern that the text
 * must follow. */
#include "firmware/proto/calendar.h"
#include "firmware/proto/http1.h"

/* w: day name of three letters, W: whole day name, D: day in two digits, d: the same with a
 * space for a leading zero, n: month name, Y: year in four digits, y: in two, t: time of day;
 * anything else stands for itself. */
static const char *const forms[] = {
    "w, D n Y t GMT", /* Sun, 06 Nov 1994 08:49:37 GMT */
    "W, D-n-y t GMT", /* Sunday, 06-Nov-94 08:49:37 GMT */
    "w n d t Y",      /* Sun Nov  6 08:49:37 1994 */
};

static const char *const day_names[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday" };
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

enum {
    YEAR_PIVOT = 70
};

struct scan {
    struct bytes rest;
    struct calendar when;
    uint8_t day_of_week; /* 0 is Sunday. */
    bool is_leap_second;
};

/* The next `len` bytes, or NULL when there are fewer. */
static const uint8_t *take(struct scan *scan, size_t len)
{
    const uint8_t *at = scan->rest.data;

    if (scan->rest.len < len) {
        return NULL;
    }
    scan->rest = bytes_of(at + len, scan->rest.len - len);
    return at;
}

static bool take_text(struct scan *scan, const char *text, size_t len)
{
    if (scan->rest.len < len || memcmp(scan->rest.data, text, len) != 0) {
        return false;
    }
    take(scan, len);
    return true;
}

static bool take_day_name(struct scan *scan, bool is_whole)
{
    for (uint8_t i = 0; i < 7; i++) {
        if (take_text(scan, day_names[i], is_whole ? strlen(day_names[i]) : 3)) {
            scan->day_of_week = i;
            return true;
        }
    }
    return false;
}

static bool take_month(struct scan *scan)
{
    for (uint8_t i = 0; i < 12; i++) {
        if (take_text(scan, month_names + 3 * i, 3)) {
            scan->when.month = (uint8_t)(i + 1);
            return true;
        }
    }
    return false;
}

static bool take_day(struct scan *scan, bool may_be_blank)
{
    uint8_t digits[2];
    const uint8_t *at = take(scan, sizeof digits);

    if (at == NULL) {
        return false;
    }
    digits[0] = may_be_blank && at[0] == ' ' ? '0' : at[0];
    digits[1] = at[1];
    return calendar_two(digits, &scan->when.day);
}

static bool take_year(struct scan *scan, size_t digits)
{
    const uint8_t *at = take(scan, digits);

    if (at == NULL || !calendar_number(at, digits, &scan->when.year)) {
        return false;
    }
    if (digits == 2) {
        scan->when.year =
            (uint16_t)(scan->when.year + (scan->when.year < YEAR_PIVOT ? 2000 : 1900));
    }
    return true;
}

static bool take_time(struct scan *scan)
{
    struct calendar *when = &scan->when;
    const uint8_t *at = take(scan, 8);

    if (at == NULL || at[2] != ':' || at[5] != ':' || !calendar_two(at, &when->hour) ||
        !calendar_two(at + 3, &when->minute) || !calendar_two(at + 6, &when->second)) {
        return false;
    }
    scan->is_leap_second = when->second == 60;
    when->second = scan->is_leap_second ? 59 : when->second;
    return true;
}

static bool take_item(struct scan *scan, char item)
{
    switch (item) {
    case 'w':
    case 'W':
        return take_day_name(scan, item == 'W');
    case 'D':
    case 'd':
        return take_day(scan, item == 'd');
    case 'n':
        return take_month(scan);
    case 'Y':
    case 'y':
        return take_year(scan, item == 'Y' ? 4 : 2);
    case 't':
        return take_time(scan);
    default:
        return take_text(scan, &item, 1);
    }
}

static bool follows(struct scan *scan, const char *form)
{
    for (; *form != '\0'; form++) {
        if (!take_item(scan, *form)) {
            return false;
        }
    }
    return scan->rest.len == 0;
}

imp_err_t http1_parse_date(struct bytes text, int64_t *seconds)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct scan scan = { .rest = text };
        int64_t at;
        if (follows(&scan, forms[i]) && calendar_seconds(&scan.when, &at) &&
            calendar_day_of_week(&scan.when) == scan.day_of_week) {
            *seconds = at + (scan.is_leap_second ? 1 : 0);
            return 0;
        }
    }
    return IMP_ERR_HTTP_MALFORMED;
}
