#include "list/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "list/columns.h"
#include "list/detect.h"
#include "list/format.h"
#include "util/text.h"

/* Owned by whoever reads it; one thread. */
struct hl_list {
    struct hl_reader reader;
    enum hl_list_format format; /* HL_LIST_AUTO until it is known */
    bool is_guess;   /* plain so far; the next line may show that it is
                        aria2's */
    bool is_text;    /* its first bytes were checked */
    bool is_checked; /* whether it has the columns that are asked for */
    void *state;     /* of the format; NULL until its first row */
};

static const char *const words[] = {
#define X(name, word) word,
    HL_LIST_FORMAT_MAP(X)
#undef X
};

static const struct hl_format *format_of(const struct hl_list *list)
{
    static const struct hl_format *const formats[] = {
        [HL_LIST_AUTO] = &hl_plain_format,  [HL_LIST_PLAIN] = &hl_plain_format,
        [HL_LIST_ARIA2] = &hl_aria2_format, [HL_LIST_TSV] = &hl_tsv_format,
        [HL_LIST_CSV] = &hl_csv_format,     [HL_LIST_JSONL] = &hl_jsonl_format,
    };
    return formats[list->format];
}

int hl_list_open(struct hl_list **out, const char *path,
                 const struct hl_list_options *options)
{
    *out = NULL;
    struct hl_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return -ENOMEM;
    struct hl_reader *reader = &list->reader;
    int r = hl_lines_open(&reader->lines, path);
    reader->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    if (r == 0 && reader->path == NULL)
        r = -ENOMEM;
    if (r == 0)
        r = hl_keep_open(&reader->keep, options->keep);
    if (r == 0 && options->hashes)
        r = hl_input_hash(&reader->lines.input);
    if (r < 0) {
        hl_list_close(list);
        return r;
    }
    reader->options = *options;
    list->format = options->format != HL_LIST_AUTO ? options->format
                                                   : hl_detect_by_name(path);
    *out = list;
    return 0;
}

void hl_list_close(struct hl_list *list)
{
    if (list == NULL)
        return;
    if (list->state != NULL && format_of(list)->release != NULL)
        format_of(list)->release(list->state);
    free(list->state);
    hl_lines_release(&list->reader.lines);
    hl_entry_release(&list->reader.entry);
    hl_keep_release(&list->reader.keep);
    hl_buf_release(&list->reader.scratch);
    free(list->reader.path);
    free(list);
}

void hl_list_sha256(struct hl_list *list, char out[HL_LIST_SHA256_SIZE])
{
    struct hl_digest_text text;
    hl_digest_end(list->reader.lines.input.digest, HL_DIGEST_BY(HL_SHA256),
                  &text);
    memcpy(out, text.digests, HL_LIST_SHA256_SIZE);
}

int hl_list_fd(const struct hl_list *list)
{
    return list->reader.lines.input.fd;
}

void hl_list_progress(const struct hl_list *list, struct hl_list_progress *out)
{
    const struct hl_lines *lines = &list->reader.lines;
    const struct hl_input *in = &lines->input;
    *out = (struct hl_list_progress){
        .size = in->size,
        .at = hl_input_position(in, lines->end - lines->begin),
        .read = in->taken,
        .lines = lines->line,
        .lines_left = hl_lines_left(lines),
    };
}

const char *hl_list_path(const struct hl_list *list)
{
    return list->reader.path;
}

/* Finds out what must be known before the first row. @return HL_LIST_ROW: it is
 * known. */
static enum hl_list_event prepare(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_reader *reader = &list->reader;
    enum hl_list_event event = HL_LIST_ROW;
    enum hl_lines_event mark = hl_lines_begin(&reader->lines);
    if (mark != HL_LINES_OK)
        return hl_reader_no_line(reader, mark, row);
    if (!list->is_text)
        event = hl_detect_foreign(
            reader, list->format != HL_LIST_AUTO ? words[list->format] : NULL,
            row);
    if (event != HL_LIST_ROW)
        return event;
    list->is_text = true;
    if (list->format == HL_LIST_AUTO || list->is_guess)
        event = hl_detect(reader, &list->format, &list->is_guess, row);
    if (event != HL_LIST_ROW || list->is_checked)
        return event;
    list->is_checked = true;
    return format_of(list)->has_columns
               ? HL_LIST_ROW
               : hl_columns_refuse(reader, words[list->format], row);
}

/* A format's state is made for its first row: by then the format is known, or
 * it is plain, which has no state. */
static enum hl_list_event next_of_format(struct hl_list *list,
                                         struct hl_list_row *row)
{
    const struct hl_format *format = format_of(list);
    if (list->state == NULL && format->state_size > 0)
        list->state = calloc(1, format->state_size);
    if (list->state == NULL && format->state_size > 0)
        return hl_reader_no_memory(&list->reader, row);
    return format->next(list->state, &list->reader, row);
}

static bool is_directory(const char *name)
{
    return name[strlen(name) - 1] == '/';
}

/* A blank name counts as no name. */
static enum hl_list_event check_names(const struct hl_list *list,
                                      struct hl_list_row *row)
{
    if (hl_text_is_blank(row->name))
        row->name = NULL;
    bool by_template = row->name == NULL || is_directory(row->name);
    if (list->reader.options.needs_ids && by_template &&
        hl_text_is_blank(row->id))
        return hl_reader_bad(row, row->url,
                             "no id in this line, for the file's name");
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
