/* Files that are compared with what the journal has on record of their bytes:
 * on libuv's thread pool, several at a time, and told in the order in which
 * they came. Memory does not depend on how many there are. */
#ifndef HL_CLI_VERIFY_POOL_H
#define HL_CLI_VERIFY_POOL_H

#include <stdint.h>

#include "engine/journal.h"
#include "util/beneath.h"

struct hl_verify_pool;

/* What came of a file. Texts are valid until the callback returns. */
struct hl_verify_file {
    const char *url; /* what the journal knows it by */
    const char *name;
    uint64_t size; /* on record */
    int verified;  /* enum hl_verified, or why it could not be read: a libuv
                      code */
};

/* Called from within the functions below. A negative return ends the pass, and
 * is the pass's. */
typedef int (*hl_verify_fn)(void *arg, const struct hl_verify_file *file);

/* The pool must not have been used yet: it is given a thread for each
 * processor. @return 0 or a code. */
int hl_verify_pool_new(struct hl_verify_pool **out, struct hl_beneath *root,
                       hl_verify_fn fn, void *arg);
/* Files that wait are not read. NULL is fine. */
void hl_verify_pool_free(struct hl_verify_pool *pool);
/* Takes a copy of the entry, which has a file and a name. Waits where many
 * files are under way. @return 0, UV_ENOMEM, or what fn returned. */
int hl_verify_pool_add(struct hl_verify_pool *pool,
                       const struct hl_journal_entry *entry);
/* Waits for all. @return the same. */
int hl_verify_pool_finish(struct hl_verify_pool *pool);

#endif
