#include "compare/files.h"

#include <errno.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "haul/haul.h"

enum { BLOCK_SIZE = 64 * 1024, OPEN_DIRS = 16 };

/* nftw() passes no argument. One walk at a time. */
static struct {
    uint64_t sum;
    size_t root_length;
    int code;
} walk;

static int add_file(EVP_MD_CTX *context, const char *path)
{
    static unsigned char block[BLOCK_SIZE];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    size_t n;
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        EVP_DigestUpdate(context, block, n);
    int r = ferror(file) ? -EIO : 0;
    fclose(file);
    return r;
}

static int hash_one(const char *path, const struct stat *st, int type,
                    struct FTW *at)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const char *name = path + walk.root_length;
    (void)st, (void)at;
    if (type != FTW_F || strncmp(name, "/.haul/", 7) == 0)
        return 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        walk.code = -ENOMEM;
        return 1;
    }
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, name, strlen(name) + 1);
    int r = add_file(context, path);
    EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    /* A sum does not depend on the order of the walk. */
    uint64_t part;
    memcpy(&part, digest, sizeof(part));
    walk.sum += part;
    walk.code = r;
    return r < 0;
}

int hl_files_hash(const char *dir, uint64_t *out)
{
    walk.sum = 0;
    walk.code = 0;
    walk.root_length = strlen(dir);
    if (nftw(dir, hash_one, OPEN_DIRS, FTW_PHYS) < 0)
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
        hl_error("%s: %s", path,
                 haul_strerror(text->failed ? UV_ENOMEM : -errno));
    return ok ? HL_EXIT_OK : HL_EXIT_IO;
}
