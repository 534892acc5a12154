/*
 * Single values, as options, lists and headers have them: numbers, sizes,
 * durations, rates, dates, checksums, lists of words, addresses, header lines.
 * The first byte is which. Each has a second reader here, or is written and
 * read again.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <strings.h>
#include <time.h>

#include "cli/summary.h"
#include "compare/sweep.h"
#include "fuzz/check.h"
#include "policy/cause.h"
#include "run/options.h"
#include "transfer/address.h"
#include "util/checksum.h"
#include "util/date.h"
#include "util/header.h"
#include "util/parse.h"

static const uint64_t exact_max = UINT64_C(1) << 53; /* of a double */

static void count(const char *text)
{
    uint64_t value;
    int r = hl_parse_count(text, 1000000, &value);
    size_t digits = strspn(text, "0123456789");
    bool is_number = digits > 0 && text[digits] == '\0';
    const char *first = text + strspn(text, "0");
    bool fits = strlen(first) <= 7 && strtoul(text, NULL, 10) <= 1000000;
    check((r == 0) == (is_number && fits), "a number in its limits");
    check(r < 0 || value == strtoul(text, NULL, 10), "its value");
}

static void bytes(const char *text)
{
    char again[32];
    uint64_t value;
    uint64_t other;
    if (hl_parse_bytes(text, &value) < 0)
        return;
    check(isdigit((unsigned char)text[0]) != 0, "a size begins with a digit");
    check(value <= INT64_MAX, "a size fits a file");
    snprintf(again, sizeof(again), "%" PRIu64 "B", value);
    check(value > exact_max ||
              (hl_parse_bytes(again, &other) == 0 && other == value),
          "a size in bytes is the same size");
    snprintf(again, sizeof(again), "%" PRIu64 "KiB", value);
    check(value > exact_max / 1024 ||
              (hl_parse_bytes(again, &other) == 0 && other == 1024 * value),
          "a thousand of them");
}

static void duration(const char *text)
{
    char again[32];
    uint64_t ns;
    uint64_t other;
    if (hl_parse_duration(text, &ns) < 0)
        return;
    check(isdigit((unsigned char)text[0]) != 0, "a time begins with a digit");
    check(ns <= INT64_MAX, "a time that can be waited for");
    snprintf(again, sizeof(again), "%" PRIu64 "ns", ns);
    check(ns > exact_max ||
              (hl_parse_duration(again, &other) == 0 && other == ns),
          "a time in ns is the same time");
}

static void rate(const char *text)
{
    uint64_t ns;
    if (hl_parse_rate(text, &ns) < 0)
        return;
    check(isdigit((unsigned char)text[0]) != 0, "a rate begins with a digit");
    check(ns <= INT64_MAX, "a pause that can be waited for");
}

static void checksum(const char *text)
{
    struct hl_checksum one;
    struct hl_checksum two;
    char again[HL_CHECKSUM_SIZE];
    if (hl_checksum_parse(&one, text) != NULL)
        return;
    hl_checksum_text(again, &one);
    check_same(hl_checksum_parse(&two, again), NULL, "a checksum is one");
    check_same(two.digits, one.digits, "its digits");
    check(hl_digests_compare(one.digits, two.digits) == HL_DIGESTS_EQUAL,
          "equal digests");
    (void)hl_digests_sha256(text);
    (void)hl_digests_find(text, HL_SHA256);
}

/* As --retry-on: each item by itself. */
static void words(const char *text)
{
    static const long statuses[] = {0, 404, 500, 599, 600};
    char item[64];
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        bool any = false;
        for (const char *p = text; *p != '\0';) {
            size_t n = strcspn(p, ",");
            snprintf(item, sizeof(item), "%.*s", (int)n, p);
            any |= n < sizeof(item) &&
                   hl_cause_is_listed(item, statuses[i], "timeout");
            check(n < sizeof(item) || n > 60, "an item that is a word");
            p += n + (p[n] == ',');
        }
        check(!any || hl_cause_is_listed(text, statuses[i], "timeout"),
              "a list has what its items have");
    }
}

static void resolve(const char *text)
{
    const char *const entries[] = {text, NULL};
    const struct haul_options options = {.resolve = entries};
    char host_port[128];
    (void)haul_options_objection(&options);
    const char *begin = text + (text[0] == '+');
    const char *colon = strchr(begin, ':');
    const char *second = colon != NULL ? strchr(colon + 1, ':') : NULL;
    if (second == NULL || second - begin >= (long)sizeof(host_port))
        return;
    snprintf(host_port, sizeof(host_port), "%.*s", (int)(second - begin),
             begin);
    check(hl_options_resolves(&options, host_port),
          "an entry is for its host and port");
    check(!hl_options_resolves(&options, "other.example:1") ||
              strncmp(begin, "*:", 2) == 0 ||
              strncasecmp(begin, "other.example:1:", 16) == 0,
          "an entry is for no other host");
}

