/* Compares files with their hashes on record, several at a time, on libuv's
 * thread pool. The results come in the order in which the files were added. The
 * memory does not depend on how many files there are. One thread calls. */
#ifndef HL_CLI_VERIFY_POOL_H
#define HL_CLI_VERIFY_POOL_H

#include <stdint.h>

#include "journal/journal_entry.h"
#include "util/beneath.h"

struct hl_verify_pool;

/* The result of one file. Texts are valid until the callback returns. */
struct hl_verify_file {
    const char *url; /* the key's text, see hl_journal_request_key() */
    const char *name;
    uint64_t size; /* on record */
    int verified;  /* enum hl_verified, or why it could not be read: a libuv
                      code */
};

/* Called from within hl_verify_pool_add() and _finish(), which return a
 * negative return of it. */
typedef int (*hl_verify_fn)(void *arg, const struct hl_verify_file *file);

/* Gives libuv's pool a thread for each processor, so nothing may have used that
 * pool before. @return 0 or a code. */
int hl_verify_pool_new(struct hl_verify_pool **out, struct hl_beneath *root,
                       hl_verify_fn fn, void *arg);
/* Files that still wait are not read. NULL is fine. */
void hl_verify_pool_free(struct hl_verify_pool *pool);
/* Adds the file of entry, which must have a file and a name; entry is copied.
 * Waits while many files are under way. @return 0, UV_ENOMEM, or what fn
 * returned. */
int hl_verify_pool_add(struct hl_verify_pool *pool,
                       const struct hl_journal_entry *entry);
/* Waits for all files that were added. @return as hl_verify_pool_add(). */
int hl_verify_pool_finish(struct hl_verify_pool *pool);

#endif
