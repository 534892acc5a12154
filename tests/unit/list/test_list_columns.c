/* Which columns are the URL, the name and the id; what is said when one is
 * not there; and which format a list's name stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/list/test_list_support.h"

struct sample {
    struct hl_list_options options;
    struct bytes list;
    const char *wanted;
};

static void check(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(read_named("list.csv", samples[i].list, &samples[i].options),
               samples[i].wanted);
}

#define CHECK(samples) check(samples, sizeof(samples) / sizeof(*(samples)))

static void a_header_names_the_columns(void **state)
{
    static const struct sample samples[] = {
        {{0}, BYTES("a, URL ,b\n1,http://h/a,x\n"), "2 http://h/a\nend\n"},
        {{0}, BYTES("a,\"Url\"\n1,http://h/a\n"), "2 http://h/a\nend\n"},
        {{.name_column = "B"},
         BYTES("url,b\nhttp://h/a,x\n"),
         "2 http://h/a name=x\nend\n"},
        /* The same in case comes first, then the same. */
        {{.url_column = "b"},
         BYTES("B,b\nx,http://h/a\n"),
         "2 http://h/a\nend\n"},
        {{.url_column = "b"},
         BYTES("a,B\nx,http://h/a\n"),
         "2 http://h/a\nend\n"},
        {{.url_column = "a"}, BYTES("a\n"), "end\n"},
    };
    (void)state;
    CHECK(samples);
}

static void cells_are_kept(void **state)
{
    static const struct sample samples[] = {
        {{.keep = "all", .id_column = "id"},
         BYTES("id,url,,a,a\n1,http://h/a,x,\"y,\"\"z\",\n2,,b\n"),
         "2 http://h/a id=1 [id]=1 [url]=http://h/a [column3]=x [a]=y,\"z "
         "[a]=\n"
         "3 bad \"2\": no URL in this line id=2 [id]=2 [url]= [column3]=b [a] "
         "[a]\nend\n"},
        {{.keep = " b ,3"},
         BYTES("url,B,c\nhttp://h/a,1,2\n"),
         "2 http://h/a [B]=1 [c]=2\nend\n"},
        {{.keep = "2"},
         BYTES("http://h/a,1\nhttp://h/b\n"),
         "1 http://h/a name=1 [column2]=1\n2 http://h/b [column2]\nend\n"},
        {{.keep = "b,d"},
         BYTES("url,b\nhttp://h/a,1\n"),
         "unusable: --keep-cols: there is no column 'd' in list.csv, which "
         "has: "
         "url, "
         "b\n"},
        {{.keep = "b", .format = HL_LIST_JSONL},
         BYTES("{\"url\":\"http://h/a\",\"b\":1.10}\n{\"b\":[\"]\",{}] }\n"
               "{\"url\":\"http://h/a\",\"\\u0062\":1}\nx\n"),
         "1 http://h/a [b]<1.10>\n"
         "2 bad \"{\"b\":[\"]\",{}] }\": no URL in this line [b]<[\"]\",{}]>\n"
         "3 http://h/a [b]<1>\n"
         "4 bad \"x\": not a JSON object: '[' or '{' expected near 'x'\nend\n"},
        {{.keep = "all", .format = HL_LIST_JSONL},
         BYTES("{\"url\":\"http://h/a\",\"b\":null,\"c\":\"d\",\"e\":true}\n"),
         "1 http://h/a [url]=http://h/a [b] [c]=d [e]<true>\nend\n"},
        {{.keep = "x", .format = HL_LIST_JSONL},
         BYTES("{\"url\":\"http://h/a\",\"b\":1}\n"),
         "unusable: --keep-cols: there is no key 'x' in the first object of "
         "list.csv, which has: url, b\n"},
        {{.keep = "all", .format = HL_LIST_PLAIN},
         BYTES("http://h/a\n"),
         "unusable: --keep-cols: list.csv has no columns, as it is read as "
         "plain; "
         "--input-format says otherwise\n"},
    };
    (void)state;
    CHECK(samples);
}

static void without_a_header_it_is_url_and_name(void **state)
{
    static const struct sample samples[] = {
        {{0},
         BYTES("http://h/a,x\nhttp://h/b\n"),
         "1 http://h/a name=x\n2 http://h/b\nend\n"},
        {{.url_column = "1"}, BYTES("http://h/a,x\n"), "1 http://h/a\nend\n"},
        {{.url_column = "1", .name_column = "3"},
         BYTES("http://h/a,x,y\n"),
         "1 http://h/a name=y\nend\n"},
        {{0},
         BYTES("http://h/a,image_url\nhttp://h/b,url\n"),
         "1 http://h/a name=image_url\n2 http://h/b name=url\nend\n"},
        /* No header, and so a record that fails alone. */
        {{0},
         BYTES("broken,x\nhttp://h/a,y\n"),
         "1 broken name=x\n2 http://h/a name=y\nend\n"},
    };
    (void)state;
    CHECK(samples);
}

