/*
 * The spill: keeps tasks that wait on disk, where they would take too much
 * memory. It is a file of blocks with any number of chains in it. A chain is a
 * queue of records. The file has no name, so it goes when the process ends,
 * however that ends. Nothing is lost with it: what it holds is in the list and
 * in the journal too.
 *
 * Loop thread only.
 */
#ifndef HL_SCHEDULE_SPILL_H
#define HL_SCHEDULE_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* Where a queue begins and ends in the file. All zero, it is empty. Owned by
 * whoever queues; must stay at its address while it holds records. */
struct hl_chain {
    uint32_t first; /* block, counted from 1; 0 none */
    uint32_t last;
    uint16_t from; /* of the first unread byte in first */
    uint16_t to;   /* behind the last byte in last */
    uint32_t records;
};

struct hl_spill;

/* The file is made below dir_fd when the first record comes. @return 0 or
 * UV_ENOMEM. */
int hl_spill_new(struct hl_spill **out, int dir_fd);
/* NULL is fine. Whatever the chains hold is gone. */
void hl_spill_free(struct hl_spill *spill);

/* Adds a record at the end. @return 0 or a libuv code; then chain is as it
 * was. */
int hl_spill_put(struct hl_spill *spill, struct hl_chain *chain,
                 const void *data, size_t size);
/* Takes the first record of a chain, which must not be empty, out of it, and
 * puts its bytes in place of what *out held. @return 0 or a libuv code. */
int hl_spill_get(struct hl_spill *spill, struct hl_chain *chain,
                 struct hl_buf *out);
/* Bytes that the file takes on disk. */
uint64_t hl_spill_size(const struct hl_spill *spill);

#endif
