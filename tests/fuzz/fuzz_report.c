/*
 * A report of results whose strings come from hostile lists and servers: a line
 * of fields each, TABs between them. Each line of the report is JSON of one
 * line, says what the result says, and haul page reads it.
 */
#include <jansson.h>

#include "cli/failures.h"
#include "cli/report.h"
#include "fuzz/check.h"
#include "fuzz/page_check.h"
#include "fuzz/scratch.h"
#include "util/text.h"

enum { ROWS_MAX = 16 };

static const char *field(char **rest)
{
    const char *text = strsep(rest, "\t");
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static uint64_t number(char **rest)
{
    const char *text = field(rest);
    return text != NULL ? strtoull(text, NULL, 10) & INT64_MAX : 0;
}

static struct haul_result result_of(char *line)
{
    char **rest = &line;
    struct haul_result result = {
        .url = field(rest),
        .file = field(rest),
        .message = field(rest),
        .id = field(rest),
        .http = field(rest),
        .sha256 = field(rest),
    };
    result.line = number(rest);
    result.http_status = (long)(number(rest) % 1000);
    result.bytes = number(rest);
    result.attempts = (uint32_t)number(rest);
    result.error = (enum haul_error)(number(rest) % HAUL_ERROR_COUNT);
    result.outcome = (enum haul_outcome)(number(rest) % HAUL_OUTCOME_COUNT);
    result.times.wait = number(rest);
    result.times.total = number(rest);
    result.start_us = number(rest);
    result.worker = (uint32_t)number(rest);
    return result;
}

static bool is_utf8(const char *text)
{
    while (*text != '\0') {
        size_t length = hl_text_utf8_length(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

static void check_member(const json_t *row, const char *key, const char *text)
{
    const json_t *value = json_object_get(row, key);
    check(text == NULL ? json_is_null(value) : json_is_string(value),
          "a text, or null");
    if (text != NULL && is_utf8(text))
        check_same(json_string_value(value), text, "a text as it was");
}

static void check_row(const char *line, size_t length,
                      const struct haul_result *result)
{
    json_t *row = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    check(json_is_object(row), "a line is an object");
    check_member(row, "id", result->id);
    check_member(row, "file", result->file);
    struct hl_buf said = {0};
    check_member(row, "message", hl_failure_text(&said, result, false));
    hl_buf_release(&said);
    if (result->url == NULL || strchr(result->url, '@') == NULL)
        check_member(row, "url", result->url);
    check((uint64_t)json_integer_value(json_object_get(row, "n")) ==
              result->line,
          "its number");
    check((uint64_t)json_integer_value(json_object_get(row, "bytes")) ==
              result->bytes,
          "its bytes");
    json_decref(row);
}

/* The lines of the report, of which the last is the summary. */
static void check_lines(const char *text, const struct haul_result *results,
                        size_t count)
{
    size_t line = 0;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        for (const char *p = text; p < end; p += hl_text_shown_length(p))
            check(hl_text_shown_length(p) > 0, "all of it can be shown");
        if (line < count)
            check_row(text, (size_t)(end - text), &results[line]);
        line++;
    }
    check(line == count + 1 && *text == '\0', "a line a result, and one");
}

static void check_page(const char *text, size_t size)
{
    struct hl_page_run run = {.label = ""};
    check(page_check_read(&run, NULL, text, size, "r.jsonl") == 0,
          "it is a report");
    page_check_run(&run);
    hl_page_run_release(&run);
}

/* The end of the cell of RFC 4180 at text; it is added to cell. */
static const char *read_cell(const char *text, struct hl_buf *cell)
{
    bool quoted = *text == '"';
    hl_buf_clear(cell);
    hl_buf_text(cell, "");
    for (text += quoted; *text != '\0'; text++) {
        if (quoted && *text == '"' && *++text != '"')
            break;
        if (!quoted && strchr(",\r\n", *text) != NULL)
            break;
        check(quoted || *text != '"', "a quote in quotes alone");
        hl_buf_add(cell, text, 1);
    }
    return text;
}

/* The cells of a line of CSV: as many as the header has; those of index 1 and 3
 * are the id and the file. */
static const char *check_cells(const char *text, size_t *count,
                               const struct haul_result *result)
{
    struct hl_buf cell = {0};
    size_t cells = 0;
    do {
        text = read_cell(text + (cells > 0), &cell);
        if (result != NULL && (cells == 1 || cells == 3)) {
            const char *wanted = cells == 1 ? result->id : result->file;
            check_same(cell.data, wanted != NULL ? wanted : "", "its text");
        }
        cells++;
    } while (*text == ',');
    check(*count == 0 || cells == *count, "as many cells as the header");
    *count = cells;
    hl_buf_release(&cell);
    check(strncmp(text, "\r\n", 2) == 0, "a line break of RFC 4180");
    return text + 2;
}

/* The same results as a table. */
static void check_table(const struct haul_result *results, size_t count)
{
    char *written = NULL;
    size_t length = 0;
    size_t cells = 0;
    static const struct haul_stats stats;
    const struct hl_report_summary summary = {.stats = &stats, .left = -1};
    struct hl_report report = {
        .form = HL_REPORT_CSV,
        .output = {.file = open_memstream(&written, &length)}};
    check(report.output.file != NULL, "there is memory");
    for (size_t i = 0; i < count; i++)
        hl_report_result(&report, &results[i]);
    check(hl_report_close(&report, &summary) == 0, "a table is written");
    const char *at = check_cells(written, &cells, NULL);
    for (size_t i = 0; i < count; i++)
        at = check_cells(at, &cells, &results[i]);
    check(*at == '\0', "a line a result");
    free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct haul_result results[ROWS_MAX];
    static const struct haul_stats stats;
    const struct hl_report_summary summary = {.stats = &stats, .left = -1};
    size_t count = 0;
    char *text = text_of(data, size);
    char *written = NULL;
    size_t length = 0;
    struct hl_report report = {
        .output = {.file = open_memstream(&written, &length)}};
    check(report.output.file != NULL, "there is memory");
    for (char *rest = text; rest != NULL && count < ROWS_MAX; count++) {
        results[count] = result_of(strsep(&rest, "\n"));
        hl_report_result(&report, &results[count]);
    }
    check(hl_report_close(&report, &summary) == 0, "a report is written");
    check_lines(written, results, count);
    check_page(written, length);
    check_table(results, count);
    free(written);
    free(text);
    return 0;
}