static void a_column_that_is_not_there_is_named(void **state)
{
    static const struct sample samples[] = {
        {{.url_column = "image"},
         BYTES("id,url\n1,http://h/a\n"),
         "unusable: --url-col: there is no column 'image' in list.csv, which "
         "has: id, url\n"},
        {{.name_column = "x"},
         BYTES("id,url\n1,http://h/a\n"),
         "unusable: --name-col: there is no column 'x' in list.csv, which "
         "has: id, url\n"},
        {{.id_column = "3"},
         BYTES("id,url\n1,http://h/a\n"),
         "unusable: --id-col: there is no column 3 in list.csv, which has 1 "
         "to 2\n"},
        {{.url_column = "0"},
         BYTES("http://h/a\n"),
         "unusable: --url-col: there is no column 0 in list.csv, which has 1 "
         "to 1\n"},
        {{.url_column = "99999999999999999999"},
         BYTES("http://h/a\n"),
         "unusable: --url-col: there is no column 99999999999999999999 in "
         "list.csv, which has 1 to 1\n"},
        {{0},
         BYTES("id,image_url\n1,http://h/a\n"),
         "unusable: list.csv: it has no column 'url', but: id, image_url; "
         "--url-col says which\n"},
        {{.format = HL_LIST_PLAIN, .id_column = "id"},
         BYTES("http://h/a\n"),
         "unusable: --id-col: there is no column 'id' in list.csv, which is "
         "read as plain; --input-format says otherwise\n"},
        {{.format = HL_LIST_ARIA2, .url_column = "1"},
         BYTES("http://h/a\n"),
         "unusable: --url-col: there is no column '1' in list.csv, which is "
         "read as aria2; --input-format says otherwise\n"},
        {{.format = HL_LIST_JSONL, .url_column = "image"},
         BYTES("[]\n{\"url\":\"http://h/a\"}\n"),
         "1 bad \"[]\": not a JSON object\nunusable: --url-col: there is no "
         "key "
         "'image' in the first object of list.csv\n"},
    };
    (void)state;
    CHECK(samples);
}

static void columns_are_as_many_as_there_are(void **state)
{
    struct hl_list_options options = {.url_column = "1001"};
    static char list[4096];
    size_t used = 0;
    (void)state;
    for (int i = 0; i < 1000; i++)
        list[used++] = ',';
    for (const char *c = "http://h/a\n"; *c != '\0'; c++)
        list[used++] = *c;
    expect(read_named("list.csv", (struct bytes){list, used}, &options),
           "1 http://h/a\nend\n");
}

static void a_name_stands_for_a_format(void **state)
{
    static const struct hl_list_options automatic = {.format = HL_LIST_AUTO};
    static const struct {
        const char *name;
        struct bytes list;
        const char *wanted;
    } samples[] = {
        {"list.csv", BYTES("http://h/a,b\n"), "1 http://h/a name=b\nend\n"},
        {"list.Csv", BYTES("http://h/a,b\n"), "1 http://h/a name=b\nend\n"},
        {"list.tsv", BYTES("http://h/a\thttp://h/b\n"),
         "1 http://h/a name=http://h/b\nend\n"},
        {"list.tab", BYTES("http://h/a\tb\n"), "1 http://h/a name=b\nend\n"},
        {"list.jsonl", BYTES("http://h/a\n"),
         "1 bad \"http://h/a\": not a JSON object: '[' or '{' expected near "
         "'http'\nend\n"},
        {"list.ndjson", BYTES("{\"url\":\"http://h/a\"}"),
         "1 http://h/a\nend\n"},
        {"list.txt", BYTES("http://h/a,b\n"), "1 http://h/a,b\nend\n"},
        {"list.txt", BYTES("http://h/a\n  out=b\n"),
         "1 http://h/a name=b\nend\n"},
        {"csv", BYTES("http://h/a,b\n"), "1 http://h/a,b\nend\n"},
        {".csv", BYTES("http://h/a,b\n"), "1 http://h/a,b\nend\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
        expect(read_named(samples[i].name, samples[i].list, &automatic),
               samples[i].wanted);
}

/* What has not come cannot be looked at; nothing is taken for another thing
 * without a word. */
static void a_slow_list_starts_at_its_first_line(void **state)
{
    static const struct hl_list_options automatic = {.format = HL_LIST_AUTO};
    static const struct bytes list =
        BYTES("http://h/a\n out=a\nhttp://h/b\n out=b\n");
    static const size_t first_line = sizeof("http://h/a\n") - 1;
    static const char missed[] =
        "1 http://h/a\n2 bad \"out=a\": an option that belongs to no URL\n"
        "3 http://h/b name=b\nend\n";
    (void)state;
    expect(read_cut(list, &automatic, first_line), missed);
    expect(read_cut(list, &automatic, first_line + 5), missed);
    expect(read_cut(list, &automatic, first_line - 1),
           "1 http://h/a name=a\n3 http://h/b name=b\nend\n");
    expect(read_as_pipe((struct bytes)BYTES("http://h/a\n\n# b\nhttp://h/c"),
                        &automatic, 1),
           "1 http://h/a\n4 http://h/c\nend\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_names_the_columns),
        cmocka_unit_test(cells_are_kept),
        cmocka_unit_test(without_a_header_it_is_url_and_name),
        cmocka_unit_test(a_column_that_is_not_there_is_named),
        cmocka_unit_test(columns_are_as_many_as_there_are),
        cmocka_unit_test(a_name_stands_for_a_format),
        cmocka_unit_test(a_slow_list_starts_at_its_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
