#include "util/parse.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/real.h"

struct unit {
    const char *word;
    double factor;
};

static const struct unit byte_units[] = {
    {"", 1.0},        {"B", 1.0},          {"K", 1024.0},
    {"M", 1048576.0}, {"G", 1073741824.0}, {"T", 1099511627776.0},
    {NULL, 0.0},
};

static const struct unit time_units[] = {
    {"", 1e9},   {"ns", 1.0},   {"us", 1e3},   {"ms", 1e6},    {"s", 1e9},
    {"m", 60e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {NULL, 0.0},
};

/* strtoull() would take signs and blanks. */
const char *hl_parse_digits(const char *text, uint64_t max, uint64_t *out)
{
    const uint64_t most = max / 10;
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > most || digit > max - number * 10)
            return NULL;
        number = number * 10 + digit;
    }
    if (at == text)
        return NULL;
    *out = number;
    return at;
}

int hl_parse_count(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t value;
    const char *end = hl_parse_digits(text, max, &value);
    if (end == NULL || *end != '\0')
        return -EINVAL;
    *out = value;
    return 0;
}

static const struct unit *find(const struct unit *units, const char *word,
                               size_t length)
{
    for (; units->word != NULL; units++)
        if (strlen(units->word) == length &&
            strncasecmp(units->word, word, length) == 0)
            return units;
    return NULL;
}

/* Reads digits with at most one point. strtod() alone would take signs,
 * infinities and hexadecimal numbers too. */
static const char *read_decimal(const char *text, double *out)
{
    size_t whole = strspn(text, "0123456789");
    size_t length = whole;
    if (text[whole] == '.')
        length += 1 + strspn(text + whole + 1, "0123456789");
    if (whole == 0 || length > 32)
        return NULL;
    char copy[40];
    memcpy(copy, text, length);
    copy[length] = '\0';
    *out = strtod(copy, NULL);
    return text + length;
}

static int scale(const char *text, const struct unit *units, size_t length,
                 double value, uint64_t *out)
{
    const struct unit *unit = find(units, text, length);
    if (unit == NULL)
        return -EINVAL;
    value = hl_real_round(value * unit->factor);
    if (value >= 9.2e18)
        return -EINVAL;
    *out = (uint64_t)value;
    return 0;
}

int hl_parse_bytes(const char *text, uint64_t *out)
{
    double value;
    const char *unit = read_decimal(text, &value);
    if (unit == NULL)
        return -EINVAL;
    size_t length = strlen(unit);
    /* "MiB" and "MB" are "M"; "BB" is nothing. */
    if (length > 1 && strchr("Bb", unit[0]) == NULL) {
        length -= strchr("Bb", unit[length - 1]) != NULL;
        length -= length > 1 && unit[length - 1] == 'i';
    }
    return scale(unit, byte_units, length, value, out);
}

int hl_parse_duration(const char *text, uint64_t *out_ns)
{
    double value;
    const char *unit = read_decimal(text, &value);
    if (unit == NULL)
        return -EINVAL;
    return scale(unit, time_units, strlen(unit), value, out_ns);
}

int hl_parse_rate(const char *text, uint64_t *out_ns)
{
    double value;
    const char *unit = read_decimal(text, &value);
    if (unit == NULL || (unit[0] != '\0' && unit[0] != '/'))
        return -EINVAL;
    const char *word = unit[0] == '/' ? unit + 1 : "s";
    uint64_t span_ns;
    if (word[0] == '\0' ||
        scale(word, time_units, strlen(word), 1, &span_ns) < 0)
        return -EINVAL;
    if (value > 0 && (double)span_ns / value >= 9.2e18)
        return -EINVAL;
    *out_ns = value > 0 ? (uint64_t)((double)span_ns / value) : 0;
    return 0;
}
