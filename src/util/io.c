#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "util/grow.h"

enum {
    LOOK_MS = 100, /* how long a write waits between two looks at the stop */
    CHUNK = 256 * 1024,
    PIECE = 64 * 1024,
    COMPARE_SIZE = 16 * 1024,
};

int hl_pwrite_all(int fd, const void *data, size_t size, uint64_t offset)
{
    const char *bytes = data;
    while (size > 0) {
        ssize_t n = pwrite(fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int hl_read_to_end(struct hl_buf *out, int fd, size_t most)
{
    ssize_t n = 1;
    while (n > 0 && out->used <= most) {
        char *room = hl_buf_room(out, PIECE);
        if (room == NULL)
            return UV_ENOMEM;
        do
            n = read(fd, room, PIECE);
        while (n < 0 && errno == EINTR);
        out->used -= PIECE - (n > 0 ? (size_t)n : 0);
    }
    return n < 0 ? -errno : 0;
}

int hl_read_file(struct hl_buf *out, const char *path, size_t most)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = hl_read_to_end(out, fd, most);
    close(fd);
    hl_buf_add(out, "", 1);
    return r == 0 && out->failed ? UV_ENOMEM : r;
}

int hl_map_shared(const char **out, int fd, size_t size)
{
    void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    *out = at != MAP_FAILED ? at : NULL;
    return at != MAP_FAILED ? 0 : -errno;
}

void hl_unmap_shared(const char *at, size_t size)
{
    void *memory;
    memcpy(&memory, &at, sizeof(memory));
    if (memory != NULL)
        munmap(memory, size);
}

/* Waits until fd takes some bytes, or has an error to report. A poll(2) that
 * fails for memory is tried again: if the write were given up here, nobody
 * would know how many of its bytes were written. @return 0 or a code. */
static int wait_for(int fd, struct hl_stop *stop)
{
    struct pollfd at = {.fd = fd, .events = POLLOUT};
    int n = 0;
    while (n == 0 || (n < 0 && (errno == EINTR || errno == ENOMEM))) {
        if (hl_stop_is_due(stop))
            return UV_ECANCELED;
        n = poll(&at, 1, LOOK_MS);
    }
    return n < 0 ? -errno : 0;
}

/* Once poll(2) says that a pipe can be written to, it has room for PIPE_BUF
 * bytes. So a write of that many does not block. */
int hl_write_all(int fd, const void *data, size_t size, struct hl_stop *stop)
{
    const char *at = data;
    while (size > 0) {
        int r = wait_for(fd, stop);
        if (r < 0)
            return r;
        ssize_t n = write(fd, at, size < PIPE_BUF ? size : PIPE_BUF);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int read_chunks(int fd, const struct hl_stop *stop, char *buffer,
                       hl_chunk_fn fn, void *arg)
{
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, buffer, CHUNK, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        if (stop != NULL && hl_stop_level(stop) > 0)
            return -ECANCELED;
        int r = fn(arg, buffer, (size_t)n);
        if (r != 0)
            return r;
        at += n;
    }
}

int hl_each_chunk(int fd, const struct hl_stop *stop, hl_chunk_fn fn, void *arg)
{
    char *buffer = malloc(CHUNK);
    int r = buffer != NULL ? read_chunks(fd, stop, buffer, fn, arg) : -ENOMEM;
    free(buffer);
    return r;
}

/* Reads COMPARE_SIZE bytes at that offset, or fewer where the file ends.
 * @return how many, or a negative errno. */
static ssize_t read_at(int fd, char *to, off_t at)
{
    size_t have = 0;
    while (have < COMPARE_SIZE) {
        ssize_t n = pread(fd, to + have, COMPARE_SIZE - have, at + (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static int same_size(int a, int b)
{
    struct stat x;
    struct stat y;
    if (fstat(a, &x) < 0 || fstat(b, &y) < 0)
        return -errno;
    return S_ISREG(x.st_mode) && S_ISREG(y.st_mode) && x.st_size == y.st_size;
}

int hl_same_bytes(int a, int b)
{
    char x[COMPARE_SIZE];
    char y[COMPARE_SIZE];
    int r = same_size(a, b);
    for (off_t at = 0; r == 1; at += COMPARE_SIZE) {
        ssize_t n = read_at(a, x, at);
        ssize_t m = read_at(b, y, at);
        if (n < 0 || m < 0)
            return (int)(n < 0 ? n : m);
        if (n != m || memcmp(x, y, (size_t)n) != 0)
            return 0;
        if (n < COMPARE_SIZE)
            return 1;
    }
    return r;
}

ssize_t hl_get_line(char **line, size_t *size, FILE *file)
{
    size_t used = 0;
    int c = 0;
    while (c != '\n' && (c = getc_unlocked(file)) != EOF) {
        if (hl_grow(line, size, used + 1, 1) < 0)
            return -ENOMEM;
        if (used >= HL_GET_LINE_MAX)
            return -EFBIG;
        (*line)[used++] = (char)c;
    }
    if (c == EOF && ferror(file))
        return -errno;
    if (used > 0)
        (*line)[used] = '\0';
    return (ssize_t)used;
}

DIR *hl_dir_stream(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    int code = errno;
    if (fd >= 0 && dir == NULL)
        close(fd);
    errno = code;
    return dir;
}
