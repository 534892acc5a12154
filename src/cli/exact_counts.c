#include "cli/exact_counts.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "util/hash.h"

struct hl_exact_counts_text {
    uint64_t count;
    UT_hash_handle hh;
    char text[]; /* the key */
};

int hl_exact_counts_add(struct hl_exact_counts *tally, const char *text)
{
    struct hl_exact_counts_text *found;
    size_t length = strlen(text);
    HASH_FIND(hh, tally->strings, text, length, found);
    if (found != NULL) {
        found->count++;
        return 0;
    }
    tally->is_full |= HASH_COUNT(tally->strings) >= tally->limit;
    if (tally->is_full)
        return 0;
    found = malloc(sizeof(*found) + length + 1);
    if (found == NULL)
        return UV_ENOMEM;
    memcpy(found->text, text, length + 1);
    found->count = 1;
    HASH_ADD(hh, tally->strings, text, length, found);
    if (found->hh.tbl != NULL)
        return 0;
    free(found);
    return UV_ENOMEM;
}

size_t hl_exact_counts_different(const struct hl_exact_counts *tally)
{
    return HASH_COUNT(tally->strings);
}

size_t hl_exact_counts_top(const struct hl_exact_counts *tally,
                           struct hl_exact_counts_rank *out, size_t most)
{
    size_t count = 0;
    for (const struct hl_exact_counts_text *t = tally->strings; t != NULL;
         t = t->hh.next) {
        size_t place = count;
        while (place > 0 && out[place - 1].count < t->count)
            place--;
        if (place >= most)
            continue;
        count += count < most;
        for (size_t i = count - 1; i > place; i--)
            out[i] = out[i - 1];
        out[place] = (struct hl_exact_counts_rank){t->text, t->count};
    }
    return count;
}

void hl_exact_counts_release(struct hl_exact_counts *tally)
{
    struct hl_exact_counts_text *text;
    struct hl_exact_counts_text *next;
    HASH_ITER (hh, tally->strings, text, next) {
        /* uthash moves on to the next text first, which the analyzer does not
         * see. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        HASH_DEL(tally->strings, text);
        free(text);
    }
}
