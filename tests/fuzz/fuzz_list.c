/*
 * Lists in every format. The first byte is the format and which columns are
 * asked for, the second how long the pieces are; the rest is the list. As a
 * file and in pieces it has the same rows, in the order of their lines.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "list/list.h"
#include "util/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FORMATS = HL_LIST_JSONL + 1, HEAD = 2 };

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void put(struct hl_buf *out, const char *text)
{
    hl_buf_json(out, text);
    hl_buf_text(out, " ");
}

static void put_all(struct hl_buf *out, const char *const *texts,
                    bool are_headers)
{
    for (; texts != NULL && *texts != NULL; texts++) {
        check(!are_headers || strpbrk(*texts, "\r\n") == NULL,
              "a header with a line break");
        put(out, *texts);
    }
}

static void put_row(struct hl_buf *out, enum hl_list_event event,
                    const struct hl_list_row *row)
{
    hl_buf_printf(out, "%d %" PRIu64 " %" PRIu64 " ", (int)event, row->line,
                  row->record);
    check(event != HL_LIST_ROW || row->url[0] != '\0', "a row without a URL");
    check(event == HL_LIST_ROW || row->why != NULL, "no reason");
    put(out, row->url);
    put(out, row->name);
    put(out, row->id);
    put(out, row->checksum);
    put_all(out, row->headers, true);
    put_all(out, row->mirrors, false);
    put(out, row->why);
    hl_buf_text(out, "\n");
}

static bool has_row(enum hl_list_event event)
{
    return event == HL_LIST_ROW || event == HL_LIST_BAD;
}

/* Reads what there is. @return false: nothing more will come. */
static bool drain(struct hl_list *list, struct hl_buf *out, uint64_t *line)
{
    struct hl_list_row row;
    enum hl_list_event event;
    while (has_row(event = hl_list_next(list, &row))) {
        check(row.line > *line, "a line that is not behind the one before");
        *line = row.line;
        check(row.record > 0 && row.record <= row.line,
              "a record before the first, or behind its line");
        put_row(out, event, &row);
    }
    if (event == HL_LIST_AGAIN)
        return true;
    if (event == HL_LIST_END)
        hl_buf_text(out, "end\n");
    else
        put_row(out, event, &row);
    return false;
}

static struct hl_list *open_fd(int fd, const struct hl_list_options *options)
{
    struct hl_list *list;
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    check(hl_list_open(&list, path, options) == 0, "the list does not open");
    close(fd);
    return list;
}

static void read_as_file(struct hl_buf *out, const uint8_t *data, size_t size,
                         const struct hl_list_options *options)
{
    uint64_t line = 0;
    int fd = memfd_create("list", MFD_CLOEXEC);
    check(write(fd, data, size) == (ssize_t)size, "no memory for a file");
    struct hl_list *list = open_fd(fd, options);
    check(!drain(list, out, &line), "a file that is to be waited for");
    hl_list_close(list);
}

static void read_in_pieces(struct hl_buf *out, const uint8_t *data, size_t size,
                           const struct hl_list_options *options)
{
    uint64_t line = 0;
    size_t step = data[1] > 0 ? data[1] : 256;
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0, "no pipe");
    struct hl_list *list = open_fd(ends[0], options);
    bool goes_on = drain(list, out, &line);
    for (size_t at = HEAD; goes_on && at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        check(write(ends[1], data + at, piece) == (ssize_t)piece, "no room");
        goes_on = drain(list, out, &line);
    }
    close(ends[1]);
    if (goes_on)
        check(!drain(list, out, &line), "a pipe that does not end");
    hl_list_close(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    const struct hl_list_options options = {
        .format = (enum hl_list_format)(data[0] % FORMATS),
        .url_column = data[0] & 0x20   ? "2"
                      : data[0] & 0x10 ? "a"
                                       : NULL,
        .name_column = data[0] & 0x40 ? "3" : NULL,
        .id_column = data[0] & 0x80 ? "b" : NULL,
    };
    struct hl_buf whole = {0};
    struct hl_buf pieces = {0};
    read_as_file(&whole, data + HEAD, size - HEAD, &options);
    read_in_pieces(&pieces, data, size, &options);
    /* What has not come yet cannot tell a format. */
    if (options.format != HL_LIST_AUTO && strcmp(whole.data, pieces.data) != 0)
        fprintf(stderr, "whole:\n%sin pieces:\n%s", whole.data, pieces.data);
    check(options.format == HL_LIST_AUTO ||
              strcmp(whole.data, pieces.data) == 0,
          "pieces make a difference");
    hl_buf_release(&whole);
    hl_buf_release(&pieces);
    return 0;
}
