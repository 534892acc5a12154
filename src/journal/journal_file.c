#include "journal/journal_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haul/haul.h"

enum {
    WINDOW = HL_RECORD_LINE_MAX,
    BEHIND = WINDOW / 4, /* read before a line whose neighbours are wanted */
    SHORT = 1024,        /* read for a line whose neighbours are not wanted */
    CHUNK = 4 * HL_RECORD_LINE_MAX,
};

void hl_log_release(struct hl_log *l)
{
    for (size_t i = 0; i < l->segment_count; i++)
        if (l->segments[i].fd >= 0)
            close(l->segments[i].fd);
    free(l->segments);
    free(l->window.data);
    free(l->buffer.data);
}

/* Which bytes to read for the line at offset. A list mostly has the journal's
 * order. So when a line is near the one that was read last, the lines around it
 * are likely to be next, and a whole window is read. is_long: the line did not
 * fit into the bytes that were read first. */
static struct hl_range range_for(const struct hl_log *l, uint64_t offset,
                                 bool is_long)
{
    const struct hl_log_window *w = &l->window;
    uint64_t last = w->last;
    uint64_t distance = offset > last ? offset - last : last - offset;
    struct hl_range range = {.from = offset, .to = offset + SHORT};
    if (is_long) {
        range.to = offset + WINDOW;
    } else if (distance < WINDOW) {
        range.from = offset > BEHIND ? offset - BEHIND : 0;
        range.to = range.from + WINDOW;
    }
    return range;
}

/* The file that has the byte at offset, and the range of that file. */
static struct hl_log_segment file_at(const struct hl_log *l, uint64_t offset)
{
    for (size_t i = 0; offset < l->base && i < l->segment_count; i++)
        if (offset < l->segments[i].range.to)
            return l->segments[i];
    return (struct hl_log_segment){.fd = l->fd, .range = {l->base, l->size}};
}

static int fill_window(struct hl_log *l, uint64_t offset, bool is_long)
{
    struct hl_log_window *w = &l->window;
    const struct hl_log_segment file = file_at(l, offset);
    struct hl_range range = range_for(l, offset, is_long);
    if (range.from < file.range.from)
        range.from = file.range.from;
    if (range.to > file.range.to)
        range.to = file.range.to;
    if (w->data == NULL)
        w->data = malloc(WINDOW);
    if (w->data == NULL)
        return -ENOMEM;
    ssize_t n = pread(file.fd, w->data, (size_t)(range.to - range.from),
                      (off_t)(range.from - file.range.from));
    w->from = range.from;
    w->used = n > 0 ? (size_t)n : 0;
    return n < 0 ? -errno : 0;
}

/* The line at offset, out of data. False: data does not hold all of it. */
static bool line_in(const char *data, size_t used, uint64_t from,
                    uint64_t offset, struct hl_span *out)
{
    if (offset < from || offset - from >= used)
        return false;
    size_t at = (size_t)(offset - from);
    const char *newline = memchr(data + at, '\n', used - at);
    if (newline == NULL)
        return false;
    *out = (struct hl_span){.at = data + at,
                            .size = (size_t)(newline - data) - at};
    return true;
}

int hl_log_at(struct hl_log *l, uint64_t offset, struct hl_span *out)
{
    struct hl_log_window *w = &l->window;
    int r = 0;
    if (offset >= l->size)
        return line_in(l->buffer.data, l->buffer.used, l->size, offset, out)
                   ? 0
                   : HAUL_EJOURNAL;
    bool found = line_in(w->data, w->used, w->from, offset, out);
    for (int is_long = 0; r == 0 && !found && is_long < 2; is_long++) {
        r = fill_window(l, offset, is_long);
        found = r == 0 && line_in(w->data, w->used, w->from, offset, out);
    }
    w->last = offset;
    return r == 0 && !found ? HAUL_EJOURNAL : r;
}

void hl_log_written(struct hl_log *l, uint64_t size)
{
    size_t gone = (size_t)(l->base + size - l->size);
    if (gone == 0)
        return;
    l->buffer.used -= gone;
    memmove(l->buffer.data, l->buffer.data + gone, l->buffer.used);
    l->posted -= gone;
    l->size = l->base + size;
}

