/* A report as a run of a page: each URL's last attempt. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "compare/page_data.h"
#include "util/io.h"

static uint64_t us_of(const json_t *row, const char *name)
{
    return hl_page_whole(1000 * json_number_value(json_object_get(row, name)));
}

static uint64_t number_of(const json_t *row, const char *name)
{
    return hl_page_whole(json_number_value(json_object_get(row, name)));
}

static int add_row(struct hl_page_run *run, const json_t *row)
{
    struct hl_page_transfer t = {0};
    const char *url = json_string_value(json_object_get(row, "url"));
    const char *error = json_string_value(json_object_get(row, "error"));
    t.attempt = (uint32_t)number_of(row, "attempts");
    if (url == NULL || (t.attempt == 0 && error == NULL))
        return 0;
    char name[32];
    for (int i = 0; i < HL_PAGE_PHASES; i++) {
        snprintf(name, sizeof(name), "%s_ms", hl_page_phases[i]);
        t.phases_us[i] = us_of(row, name);
    }
    uint64_t start = us_of(row, "start_ms");
    uint64_t queued = t.phases_us[HL_PAGE_QUEUED];
    t.begin_us = start > queued ? start - queued : 0;
    t.bytes = number_of(row, "bytes");
    t.worker = (uint32_t)number_of(row, "worker");
    t.status = (uint32_t)number_of(row, "status");
    int64_t index = hl_page_add_url(run, url);
    int64_t cause = error != NULL ? hl_page_intern(&run->errors, error) + 1 : 0;
    if (index < 0 || cause < 0)
        return UV_ENOMEM;
    t.name = (uint32_t)index;
    t.error = (uint32_t)cause;
    if (hl_page_add_transfer(run, &t) == NULL)
        return UV_ENOMEM;
    uint64_t end =
        hl_page_whole((double)t.begin_us + (double)us_of(row, "total_ms"));
    if (end > run->length_us)
        run->length_us = end;
    return 0;
}

static int add_line(struct hl_page_run *run, const char *line, size_t length)
{
    json_t *row = json_loadb(line, length, 0, NULL);
    bool ours = json_is_object(row) && json_object_get(row, "v") != NULL;
    int r = ours ? add_row(run, row) : UV_EINVAL;
    json_decref(row);
    return r;
}

int hl_page_read_report(struct hl_page_run *run, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    size_t lines = 0;
    int r = UV_EINVAL;
    ssize_t n;
    while ((n = hl_get_line(&line, &size, file)) > 0) {
        r = add_line(run, line, (size_t)n);
        /* A run that was killed leaves its last line cut. */
        if (r == UV_EINVAL && lines > 0 && line[n - 1] != '\n')
            r = 0;
        if (r < 0)
            break;
        lines++;
    }
    free(line);
    return n < 0 ? (int)n : r;
}
