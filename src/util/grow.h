/* Arrays that grow by doubling. */
#ifndef HL_UTIL_GROW_H
#define HL_UTIL_GROW_H

#include <stddef.h>

/* As hl_grow(), for an index that is beyond the array. */
int hl_grow_beyond(void *array, size_t *size, size_t index, size_t item_size);

/* Makes room for the item at index. array points to the pointer that the array
 * is at, which may be NULL and may move; *size is how many items of item_size
 * bytes have room. New items are all zero. @return 0 or UV_ENOMEM, and then
 * nothing has changed. */
static inline int hl_grow(void *array, size_t *size, size_t index,
                          size_t item_size)
{
    return index < *size ? 0 : hl_grow_beyond(array, size, index, item_size);
}

#endif
