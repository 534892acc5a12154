/* Without memory: each allocation of the small rooms fails in turn, and no
 * room crashes, leaks, or takes what it has not got for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "list/list.h"
#include "run/options.h"
#include "schedule/task.h"
#include "support/opt_rows.h"
#include "support/torture.h"
#include "util/buf.h"
#include "util/heap.h"
#include "util/table.h"
#include "util/url.h"

/* libcurl itself takes some of its failures for the URL's. */
static bool is_memory(const char *why)
{
    return strcmp(why, "malformed URL") == 0 ||
           strcmp(why, "URL without a usable host") == 0;
}

static int parse_url(void *arg)
{
    const char *const *strings = arg; /* as given, in normal form, the user */
    struct hl_url url;
    const char *why = NULL;
    int r = hl_url_parse(&url, strings[0], &why);
    if (r < 0) {
        assert_null(url.block);
        return is_memory(why) ? UV_ENOMEM : r;
    }
    assert_string_equal(url.text, strings[1]);
    if (strings[2] != NULL)
        assert_string_equal(url.user, strings[2]);
    else
        assert_null(url.user);
    hl_url_release(&url);
    return 0;
}

static void a_url_is_whole_or_none(void **state)
{
    static const char *const urls[][3] = {
        {"https://example.com/a?b", "https://example.com/a?b", NULL},
        {"http://EXAMPLE.com:8080/a/../b?c=d#e",
         "http://example.com:8080/b?c=d", NULL},
        {"https://me:p%40ss@[2001:DB8::1]:8443/x?y",
         "https://[2001:db8::1]:8443/x?y", "me:p@ss"},
        {"http://me@127.1", "http://127.0.0.1/", "me:"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        const char *strings[3];
        memcpy(strings, urls[i], sizeof(strings));
        assert_true(torture(parse_url, strings) >= (i == 0 ? 1 : 10));
    }
}

static int write_json(void *arg)
{
    struct hl_buf buf = {0};
    char text[5000];
    (void)arg;
    memset(text, '"', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 10; i++)
        hl_buf_json(&buf, text);
    hl_buf_printf(&buf, "%20000d", 1);
    int r = buf.failed ? UV_ENOMEM : 0;
    assert_true(r < 0 || buf.used == 10 * 10000 + 20000);
    hl_buf_release(&buf);
    return r;
}

static int fill_table(void *arg)
{
    enum { COUNT = 3000 };
    static const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    struct hl_table table = {0};
    uint32_t set = 0;
    int r = 0;
    (void)arg;
    while (r == 0 && set < COUNT) {
        struct hl_table_entry *entry = hl_table_add(&table, (set + 1) * step);
        r = entry != NULL ? 0 : UV_ENOMEM;
        if (entry != NULL)
            entry->line = set++;
    }
    /* What was added before is there still. */
    assert_int_equal(hl_table_count(&table), set);
    for (uint32_t i = 0; i < set; i++) {
        const struct hl_table_entry *entry =
            hl_table_find(&table, (i + 1) * step);
        assert_true(entry != NULL && entry->line == i);
    }
    hl_table_release(&table);
    return r;
}

static int fill_heap(void *arg)
{
    enum { COUNT = 300 };
    struct hl_heap_node nodes[COUNT] = {{0}};
    struct hl_heap heap = {0};
    uint64_t last = 0;
    int r = 0;
    (void)arg;
    for (unsigned i = 0; i < COUNT && r == 0; i++) {
        nodes[i].at = i * 7919 % COUNT;
        r = hl_heap_add(&heap, &nodes[i]);
    }
    for (struct hl_heap_node *node; (node = hl_heap_first(&heap)) != NULL;) {
        assert_true(node->at >= last);
        last = node->at;
        hl_heap_remove(&heap, node);
    }
    hl_heap_release(&heap);
    return r;
}

static void what_grows_keeps_what_it_has(void **state)
{
    (void)state;
    assert_true(torture(write_json, NULL) > 5);
    assert_true(torture(fill_table, NULL) > 100);
    assert_true(torture(fill_heap, NULL) > 2);
}

static int parse_options(void *arg)
{
    char strings[][16] = {"one", "-Ha", "-q", "--header=b", "two"};
    char *argv[] = {strings[0], strings[1], strings[2],
                    strings[3], strings[4], NULL};
    struct hl_opt_table tables[3];
    struct opt_values values;
    struct hl_opt_parsed parsed;
    (void)arg;
    opt_tables_init(tables, &values);
    int r = hl_opt_parse(tables, 5, argv, &parsed);
    if (r == 0) {
        assert_int_equal(parsed.rest.count, 2);
        assert_int_equal(values.headers.count, 2);
    }
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&values.headers);
    return r == 0 ? 0 : UV_ENOMEM;
}

