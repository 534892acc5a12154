#include "fuzz/page_check.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/page_html.h"
#include "fuzz/check.h"
#include "fuzz/scratch.h"
#include "util/text.h"

enum { FIELDS = HL_PAGE_PHASES + 12, SPAN_FIELDS = 4 };

static const json_int_t exact_max = 9007199254740992; /* 2^53 */

/* Two line separators end a line of a script, and "<" may begin a tag. */
static void check_text(const char *json)
{
    check(strchr(json, '<') == NULL, "no tag begins in the data");
    for (size_t n; *json != '\0'; json += n) {
        n = hl_text_shown_length(json);
        if (*json == '\n')
            n = 1;
        check(n > 0, "all of the data can be shown");
    }
}

static size_t check_strings(const json_t *run, const char *name)
{
    const json_t *strings = json_object_get(run, name);
    check(json_is_array(strings), "strings are an array");
    for (size_t i = 0; i < json_array_size(strings); i++)
        check(json_is_string(json_array_get(strings, i)), "a text is one");
    return json_array_size(strings);
}

static json_int_t number_at(const json_t *array, size_t at)
{
    const json_t *value = json_array_get(array, at);
    check(json_is_integer(value), "a number is whole");
    json_int_t number = json_integer_value(value);
    check(number >= 0 && number <= exact_max, "a script knows the number");
    return number;
}

static void check_transfers(const json_t *run, size_t names, size_t errors)
{
    const json_t *all = json_object_get(run, "transfers");
    check(json_array_size(all) % FIELDS == 0, "transfers are whole");
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_int_t number = number_at(all, i);
        if (i % FIELDS == FIELDS - 2)
            check((size_t)number < names, "a transfer's name is there");
        if (i % FIELDS == FIELDS - 1)
            check((size_t)number <= errors, "a transfer's error is there");
    }
}

static void check_spans(const json_t *run, size_t works)
{
    const json_t *all = json_object_get(run, "spans");
    check(json_array_size(all) % SPAN_FIELDS == 0, "spans are whole");
    for (size_t i = 0; i < json_array_size(all); i += SPAN_FIELDS) {
        check(number_at(all, i) <= number_at(all, i + 1), "a span's end");
        check(number_at(all, i + 2) <= HL_PAGE_BLOCKED, "a span's state");
        check((size_t)number_at(all, i + 3) < works, "a span's name is there");
    }
}

static void check_number(const json_t *run, const char *name)
{
    const json_t *value = json_object_get(run, name);
    check(json_is_integer(value), "a number is whole");
    check(json_integer_value(value) >= 0 &&
              json_integer_value(value) <= exact_max,
          "a script knows the number");
}

static void check_json(const char *text, size_t size)
{
    json_t *run = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    check(json_is_object(run), "the run is an object");
    check_number(run, "length_us");
    check_number(run, "busy_us");
    size_t names = check_strings(run, "names");
    size_t errors = check_strings(run, "errors");
    size_t works = check_strings(run, "works");
    check_transfers(run, names, errors);
    check_spans(run, works);
    json_decref(run);
}

void page_check_run(const struct hl_page_run *run)
{
    struct hl_buf json = {0};
    hl_page_run_json(&json, run);
    check(!json.failed, "there is memory");
    check_text(json.data);
    check_json(json.data, json.used);
    hl_buf_release(&json);
}

static char *read_file(const char *name, size_t *size)
{
    struct stat st;
    int fd = openat(scratch_fd(), name, O_RDONLY | O_CLOEXEC);
    check(fd >= 0 && fstat(fd, &st) == 0, "the page is there");
    *size = (size_t)st.st_size;
    char *text = malloc(*size + 1);
    check(text != NULL && read(fd, text, *size) == st.st_size, "it is read");
    text[*size] = '\0';
    close(fd);
    unlinkat(scratch_fd(), name, 0);
    return text;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

void page_check_whole(const struct hl_page_run *run,
                      const struct hl_page_figures *figures)
{
    static const char begin[] =
        "<script type=\"application/json\" id=\"data\">";
    char path[96];
    size_t size;
    snprintf(path, sizeof(path), "%s/page.html", scratch_path());
    const struct hl_page page = {.title = "haul: a run",
                                 .runs = run,
                                 .runs_count = 1,
                                 .figures = figures};
    check(hl_page_write(path, &page) == 0, "a page is written");
    char *html = read_file("page.html", &size);
    check(strlen(html) == size, "a page has no NUL");
    check(count_of(html, "<script") == 2, "two scripts begin");
    check(count_of(html, "</script") == 2, "two scripts end");
    const char *data = strstr(html, begin);
    check(data != NULL, "the data are there");
    data += sizeof(begin) - 1;
    json_t *json =
        json_loadb(data, (size_t)(strstr(data, "</script") - data), 0, NULL);
    check(json != NULL, "the data of the page are JSON");
    json_decref(json);
    free(html);
}

int page_check_read(struct hl_page_run *run, struct hl_page_figures *figures,
                    const void *data, size_t size, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", scratch_path(), name);
    int fd = openat(scratch_fd(), name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file");
    close(fd);
    int r = hl_page_read(run, figures, path);
    unlinkat(scratch_fd(), name, 0);
    return r;
}
