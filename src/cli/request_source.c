#include "cli/request_source.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "list/input.h"
#include "util/url.h"

/* Read in a row, they take a millisecond or two. */
enum { OTHERS_A_CALL = 2048 };

#define LIST(member) offsetof(struct hl_source_options, member)

static const char *const format_words[] = {
#define X(name, word) word,
    HL_LIST_FORMAT_MAP(X)
#undef X
        NULL};

const struct hl_opt hl_source_rows[] = {
    HL_OPT_ROW("input-file", 'i', "FILE", STRINGS, LIST(inputs),
               "read the URLs from FILE; - is standard input; may be given "
               "more than once",
               .brief = "read the URLs from FILE; - is standard input"),
    HL_OPT_ROW("input-format", 0, "FORMAT", CHOICE, LIST(format),
               "read the list as plain, aria2, tsv, csv or jsonl; auto "
               "(default) goes by the file's name, else by its first line. "
               "Files packed by gzip are unpacked",
               .words = format_words),
    HL_OPT_ROW("url-col", 0, "COLUMN", TEXT, LIST(url_column),
               "the column with the URLs, by name or number (default: url, "
               "or 1 in a list without a header line)"),
    HL_OPT_ROW("name-col", 0, "COLUMN", TEXT, LIST(name_column),
               "the column with the file names (default: none, or 2 in a "
               "list without a header line)"),
    HL_OPT_ROW("id-col", 0, "COLUMN", TEXT, LIST(id_column),
               "the column with ids, for the report and for {id} (default: "
               "none)"),
    {.name = NULL},
};

struct hl_list_options
hl_source_list_options(const struct hl_source_options *options,
                       const char *output)
{
    return (struct hl_list_options){
        .format = (enum hl_list_format)options->format,
        .url_column = options->url_column,
        .name_column = options->name_column,
        .id_column = options->id_column,
        .keep = options->keep,
        .needs_ids = output != NULL && strstr(output, "{id}") != NULL,
    };
}

bool hl_source_reads_stdin(const struct hl_source_options *options)
{
    for (size_t i = 0; i < options->inputs.count; i++)
        if (strcmp(options->inputs.items[i], "-") == 0)
            return true;
    return false;
}

const char *hl_source_format(const struct hl_source_options *options)
{
    return options->format != HL_LIST_AUTO ? format_words[options->format]
                                           : NULL;
}

static int unreadable(const char *path, int r)
{
    hl_error("%s: the list cannot be read: %s", path, haul_strerror(r));
    return HL_EXIT_IO;
}

/* Prints why a list cannot be read. */
static void complain(const struct hl_list *list, const struct hl_list_row *row)
{
    const char *path = hl_list_path(list);
    if (row->line > 0)
        hl_error("%s: the list cannot be read after line %" PRIu64 ": %s", path,
                 row->line, row->why);
    else
        hl_error("%s: the list cannot be read: %s", path, row->why);
}

/* Reads on to the first row whose cells are known, for the header of the
 * report. Without memory the run finds that out. */
static enum hl_list_event learn_columns(struct hl_kept_columns *kept,
                                        struct hl_list *list,
                                        enum hl_list_event event,
                                        struct hl_list_row *row)
{
    const char *text;
    while (event == HL_LIST_BAD && row->cell_count == 0 && !kept->are_known)
        event = hl_list_next(list, row);
    if (event == HL_LIST_ROW || event == HL_LIST_BAD)
        (void)hl_kept_columns_take(kept, row, &text);
    return event;
}

static int check_file(const struct hl_source *source, const char *path)
{
    struct hl_list_row row;
    struct hl_list *list;
    int status = 0;
    int r = hl_list_open(&list, path, &source->list_options);
    if (r < 0)
        return unreadable(path, r);
    enum hl_list_event event = hl_list_next(list, &row);
    if (source->kept != NULL && source->kept->is_csv)
        event = learn_columns(source->kept, list, event, &row);
    if (event == HL_LIST_UNUSABLE) {
        hl_error("%s", row.why);
        status = HL_EXIT_USAGE;
    } else if (event == HL_LIST_FAILED) {
        complain(list, &row);
        status = HL_EXIT_IO;
    }
    hl_list_close(list);
    return status;
}

