/* What stands behind a file descriptor: a table by its number. */
#ifndef HL_TRANSFER_FD_TABLE_H
#define HL_TRANSFER_FD_TABLE_H

#include <stddef.h>

/* All zero is empty. */
struct hl_fd_table {
    void **items; /* NULL where none */
    size_t size;
};

void hl_fd_table_release(struct hl_fd_table *table);
/* NULL: nothing stands behind fd. */
void *hl_fd_table_get(const struct hl_fd_table *table, int fd);
/* item may be NULL. @return 0 or UV_ENOMEM; a number that was set before can
 * always be set. */
int hl_fd_table_set(struct hl_fd_table *table, int fd, void *item);

#endif
