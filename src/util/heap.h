/*
 * A heap that gives the node with the least time first. Nodes are embedded in
 * what waits for that time, and any node can be removed.
 */
#ifndef HL_UTIL_HEAP_H
#define HL_UTIL_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_heap_node {
    uint64_t at;
    size_t place; /* 1 + index in the heap; 0: in no heap */
};

/* All zero is empty. The heap owns its array, but not the nodes. */
struct hl_heap {
    struct hl_heap_node **nodes;
    size_t count;
    size_t size;
};

void hl_heap_release(struct hl_heap *heap);
/* The caller sets node->at before, and leaves it alone while the node is in the
 * heap. @return 0 or UV_ENOMEM. */
int hl_heap_add(struct hl_heap *heap, struct hl_heap_node *node);
/* Does nothing for a node that is in no heap. */
void hl_heap_remove(struct hl_heap *heap, struct hl_heap_node *node);
/* The node with the least time, which stays in the heap; NULL: it is empty. */
struct hl_heap_node *hl_heap_first(const struct hl_heap *heap);

#endif
