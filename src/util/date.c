#include "util/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/time_units.h"

enum {
    LENGTH = HL_DATE_SIZE - 1,
    DAY_AT = 5,
    MONTH_AT = 8,
    YEAR_AT = 12,
    CLOCK_AT = 17
};

/* Reads count digits at text; -1: there are others. */
static int digits(const char *text, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        n = 10 * n + (text[i] - '0');
    }
    return n;
}

/* 1 to 12; 0: none. */
static int month_of(const char *text)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (memcmp(text, names + (size_t)(3 * i), 3) == 0)
            return i + 1;
    return 0;
}

/* Days from 1970-01-01, by eras of 400 years that begin in March, so that the
 * leap day is the last of its year. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t of_era = y - 400 * era;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t days = 365 * of_era + of_era / 4 - of_era / 100 + of_year;
    return 146097 * era + days - 719468;
}

static int64_t seconds_of(const char *clock)
{
    int hour = digits(clock, 2);
    int minute = digits(clock + 3, 2);
    int second = digits(clock + 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 60 || clock[2] != ':' || clock[5] != ':')
        return -1;
    return 3600 * hour + 60 * minute + second;
}

int64_t hl_date_parse(const char *text)
{
    if (strnlen(text, LENGTH + 1) != LENGTH ||
        memcmp(text + CLOCK_AT + 8, " GMT", 4) != 0 ||
        memcmp(text + 3, ", ", 2) != 0 || text[MONTH_AT - 1] != ' ' ||
        text[YEAR_AT - 1] != ' ' || text[CLOCK_AT - 1] != ' ')
        return -1;
    int day = digits(text + DAY_AT, 2);
    int month = month_of(text + MONTH_AT);
    int year = digits(text + YEAR_AT, 4);
    int64_t seconds = seconds_of(text + CLOCK_AT);
    if (day < 1 || day > 31 || month == 0 || year < 1970 || seconds < 0)
        return -1;
    return 86400 * days_of(year, month, day) + seconds;
}

void hl_date_format(char out[HL_DATE_SIZE], time_t when)
{
    struct tm tm;
    out[0] = '\0';
    if (gmtime_r(&when, &tm) != NULL)
        strftime(out, HL_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

void hl_date_iso(char out[HL_DATE_ISO_SIZE], uint64_t us)
{
    struct tm tm;
    time_t when = (time_t)(us / HL_US_PER_S);
    out[0] = '\0';
    if (gmtime_r(&when, &tm) == NULL)
        return;
    size_t length = strftime(out, HL_DATE_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + length, HL_DATE_ISO_SIZE - length, ".%06" PRIu64 "Z",
             us % HL_US_PER_S);
}
