/* Lists of every format: the same rows whether a list comes as a file, through
 * a pipe byte by byte, cut in two anywhere, or packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/list/test_list_support.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER64 \
    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

struct sample {
    const char *name;
    struct hl_list_options options;
    struct bytes list;
    const char *wanted;
};

static const struct sample samples[] = {
    {"plain: blanks, comments, CRLF, a mark and no last line break",
     {.format = HL_LIST_PLAIN},
     BYTES("\xef\xbb\xbf# a comment\r\nhttp://h/a\r\n\r\n  http://h/b \t\n"
           "   # another\nhttp://h/c#d"),
     "2 http://h/a\n4 http://h/b\n6 http://h/c#d\nend\n"},
    {"plain: a NUL byte spoils its own line",
     {.format = HL_LIST_PLAIN},
     BYTES("http://h/a\nhttp://h/\0b\nhttp://h/c\n"),
     "1 http://h/a\n2 bad \"http://h/\": NUL byte in this line\n"
     "3 http://h/c\nend\n"},
    {"plain: nothing but a mark",
     {.format = HL_LIST_PLAIN},
     BYTES("\xef\xbb\xbf"),
     "end\n"},
    {"plain: a part of a mark is text",
     {.format = HL_LIST_PLAIN},
     BYTES("\xef\xbb"),
     "1 \xef\xbb\nend\n"},
    {"tsv: URL and name",
     {.format = HL_LIST_TSV},
     BYTES("http://h/a\ta.png\nhttp://h/b\nhttp://h/c\t\textra\n\tno.png\n"),
     "1 http://h/a name=a.png\n2 http://h/b\n3 http://h/c\n"
     "4 bad \"\": no URL in this line\nend\n"},
    {"csv: URL and name, of which a comma in quotes is a part",
     {.format = HL_LIST_CSV},
     BYTES("http://h/a,\"a, b.png\"\r\n\"http://h/b\",b\r\n"),
     "1 http://h/a name=a, b.png\n2 http://h/b name=b\nend\n"},
    {"csv: a header, and no name but by request",
     {.format = HL_LIST_CSV},
     BYTES("\xef\xbb\xbf\"id\",caption,URL\n7,\"two\nlines\",http://h/a\n"
           "8,\"say \"\"hi\"\"\",\" http://h/b \"\n\n9,,\n"),
     "2 http://h/a\n4 http://h/b\n6 bad \"9\": no URL in this line\nend\n"},
    {"csv: columns by name",
     {.format = HL_LIST_CSV,
      .url_column = "image",
      .name_column = "caption",
      .id_column = "key"},
     BYTES("key,caption,image\n7,\"two\r\nlines\",http://h/a\n"
           "8,\"say \"\"hi\"\"\",http://h/b\n9,,http://h/c\n10,d\n"),
     "2 http://h/a name=two\r\nlines id=7\n"
     "4 http://h/b name=say \"hi\" id=8\n5 http://h/c id=9\n"
     "6 bad \"10\": no URL in this line id=10\nend\n"},
    {"csv: columns by number, without a header",
     {.format = HL_LIST_CSV, .url_column = "2", .id_column = "1"},
     BYTES("7,http://h/a,x\n8,http://h/b,y\n"),
     "1 http://h/a id=7\n2 http://h/b id=8\nend\n"},
    {"csv: columns by number, under a header",
     {.format = HL_LIST_CSV, .url_column = "3", .name_column = "1"},
     BYTES("name,url,image_url\na,http://x/,http://h/a\n"),
     "2 http://h/a name=a\nend\n"},
    {"csv: an id, and URL and NAME as ever",
     {.format = HL_LIST_CSV, .id_column = "3"},
     BYTES("http://h/a,a,7\n"),
     "1 http://h/a name=a id=7\nend\n"},
    {"csv: a stray quote spoils its own line",
     {.format = HL_LIST_CSV},
     BYTES("http://h/a,\"a\nhttp://h/b,b\nhttp://h/c,\"c\"\n"
           "http://h/d,\"d\nhttp://h/e,e"),
     "1 bad \"http://h/a,\"a\": a quote that is not closed\n"
     "2 http://h/b name=b\n3 http://h/c name=c\n"
     "4 bad \"http://h/d,\"d\": a quote that is not closed\n"
     "5 http://h/e name=e\nend\n"},
    {"csv: text behind a closing quote, and quotes in a bare cell",
     {.format = HL_LIST_CSV},
     BYTES("http://h/a,\"a\" b\nhttp://h/b,b \"c\"\nhttp://h/c,\"\"\"\"\n"
           "http://h/d,\"\"\n"),
     "1 http://h/a name=a b\n2 http://h/b name=b \"c\"\n"
     "3 http://h/c name=\"\n4 http://h/d\nend\n"},
    {"csv: a NUL byte spoils its own record",
     {.format = HL_LIST_CSV},
     BYTES("http://h/a,\"x\n\0\"\nhttp://h/b\n"),
     "1 bad \"http://h/a,\"x\n\": NUL byte in this line\n3 http://h/b\nend\n"},
    {"csv: # is no comment",
     {.format = HL_LIST_CSV},
     BYTES("http://h/a\n#http://h/b\n"),
     "1 http://h/a\n2 #http://h/b\nend\n"},
    {"tsv: quotes, and commas that are text",
     {.format = HL_LIST_TSV, .name_column = "2"},
     BYTES("http://h/a?b,c\t\"a\tb\"\nhttp://h/b\tc, d\n"),
     "1 http://h/a?b,c name=a\tb\n2 http://h/b name=c, d\nend\n"},
    {"aria2: options, mirrors, comments and blank lines",
     {.format = HL_LIST_ARIA2},
     BYTES("# list\r\nhttp://h/a\thttp://m/a\t\thttp://n/a\r\n  dir=x/y\r\n"
           "\r\n# more\n\tout = a.png\r\n  checksum=SHA-256=" UPPER64 "\n"
           "  header=A: b=c\n  header=D:e\n  referer=http://r/\n  split=4\n"
           "http://h/b\n out=b\n out=c\nhttp://h/c\n dir=d\nhttp://h/d"),
     "2 http://h/a name=x/y/a.png sum=sha256=" HEX64 " header=A: b=c "
     "header=D: e header=Referer: http://r/ mirror=http://m/a "
     "mirror=http://n/a\n12 http://h/b name=c\n15 http://h/c name=d/\n"
     "17 http://h/d\nend\n"},
    {"aria2: bad options spoil their own entry",
     {.format = HL_LIST_ARIA2},
     BYTES(" out=x\nhttp://h/a\n checksum=md5=00\n out=a\nhttp://h/b\n"
           " checksum=sha-256=12\nhttp://h/c\n nothing\nhttp://h/d\n"
           " header=x\nhttp://h/\0e\n out=e\nhttp://h/f\n out=\0\n"
           "http://h/g\n"),
     "1 bad \"out=x\": an option that belongs to no URL\n"
     "2 bad \"http://h/a\": in line 3: an md5 checksum has 32 hexadecimal "
     "digits\n"
     "5 bad \"http://h/b\": in line 6: a sha256 checksum has 64 hexadecimal "
     "digits\n"
     "7 bad \"http://h/c\": in line 8: an indented line that is not an option "
     "NAME=VALUE\n"
     "9 bad \"http://h/d\": in line 10: a header that is not 'Name: value'\n"
     "11 bad \"http://h/\": NUL byte in this line\n"
     "13 bad \"http://h/f\": in line 14: NUL byte in this line\n"
     "15 http://h/g\nend\n"},
    {"aria2: a referer that is the URL itself",
     {.format = HL_LIST_ARIA2},
     BYTES("http://h/a\n referer=*\n"),
     "1 http://h/a header=Referer: http://h/a\nend\n"},
    {"jsonl: all keys, and others",
     {.format = HL_LIST_JSONL},
     BYTES("{\"url\":\"http://h/\\u00e4\",\"out\":\"a/b.png\",\"id\":\"x\","
           "\"checksum\":\"sha256:" UPPER64 "\",\"headers\":{\"A\":\"b\","
           "\"C\":\"d e\"},\"more\":[1,{\"id\":3}]}\r\n\n"
           " { \"id\" : 123 , \"url\" : \"http://h/b\" , \"out\" : null }\n"
           "{\"url\":\"http://h/c\",\"checksum\":\"sha256=" HEX64 "\"}"),
     "1 http://h/\xc3\xa4 name=a/b.png id=x sum=sha256=" HEX64 " header=A: b "
     "header=C: d e\n3 http://h/b id=123\n"
     "4 http://h/c sum=sha256=" HEX64 "\nend\n"},
    {"jsonl: a number keeps its digits",
     {.format = HL_LIST_JSONL},
     BYTES("{\"url\":\"http://h/a\",\"id\":18446744073709551615}\n"
           "{\"url\":\"http://h/b\",\"id\":1.50,\"n\":99999999999999999999}\n"
           "{\"x\":{\"id\":1},\"s\":\"\\\"id\\\":4\",\"id\":2,"
           "\"url\":\"http://h/c\"}\n"),
     "1 http://h/a id=18446744073709551615\n2 http://h/b id=1.50\n"
     "3 http://h/c id=2\nend\n"},
    {"jsonl: bad lines",
     {.format = HL_LIST_JSONL},
     BYTES("{\"url\":\"http://h/a\"\n[]\n{}\n{\"url\":3}\n"
           "{\"url\":\"http://h/b\",\"out\":3}\n"
           "{\"url\":\"http://h/c\",\"id\":[]}\n"
           "{\"url\":\"http://h/d\",\"headers\":{\"A\":\"b\\r\\nC: d\"}}\n"
           "{\"url\":\"http://h/e\",\"headers\":[]}\n"
           "{\"url\":\"http://h/f\",\"headers\":{\"A\":3}}\n"
           "{\"url\":\"http://h/g\",\"checksum\":\"sha224=3\"}\n\0\n"
           "{\"url\":\"http://h/h\"}\n"),
     "1 bad \"{\"url\":\"http://h/a\"\": not a JSON object: '}' expected near "
     "end of file\n"
     "2 bad \"[]\": not a JSON object\n3 bad \"{}\": no URL in this line\n"
     "4 bad \"{\"url\":3}\": the URL is not a string\n"
     "5 bad \"http://h/b\": the file name is not a string\n"
     "6 bad \"http://h/c\": the id is neither a string nor a number\n"
     "7 bad \"http://h/d\": a header that is not 'Name: value'\n"
     "8 bad \"http://h/e\": the headers are not an object\n"
     "9 bad \"http://h/f\": a header is not a string\n"
     "10 bad \"http://h/g\": a checksum must be ALGO=HEX, with md5, sha1, "
     "sha256 or sha512\n11 bad \"\": NUL byte in this line\n12 "
     "http://h/h\nend\n"},
    {"jsonl: keys by name",
     {.format = HL_LIST_JSONL,
      .url_column = "image",
      .name_column = "caption",
      .id_column = "key"},
     BYTES("{\"url\":\"x\",\"image\":\"http://h/a\",\"caption\":\"c\","
           "\"key\":5}\n{\"image\":\"http://h/b\"}\n"),
     "1 http://h/a name=c id=5\n2 http://h/b\nend\n"},
    {"auto: a brace begins jsonl",
     {.format = HL_LIST_AUTO},
     BYTES("# a comment\n\n {\"url\":\"http://h/a\"}\n"),
     "3 http://h/a\nend\n"},
    {"auto: a URL behind a TAB is a mirror",
     {.format = HL_LIST_AUTO},
     BYTES("http://h/a\thttp://m/a\n out=x\n"),
     "1 http://h/a name=x mirror=http://m/a\nend\n"},
    {"auto: another text behind a TAB is a name",
     {.format = HL_LIST_AUTO},
     BYTES("http://h/a\tx.png\n"),
     "1 http://h/a name=x.png\nend\n"},
    {"auto: a column that is asked for makes TABs columns",
     {.format = HL_LIST_AUTO, .url_column = "2"},
     BYTES("http://h/a\thttp://m/a\n"),
     "1 http://m/a\nend\n"},
    {"auto: a comma never makes csv",
     {.format = HL_LIST_AUTO},
     BYTES("http://h/a,b\nurl,name\n"),
     "1 http://h/a,b\n2 url,name\nend\n"},
    {"auto: one line, and no line break",
     {.format = HL_LIST_AUTO},
     BYTES("http://h/a\tx.png"),
     "1 http://h/a name=x.png\nend\n"},
    {"auto: nothing", {.format = HL_LIST_AUTO}, BYTES(""), "end\n"},
    {"auto: a header of another kind of list",
     {.format = HL_LIST_AUTO},
     BYTES("id\turl\n1\thttp://h/a\n"),
     "2 http://h/a\nend\n"},
};

enum { SAMPLES = sizeof(samples) / sizeof(*samples) };

static void rows_are_those_of_the_format(void **state)
{
    const struct sample *s = *state;
    expect(read_as_file(s->list, &s->options), s->wanted);
}

static void pieces_make_no_difference(void **state)
{
    const struct sample *s = *state;
    expect(read_as_pipe(s->list, &s->options, 1), s->wanted);
    for (size_t cut = 0; cut <= s->list.size; cut++)
        expect(read_cut(s->list, &s->options, cut), s->wanted);
}

static void packing_makes_no_difference(void **state)
{
    const struct sample *s = *state;
    struct bytes packed = pack(s->list);
    expect(read_as_file(packed, &s->options), s->wanted);
    expect(read_as_pipe(packed, &s->options, 1), s->wanted);
    for (size_t cut = 0; cut <= packed.size; cut++)
        expect(read_cut(packed, &s->options, cut), s->wanted);
    free((char *)(uintptr_t)packed.data);
}

static const struct {
    const char *name;
    CMUnitTestFunction run;
} ways[] = {
    {"as a file", rows_are_those_of_the_format},
    {"in pieces", pieces_make_no_difference},
    {"packed", packing_makes_no_difference},
};

enum { WAYS = sizeof(ways) / sizeof(*ways) };

int main(void)
{
    static struct CMUnitTest tests[SAMPLES * WAYS];
    static char names[SAMPLES * WAYS][128];
    for (size_t i = 0; i < SAMPLES * WAYS; i++) {
        const struct sample *sample = &samples[i / WAYS];
        snprintf(names[i], sizeof(names[i]), "%s, %s", sample->name,
                 ways[i % WAYS].name);
        tests[i] = (struct CMUnitTest){
            .name = names[i],
            .test_func = ways[i % WAYS].run,
            .initial_state = (void *)(uintptr_t)sample,
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