/* The date of struct tm, without libc's reader of dates. */
static int64_t by_timegm(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char day[4];
    char month[4];
    char zone[4];
    int end = 0;
    struct tm tm = {0};
    int n = sscanf(text, "%3c, %2d %3c %4d %2d:%2d:%2d %3c%n", day, &tm.tm_mday,
                   month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
                   zone, &end);
    month[3] = zone[3] = day[3] = '\0';
    const char *at = n == 8 ? strstr(months, month) : NULL;
    if (at == NULL || (at - months) % 3 != 0 || text[end] != '\0')
        return -1;
    tm.tm_mon = (int)(at - months) / 3;
    tm.tm_year -= 1900;
    return timegm(&tm);
}

static void date(const char *text)
{
    char again[64];
    int64_t seconds = hl_date_parse(text);
    if (seconds < 0)
        return;
    check(seconds == by_timegm(text), "the seconds of the C library");
    struct tm tm;
    time_t time = (time_t)seconds;
    gmtime_r(&time, &tm);
    if (tm.tm_year + 1900 > 9999)
        return;
    strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    check(hl_date_parse(again) == seconds, "the same date, written again");
}

/* A net of the form that an address has beside itself is as private. */
static void address(const char *text)
{
    char mapped[INET6_ADDRSTRLEN + 16];
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) != 1) {
        if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
            (void)hl_address_is_private((const struct sockaddr *)&in6);
        return;
    }
    bool is_private = hl_address_is_private((const struct sockaddr *)&in);
    static const char *const prefixes[] = {"::ffff:", "64:ff9b::"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(mapped, sizeof(mapped), "%s%s", prefixes[i], text);
        check(inet_pton(AF_INET6, mapped, &in6.sin6_addr) == 1, "a form");
        check(hl_address_is_private((const struct sockaddr *)&in6) ==
                  is_private,
              "an address within another is as private");
    }
    uint32_t ip = ntohl(in.sin_addr.s_addr);
    check(is_private || (ip >> 24 != 10 && ip >> 24 != 127 &&
                         ip >> 16 != 0xc0a8 && ip >> 20 != 0xac1 &&
                         ip >> 16 != 0xa9fe && ip >> 28 < 0xe && ip >> 24),
          "what is private");
}

/* The numbers of the list, as any reader of numbers finds them. */
static void sweep(const char *text)
{
    struct hl_sweep found = {0};
    if (hl_sweep_parse(&found, text) != NULL)
        return;
    for (const char *p = text; *p != '\0';) {
        char *end;
        unsigned long long value = strtoull(p, &end, 10);
        bool is_there = false;
        for (size_t i = 0; i < found.counts_count; i++)
            is_there |= found.counts[i] == value;
        check(is_there, "each number of the list is there");
        check(*end == ',' || *end == '\0', "numbers and commas");
        p = end + (*end == ',');
    }
}

static void allowance(const char *text)
{
    struct hl_allowance allowed;
    if (hl_allowance_parse(&allowed, text) != NULL)
        return;
    check(allowed.percent >= 0 && allowed.percent <= 100, "a share");
    check(hl_allowance_holds(&allowed, 0, 0), "no failure is allowed always");
}

static void header(const char *text)
{
    if (hl_header_line_objection(text) != NULL)
        return;
    check(strpbrk(text, "\r\n") == NULL, "a header is one line");
    size_t name = strcspn(text, ":");
    check(name > 0 && text[name] == ':', "a header has a name");
    for (size_t i = 0; i < name; i++)
        check(isgraph((unsigned char)text[i]) != 0, "a name is one word");
    check(strncasecmp(text, "range:", 6) != 0 &&
              strncasecmp(text, "content-length:", 15) != 0,
          "no header that haul sets");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const char *) = {
        count, bytes,   duration, rate,  checksum,  words,
        date,  resolve, address,  sweep, allowance, header,
    };
    if (size == 0)
        return 0;
    char *text = text_of(data + 1, size - 1);
    readers[data[0] % (sizeof(readers) / sizeof(*readers))](text);
    free(text);
    return 0;
}
