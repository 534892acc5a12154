/*
 * A heap of things by time, the earliest first. Nodes are embedded in what
 * waits, and can be taken out from the midst.
 */
#ifndef HL_UTIL_HEAP_H
#define HL_UTIL_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_heap_node {
    uint64_t at;
    size_t place; /* 1 + index in the heap; 0: in none */
};

/* All zero is empty. Owns its array, not the nodes. */
struct hl_heap {
    struct hl_heap_node **nodes;
    size_t count;
    size_t size;
};

void hl_heap_release(struct hl_heap *heap);
/* node->at is set, and must stay while it is in. @return 0 or UV_ENOMEM. */
int hl_heap_add(struct hl_heap *heap, struct hl_heap_node *node);
/* A node that is in no heap is fine. */
void hl_heap_remove(struct hl_heap *heap, struct hl_heap_node *node);
/* The earliest, left in; NULL: empty. */
struct hl_heap_node *hl_heap_first(const struct hl_heap *heap);

#endif
