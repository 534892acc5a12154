#include "sink/hashes.h"

#include <uv.h>

#include "util/io.h"

enum { READ_ALL = 1 };

/* Without memory, or where OpenSSL does not allow it, these hashes are not
 * complete. @return 0 or a code. */
static int begin(struct hl_hashes *hashes, unsigned set)
{
    int r = hashes->digest == NULL ? hl_digest_new(&hashes->digest) : 0;
    if (r == 0)
        r = hl_digest_begin(hashes->digest, set);
    if (r == 0)
        hashes->complete |= set;
    return r;
}

void hl_hashes_begin(struct hl_hashes *hashes, unsigned wanted)
{
    hashes->wanted = wanted;
    hashes->complete = 0;
    hashes->out.digests[0] = '\0';
    hashes->out.xxh3[0] = '\0';
    if (wanted != 0)
        (void)begin(hashes, wanted);
}

void hl_hashes_begin_xxh3(struct hl_hashes *hashes)
{
    (void)begin(hashes, HL_DIGEST_XXH3);
}

void hl_hashes_stop(struct hl_hashes *hashes)
{
    hashes->complete = 0;
}

void hl_hashes_add(struct hl_hashes *hashes, const void *data, size_t size)
{
    if (hashes->complete != 0)
        hl_digest_add(hashes->digest, hashes->complete, data, size);
}

void hl_hashes_end(struct hl_hashes *hashes)
{
    if (hashes->complete != 0)
        hl_digest_end(hashes->digest, hashes->complete, &hashes->out);
    hl_hashes_stop(hashes);
}

/* The hashes that are missing, as they are made from the file. */
struct reading {
    const struct hl_hashed_file *file;
    struct hl_hashes *hashes;
    unsigned missing;
    uint64_t left; /* bytes that have not come yet */
};

/* A first order to stop gives a transfer time to end well: this is not yet due
 * then. */
static int on_chunk(void *arg, const void *data, size_t size)
{
    struct reading *reading = arg;
    if (reading->file->stop != NULL && hl_stop_is_due(reading->file->stop))
        return UV_ECANCELED;
    size_t n = size < reading->left ? size : (size_t)reading->left;
    hl_digest_add(reading->hashes->digest, reading->missing, data, n);
    reading->left -= n;
    if (reading->file->alive != NULL)
        reading->file->alive(reading->file->arg);
    return reading->left > 0 ? 0 : READ_ALL;
}

static int read_file(struct reading *reading)
{
    int r = begin(reading->hashes, reading->missing);
    if (r == 0 && reading->left > 0)
        r = hl_each_chunk(reading->file->fd, NULL, on_chunk, reading);
    if (r == READ_ALL)
        return 0;
    return r == 0 && reading->left > 0 ? UV_EIO : r;
}

int hl_hashes_end_by_file(struct hl_hashes *hashes, bool with_xxh3,
                          const struct hl_hashed_file *file)
{
    unsigned set = hashes->wanted | (with_xxh3 ? HL_DIGEST_XXH3 : 0);
    struct reading reading = {
        .file = file,
        .hashes = hashes,
        .missing = set & ~hashes->complete,
        .left = file->size,
    };
    int r = reading.missing != 0 ? read_file(&reading) : 0;
    if (r == 0)
        hl_hashes_end(hashes);
    hl_hashes_stop(hashes);
    return r;
}

void hl_hashes_release(struct hl_hashes *hashes)
{
    hl_digest_free(hashes->digest);
    *hashes = (struct hl_hashes){0};
}
