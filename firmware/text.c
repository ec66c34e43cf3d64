/* SPDX-License-Identifier: MIT
 * text.c -- the builder behind requests, names and the console. */
#include "firmware/text.h"

#include <string.h>

struct text text_in(char *at, size_t cap)
{
    at[0] = '\0';
    return (struct text){ .at = at, .cap = cap };
}

void text_add_bytes(struct text *text, struct bytes more)
{
    if (text->is_cut || more.len >= text->cap - text->len) {
        text->is_cut = true;
        return;
    }
    if (more.len > 0) {
        memcpy(text->at + text->len, more.data, more.len);
        text->len += more.len;
        text->at[text->len] = '\0';
    }
}

void text_add(struct text *text, const char *more)
{
    text_add_bytes(text, bytes_of_text(more));
}

void text_add_char(struct text *text, char c)
{
    text_add_bytes(text, bytes_of(&c, 1));
}

void text_add_padded(struct text *text, uint64_t value, unsigned digits)
{
    char reversed[20];
    size_t count = 0;

    while (value > 0) {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    }
    while (digits > count) {
        text_add_char(text, '0');
        digits--;
    }
    while (count > 0) {
        text_add_char(text, reversed[--count]);
    }
}

void text_add_u64(struct text *text, uint64_t value)
{
    text_add_padded(text, value, 1);
}

void text_add_i32(struct text *text, int32_t value)
{
    if (value < 0) {
        text_add_char(text, '-');
    }
    text_add_u64(text, (uint64_t)(value < 0 ? -(int64_t)value : value));
}

void text_add_hex(struct text *text, struct bytes bytes, char separator)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.len; i++) {
        if (separator != '\0' && i > 0) {
            text_add_char(text, separator);
        }
        text_add_char(text, digits[bytes.data[i] >> 4]);
        text_add_char(text, digits[bytes.data[i] & 15]);
    }
}

struct civil_day {
    int32_t year;
    uint32_t month;
    uint32_t day;
};

/* Gregorian date of a day counted from 1970-01-01, by eras of 400 years that begin on 1 March. */
static struct civil_day civil_day(int64_t days)
{
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const uint32_t of_era = (uint32_t)(shifted - era * 146097);
    const uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const uint32_t month = (5 * of_year + 2) / 153;

    return (struct civil_day){
        .year = (int32_t)(year + era * 400 + (month >= 10)),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

void text_add_time(struct text *text, int64_t seconds)
{
    enum {
        DAY_SECONDS = 86400
    };
    const int64_t year_0000 = -62167219200;
    const int64_t year_9999_end = 253402300799;

    if (seconds < year_0000 || seconds > year_9999_end) {
        text_add(text, "(out of range)");
        return;
    }
    const int64_t days = (seconds - (seconds < 0 ? DAY_SECONDS - 1 : 0)) / DAY_SECONDS;
    const uint32_t of_day = (uint32_t)(seconds - days * DAY_SECONDS);
    const struct civil_day date = civil_day(days);

    text_add_padded(text, (uint64_t)date.year, 4);
    text_add_char(text, '-');
    text_add_padded(text, date.month, 2);
    text_add_char(text, '-');
    text_add_padded(text, date.day, 2);
    text_add_char(text, 'T');
    text_add_padded(text, of_day / 3600, 2);
    text_add_char(text, ':');
    text_add_padded(text, of_day / 60 % 60, 2);
    text_add_char(text, ':');
    text_add_padded(text, of_day % 60, 2);
    text_add_char(text, 'Z');
}

void text_add_ms(struct text *text, uint64_t ms)
{
    text_add_u64(text, ms / 1000);
    text_add_char(text, '.');
    text_add_padded(text, ms % 1000, 3);
}

void text_add_ms_column(struct text *text, uint64_t ms)
{
    for (uint64_t width = 100000; width > ms && width >= 10000; width /= 10) {
        text_add_char(text, ' ');
    }
    text_add_ms(text, ms);
}

int text_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}
