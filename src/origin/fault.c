#include "origin/fault.h"

#include <stdbool.h>
#include <string.h>

#include "origin/body.h"

static const char *const words[HL_FAULT_COUNT + 1] = {
#define X(name, word) [name] = word,
    HL_FAULT_MAP(X)
#undef X
        [HL_FAULT_NONE] = "-",
};

const char *hl_fault_word(enum hl_fault fault)
{
    return words[fault];
}

int hl_fault_by_word(const char *word)
{
    for (int i = 0; i < HL_FAULT_COUNT; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* Is this one of the first requests of a path? Without memory, the answer is
 * no. */
static bool strikes(struct hl_faults *faults, uint64_t hash)
{
    if (faults->times == UINT32_MAX)
        return true;
    struct hl_table_entry *entry = hl_table_find(&faults->struck, hash);
    if (entry == NULL)
        entry = hl_table_add(&faults->struck, hash);
    if (entry == NULL || entry->line >= faults->times)
        return false;
    entry->line++;
    return true;
}

enum hl_fault hl_fault_choose(struct hl_faults *faults, const char *path)
{
    for (int i = 0; i < HL_FAULT_COUNT; i++) {
        uint64_t hash = hl_body_hash(path, faults->seed + (uint64_t)i + 1);
        if (hash % 100 >= faults->percent[i])
            continue;
        if (i == HL_FAULT_404 || strikes(faults, hash))
            return (enum hl_fault)i;
    }
    return HL_FAULT_NONE;
}

void hl_faults_release(struct hl_faults *faults)
{
    hl_table_release(&faults->struck);
}
