#include "util/census.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/container_of.h"
#include "util/fnv.h"
#include "util/hash.h"
#include "util/heap.h"

enum { REGISTER_BITS = 14, REGISTERS = 1 << REGISTER_BITS };

/* A text that is counted. Owned by the census. */
struct counter {
    uint64_t count;
    uint64_t over;
    struct hl_heap_node node; /* by a count that it once had: counts only
                                 grow, so it is no less now */
    UT_hash_handle hh;
    char text[];
};

struct hl_census {
    size_t limit;
    struct counter *counters; /* by text */
    struct counter *last;     /* counted before: lists come sorted */
    struct hl_heap rarest;
    bool overflowed;
    unsigned char registers[REGISTERS];
};

int hl_census_new(struct hl_census **out, size_t limit)
{
    struct hl_census *census = calloc(1, sizeof(*census));
    *out = census;
    if (census == NULL)
        return -ENOMEM;
    census->limit = limit;
    return 0;
}

void hl_census_free(struct hl_census *census)
{
    if (census == NULL)
        return;
    struct counter *c = census->counters;
    HASH_CLEAR(hh, census->counters);
    while (c != NULL) {
        struct counter *next = c->hh.next;
        free(c);
        c = next;
    }
    hl_heap_release(&census->rarest);
    free(census);
}

/* FNV-1a, and then MurmurHash3's finish, which spreads it over all bits. */
static uint64_t hash_of(const char *text)
{
    uint64_t h = hl_fnv_add_text(HL_FNV_BASIS, text);
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

/* A register keeps the longest run of zeros that its strings' hashes had. */
static void note_different(struct hl_census *census, const char *text)
{
    uint64_t hash = hash_of(text);
    size_t place = (size_t)(hash >> (64 - REGISTER_BITS));
    uint64_t rest = hash << REGISTER_BITS | (1u << (REGISTER_BITS - 1));
    unsigned char run = (unsigned char)(1 + __builtin_clzll(rest));
    if (run > census->registers[place])
        census->registers[place] = run;
}

/* The counter with the least count. Those that have grown since they were
 * looked at last are put where they belong. */
static struct counter *rarest(struct hl_census *census)
{
    for (;;) {
        struct hl_heap_node *node = hl_heap_first(&census->rarest);
        struct counter *c = container_of(node, struct counter, node);
        if (node->at == c->count)
            return c;
        hl_heap_remove(&census->rarest, node);
        node->at = c->count;
        /* There is room: one has just been taken out. */
        (void)hl_heap_add(&census->rarest, node);
    }
}

static struct counter *counter_new(struct hl_census *census, const char *text)
{
    size_t size = strlen(text) + 1;
    struct counter *c = malloc(sizeof(*c) + size);
    if (c == NULL)
        return NULL;
    *c = (struct counter){0};
    memcpy(c->text, text, size);
    if (HASH_COUNT(census->counters) >= census->limit) {
        struct counter *old = rarest(census);
        c->count = c->over = old->count;
        hl_heap_remove(&census->rarest, &old->node);
        HASH_DEL(census->counters, old);
        free(old);
        census->overflowed = true;
    }
    c->node.at = c->count;
    if (hl_heap_add(&census->rarest, &c->node) < 0) {
        free(c);
        return NULL;
    }
    HASH_ADD_STR(census->counters, text, c);
    if (c->hh.tbl == NULL) {
        hl_heap_remove(&census->rarest, &c->node);
        free(c);
        return NULL;
    }
    return c;
}

int hl_census_add(struct hl_census *census, const char *text)
{
    struct counter *c = census->last;
    if (c == NULL || strcmp(c->text, text) != 0) {
        note_different(census, text);
        HASH_FIND_STR(census->counters, text, c);
        census->last = NULL;
        if (c == NULL)
            c = counter_new(census, text);
        if (c == NULL)
            return -ENOMEM;
    }
    c->count++;
    census->last = c;
    return 0;
}

bool hl_census_is_exact(const struct hl_census *census)
{
    return !census->overflowed;
}

uint64_t hl_census_different(const struct hl_census *census)
{
    double sum = 0;
    double m = REGISTERS;
    unsigned empty = 0;
    if (!census->overflowed)
        return HASH_COUNT(census->counters);
    for (size_t i = 0; i < REGISTERS; i++) {
        sum += ldexp(1, -census->registers[i]);
        empty += census->registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    /* Where registers are empty, how many are is the better measure. */
    if (estimate <= 2.5 * m && empty > 0)
        estimate = m * log(m / empty);
    return (uint64_t)(estimate + 0.5);
}

size_t hl_census_top(const struct hl_census *census, struct hl_census_rank *out,
                     size_t most)
{
    size_t count = 0;
    for (const struct counter *c = census->counters; c != NULL;
         c = c->hh.next) {
        size_t place = count;
        while (place > 0 && out[place - 1].count < c->count)
            place--;
        if (place >= most)
            continue;
        count += count < most;
        for (size_t i = count - 1; i > place; i--)
            out[i] = out[i - 1];
        out[place] = (struct hl_census_rank){
            .text = c->text, .count = c->count, .over = c->over};
    }
    return count;
}