static int resolve_options(void *arg)
{
    static const char *const lines[] = {"A: 1", "B: 2", NULL};
    const struct haul_options given = {
        .dir = "d",
        .output = "{hash}{ext}",
        .headers = lines,
        .user = "me:pw",
        .retry_on = "404,tls",
        .accept_type = "image/*",
    };
    struct haul_options options = {0};
    (void)arg;
    int r = hl_options_resolve(&options, &given);
    if (r < 0)
        return r;
    assert_string_equal(options.dir, "d");
    assert_string_equal(options.headers[1], "B: 2");
    assert_null(options.headers[2]);
    assert_string_equal(options.accept_type, "image/*");
    hl_options_release(&options);
    return 0;
}

static void options_are_whole_or_none(void **state)
{
    (void)state;
    assert_true(torture(parse_options, NULL) >= 4);
    assert_true(torture(resolve_options, NULL) > 5);
}

static int check_loaded(const struct hl_task *task)
{
    struct hl_buf bytes = {0};
    hl_task_save(task, &bytes);
    struct hl_task *copy = bytes.failed ? NULL : hl_task_load(&bytes);
    if (copy != NULL) {
        assert_string_equal(copy->key, "http://h/a");
        assert_string_equal(copy->url, "http://h/b");
        assert_string_equal(copy->headers, "A: 1\nB: 2\nC: 3");
        assert_null(copy->checksum);
        assert_int_equal(copy->line, 7);
        assert_int_equal(copy->job.resume_from, UINT64_C(1) << 40);
    }
    int r = copy != NULL ? 0 : UV_ENOMEM;
    hl_task_free(copy);
    hl_buf_release(&bytes);
    return r;
}

static int use_task(void *arg)
{
    const struct hl_task_strings strings = {
        .key = "http://h/a",
        .asked = "http://h/a",
        .url = "http://h/a",
        .path = "a",
        .headers = "A: 1\nB: 2\nC: 3",
    };
    (void)arg;
    struct hl_task *task = hl_task_new(&strings);
    if (task == NULL)
        return UV_ENOMEM;
    task->line = 7;
    task->job.resume_from = UINT64_C(1) << 40;
    int r = hl_task_set(task, &task->url, "http://h/b");
    assert_string_equal(task->url, r == 0 ? "http://h/b" : "http://h/a");
    if (r == 0)
        r = hl_task_ready(task);
    if (r == 0) {
        assert_string_equal(task->job.headers[2], "C: 3");
        assert_null(task->job.headers[3]);
        r = check_loaded(task);
    }
    hl_task_free(task);
    return r;
}

static void a_task_is_whole_or_none(void **state)
{
    (void)state;
    assert_true(torture(use_task, NULL) >= 6);
}

/* A list, and how many rows it has; all of them of http://h/a. */
struct torture_list {
    enum hl_list_format format;
    const char *text;
    unsigned rows;
    char path[64];
};

static int read_list(void *arg)
{
    const struct torture_list *wanted = arg;
    const struct hl_list_options options = {.format = wanted->format};
    struct hl_list *list;
    struct hl_list_row row;
    enum hl_list_event event;
    unsigned rows = 0;
    int r = hl_list_open(&list, wanted->path, &options);
    if (r < 0)
        return r;
    while ((event = hl_list_next(list, &row)) == HL_LIST_ROW) {
        assert_string_equal(row.url, "http://h/a");
        assert_true(row.name == NULL || strcmp(row.name, "d/n") == 0);
        assert_true(row.headers == NULL || strcmp(row.headers[0], "A: b") == 0);
        rows++;
    }
    if (event == HL_LIST_END)
        assert_int_equal(rows, wanted->rows);
    else
        assert_string_equal(row.why, "out of memory");
    hl_list_close(list);
    return event == HL_LIST_END ? 0 : UV_ENOMEM;
}

static void a_row_of_a_list_is_whole_or_none(void **state)
{
    static const struct torture_list lists[] = {
        {HL_LIST_AUTO, "http://h/a\n# no\nhttp://h/a", 2, ""},
        {HL_LIST_AUTO, "http://h/a\n out=n\n dir=d\n header=A: b\n", 1, ""},
        {HL_LIST_TSV, "url\tname\nhttp://h/a\td/n\n", 1, ""},
        {HL_LIST_CSV, "x,url\n\"1,\n\",\"http://h/a\"\n2,http://h/a\n", 2, ""},
        {HL_LIST_AUTO, "{\"url\":\"http://h/a\",\"headers\":{\"A\":\"b\"}}\n",
         1, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        struct torture_list list = lists[i];
        size_t size = strlen(list.text);
        int fd = memfd_create("list", MFD_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, list.text, size), size);
        snprintf(list.path, sizeof(list.path), "/proc/self/fd/%d", fd);
        assert_true(torture(read_list, &list) >= 3);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_whole_or_none),
        cmocka_unit_test(what_grows_keeps_what_it_has),
        cmocka_unit_test(options_are_whole_or_none),
        cmocka_unit_test(a_task_is_whole_or_none),
        cmocka_unit_test(a_row_of_a_list_is_whole_or_none),
    };
    torture_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
