#include "origin/body.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "origin/png.h"
#include "util/fnv.h"
#include "util/parse.h"

enum { SIDE_MAX = 4096 };

/* The date of bodies that are made, 2026-01-01. */
static const time_t made_on = 1767225600;

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t hl_body_hash(const char *text, uint64_t seed)
{
    return mix(hl_fnv_add_text(HL_FNV_BASIS ^ mix(seed), text));
}

/* "/600x400" and whatever follows a slash. */
static bool is_image(const char *path, uint64_t *width, uint64_t *height)
{
    const char *p = hl_parse_digits(path + 1, SIDE_MAX, width);
    if (p == NULL || *p != 'x')
        return false;
    p = hl_parse_digits(p + 1, SIDE_MAX, height);
    return p != NULL && (*p == '\0' || *p == '/' || *p == '?') && *width > 0 &&
           *height > 0;
}

static void set_validators(struct hl_body *body, uint64_t a, uint64_t b)
{
    snprintf(body->etag, sizeof(body->etag), "\"%016" PRIx64 "-%" PRIx64 "\"",
             a, b);
}

/* The digits that the path ends with are drawn into the image. */
static const char *last_number(const char *path)
{
    const char *at = path + strlen(path);
    while (at > path && isdigit((unsigned char)at[-1]))
        at--;
    return at;
}

static int open_image(struct hl_body *body, const char *path, uint64_t width,
                      uint64_t height)
{
    size_t size = 0;
    body->data = hl_png_make((uint32_t)width, (uint32_t)height, body->hash,
                             last_number(path), &size);
    if (body->data == NULL)
        return -ENOMEM;
    body->size = size;
    body->type = "image/png";
    body->modified = made_on;
    set_validators(body, body->hash, size);
    return 0;
}

static bool is_bytes(const char *path, uint64_t *size)
{
    if (strncmp(path, "/bytes/", 7) != 0)
        return false;
    const char *p = hl_parse_digits(path + 7, INT64_MAX, size);
    return p != NULL && (*p == '\0' || *p == '?');
}

static int open_file(struct hl_body *body, const char *path, int root_fd)
{
    char name[4096];
    size_t length = strcspn(path + 1, "?");
    struct stat st;
    if (root_fd < 0 || length == 0 || length >= sizeof(name))
        return -ENOENT;
    memcpy(name, path + 1, length);
    name[length] = '\0';
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -EACCES;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return -ENOENT;
    }
    body->fd = fd;
    body->size = (uint64_t)st.st_size;
    body->type = "application/octet-stream";
    body->modified = st.st_mtime;
    set_validators(body,
                   mix((uint64_t)st.st_mtim.tv_nsec ^
                       mix((uint64_t)st.st_mtime ^ mix(st.st_ino))),
                   body->size);
    return 0;
}

int hl_body_open(struct hl_body *out, const char *path, int root_fd)
{
    uint64_t a;
    uint64_t b;
    *out = (struct hl_body){.fd = -1, .hash = hl_body_hash(path, 0)};
    if (is_image(path, &a, &b))
        return open_image(out, path, a, b);
    if (!is_bytes(path, &a))
        return open_file(out, path, root_fd);
    out->size = a;
    out->type = "application/octet-stream";
    out->modified = made_on;
    set_validators(out, out->hash, a);
    return 0;
}

void hl_body_close(struct hl_body *body)
{
    free(body->data);
    if (body->fd >= 0)
        close(body->fd);
    body->data = NULL;
    body->fd = -1;
}

/* Makes eight bytes for each multiple of eight of the offset, from the hash and
 * that offset. */
static void make_bytes(uint64_t hash, uint64_t offset, uint8_t *out,
                       size_t size)
{
    size_t done = 0;
    while (done < size) {
        uint64_t word = mix(hash ^ ((offset + done) / 8));
        size_t skip = (size_t)((offset + done) % 8);
        size_t n = 8 - skip < size - done ? 8 - skip : size - done;
        memcpy(out + done, (const uint8_t *)&word + skip, n);
        done += n;
    }
}

ssize_t hl_body_read(const struct hl_body *body, uint64_t offset, void *out,
                     size_t size)
{
    if (body->fd >= 0)
        return pread(body->fd, out, size, (off_t)offset);
    if (body->data != NULL)
        memcpy(out, body->data + offset, size);
    else
        make_bytes(body->hash, offset, out, size);
    return (ssize_t)size;
}