/* A pipe can be read only once, so only files are looked into. */
int hl_source_check(const struct hl_source *source)
{
    int status = 0;
    if (source->list_options.needs_ids &&
        (source->urls->count > 0 ||
         (source->local != NULL && source->inputs->count == 0))) {
        hl_error("--output: {id} needs a list with ids; URLs on the command "
                 "line have none");
        return HL_EXIT_USAGE;
    }
    for (size_t i = 0; i < source->inputs->count && status == 0; i++) {
        const char *path = source->inputs->items[i];
        struct stat st;
        if (strcmp(path, "-") == 0)
            continue;
        if (stat(path, &st) < 0)
            status = unreadable(path, -errno);
        else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
            status = check_file(source, path);
    }
    return status;
}

/* Ends the source before the end of its lists. */
static enum hl_source_event break_off(struct hl_source *source, int code)
{
    hl_error("cannot read the rest of the list: %s", haul_strerror(code));
    source->error = code;
    return HL_SOURCE_END;
}

static enum hl_source_event give(struct hl_source *source,
                                 struct hl_source_row *row, const char *url)
{
    source->given++;
    row->request.line = source->given;
    row->request.url = url;
    if (source->local == NULL)
        return HL_SOURCE_ROW;
    /* The origin has other bytes, and a mirror would need the network. */
    row->request.checksum = NULL;
    row->request.mirrors = NULL;
    free(source->rewritten);
    int r = url != NULL ? hl_local_url(&source->rewritten, source->local, url)
                        : hl_local_nth_url(&source->rewritten, source->local,
                                           source->given);
    if (r == UV_ENOMEM)
        return break_off(source, r);
    /* What is no URL stays as it is, and fails with its own reason. */
    if (source->rewritten != NULL)
        row->request.url = source->rewritten;
    return HL_SOURCE_ROW;
}

/* The bytes of a list that was not opened yet. */
static uint64_t size_of(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return fstat(STDIN_FILENO, &st) < 0 ? HL_LIST_NO_SIZE
                                            : hl_input_size(STDIN_FILENO, &st);
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return HL_LIST_NO_SIZE;
    return (uint64_t)st.st_size;
}

static enum hl_list_packing packing_of(const char *path)
{
    return hl_input_is_gz_name(path) ? HL_LIST_PACKED : HL_LIST_BARE;
}

/* Without memory there is no total. */
void hl_source_measure(struct hl_source *source)
{
    size_t count = source->inputs->count;
    source->total = (struct hl_list_total){.ahead_without_size = 1};
    source->sizes = calloc(count + 1, sizeof(*source->sizes));
    if (source->sizes == NULL)
        return;
    source->total.ahead_without_size = 0;
    for (size_t i = 0; i < count; i++) {
        const char *path = source->inputs->items[i];
        uint64_t size = size_of(path);
        source->sizes[i] = size;
        if (size == HL_LIST_NO_SIZE)
            source->total.ahead_without_size++;
        else
            source->total.ahead[packing_of(path)] += size;
    }
}

/* The next list is not ahead any more. */
static void begin_list(struct hl_source *source)
{
    size_t index = source->next_input++;
    if (source->sizes == NULL)
        return;
    uint64_t size = source->sizes[index];
    if (size == HL_LIST_NO_SIZE)
        source->total.ahead_without_size--;
    else
        source->total.ahead[packing_of(source->inputs->items[index])] -= size;
}

static bool open_next(struct hl_source *source)
{
    source->given_before = source->given;
    while (source->next_input < source->inputs->count) {
        const char *path = source->inputs->items[source->next_input];
        begin_list(source);
        int r = hl_list_open(&source->list, path, &source->list_options);
        if (r == 0)
            return true;
        unreadable(path, r);
        source->error = r;
    }
    return false;
}

static void close_list(struct hl_source *source)
{
    if (source->list != NULL && source->sizes != NULL) {
        const char *path = source->inputs->items[source->next_input - 1];
        struct hl_list_part *part = &source->total.ended[packing_of(path)];
        struct hl_list_progress progress;
        hl_list_progress(source->list, &progress);
        part->rows += source->given - source->given_before;
        part->bytes += progress.read;
    }
    hl_list_close(source->list);
    source->list = NULL;
}

