/*
 * Lists in every format. The first byte is the format and which columns are
 * asked for, the second how long the pieces are, the third has flags; the rest
 * is the list, in which \x01 may stand for more bytes than a line may have. As
 * a file, in pieces, packed and by its name it has the same rows, in the order
 * of their lines; and its rows, written as jsonl, are read as the same rows.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <zlib.h>

#include "fuzz/check.h"
#include "fuzz/scratch.h"
#include "list/list.h"
#include "util/buf.h"
#include "util/header.h"
#include "util/text.h"

enum {
    FORMATS = HL_LIST_JSONL + 1,
    HEAD = 3,
    NEEDS_IDS = 1,
    PACKED = 2,
    BY_NAME = 4,
    WITH_LONG_LINES = 8,
    LONG = 70 * 1000,
    LONG_LINES = 4, /* how often */
};

/* What a list said, row by row. */
struct told {
    struct hl_buf all;   /* all that there is to know of each row */
    struct hl_buf brief; /* what jsonl can say of the good ones */
    struct hl_buf jsonl; /* the good ones, as jsonl */
    uint64_t line;
};

static void release(struct told *told)
{
    hl_buf_release(&told->all);
    hl_buf_release(&told->brief);
    hl_buf_release(&told->jsonl);
    *told = (struct told){0};
}

static void put(struct hl_buf *out, const char *text)
{
    hl_buf_json(out, text);
    hl_buf_text(out, " ");
}

static void put_all(struct hl_buf *out, const char *const *strings)
{
    for (; strings != NULL && *strings != NULL; strings++)
        put(out, *strings);
}

