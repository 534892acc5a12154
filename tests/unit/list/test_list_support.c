#include "unit/list/test_list_support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "util/buf.h"

static void put(struct hl_buf *out, const char *name, const char *text)
{
    if (text != NULL)
        hl_buf_printf(out, " %s=%s", name, text);
}

static void put_all(struct hl_buf *out, const char *name,
                    const char *const *strings)
{
    for (; strings != NULL && *strings != NULL; strings++)
        put(out, name, *strings);
}

/* JSON stands in <>. */
static void put_cells(struct hl_buf *out, const struct hl_list_row *row)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        const struct hl_list_cell *cell = &row->cells[i];
        hl_buf_printf(out, " [%s]", cell->name);
        if (cell->text == NULL)
            continue;
        hl_buf_text(out, cell->is_json ? "<" : "=");
        hl_buf_add(out, cell->text, cell->length);
        hl_buf_text(out, cell->is_json ? ">" : "");
    }
}

static void put_row(struct hl_buf *out, const struct hl_list_row *row)
{
    hl_buf_printf(out, "%" PRIu64 " %s", row->line, row->url);
    put(out, "name", row->name);
    put(out, "id", row->id);
    put(out, "sum", row->checksum);
    put_all(out, "header", row->headers);
    put_all(out, "mirror", row->mirrors);
    put_cells(out, row);
    hl_buf_text(out, "\n");
}

/* Reads until there is no more, now or ever. */
static enum hl_list_event drain(struct hl_list *list, struct hl_buf *out)
{
    struct hl_list_row row;
    for (;;) {
        enum hl_list_event event = hl_list_next(list, &row);
        switch (event) {
        case HL_LIST_ROW:
            put_row(out, &row);
            break;
        case HL_LIST_BAD:
            hl_buf_printf(out, "%" PRIu64 " bad \"%s\": %s", row.line, row.url,
                          row.why);
            put(out, "id", row.id);
            put_cells(out, &row);
            hl_buf_text(out, "\n");
            break;
        case HL_LIST_AGAIN:
            return event;
        case HL_LIST_END:
            hl_buf_text(out, "end\n");
            return event;
        case HL_LIST_FAILED:
            hl_buf_printf(out, "failed behind %" PRIu64 ": %s\n", row.line,
                          row.why);
            return event;
        case HL_LIST_UNUSABLE:
            hl_buf_printf(out, "unusable: %s\n", row.why);
            return event;
        }
    }
}

static struct hl_list *open_fd(int fd, const struct hl_list_options *options)
{
    char path[64];
    struct hl_list *list;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    assert_int_equal(hl_list_open(&list, path, options), 0);
    close(fd);
    return list;
}

static void write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        assert_true(n > 0);
        data += n;
        size -= (size_t)n;
    }
}

char *read_as_file(struct bytes list, const struct hl_list_options *options)
{
    struct hl_buf out = {0};
    int fd = memfd_create("list", MFD_CLOEXEC);
    assert_true(fd >= 0);
    write_all(fd, list.data, list.size);
    struct hl_list *reader = open_fd(fd, options);
    assert_int_not_equal(drain(reader, &out), HL_LIST_AGAIN);
    hl_list_close(reader);
    return out.data;
}

char *read_as_pipe(struct bytes list, const struct hl_list_options *options,
                   size_t step)
{
    struct hl_buf out = {0};
    enum hl_list_event event = HL_LIST_AGAIN;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct hl_list *reader = open_fd(ends[0], options);
    assert_int_equal(drain(reader, &out), HL_LIST_AGAIN);
    for (size_t at = 0; at < list.size && event == HL_LIST_AGAIN; at += step) {
        size_t left = list.size - at;
        write_all(ends[1], list.data + at, left < step ? left : step);
        event = drain(reader, &out);
    }
    close(ends[1]);
    if (event == HL_LIST_AGAIN)
        assert_int_not_equal(drain(reader, &out), HL_LIST_AGAIN);
    hl_list_close(reader);
    return out.data;
}

char *read_cut(struct bytes list, const struct hl_list_options *options,
               size_t cut)
{
    struct hl_buf out = {0};
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct hl_list *reader = open_fd(ends[0], options);
    write_all(ends[1], list.data, cut);
    if (drain(reader, &out) == HL_LIST_AGAIN) {
        write_all(ends[1], list.data + cut, list.size - cut);
        close(ends[1]);
        assert_int_not_equal(drain(reader, &out), HL_LIST_AGAIN);
    } else {
        close(ends[1]);
    }
    hl_list_close(reader);
    return out.data;
}

char *read_named(const char *name, struct bytes list,
                 const struct hl_list_options *options)
{
    struct hl_buf out = {0};
    struct hl_list *reader;
    FILE *file = fopen(name, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(list.data, 1, list.size, file), list.size);
    fclose(file);
    int r = hl_list_open(&reader, name, options);
    unlink(name);
    assert_int_equal(r, 0);
    assert_int_not_equal(drain(reader, &out), HL_LIST_AGAIN);
    hl_list_close(reader);
    return out.data;
}

struct bytes pack(struct bytes list)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                  15 + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&z, (uLong)list.size);
    char *data = malloc(room);
    assert_non_null(data);
    z.next_in = (Bytef *)(uintptr_t)list.data;
    z.avail_in = (uInt)list.size;
    z.next_out = (Bytef *)data;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t size = room - z.avail_out;
    deflateEnd(&z);
    return (struct bytes){data, size};
}

void expect(char *got, const char *wanted)
{
    assert_string_equal(got, wanted);
    free(got);
}