static void fill(struct haul_request *request, const struct hl_list_row *line)
{
    request->output = line->name;
    request->id = line->id;
    request->checksum = line->checksum;
    request->headers = line->headers;
    request->mirrors = line->mirrors;
}

/* Takes the cells that are kept. @return false: the table cannot be made. */
static bool take_cells(struct hl_source *source, const struct hl_list_row *line,
                       struct haul_request *request)
{
    if (source->kept == NULL)
        return true;
    int r = hl_kept_columns_take(source->kept, line, &request->note);
    if (r == UV_EINVAL) {
        hl_error("--keep-cols: %s: line %" PRIu64 " cannot be read, so the "
                 "table's columns are not known: %s",
                 hl_list_path(source->list), line->line, line->why);
        source->is_unusable = true;
    } else if (r < 0) {
        (void)break_off(source, r);
    }
    return r == 0;
}

/* Fills *row, but for its URL. */
static void begin_row(const struct hl_list_row *line, struct hl_source_row *row)
{
    fill(&row->request, line);
    row->line = line->line;
}

static enum hl_source_event give_bad(struct hl_source *source,
                                     const struct hl_list_row *line,
                                     struct hl_source_row *row)
{
    source->given++;
    row->request.line = line->record;
    row->request.url = line->url;
    row->request.bad = line->why;
    return HL_SOURCE_ROW;
}

static enum hl_source_event next_row(struct hl_source *source,
                                     struct hl_source_row *row)
{
    struct hl_list_row line;
    for (;;) {
        if (source->list == NULL && !open_next(source))
            return HL_SOURCE_END;
        row->list = hl_list_path(source->list);
        switch (hl_list_next(source->list, &line)) {
        case HL_LIST_ROW:
            begin_row(&line, row);
            if (!take_cells(source, &line, &row->request) ||
                give(source, row, line.url) == HL_SOURCE_END)
                return HL_SOURCE_END;
            row->request.line = line.record;
            return HL_SOURCE_ROW;
        case HL_LIST_BAD:
            begin_row(&line, row);
            if (!take_cells(source, &line, &row->request))
                return HL_SOURCE_END;
            return give_bad(source, &line, row);
        case HL_LIST_AGAIN:
            return HL_SOURCE_LATER;
        case HL_LIST_FAILED:
            source->error = UV_EIO;
            complain(source->list, &line);
            close_list(source);
            break;
        case HL_LIST_UNUSABLE:
            source->is_unusable = true;
            hl_error("%s", line.why);
            close_list(source);
            break;
        case HL_LIST_END:
            if (source->sha256 != NULL)
                hl_list_sha256(source->list,
                               source->sha256[source->next_input - 1]);
            close_list(source);
            break;
        }
    }
}

static enum hl_source_event next_failed(struct hl_source *source,
                                        struct hl_source_row *row)
{
    int r =
        hl_retry_list_next(source->failed, source->checksums, &row->request);
    if (r > 0)
        row->request.line = ++source->given;
    if (r < 0)
        hl_error("cannot read the rest of the journal: %s", haul_strerror(r));
    if (r < 0)
        source->error = r;
    return r > 0 ? HL_SOURCE_ROW : HL_SOURCE_END;
}

static enum hl_source_event next(struct hl_source *source,
                                 struct hl_source_row *row)
{
    *row = (struct hl_source_row){0};
    bool made = source->local != NULL && source->urls->count == 0 &&
                source->inputs->count == 0;
    if (source->given >= source->limit)
        return HL_SOURCE_END;
    if (made)
        return give(source, row, NULL);
    if (source->failed != NULL)
        return next_failed(source, row);
    if (source->next_url < source->urls->count)
        return give(source, row, source->urls->items[source->next_url++]);
    return next_row(source, row);
}

/* @return 1, 0 or UV_ENOMEM. */
static int is_of_part(const struct hl_source *source,
                      const struct haul_request *request)
{
    const struct hl_partition *partition = source->partition;
    struct hl_url url;
    const char *why = request->bad;
    int r = why == NULL ? hl_url_parse(&url, request->url, &why) : UV_EINVAL;
    if (r == UV_ENOMEM)
        return r;
    if (r < 0)
        return hl_part_of_bad(partition, request->url) == source->part;
    r = hl_part_of(partition, &url) == source->part;
    hl_url_release(&url);
    return r;
}

