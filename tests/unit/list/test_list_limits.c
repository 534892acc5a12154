/* Lines and records that are longer than they may be: each fails alone, and
 * nothing depends on the pieces it comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/record.h"
#include "list/lines.h"
#include "unit/list/test_list_support.h"
#include "util/buf.h"

static const char before[] = "http://h/a\n";
static const char after[] = "\nhttp://h/b\n";

/* Lines of URLs around one that is head, length bytes of fill, and tail. */
static struct hl_buf around(const char *head, char fill, size_t length,
                            const char *tail)
{
    struct hl_buf list = {0};
    hl_buf_text(&list, before);
    hl_buf_text(&list, head);
    for (size_t i = 0; i < length; i++)
        hl_buf_add(&list, &fill, 1);
    hl_buf_text(&list, tail);
    hl_buf_text(&list, after);
    assert_false(list.failed);
    return list;
}

static void check(struct hl_buf *list, enum hl_list_format format,
                  const char *wanted)
{
    /* One ends a piece between the longest line and its line break. */
    static const size_t steps[] = {
        1000, 4096, (sizeof(before) - 1 + HL_LINE_MAX) / 3, 65535, 65536};
    const struct hl_list_options options = {.format = format};
    const struct bytes bytes = {list->data, list->used};
    expect(read_as_file(bytes, &options), wanted);
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        expect(read_as_pipe(bytes, &options, steps[i]), wanted);
    hl_buf_release(list);
}

static void a_line_of_the_limit_is_good(void **state)
{
    struct hl_buf list = around("", 'x', HL_LINE_MAX, "");
    struct hl_buf wanted = {0};
    (void)state;
    hl_buf_text(&wanted, "1 http://h/a\n2 ");
    hl_buf_add(&wanted, list.data + strlen(before), HL_LINE_MAX);
    hl_buf_text(&wanted, "\n3 http://h/b\nend\n");
    check(&list, HL_LIST_PLAIN, wanted.data);
    hl_buf_release(&wanted);
}

static void a_longer_line_fails_alone(void **state)
{
    static const size_t lengths[] = {HL_LINE_MAX + 1, 131071, 131072, 131073,
                                     1000000};
    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        struct hl_buf list = around("", 'x', lengths[i], "");
        check(&list, HL_LIST_PLAIN,
              "1 http://h/a\n2 bad \"\": line longer than 64 kB\n"
              "3 http://h/b\nend\n");
    }
}

static void a_long_last_line_fails_alone(void **state)
{
    struct hl_buf list = around("", 'x', 0, "");
    (void)state;
    for (int i = 0; i < 200000; i++)
        hl_buf_add(&list, "y", 1);
    check(&list, HL_LIST_PLAIN,
          "1 http://h/a\n3 http://h/b\n4 bad \"\": line longer than 64 kB\n"
          "end\n");
}

static void a_long_line_of_aria2_spoils_its_entry(void **state)
{
    struct hl_buf list = around(" out=", 'x', 100000, "\n out=y");
    (void)state;
    check(&list, HL_LIST_ARIA2,
          "1 bad \"http://h/a\": in line 2: line longer than 64 kB\n"
          "4 http://h/b\nend\n");
    list = around("", 'x', 100000, "\n out=y");
    check(&list, HL_LIST_ARIA2,
          "1 http://h/a\n2 bad \"\": line longer than 64 kB\n"
          "4 http://h/b\nend\n");
}

static void aria2_options_without_end_are_not_gathered(void **state)
{
    struct hl_buf list = {0};
    (void)state;
    hl_buf_text(&list, before);
    for (int i = 0; i < 30; i++) {
        hl_buf_text(&list, " out=");
        for (int j = 0; j < 40000; j++)
            hl_buf_add(&list, "x", 1);
        hl_buf_text(&list, "\n");
    }
    hl_buf_text(&list, "http://h/b");
    check(&list, HL_LIST_ARIA2,
          "1 bad \"http://h/a\": in line 28: more than 1 MB of options\n"
          "32 http://h/b\nend\n");
}

