#include "schedule/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "util/grow.h"
#include "util/io.h"
#include "util/own_file.h"

enum {
    BLOCK = 4096,
    NEXT = sizeof(uint32_t), /* a block begins with the number of the next */
    /* Last blocks of chains that are held in memory. A sorted list fills one
       chain at a time, a shuffled one a few hundred. */
    TAILS = 256,
    TRIES = 100,
};

/* The last block of a chain while it is being filled. */
struct tail {
    struct hl_chain *chain; /* NULL: free */
    uint32_t block;
    bool dirty;
    unsigned char data[BLOCK];
};

/* Owned by the session. */
struct hl_spill {
    int dir_fd; /* borrowed */
    int fd;     /* -1: nothing was spilled yet */
    uint32_t blocks;
    uint32_t *free; /* blocks to use again */
    size_t free_count;
    size_t free_size;
    struct tail *tails;  /* TAILS of them, by chain */
    uint32_t read_block; /* that data holds; 0 none */
    unsigned char data[BLOCK];
};

int hl_spill_new(struct hl_spill **out, int dir_fd)
{
    struct hl_spill *spill = calloc(1, sizeof(*spill));
    *out = spill;
    if (spill == NULL)
        return UV_ENOMEM;
    spill->dir_fd = dir_fd;
    spill->fd = -1;
    return 0;
}

void hl_spill_free(struct hl_spill *spill)
{
    if (spill == NULL)
        return;
    if (spill->fd >= 0)
        close(spill->fd);
    free(spill->tails);
    free(spill->free);
    free(spill);
}

uint64_t hl_spill_size(const struct hl_spill *spill)
{
    return (uint64_t)spill->blocks * BLOCK;
}

