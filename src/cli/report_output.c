#include "cli/report_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "util/own_file.h"

#define GZ         ".gz"
#define CSV        ".csv"
#define UNFINISHED ".unfinished"

/* Does the name, of which length bytes count, end like that? */
static bool ends_in(const char *name, size_t length, const char *end)
{
    size_t size = strlen(end);
    return length >= size && strncasecmp(name + length - size, end, size) == 0;
}

struct hl_report_name hl_report_name_of(const char *path)
{
    size_t length = strlen(path);
    struct hl_report_name name = {.is_gz = ends_in(path, length, GZ)};
    if (name.is_gz)
        length -= strlen(GZ);
    name.is_csv = ends_in(path, length, CSV);
    return name;
}

/* A pipe or a device gets its bytes at once, and so does the file that a
 * symbolic link leads to. */
static bool may_be_renamed(const char *path)
{
    struct stat st;
    return lstat(path, &st) < 0 || S_ISREG(st.st_mode);
}

static int set_names(struct hl_report_output *out, const char *path)
{
    size_t size = strlen(path) + sizeof(UNFINISHED);
    out->path = strdup(path);
    out->unfinished = malloc(size);
    if (out->path == NULL || out->unfinished == NULL)
        return UV_ENOMEM;
    (void)snprintf(out->unfinished, size, "%s%s", path, UNFINISHED);
    return 0;
}

static void forget_names(struct hl_report_output *out)
{
    free(out->path);
    free(out->unfinished);
    out->path = out->unfinished = NULL;
}

/* Standard output gets a descriptor of its own, which can be closed. */
static int open_fd(struct hl_report_output *out, const char *path)
{
    if (strcmp(path, "-") == 0) {
        int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        return fd >= 0 ? fd : -errno;
    }
    if (hl_report_name_of(path).is_csv && may_be_renamed(path)) {
        int r = set_names(out, path);
        if (r < 0)
            return r;
    }
    int fd = hl_private_open(out->unfinished != NULL ? out->unfinished : path,
                             O_TRUNC);
    /* A report of a run before must not pass for this one's. */
    if (fd >= 0 && out->unfinished != NULL)
        unlink(path);
    return fd;
}

/* Level 1 packs reports to a tenth, in a third of the default's time. */
static int open_stream(struct hl_report_output *out, int fd, bool is_gz)
{
    if (is_gz)
        out->gz = gzdopen(fd, "wb1");
    else
        out->file = fdopen(fd, "w");
    if (hl_report_output_is_open(out))
        return 0;
    int r = is_gz ? UV_ENOMEM : -errno;
    close(fd);
    return r;
}

int hl_report_output_open(struct hl_report_output *out, const char *path)
{
    *out = (struct hl_report_output){0};
    int r = open_fd(out, path);
    if (r >= 0)
        r = open_stream(out, r, hl_report_name_of(path).is_gz);
    if (r < 0)
        forget_names(out);
    return r;
}

bool hl_report_output_is_open(const struct hl_report_output *out)
{
    return out->file != NULL || out->gz != NULL;
}

static int gz_error(gzFile gz)
{
    int z;
    (void)gzerror(gz, &z);
    return z == Z_ERRNO && errno != 0 ? -errno : UV_EIO;
}

void hl_report_output_write(struct hl_report_output *out,
                            const struct hl_buf *bytes, size_t skipped)
{
    if (out->error == 0 && bytes->failed)
        out->error = UV_ENOMEM;
    if (out->error < 0 || bytes->used <= skipped)
        return;
    const char *data = bytes->data + skipped;
    size_t size = bytes->used - skipped;
    errno = 0;
    if (out->gz != NULL && gzfwrite(data, 1, size, out->gz) != size)
        out->error = gz_error(out->gz);
    else if (out->gz == NULL && fwrite(data, 1, size, out->file) != size)
        out->error = -errno;
}

static int close_stream(struct hl_report_output *out)
{
    errno = 0;
    if (out->gz != NULL) {
        int z = gzclose_w(out->gz);
        if (z == Z_OK)
            return 0;
        return z == Z_ERRNO && errno != 0 ? -errno : UV_EIO;
    }
    return fclose(out->file) == 0 ? 0 : -errno;
}

int hl_report_output_close(struct hl_report_output *out)
{
    int r = close_stream(out);
    if (out->error < 0)
        r = out->error;
    if (r == 0 && out->unfinished != NULL &&
        rename(out->unfinished, out->path) < 0)
        r = -errno;
    forget_names(out);
    out->file = NULL;
    out->gz = NULL;
    return r;
}
