#include "sink/hashes.h"

#include <errno.h>
#include <uv.h>

#include "util/io.h"

static int begin_digests(struct hl_hashes *hashes)
{
    int r = hashes->digest == NULL ? hl_digest_new(&hashes->digest) : 0;
    return r == 0 ? hl_digest_begin(hashes->digest, hashes->wanted) : r;
}

void hl_hashes_begin(struct hl_hashes *hashes, unsigned wanted)
{
    hashes->wanted = wanted;
    hashes->digests[0] = '\0';
    hashes->xxh3[0] = '\0';
    hashes->summing = false;
    hashes->digesting = wanted != 0 && begin_digests(hashes) == 0;
}

bool hl_hashes_begin_xxh3(struct hl_hashes *hashes)
{
    if (hashes->sum == NULL)
        hashes->sum = hl_xxh3_new();
    hashes->summing = hashes->sum != NULL;
    if (hashes->summing)
        hl_xxh3_begin(hashes->sum);
    return hashes->summing;
}

void hl_hashes_stop(struct hl_hashes *hashes)
{
    hashes->digesting = false;
    hashes->summing = false;
}

void hl_hashes_add(struct hl_hashes *hashes, const void *data, size_t size)
{
    if (hashes->digesting)
        hl_digest_add(hashes->digest, data, size);
    if (hashes->summing)
        hl_xxh3_add(hashes->sum, data, size);
}

void hl_hashes_end(struct hl_hashes *hashes)
{
    if (hashes->digesting)
        hl_digest_end(hashes->digest, hashes->digests);
    if (hashes->summing)
        hl_xxh3_end(hashes->sum, hashes->xxh3);
    hl_hashes_stop(hashes);
}

/* The hashes that are missing, as they are made from the file. */
struct reading {
    const struct hl_hashed_file *file;
    struct hl_hashes *hashes;
    bool digests;
    bool xxh3;
    uint64_t left; /* bytes that have not come yet */
};

static void on_chunk(void *arg, const void *data, size_t size)
{
    struct reading *reading = arg;
    size_t n = size < reading->left ? size : (size_t)reading->left;
    if (reading->digests)
        hl_digest_add(reading->hashes->digest, data, n);
    if (reading->xxh3)
        hl_xxh3_add(reading->hashes->sum, data, n);
    reading->left -= n;
    if (reading->file->alive != NULL)
        reading->file->alive(reading->file->arg);
}

static int read_file(struct reading *reading)
{
    struct hl_hashes *hashes = reading->hashes;
    int r = reading->digests ? begin_digests(hashes) : 0;
    if (r == 0 && reading->xxh3 && !hl_hashes_begin_xxh3(hashes))
        r = UV_ENOMEM;
    if (r == 0)
        r = hl_each_chunk(reading->file->fd, reading->file->stop, on_chunk,
                          reading);
    if (r == 0 && reading->left > 0)
        r = UV_EIO;
    hashes->digesting |= reading->digests && r == 0;
    return r;
}

int hl_hashes_end_by_file(struct hl_hashes *hashes, bool with_xxh3,
                          const struct hl_hashed_file *file)
{
    struct reading reading = {
        .file = file,
        .hashes = hashes,
        .digests = hashes->wanted != 0 && !hashes->digesting,
        .xxh3 = with_xxh3 && !hashes->summing,
        .left = file->size,
    };
    int r = reading.digests || reading.xxh3 ? read_file(&reading) : 0;
    if (r == 0)
        hl_hashes_end(hashes);
    hl_hashes_stop(hashes);
    return r;
}

void hl_hashes_release(struct hl_hashes *hashes)
{
    hl_digest_free(hashes->digest);
    hl_xxh3_free(hashes->sum);
    *hashes = (struct hl_hashes){0};
}
