/* SPDX-License-Identifier: MIT
 * calendar.h -- a moment as people write it (Gregorian, UTC) to seconds since 1970. */
#ifndef FIRMWARE_PROTO_CALENDAR_H
#define FIRMWARE_PROTO_CALENDAR_H

#include "firmware/bytes.h"

struct calendar {
    uint16_t year;  /* 0 to 9999, proleptic. */
    uint8_t month;  /* 1 to 12. */
    uint8_t day;    /* 1 to 31. */
    uint8_t hour;   /* 0 to 23. */
    uint8_t minute; /* 0 to 59. */
    uint8_t second; /* 0 to 59: a leap second is the caller's affair. */
};

/* The moment in seconds since 1970-01-01T00:00:00Z, negative before. False: there is no such
 * moment. */
bool calendar_seconds(const struct calendar *when, int64_t *seconds);

/* The day of the week, 0 is Sunday, of a moment that exists. */
uint8_t calendar_day_of_week(const struct calendar *when);

/* Read exactly `digits` (1 to 4) decimal digits at `at`. False: something else stands there. */
bool calendar_number(const uint8_t *at, size_t digits, uint16_t *value);

/* The same for two digits. */
bool calendar_two(const uint8_t *at, uint8_t *value);

#endif
