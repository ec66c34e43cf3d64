/* SPDX-License-Identifier: MIT
 * calendar.c -- a moment as people write it (Gregorian, UTC) to seconds since 1970. */
#include "firmware/proto/calendar.h"

enum {
    DAYS_TO_1970 = 719528, /* From 0000-01-01. */
    SECONDS_A_DAY = 86400,
    SATURDAY = 6
};

static bool is_leap(uint16_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint8_t days_in_month(uint16_t year, uint8_t month)
{
    if (month == 2) {
        return is_leap(year) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Days from 0000-01-01 to January 1st of `year`; year 0 is a leap year. */
static int32_t days_before_year(uint16_t year)
{
    if (year == 0) {
        return 0;
    }
    const int32_t past = year - 1;
    return year * 365 + past / 4 - past / 100 + past / 400 + 1;
}

static bool is_valid(const struct calendar *when)
{
    return when->year <= 9999 && when->month >= 1 && when->month <= 12 && when->day >= 1 &&
           when->day <= days_in_month(when->year, when->month) && when->hour < 24 &&
           when->minute < 60 && when->second < 60;
}

/* Days from 0000-01-01, which was a Saturday. */
static int32_t days_of(const struct calendar *when)
{
    int32_t days = days_before_year(when->year) + when->day - 1;

    for (uint8_t month = 1; month < when->month; month++) {
        days += days_in_month(when->year, month);
    }
    return days;
}

bool calendar_seconds(const struct calendar *when, int64_t *seconds)
{
    if (!is_valid(when)) {
        return false;
    }
    const int32_t second_of_day = when->hour * 3600 + when->minute * 60 + when->second;
    *seconds = (int64_t)(days_of(when) - DAYS_TO_1970) * SECONDS_A_DAY + second_of_day;
    return true;
}

uint8_t calendar_day_of_week(const struct calendar *when)
{
    return (uint8_t)((days_of(when) + SATURDAY) % 7);
}

bool calendar_number(const uint8_t *at, size_t digits, uint16_t *value)
{
    uint16_t sum = 0;

    for (size_t i = 0; i < digits; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        sum = (uint16_t)(sum * 10 + (at[i] - '0'));
    }
    *value = sum;
    return true;
}

bool calendar_two(const uint8_t *at, uint8_t *value)
{
    uint16_t number;

    if (!calendar_number(at, 2, &number)) {
        return false;
    }
    *value = (uint8_t)number;
    return true;
}
