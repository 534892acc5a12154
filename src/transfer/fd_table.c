#include "transfer/fd_table.h"

#include <stdlib.h>
#include <uv.h>

enum { FIRST_SIZE = 64 };

void hl_fd_table_release(struct hl_fd_table *table)
{
    free(table->items);
    *table = (struct hl_fd_table){0};
}

void *hl_fd_table_get(const struct hl_fd_table *table, int fd)
{
    return fd >= 0 && (size_t)fd < table->size ? table->items[fd] : NULL;
}

static int reserve(struct hl_fd_table *table, size_t fd)
{
    if (fd < table->size)
        return 0;
    size_t size = table->size > 0 ? table->size : (size_t)FIRST_SIZE;
    while (size <= fd)
        size *= 2;
    void **items = realloc(table->items, size * sizeof(*items));
    if (items == NULL)
        return UV_ENOMEM;
    for (size_t i = table->size; i < size; i++)
        items[i] = NULL;
    table->items = items;
    table->size = size;
    return 0;
}

int hl_fd_table_set(struct hl_fd_table *table, int fd, void *item)
{
    int r = reserve(table, (size_t)fd);
    if (r == 0)
        table->items[fd] = item;
    return r;
}
