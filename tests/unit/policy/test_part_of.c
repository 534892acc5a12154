/* Which part of a plan a line belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "policy/part_of.h"

enum { URLS = 5000, PARTS_MOST = 1000 };

static const uint32_t numbers[] = {1, 2, 7, 64, PARTS_MOST};
enum { NUMBERS = sizeof(numbers) / sizeof(*numbers) };

static uint32_t part_of(const char *text, uint32_t parts, enum hl_part_by by)
{
    const struct hl_partition partition = {.parts = parts, .by = by};
    struct hl_url url;
    const char *why;
    assert_int_equal(hl_url_parse(&url, text, &why), 0);
    uint32_t part = hl_part_of(&partition, &url);
    hl_url_release(&url);
    return part;
}

/* Plans on disks hold these: they never change. They are XXH3-64, as other
 * programs compute it, modulo the number of parts. */
static void the_parts_of_urls_never_change(void **state)
{
    static const struct {
        const char *url;
        uint32_t parts[NUMBERS];
    } golden[] = {
        {"http://example.com/", {0, 1, 1, 43, 283}},
        {"https://example.com/a.jpg?x=1", {0, 1, 4, 45, 293}},
        {"https://xn--mnchen-3ya.example/", {0, 0, 3, 16, 232}},
        {"http://127.0.0.1:8080/%C3%A9", {0, 1, 0, 61, 181}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++)
        for (size_t n = 0; n < NUMBERS; n++)
            assert_int_equal(part_of(golden[i].url, numbers[n], HL_PART_BY_URL),
                             golden[i].parts[n]);
}

static void the_parts_of_hosts_never_change(void **state)
{
    static const uint32_t example[] = {0, 1, 6, 51, 347};
    static const uint32_t munich[] = {0, 0, 3, 12, 436};
    (void)state;
    for (size_t n = 0; n < NUMBERS; n++) {
        assert_int_equal(
            part_of("https://example.com:8443/a", numbers[n], HL_PART_BY_HOST),
            example[n]);
        assert_int_equal(
            part_of("http://example.com/b", numbers[n], HL_PART_BY_HOST),
            example[n]);
        assert_int_equal(
            part_of("https://MÜNCHEN.example/", numbers[n], HL_PART_BY_HOST),
            munich[n]);
    }
}

static void the_parts_of_bad_lines_never_change(void **state)
{
    static const uint32_t text[] = {0, 0, 6, 14, 710};
    static const uint32_t none[] = {0, 0, 4, 2, 138};
    (void)state;
    for (size_t n = 0; n < NUMBERS; n++) {
        const struct hl_partition by_url = {.parts = numbers[n]};
        const struct hl_partition by_host = {.parts = numbers[n],
                                             .by = HL_PART_BY_HOST};
        assert_int_equal(hl_part_of_bad(&by_url, "no url"), text[n]);
        assert_int_equal(hl_part_of_bad(&by_host, "no url"), text[n]);
        assert_int_equal(hl_part_of_bad(&by_url, NULL), none[n]);
    }
}

/* However a list writes a URL, it is one URL. */
static void spellings_of_a_url_are_in_one_part(void **state)
{
    uint32_t part =
        part_of("https://xn--mnchen-3ya.example/", 1000, HL_PART_BY_URL);
    (void)state;
    assert_int_equal(
        part_of("HTTPS://München.Example:443#top", 1000, HL_PART_BY_URL), part);
    assert_int_equal(
        part_of("https://me:pass@münchen.example/", 1000, HL_PART_BY_URL),
        part);
}

static void the_parts_are_even(void **state)
{
    static uint32_t lines[PARTS_MOST];
    (void)state;
    for (size_t n = 0; n < NUMBERS; n++) {
        uint32_t largest = 0;
        for (uint32_t i = 0; i < numbers[n]; i++)
            lines[i] = 0;
        for (unsigned i = 0; i < URLS; i++) {
            char url[64];
            snprintf(url, sizeof(url), "https://h%u.example/%u", i % 13, i);
            uint32_t part = part_of(url, numbers[n], HL_PART_BY_URL);
            assert_true(part < numbers[n]);
            lines[part]++;
        }
        for (uint32_t i = 0; i < numbers[n]; i++)
            largest = lines[i] > largest ? lines[i] : largest;
        /* The average, and five times its root. */
        double mean = (double)URLS / numbers[n];
        double over = largest - mean;
        assert_true(over * over <= 25 * mean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_of_urls_never_change),
        cmocka_unit_test(the_parts_of_hosts_never_change),
        cmocka_unit_test(the_parts_of_bad_lines_never_change),
        cmocka_unit_test(spellings_of_a_url_are_in_one_part),
        cmocka_unit_test(the_parts_are_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
