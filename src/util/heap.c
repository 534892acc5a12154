#include "util/heap.h"

#include <errno.h>
#include <stdlib.h>

#include "util/grow.h"

void hl_heap_release(struct hl_heap *heap)
{
    free(heap->nodes);
    *heap = (struct hl_heap){0};
}

static void put(struct hl_heap *heap, size_t index, struct hl_heap_node *node)
{
    heap->nodes[index] = node;
    node->place = index + 1;
}

static void rise(struct hl_heap *heap, size_t index)
{
    struct hl_heap_node *node = heap->nodes[index];
    while (index > 0 && node->at < heap->nodes[(index - 1) / 2]->at) {
        put(heap, index, heap->nodes[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put(heap, index, node);
}

static void sink(struct hl_heap *heap, size_t index)
{
    struct hl_heap_node *node = heap->nodes[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            heap->nodes[child + 1]->at < heap->nodes[child]->at)
            child++;
        if (node->at <= heap->nodes[child]->at)
            break;
        put(heap, index, heap->nodes[child]);
        index = child;
    }
    put(heap, index, node);
}

int hl_heap_add(struct hl_heap *heap, struct hl_heap_node *node)
{
    if (hl_grow(&heap->nodes, &heap->size, heap->count,
                sizeof(struct hl_heap_node *)) < 0)
        return -ENOMEM;
    put(heap, heap->count++, node);
    rise(heap, heap->count - 1);
    return 0;
}

void hl_heap_remove(struct hl_heap *heap, struct hl_heap_node *node)
{
    if (node->place == 0)
        return;
    size_t index = node->place - 1;
    struct hl_heap_node *last = heap->nodes[--heap->count];
    node->place = 0;
    if (last == node)
        return;
    put(heap, index, last);
    rise(heap, index);
    sink(heap, last->place - 1);
}

struct hl_heap_node *hl_heap_first(const struct hl_heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}
