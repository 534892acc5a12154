#include "cli/exact_counts.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "util/hash.h"

struct hl_tally_text {
    uint64_t count;
    UT_hash_handle hh;
    char text[]; /* the key */
};

int hl_tally_add(struct hl_tally *tally, const char *text)
{
    struct hl_tally_text *found;
    size_t length = strlen(text);
    HASH_FIND(hh, tally->texts, text, length, found);
    if (found != NULL) {
        found->count++;
        return 0;
    }
    tally->is_full |= HASH_COUNT(tally->texts) >= tally->limit;
    if (tally->is_full)
        return 0;
    found = malloc(sizeof(*found) + length + 1);
    if (found == NULL)
        return UV_ENOMEM;
    memcpy(found->text, text, length + 1);
    found->count = 1;
    HASH_ADD(hh, tally->texts, text, length, found);
    if (found->hh.tbl != NULL)
        return 0;
    free(found);
    return UV_ENOMEM;
}

size_t hl_tally_different(const struct hl_tally *tally)
{
    return HASH_COUNT(tally->texts);
}

size_t hl_tally_top(const struct hl_tally *tally, struct hl_tally_rank *out,
                    size_t most)
{
    size_t count = 0;
    for (const struct hl_tally_text *t = tally->texts; t != NULL;
         t = t->hh.next) {
        size_t place = count;
        while (place > 0 && out[place - 1].count < t->count)
            place--;
        if (place >= most)
            continue;
        count += count < most;
        for (size_t i = count - 1; i > place; i--)
            out[i] = out[i - 1];
        out[place] = (struct hl_tally_rank){t->text, t->count};
    }
    return count;
}

void hl_tally_release(struct hl_tally *tally)
{
    struct hl_tally_text *text;
    struct hl_tally_text *next;
    HASH_ITER (hh, tally->texts, text, next) {
        /* uthash moves on to the next text first, which the analyzer does not
         * see. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        HASH_DEL(tally->texts, text);
        free(text);
    }
}