/* Another session may do the same in this directory at this moment. */
static int open_named(int haul_fd)
{
    static const char name[] = "spill";
    int fd = -1;
    errno = EEXIST;
    for (int i = 0; fd < 0 && errno == EEXIST && i < TRIES; i++) {
        unlinkat(haul_fd, name, 0);
        fd = openat(haul_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    if (fd >= 0)
        unlinkat(haul_fd, name, 0);
    return fd;
}

/* A file without a name, or with one for a moment where the filesystem has
 * no O_TMPFILE. */
static int open_file(struct hl_spill *spill)
{
    if (spill->tails == NULL)
        spill->tails = calloc(TAILS, sizeof(*spill->tails));
    if (spill->tails == NULL)
        return UV_ENOMEM;
    int haul_fd = hl_haul_dir_open(spill->dir_fd);
    if (haul_fd < 0)
        return haul_fd;
    int fd = openat(haul_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        fd = open_named(haul_fd);
    }
    int r = fd < 0 ? -errno : 0;
    close(haul_fd);
    spill->fd = fd;
    return r;
}

static off_t offset_of(uint32_t block)
{
    return (off_t)(block - 1) * BLOCK;
}

static int write_block(const struct hl_spill *spill, struct tail *tail)
{
    int r = hl_pwrite_all(spill->fd, tail->data, BLOCK,
                          (uint64_t)offset_of(tail->block));
    if (r < 0)
        return r;
    tail->dirty = false;
    return 0;
}

static int read_block(const struct hl_spill *spill, uint32_t block,
                      unsigned char data[BLOCK])
{
    size_t done = 0;
    while (done < BLOCK) {
        ssize_t n = pread(spill->fd, data + done, BLOCK - done,
                          offset_of(block) + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : UV_EIO;
        done += (size_t)n;
    }
    return 0;
}

static int flush_tail(const struct hl_spill *spill, struct tail *tail)
{
    return tail->chain != NULL && tail->dirty ? write_block(spill, tail) : 0;
}

/* Chains are members of hosts, whose addresses are multiples of 16: the last
 * four bits do not differ. */
static struct tail *tail_of(const struct hl_spill *spill,
                            const struct hl_chain *chain)
{
    uint64_t mixed = ((uintptr_t)chain >> 4) * 0x9e3779b97f4a7c15u;
    return &spill->tails[mixed >> 56];
}

/* Has the chain's tail hold the chain's last block. */
static int hold_tail(struct hl_spill *spill, struct hl_chain *chain,
                     struct tail **out)
{
    struct tail *tail = tail_of(spill, chain);
    *out = tail;
    if (tail->chain == chain && tail->block == chain->last)
        return 0;
    int r = flush_tail(spill, tail);
    if (r < 0)
        return r;
    tail->chain = NULL;
    r = read_block(spill, chain->last, tail->data);
    if (r < 0)
        return r;
    tail->chain = chain;
    tail->block = chain->last;
    tail->dirty = false;
    return 0;
}

static uint32_t take_block(struct hl_spill *spill)
{
    if (spill->free_count > 0)
        return spill->free[--spill->free_count];
    return ++spill->blocks;
}

/* A block that cannot be noted as free is lost until the end of the run. */
static void give_block(struct hl_spill *spill, uint32_t block)
{
    if (hl_grow(&spill->free, &spill->free_size, spill->free_count,
                sizeof(*spill->free)) < 0)
        return;
    spill->free[spill->free_count++] = block;
    if (spill->read_block == block)
        spill->read_block = 0;
}

/* Puts a new, empty block at the end of chain. */
static int extend(struct hl_spill *spill, struct hl_chain *chain)
{
    struct tail *tail = tail_of(spill, chain);
    uint32_t block = take_block(spill);
    if (tail->chain == chain && tail->block == chain->last) {
        memcpy(tail->data, &block, NEXT);
        tail->dirty = true;
    }
    int r = flush_tail(spill, tail);
    if (r < 0) {
        give_block(spill, block);
        return r;
    }
    memset(tail->data, 0, sizeof(tail->data));
    tail->chain = chain;
    tail->block = block;
    tail->dirty = true;
    chain->last = block;
    chain->to = NEXT;
    if (chain->first == 0) {
        chain->first = block;
        chain->from = NEXT;
    }
    return 0;
}

static int append(struct hl_spill *spill, struct hl_chain *chain,
                  const void *data, size_t size)
{
    const unsigned char *bytes = data;
    while (size > 0) {
        struct tail *tail;
        int r = chain->last != 0 ? hold_tail(spill, chain, &tail) : 0;
        if (r == 0 && (chain->last == 0 || chain->to == BLOCK))
            r = extend(spill, chain);
        if (r < 0)
            return r;
        tail = tail_of(spill, chain);
        size_t n = BLOCK - (size_t)chain->to;
        n = n < size ? n : size;
        memcpy(tail->data + chain->to, bytes, n);
        tail->dirty = true;
        chain->to = (uint16_t)(chain->to + n);
        bytes += n;
        size -= n;
    }
    return 0;
}

/* Where only a part of a record could be put, the chain is as it was. Blocks
 * that were added for the record are not used again. */
int hl_spill_put(struct hl_spill *spill, struct hl_chain *chain,
                 const void *data, size_t size)
{
    uint32_t length = (uint32_t)size;
    struct hl_chain before = *chain;
    int r = spill->fd < 0 ? open_file(spill) : 0;
    if (r == 0)
        r = append(spill, chain, &length, sizeof(length));
    if (r == 0)
        r = append(spill, chain, data, size);
    if (r < 0) {
        if (spill->tails != NULL)
            tail_of(spill, chain)->chain = NULL;
        *chain = before;
        return r;
    }
    chain->records++;
    return 0;
}

static void forget(struct hl_spill *spill, struct hl_chain *chain)
{
    struct tail *tail = tail_of(spill, chain);
    if (tail->chain == chain)
        tail->chain = NULL;
    give_block(spill, chain->first);
    *chain = (struct hl_chain){0};
}

/* The bytes of chain's first block: those of its tail while it is the last. */
static int first_block(struct hl_spill *spill, const struct hl_chain *chain,
                       const unsigned char **out)
{
    struct tail *tail = tail_of(spill, chain);
    if (tail->chain == chain && tail->block == chain->first) {
        *out = tail->data;
        return 0;
    }
    *out = spill->data;
    if (spill->read_block == chain->first)
        return 0;
    int r = read_block(spill, chain->first, spill->data);
    /* The last block still grows, so it is not kept. */
    spill->read_block =
        r == 0 && chain->first != chain->last ? chain->first : 0;
    return r;
}

static int consume(struct hl_spill *spill, struct hl_chain *chain, char *to,
                   size_t size)
{
    while (size > 0) {
        const unsigned char *data;
        int r = first_block(spill, chain, &data);
        if (r < 0)
            return r;
        if (chain->from == BLOCK) {
            uint32_t block = chain->first;
            memcpy(&chain->first, data, NEXT);
            chain->from = NEXT;
            give_block(spill, block);
            continue;
        }
        size_t n = BLOCK - (size_t)chain->from;
        n = n < size ? n : size;
        memcpy(to, data + chain->from, n);
        chain->from = (uint16_t)(chain->from + n);
        to += n;
        size -= n;
    }
    return 0;
}

int hl_spill_get(struct hl_spill *spill, struct hl_chain *chain,
                 struct hl_buf *out)
{
    uint32_t size = 0;
    int r = consume(spill, chain, (char *)&size, sizeof(size));
    hl_buf_clear(out);
    char *at = r == 0 ? hl_buf_room(out, size) : NULL;
    if (r == 0)
        r = at != NULL ? consume(spill, chain, at, size) : UV_ENOMEM;
    if (r < 0)
        return r;
    if (--chain->records == 0)
        forget(spill, chain);
    return 0;
}