static void a_long_json_line_is_good_up_to_its_limit(void **state)
{
    struct hl_buf list =
        around("{\"url\":\"http://h/x\",\"text\":\"", 'x', 1000000, "\"}");
    (void)state;
    check(
        &list, HL_LIST_JSONL,
        "1 bad \"http://h/a\": not a JSON object: '[' or '{' expected near "
        "'http'\n2 http://h/x\n3 bad \"http://h/b\": not a JSON object: '[' or "
        "'{' expected near 'http'\nend\n");
    list = around("{\"url\":\"http://h/x\",\"text\":\"", 'x', HL_RECORD_MAX,
                  "\"}");
    check(&list, HL_LIST_JSONL,
          "1 bad \"http://h/a\": not a JSON object: '[' or '{' expected near "
          "'http'\n2 bad \"\": line longer than 1 MB\n3 bad \"http://h/b\": "
          "not a JSON object: '[' or '{' expected near 'http'\nend\n");
}

static void a_long_csv_record_is_good_up_to_its_limit(void **state)
{
    struct hl_buf list = around("http://h/x,,\"", '\n', 1000000, "\"");
    (void)state;
    check(&list, HL_LIST_CSV,
          "1 http://h/a\n2 http://h/x\n1000003 http://h/b\nend\n");
    list = around("http://h/x,,", 'x', HL_RECORD_MAX, "");
    check(&list, HL_LIST_CSV,
          "1 http://h/a\n2 bad \"\": line longer than 1 MB\n3 http://h/b\n"
          "end\n");
}

/* The quote spoils the line that it is on, and the blank ones say nothing. */
static void a_quote_that_never_closes_spoils_one_line(void **state)
{
    struct hl_buf list = around("http://h/x,\"", '\n', HL_RECORD_MAX, "");
    (void)state;
    check(&list, HL_LIST_CSV,
          "1 http://h/a\n2 bad \"http://h/x,\"\": a quote that is not closed\n"
          "1048579 http://h/b\nend\n");
}

/* Without a line break a list would be read for ever. */
static void a_line_without_end_ends_the_list(void **state)
{
    static const enum hl_list_format formats[] = {HL_LIST_AUTO,  HL_LIST_PLAIN,
                                                  HL_LIST_ARIA2, HL_LIST_CSV,
                                                  HL_LIST_TSV,   HL_LIST_JSONL};
    static char zeros[HL_LINE_END + 1];
    const struct bytes endless = {zeros, sizeof(zeros)};
    struct bytes packed = pack(endless);
    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        const struct hl_list_options options = {.format = formats[i]};
        const char *wanted = "failed behind 0: a line longer than 16 MB\n";
        expect(read_as_file(endless, &options), wanted);
        expect(read_as_pipe(endless, &options, 65536), wanted);
        expect(read_as_file(packed, &options), wanted);
    }
    free((void *)(uintptr_t)packed.data);
}

static void a_line_that_just_ends_fails_alone(void **state)
{
    static const size_t lengths[] = {HL_LINE_END, HL_LINE_END + 1};
    static const char *const wanted[] = {
        "1 http://h/a\n2 bad \"\": line longer than 64 kB\n3 http://h/b\nend\n",
        "1 http://h/a\nfailed behind 1: a line longer than 16 MB\n"};
    const struct hl_list_options options = {.format = HL_LIST_PLAIN};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct hl_buf list = around("", 'x', lengths[i], "");
        const struct bytes bytes = {list.data, list.used};
        expect(read_as_file(bytes, &options), wanted[i]);
        expect(read_as_pipe(bytes, &options, 65536), wanted[i]);
        hl_buf_release(&list);
    }
}

static void what_is_shown_of_a_bad_line_is_short(void **state)
{
    struct hl_buf list = around("{", 'x', 1000, "");
    const struct hl_list_options options = {.format = HL_LIST_JSONL};
    (void)state;
    char *got = read_as_file((struct bytes){list.data, list.used}, &options);
    assert_in_range(strlen(strstr(got, "2 bad")), 200, 400);
    free(got);
    hl_buf_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_the_limit_is_good),
        cmocka_unit_test(a_longer_line_fails_alone),
        cmocka_unit_test(a_long_last_line_fails_alone),
        cmocka_unit_test(a_long_line_of_aria2_spoils_its_entry),
        cmocka_unit_test(aria2_options_without_end_are_not_gathered),
        cmocka_unit_test(a_long_json_line_is_good_up_to_its_limit),
        cmocka_unit_test(a_long_csv_record_is_good_up_to_its_limit),
        cmocka_unit_test(a_quote_that_never_closes_spoils_one_line),
        cmocka_unit_test(a_line_without_end_ends_the_list),
        cmocka_unit_test(a_line_that_just_ends_fails_alone),
        cmocka_unit_test(what_is_shown_of_a_bad_line_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
