#include "util/mkdirs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static int make(const char *path)
{
    return mkdir(path, 0777) < 0 && errno != EEXIST ? -errno : 0;
}

int hl_mkdirs(const char *path)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof(part))
        return length == 0 ? -ENOENT : -ENAMETOOLONG;
    struct stat st;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
    memcpy(part, path, length + 1);
    for (char *slash = strchr(part + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int r = make(part);
        /* A parent that cannot be made may be there nevertheless: a mount, or a
         * directory that may not be read. The last mkdir() shows it. */
        if (r < 0 && r != -EACCES && r != -EROFS && r != -EPERM)
            return r;
        *slash = '/';
    }
    return make(part);
}