static bool is_utf8(const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t length = hl_text_utf8_length(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

static void put_jsonl(struct told *told, const struct hl_list_row *row)
{
    const char *const members[] = {row->url, row->name, row->id, row->checksum};
    static const char *const keys[] = {
        "{\"url\":", ",\"out\":", ",\"id\":", ",\"checksum\":"};
    for (size_t i = 0; i < 4; i++)
        if (!is_utf8(members[i]))
            return;
    for (size_t i = 0; i < 4; i++) {
        put(&told->brief, members[i]);
        hl_buf_text(&told->jsonl, keys[i]);
        hl_buf_json(&told->jsonl, members[i]);
    }
    hl_buf_text(&told->brief, "\n");
    hl_buf_text(&told->jsonl, "}\n");
}

static void put_row(struct told *told, enum hl_list_event event,
                    const struct hl_list_row *row)
{
    struct hl_buf *out = &told->all;
    hl_buf_printf(out, "%d %" PRIu64 " %" PRIu64 " ", (int)event, row->line,
                  row->record);
    check(event != HL_LIST_ROW || row->url[0] != '\0', "a row has a URL");
    check(event == HL_LIST_ROW || row->why != NULL, "no row, and a reason");
    check(hl_headers_objection(row->headers) == NULL, "headers are headers");
    put(out, row->url);
    put(out, row->name);
    put(out, row->id);
    put(out, row->checksum);
    put_all(out, row->headers);
    put_all(out, row->mirrors);
    /* This reason names the list's file. */
    put(out, event != HL_LIST_UNUSABLE ? row->why : NULL);
    hl_buf_text(out, "\n");
    if (event == HL_LIST_ROW)
        put_jsonl(told, row);
}

static bool has_row(enum hl_list_event event)
{
    return event == HL_LIST_ROW || event == HL_LIST_BAD;
}

/* Reads what there is. @return false: nothing more will come. */
static bool drain(struct hl_list *list, struct told *told)
{
    struct hl_list_row row;
    enum hl_list_event event;
    while (has_row(event = hl_list_next(list, &row))) {
        check(row.line > told->line, "a line is behind the one before");
        told->line = row.line;
        check(row.record > 0 && row.record <= row.line,
              "a record is one of the lines so far");
        put_row(told, event, &row);
    }
    if (event == HL_LIST_AGAIN)
        return true;
    if (event == HL_LIST_END)
        hl_buf_text(&told->all, "end\n");
    else
        put_row(told, event, &row);
    return false;
}

static struct hl_list *open_list(const char *path,
                                 const struct hl_list_options *options)
{
    struct hl_list *list;
    check(hl_list_open(&list, path, options) == 0, "a list that opens");
    return list;
}

/* Under the name that the format's lists have. */
static void read_as_file(struct told *told, const void *data, size_t size,
                         const struct hl_list_options *options,
                         const char *extension)
{
    char name[32];
    char path[96];
    snprintf(name, sizeof(name), "list%s", extension);
    snprintf(path, sizeof(path), "%s/%s", scratch_path(), name);
    int fd = openat(scratch_fd(), name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file");
    close(fd);
    struct hl_list *list = open_list(path, options);
    unlinkat(scratch_fd(), name, 0);
    check(!drain(list, told), "a file is not waited for");
    hl_list_close(list);
}

static void read_in_pieces(struct told *told, const uint8_t *data, size_t size,
                           size_t step, const struct hl_list_options *options)
{
    char path[64];
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0, "a pipe");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    struct hl_list *list = open_list(path, options);
    close(ends[0]);
    bool goes_on = drain(list, told);
    for (size_t at = 0; goes_on && at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        check(write(ends[1], data + at, piece) == (ssize_t)piece, "room");
        goes_on = drain(list, told);
    }
    close(ends[1]);
    if (goes_on)
        check(!drain(list, told), "a pipe ends");
    hl_list_close(list);
}

static void *pack(const uint8_t *data, size_t size, size_t *packed)
{
    z_stream z = {0};
    check(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) ==
              Z_OK,
          "there is memory");
    size_t room = deflateBound(&z, size);
    unsigned char *out = malloc(room);
    unsigned char *copy = malloc(size > 0 ? size : 1);
    check(out != NULL && copy != NULL, "there is memory");
    memcpy(copy, data, size);
    z.next_in = copy;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    check(deflate(&z, Z_FINISH) == Z_STREAM_END, "it is packed");
    *packed = room - z.avail_out;
    deflateEnd(&z);
    free(copy);
    return out;
}

static bool is_gzip(const uint8_t *data, size_t size)
{
    return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

static void check_as_packed(const struct told *whole, const uint8_t *data,
                            size_t size, const struct hl_list_options *options)
{
    struct told packed = {0};
    size_t length;
    void *gzip = pack(data, size, &length);
    read_as_file(&packed, gzip, length, options, ".gz");
    check_same(packed.all.data, whole->all.data, "packed, or not");
    release(&packed);
    free(gzip);
}

static void check_by_name(const struct told *whole, const uint8_t *data,
                          size_t size, const struct hl_list_options *options)
{
    static const char *const extensions[FORMATS] = {
        [HL_LIST_TSV] = ".tsv",
        [HL_LIST_CSV] = ".CSV",
        [HL_LIST_JSONL] = ".jsonl",
    };
    struct told named = {0};
    struct hl_list_options unnamed = *options;
    const char *extension = extensions[options->format];
    unnamed.format = HL_LIST_AUTO;
    if (extension == NULL)
        return;
    read_as_file(&named, data, size, &unnamed, extension);
    check_same(named.all.data, whole->all.data, "by its name");
    release(&named);
}

static void check_as_jsonl(const struct told *whole)
{
    static const struct hl_list_options jsonl = {.format = HL_LIST_JSONL};
    struct told again = {0};
    if (whole->jsonl.used == 0)
        return;
    read_as_file(&again, whole->jsonl.data, whole->jsonl.used, &jsonl, "");
    check_same(again.brief.data, whole->brief.data, "its rows as jsonl");
    release(&again);
}

/* With its long lines. */
static void put_list(struct hl_buf *out, const uint8_t *data, size_t size,
                     bool has_long_lines)
{
    int count = 0;
    hl_buf_text(out, "");
    for (size_t i = 0; i < size; i++) {
        if (has_long_lines && data[i] == 1 && count++ < LONG_LINES)
            memset(hl_buf_room(out, LONG), 'x', LONG);
        else
            hl_buf_add(out, (const char *)data + i, 1);
    }
    check(!out->failed, "there is memory");
}

static void check_list(const uint8_t *data, size_t size, size_t step,
                       unsigned flags, const struct hl_list_options *options)
{
    struct told whole = {0};
    struct told pieces = {0};
    read_as_file(&whole, data, size, options, "");
    read_in_pieces(&pieces, data, size, step, options);
    /* What has not come yet cannot tell a format. */
    if (options->format != HL_LIST_AUTO)
        check_same(pieces.all.data, whole.all.data, "in pieces, or not");
    if ((flags & PACKED) != 0 && !is_gzip(data, size))
        check_as_packed(&whole, data, size, options);
    if ((flags & BY_NAME) != 0)
        check_by_name(&whole, data, size, options);
    check_as_jsonl(&whole);
    release(&whole);
    release(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    const struct hl_list_options options = {
        .format = (enum hl_list_format)((data[0] & 0xf) % FORMATS),
        .url_column = data[0] & 0x20   ? "2"
                      : data[0] & 0x10 ? "a"
                                       : NULL,
        .name_column = data[0] & 0x40 ? "3" : NULL,
        .id_column = data[0] & 0x80 ? "b" : NULL,
        .needs_ids = (data[2] & NEEDS_IDS) != 0,
    };
    unsigned flags = data[2];
    size_t step = data[1] > 0 ? data[1] : 256;
    struct hl_buf list = {0};
    put_list(&list, data + HEAD, size - HEAD, (flags & WITH_LONG_LINES) != 0);
    if (list.used > LONG)
        step *= 64;
    check_list((const uint8_t *)list.data, list.used, step, flags, &options);
    hl_buf_release(&list);
    return 0;
}
