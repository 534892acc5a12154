/* From a pointer to a member to the struct that the member is in. */
#ifndef HL_UTIL_CONTAINER_OF_H
#define HL_UTIL_CONTAINER_OF_H

#include <stddef.h>

#define container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