static enum hl_source_event next_of_part(struct hl_source *source,
                                         struct hl_source_row *row)
{
    for (unsigned i = 0; i < OTHERS_A_CALL; i++) {
        enum hl_source_event event = next(source, row);
        int r = event == HL_SOURCE_ROW ? is_of_part(source, &row->request) : 1;
        if (r < 0)
            return break_off(source, r);
        if (r == 1)
            return event;
        source->others++;
    }
    return HL_SOURCE_BUSY;
}

enum hl_source_event hl_source_next(struct hl_source *source,
                                    struct hl_source_row *row)
{
    enum hl_source_event event = source->partition != NULL
                                     ? next_of_part(source, row)
                                     : next(source, row);
    source->is_at_end = event == HL_SOURCE_END;
    /* The embedded origin has other bytes. */
    if (event != HL_SOURCE_ROW || source->local != NULL)
        return event;
    int r = hl_checksums_give(source->checksums, source->run, &row->request);
    return r < 0 ? break_off(source, r) : event;
}

int hl_source_each(struct hl_source *source, hl_source_fn fn, void *arg)
{
    struct hl_source_row row;
    struct pollfd input = {.events = POLLIN};
    int r = 0;
    while (r == 0) {
        switch (hl_source_next(source, &row)) {
        case HL_SOURCE_ROW:
            r = fn(arg, &row);
            break;
        case HL_SOURCE_BUSY:
            break;
        case HL_SOURCE_LATER:
            r = fn(arg, NULL);
            input.fd = hl_source_fd(source);
            if (r == 0)
                (void)poll(&input, 1, -1);
            break;
        case HL_SOURCE_END:
            return 0;
        }
    }
    return r;
}

int hl_source_status(const struct hl_source *source)
{
    if (source->error < 0)
        return HL_EXIT_IO;
    return source->is_unusable ? HL_EXIT_USAGE : HL_EXIT_OK;
}

static void estimate(const struct hl_source *source,
                     struct hl_list_estimate *out)
{
    struct hl_list_total total = source->total;
    total.others = source->urls->count;
    if (source->list != NULL && source->sizes != NULL) {
        struct hl_list_progress progress;
        hl_list_progress(source->list, &progress);
        total.is_open = true;
        total.packing =
            packing_of(source->inputs->items[source->next_input - 1]);
        total.open.rows = source->given - source->given_before;
        total.open.bytes = progress.at;
        total.open_size = progress.size;
        total.open_lines = progress.lines;
        total.open_lines_left = progress.lines_left;
    }
    hl_list_total_estimate(&total, out);
}

void hl_source_progress(const struct hl_source *source,
                        struct hl_source_progress *out)
{
    struct hl_list_estimate lists;
    bool made = source->local != NULL && source->urls->count == 0 &&
                source->inputs->count == 0;
    estimate(source, &lists);
    *out = (struct hl_source_progress){
        .rows = source->given - source->others,
        .bytes = lists.bytes,
        .bytes_read = lists.bytes_read,
    };
    if (source->is_at_end) {
        out->total = out->rows;
    } else if (source->partition != NULL) {
        out->total =
            source->expected > out->rows ? source->expected : out->rows;
        out->estimated = true;
    } else if (made) {
        out->total = source->limit;
    } else if (source->failed != NULL) {
        out->total = hl_retry_list_count(source->failed) -
                     hl_retry_list_refused(source->failed);
    } else if (lists.is_known) {
        out->total = lists.rows > source->given ? lists.rows : source->given;
        out->estimated = source->inputs->count > 0;
        if (out->total > source->limit)
            out->total = source->limit;
    }
}

int hl_source_fd(const struct hl_source *source)
{
    return hl_list_fd(source->list);
}

void hl_source_release(struct hl_source *source)
{
    close_list(source);
    free(source->rewritten);
    source->rewritten = NULL;
    free(source->sizes);
    source->sizes = NULL;
}
