#include "util/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 16 };

/* Pointers to all kinds of items are of one form, and of different types. */
static void put_pointer(void *array, void *items)
{
    memcpy(array, &items, sizeof(items));
}

int hl_grow_beyond(void *array, size_t *size, size_t index, size_t item_size)
{
    unsigned char *before;
    size_t more = *size > 0 ? *size : (size_t)FIRST_SIZE;
    while (more <= index)
        more *= 2;
    memcpy(&before, array, sizeof(before));
    unsigned char *items = realloc(before, more * item_size);
    if (items == NULL)
        return -ENOMEM;
    memset(items + *size * item_size, 0, (more - *size) * item_size);
    put_pointer(array, items);
    *size = more;
    return 0;
}
