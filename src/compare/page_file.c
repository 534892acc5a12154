#include "compare/page_file.h"

#include <errno.h>
#include <zlib.h>

static ssize_t read_gz(void *gz, char *out, size_t size)
{
    return gzread(gz, out, (unsigned)size);
}

static int seek_gz(void *gz, off64_t *at, int whence)
{
    if (whence != SEEK_SET || *at != 0)
        return -1;
    return gzrewind(gz);
}

static int close_gz(void *gz)
{
    return gzclose_r(gz) == Z_OK ? 0 : -1;
}

/* zlib passes on what is not packed as it is. */
FILE *hl_page_fopen(const char *path)
{
    static const cookie_io_functions_t functions = {
        .read = read_gz, .seek = seek_gz, .close = close_gz};
    errno = 0;
    gzFile gz = gzopen(path, "rbe");
    if (gz == NULL) {
        errno = errno != 0 ? errno : ENOMEM;
        return NULL;
    }
    FILE *file = fopencookie(gz, "r", functions);
    if (file == NULL)
        gzclose_r(gz);
    return file;
}
