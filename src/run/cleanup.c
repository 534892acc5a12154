#include "run/cleanup.h"

#include "journal/journal.h"
#include "util/part_file.h"

static int remove_one(void *arg, const char *name, const char *token)
{
    return hl_part_file_remove(arg, name, token);
}

int hl_litter_sweep(struct hl_journal *journal, struct hl_beneath *root)
{
    return hl_journal_each_litter(journal, remove_one, root);
}
