#include "list/list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list/parts.h"

enum { SHOWN_MAX = 200 };

int hl_list_open(struct hl_list **out, const char *path,
                 const struct hl_list_options *options)
{
    *out = NULL;
    struct hl_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return -ENOMEM;
    int r = hl_lines_open(&list->lines, path);
    list->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    if (r == 0 && list->path == NULL)
        r = -ENOMEM;
    if (r < 0) {
        hl_list_close(list);
        return r;
    }
    list->options = *options;
    list->format = options->format != HL_LIST_AUTO ? options->format
                                                   : hl_detect_by_name(path);
    *out = list;
    return 0;
}

void hl_list_close(struct hl_list *list)
{
    if (list == NULL)
        return;
    hl_lines_release(&list->lines);
    hl_entry_release(&list->entry);
    hl_buf_release(&list->scratch);
    hl_csv_release(&list->csv);
    free(list->path);
    free(list);
}

int hl_list_fd(const struct hl_list *list)
{
    return list->lines.input.fd;
}

const char *hl_list_path(const struct hl_list *list)
{
    return list->path;
}

const char *hl_list_format_word(enum hl_list_format format)
{
    static const char *const words[] = {
#define X(name, word) word,
        HL_LIST_FORMAT_MAP(X)
#undef X
    };
    return words[format];
}

enum hl_list_event hl_list_no_line(struct hl_list *list,
                                   enum hl_lines_event event,
                                   struct hl_list_row *row)
{
    if (event == HL_LINES_LATER)
        return HL_LIST_AGAIN;
    if (event == HL_LINES_END)
        return HL_LIST_END;
    row->line = list->lines.line;
    row->why = list->lines.input.error;
    return HL_LIST_FAILED;
}

enum hl_list_event hl_list_bad(struct hl_list_row *row, const char *text,
                               const char *why)
{
    *row = (struct hl_list_row){
        .line = row->line, .record = row->record, .url = text, .why = why};
    return HL_LIST_BAD;
}

enum hl_list_event hl_list_no_memory(struct hl_list *list,
                                     struct hl_list_row *row)
{
    row->line = list->lines.line;
    row->why = "out of memory";
    return HL_LIST_FAILED;
}

enum hl_list_event hl_list_unusable(struct hl_list *list,
                                    struct hl_list_row *row, const char *format,
                                    ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(list->why, sizeof(list->why), format, args);
    va_end(args);
    row->why = list->why;
    return HL_LIST_UNUSABLE;
}

char *hl_list_cut(char *text)
{
    size_t length = strnlen(text, SHOWN_MAX + 1);
    if (length > SHOWN_MAX)
        text[SHOWN_MAX] = '\0';
    return text;
}

char *hl_list_trim(char *text, size_t length)
{
    char *end = text + length;
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    return text;
}

static enum hl_list_event next_of_format(struct hl_list *list,
                                         struct hl_list_row *row)
{
    switch (list->format) {
    case HL_LIST_ARIA2:
        return hl_aria2_next(list, row);
    case HL_LIST_TSV:
    case HL_LIST_CSV:
        return hl_csv_next(list, row);
    case HL_LIST_JSONL:
        return hl_jsonl_next(list, row);
    case HL_LIST_AUTO:
    case HL_LIST_PLAIN:
        break;
    }
    return hl_plain_next(list, row);
}

/* What must be known before the first row. HL_LIST_ROW: it is. */
static enum hl_list_event prepare(struct hl_list *list, struct hl_list_row *row)
{
    enum hl_lines_event mark = hl_lines_begin(&list->lines);
    if (mark != HL_LINES_OK)
        return hl_list_no_line(list, mark, row);
    enum hl_list_event event =
        list->is_text ? HL_LIST_ROW : hl_refuse(list, row);
    if (event != HL_LIST_ROW)
        return event;
    list->is_text = true;
    if (list->format == HL_LIST_AUTO || list->is_guess)
        event = hl_detect(list, row);
    if (event != HL_LIST_ROW || list->is_checked)
        return event;
    list->is_checked = true;
    bool is_text =
        list->format == HL_LIST_PLAIN || list->format == HL_LIST_ARIA2;
    return is_text ? hl_columns_refuse(list, row) : HL_LIST_ROW;
}

static bool is_blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static bool is_directory(const char *name)
{
    return name[strlen(name) - 1] == '/';
}

/* A name of blanks is none. */
static enum hl_list_event check_names(const struct hl_list *list,
                                      struct hl_list_row *row)
{
    if (is_blank(row->name))
        row->name = NULL;
    bool by_template = row->name == NULL || is_directory(row->name);
    if (list->options.needs_ids && by_template && is_blank(row->id))
        return hl_list_bad(row, row->url,
                           "no id in this line, by which files are named");
    return HL_LIST_ROW;
}

enum hl_list_event hl_list_next(struct hl_list *list, struct hl_list_row *row)
{
    *row = (struct hl_list_row){0};
    if (!list->is_checked || list->is_guess) {
        enum hl_list_event event = prepare(list, row);
        if (event != HL_LIST_ROW)
            return event;
    }
    enum hl_list_event event = next_of_format(list, row);
    if (row->record == 0)
        row->record = row->line;
    return event == HL_LIST_ROW ? check_names(list, row) : event;
}