/* Where a pass is in the file. */
struct reader {
    char *chunk;
    size_t have;
    uint64_t base;  /* offset of the chunk */
    uint64_t end;   /* after the last newline */
    bool over_long; /* the rest of a line too long for a record follows */
};

/* Calls fn for the whole lines of the chunk, and moves what is left to the
 * chunk's front. */
static int take_lines(struct reader *reader, uint64_t to, hl_line_fn fn,
                      void *arg)
{
    const char *at = reader->chunk;
    const char *end = at + reader->have;
    const char *newline;
    int r = 0;
    while (r == 0 && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        struct hl_span line = {.at = at, .size = (size_t)(newline - at)};
        uint64_t offset = reader->base + (uint64_t)(at - reader->chunk);
        if (offset >= to)
            break;
        if (!reader->over_long)
            r = fn(arg, line, offset);
        reader->over_long = false;
        at = newline + 1;
        reader->end = offset + line.size + 1;
    }
    size_t used = (size_t)(at - reader->chunk);
    if (used == 0 && reader->have == CHUNK) {
        reader->over_long = true;
        used = CHUNK;
    }
    reader->have -= used;
    reader->base += used;
    memmove(reader->chunk, reader->chunk + used, reader->have);
    return r;
}

/* Skips a hole of the file, where nothing was ever written. No line reaches
 * across a hole: the bytes before it, back to the last newline, are dropped,
 * and those behind it up to the next newline. @return true: no bytes follow. */
static bool skip_hole(int fd, struct reader *reader)
{
    off_t at = (off_t)(reader->base + reader->have);
    off_t data = lseek(fd, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
        return true;
    if (data > at) {
        reader->base = (uint64_t)data;
        reader->have = 0;
        reader->over_long = true;
    }
    return false;
}

int64_t hl_log_each(int fd, struct hl_range range, hl_line_fn fn, void *arg)
{
    struct reader reader = {
        .chunk = malloc(CHUNK),
        .base = range.from,
        .end = range.from,
    };
    int r = reader.chunk != NULL ? 0 : -ENOMEM;
    while (r == 0 && reader.base < range.to) {
        if (skip_hole(fd, &reader))
            break;
        ssize_t n = pread(fd, reader.chunk + reader.have, CHUNK - reader.have,
                          (off_t)(reader.base + reader.have));
        if (n <= 0) {
            r = n < 0 ? -errno : 0;
            break;
        }
        reader.have += (size_t)n;
        r = take_lines(&reader, range.to, fn, arg);
    }
    free(reader.chunk);
    return r < 0 ? r : (int64_t)reader.end;
}

/* Calls fn with offsets that are counted from base on. */
struct shift {
    uint64_t base;
    hl_line_fn fn;
    void *arg;
};

static int shift_line(void *arg, struct hl_span line, uint64_t offset)
{
    const struct shift *shift = arg;
    return shift->fn(shift->arg, line, shift->base + offset);
}

int64_t hl_log_each_from(int fd, uint64_t base, struct hl_range range,
                         hl_line_fn fn, void *arg)
{
    struct shift shift = {.base = base, .fn = fn, .arg = arg};
    return base == 0 ? hl_log_each(fd, range, fn, arg)
                     : hl_log_each(fd, range, shift_line, &shift);
}

int hl_log_each_of_all(const struct hl_log *l, hl_line_fn fn, void *arg)
{
    int64_t end = 0;
    for (size_t i = 0; end >= 0 && i < l->segment_count; i++) {
        const struct hl_log_segment *file = &l->segments[i];
        const struct hl_range all = {.to = file->range.to - file->range.from};
        end = hl_log_each_from(file->fd, file->range.from, all, fn, arg);
    }
    const struct hl_range own = {.to = l->size - l->base};
    if (end >= 0 && l->fd >= 0)
        end = hl_log_each_from(l->fd, l->base, own, fn, arg);
    return end < 0 ? (int)end : 0;
}
