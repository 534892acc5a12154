#include "compare/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "haul/haul.h"
#include "util/digest.h"

enum { OPEN_DIRS = 16 };

/* nftw() passes no argument. One walk at a time. */
static struct {
    uint64_t sum;
    size_t root_length;
    int code;
} walk;

static int hash_file(const char *path, struct hl_digest_text *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = hl_digest_file(fd, HL_DIGEST_XXH3, NULL, out);
    close(fd);
    return r;
}

/* A sum does not depend on the order of the walk. */
static int add_one(const char *path, const struct stat *st, int type,
                   struct FTW *at)
{
    char text[HL_XXH3_HEX_SIZE + PATH_MAX];
    struct hl_digest_text hash;
    const char *name = path + walk.root_length;
    (void)st, (void)at;
    if (type != FTW_F || strncmp(name, "/.haul/", 7) == 0)
        return 0;
    walk.code = hash_file(path, &hash);
    if (walk.code < 0)
        return 1;
    snprintf(text, sizeof(text), "%s%s", hash.xxh3, name);
    walk.sum += hl_xxh3_of_text(text);
    return 0;
}

int hl_files_hash(const char *dir, uint64_t *out)
{
    walk.sum = 0;
    walk.code = 0;
    walk.root_length = strlen(dir);
    if (nftw(dir, add_one, OPEN_DIRS, FTW_PHYS) < 0)
        return -errno;
    *out = walk.sum;
    return walk.code;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

void hl_files_remove(const char *dir)
{
    nftw(dir, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
}

int hl_files_write(const char *path, const struct hl_buf *text)
{
    FILE *file = fopen(path, "we");
    bool ok = file != NULL && !text->failed &&
              fwrite(text->data, 1, text->used, file) == text->used;
    if (file != NULL && fclose(file) != 0)
        ok = false;
    if (!ok)
        hl_error("cannot write %s: %s", path,
                 haul_strerror(text->failed ? UV_ENOMEM : -errno));
    return ok ? HL_EXIT_OK : HL_EXIT_IO;
}
