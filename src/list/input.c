#include "list/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GZIP_ONLY = 16, WINDOW_BITS = 15 };

bool hl_input_is_gz_name(const char *path)
{
    size_t length = strlen(path);
    return length > 3 && strcasecmp(path + length - 3, ".gz") == 0;
}

uint64_t hl_input_size(int fd, const struct stat *st)
{
    off_t at = S_ISREG(st->st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
    if (at < 0)
        return UINT64_MAX;
    return st->st_size > at ? (uint64_t)(st->st_size - at) : 0;
}

static int begin_gzip(struct hl_input *in)
{
    if (inflateInit2(&in->z, WINDOW_BITS + GZIP_ONLY) != Z_OK)
        return -ENOMEM;
    in->kind = HL_INPUT_GZIP;
    return 0;
}

int hl_input_open(struct hl_input *in, const char *path)
{
    struct stat st;
    in->fd = -1;
    /* Standard input is shared with other programs, so its flags stay as they
     * are. O_NONBLOCK opens a pipe without waiting for its writer. */
    if (strcmp(path, "-") == 0)
        in->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (in->fd < 0 || fstat(in->fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    in->may_block = !S_ISREG(st.st_mode);
    in->size = hl_input_size(in->fd, &st);
    in->raw = malloc(HL_INPUT_RAW_SIZE);
    if (in->raw == NULL)
        return -ENOMEM;
    return hl_input_is_gz_name(path) ? begin_gzip(in) : 0;
}

static void close_fd(struct hl_input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
}

void hl_input_close(struct hl_input *in)
{
    if (in->kind == HL_INPUT_GZIP)
        inflateEnd(&in->z);
    in->kind = HL_INPUT_UNKNOWN;
    hl_digest_free(in->digest);
    in->digest = NULL;
    free(in->raw);
    in->raw = NULL;
    close_fd(in);
}

int hl_input_hash(struct hl_input *in)
{
    int r = hl_digest_new(&in->digest);
    return r == 0 ? hl_digest_begin(in->digest, HL_DIGEST_BY(HL_SHA256)) : r;
}

static enum hl_input_event broken(struct hl_input *in, const char *why)
{
    snprintf(in->error, sizeof(in->error), "%s", why);
    return HL_INPUT_BROKEN;
}

static bool is_readable(const struct hl_input *in)
{
    struct pollfd pfd = {.fd = in->fd, .events = POLLIN};
    return !in->may_block || poll(&pfd, 1, 0) != 0;
}

static enum hl_input_event read_fd(struct hl_input *in, void *out, size_t size,
                                   size_t *got)
{
    char text[sizeof(in->error)];
    ssize_t n;
    if (in->at_end)
        return HL_INPUT_END;
    if (!is_readable(in))
        return HL_INPUT_LATER;
    do {
        n = read(in->fd, out, size);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return HL_INPUT_LATER;
    if (n < 0)
        return broken(in, strerror_r(errno, text, sizeof(text)));
    /* A file that gives fewer bytes than asked for has no more. Close it, as
     * others need the descriptor. */
    in->at_end = n == 0 || (!in->may_block && (size_t)n < size);
    if (in->at_end)
        close_fd(in);
    *got = (size_t)n;
    in->taken += (size_t)n;
    if (in->digest != NULL)
        hl_digest_add(in->digest, HL_DIGEST_BY(HL_SHA256), out, (size_t)n);
    return n == 0 ? HL_INPUT_END : HL_INPUT_BYTES;
}

static enum hl_input_event fill_raw(struct hl_input *in)
{
    size_t got = 0;
    if (in->raw_begin == in->raw_end)
        in->raw_begin = in->raw_end = 0;
    enum hl_input_event event = read_fd(in, in->raw + in->raw_end,
                                        HL_INPUT_RAW_SIZE - in->raw_end, &got);
    in->raw_end += got;
    return event;
}

static size_t raw_left(const struct hl_input *in)
{
    return in->raw_end - in->raw_begin;
}

/* Finds out by the first two bytes whether the input is a .gz. They may come
 * one by one. */
static enum hl_input_event find_kind(struct hl_input *in)
{
    static const unsigned char magic[] = {0x1f, 0x8b};
    while (in->kind == HL_INPUT_UNKNOWN) {
        size_t left = raw_left(in);
        size_t known = left < sizeof(magic) ? left : sizeof(magic);
        if (memcmp(in->raw, magic, known) != 0 ||
            (known < sizeof(magic) && in->at_end)) {
            in->kind = HL_INPUT_PLAIN;
        } else if (known == sizeof(magic)) {
            if (begin_gzip(in) < 0)
                return broken(in, "out of memory");
        } else {
            enum hl_input_event event = fill_raw(in);
            if (event == HL_INPUT_LATER || event == HL_INPUT_BROKEN)
                return event;
        }
    }
    return HL_INPUT_BYTES;
}

static enum hl_input_event read_plain(struct hl_input *in, char *out,
                                      size_t size, size_t *got)
{
    size_t left = raw_left(in);
    if (left == 0)
        return read_fd(in, out, size, got);
    *got = left < size ? left : size;
    memcpy(out, in->raw + in->raw_begin, *got);
    in->raw_begin += *got;
    return HL_INPUT_BYTES;
}

/* Begins the next member of a .gz, unless only padding is left. */
static void begin_member(struct hl_input *in)
{
    while (in->any_member && raw_left(in) > 0 && in->raw[in->raw_begin] == 0)
        in->raw_begin++;
    if (raw_left(in) == 0)
        return;
    inflateReset(&in->z);
    in->in_member = true;
}

static enum hl_input_event inflate_raw(struct hl_input *in)
{
    in->z.next_in = in->raw + in->raw_begin;
    in->z.avail_in = (uInt)raw_left(in);
    int r = inflate(&in->z, Z_NO_FLUSH);
    in->raw_begin = in->raw_end - in->z.avail_in;
    in->holds_more = in->z.avail_out == 0;
    if (r == Z_STREAM_END) {
        in->holds_more = false;
        in->in_member = false;
        in->any_member = true;
        return HL_INPUT_BYTES;
    }
    if (r == Z_OK || r == Z_BUF_ERROR)
        return HL_INPUT_BYTES;
    if (r == Z_MEM_ERROR)
        return broken(in, "out of memory");
    bool is_none = !in->any_member && in->z.msg != NULL &&
                   strcmp(in->z.msg, "incorrect header check") == 0;
    return broken(in, is_none ? "it is not a .gz file" : "the .gz is damaged");
}

static enum hl_input_event read_gzip(struct hl_input *in, char *out,
                                     size_t size, size_t *got)
{
    in->z.next_out = (Bytef *)out;
    in->z.avail_out = (uInt)size;
    for (;;) {
        enum hl_input_event event = HL_INPUT_BYTES;
        if (raw_left(in) == 0 && !in->holds_more)
            event = fill_raw(in);
        if (event == HL_INPUT_END && (in->in_member || !in->any_member))
            return broken(in, "the .gz ends early");
        if (event != HL_INPUT_BYTES)
            return event;
        if (!in->in_member)
            begin_member(in);
        if (in->in_member)
            event = inflate_raw(in);
        *got = size - in->z.avail_out;
        if (*got > 0)
            return HL_INPUT_BYTES;
        if (event != HL_INPUT_BYTES)
            return event;
    }
}

enum hl_input_event hl_input_read(struct hl_input *in, char *out, size_t size,
                                  size_t *got)
{
    *got = 0;
    /* The bytes before the damage have been given already. */
    if (in->error[0] != '\0')
        return HL_INPUT_BROKEN;
    enum hl_input_event event = find_kind(in);
    if (event != HL_INPUT_BYTES)
        return event;
    event = in->kind == HL_INPUT_GZIP ? read_gzip(in, out, size, got)
                                      : read_plain(in, out, size, got);
    in->given += *got;
    return event;
}

bool hl_input_is_used_up(const struct hl_input *in)
{
    return in->at_end && raw_left(in) == 0 && !in->holds_more;
}

uint64_t hl_input_position(const struct hl_input *in, uint64_t unused)
{
    uint64_t used = in->taken - raw_left(in);
    if (in->given == 0 || unused > in->given)
        return 0;
    double share = (double)(in->given - unused) / (double)in->given;
    return (uint64_t)((double)used * share);
}
