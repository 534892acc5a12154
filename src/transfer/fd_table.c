#include "transfer/fd_table.h"

#include <stdlib.h>

#include "util/grow.h"

void hl_fd_table_release(struct hl_fd_table *table)
{
    free(table->items);
    *table = (struct hl_fd_table){0};
}

void *hl_fd_table_get(const struct hl_fd_table *table, int fd)
{
    return fd >= 0 && (size_t)fd < table->size ? table->items[fd] : NULL;
}

int hl_fd_table_set(struct hl_fd_table *table, int fd, void *item)
{
    int r = hl_grow(&table->items, &table->size, (size_t)fd, sizeof(void *));
    if (r == 0)
        table->items[fd] = item;
    return r;
}
