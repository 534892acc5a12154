#include "cli/pinned.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In the order in which help shows them. */
static const char *const of_runs[] = {"output",     "no-dedupe",
                                      "compressed", "accept-type",
                                      "user-agent", "max-filesize"};
static const char *const of_lists[] = {"input-format", "url-col", "name-col",
                                       "id-col"};

enum {
    OF_RUNS = sizeof(of_runs) / sizeof(*of_runs),
    OF_LISTS = sizeof(of_lists) / sizeof(*of_lists),
};

static const struct hl_opt *find(const struct hl_opt *rows, const char *name)
{
    while (rows->name != NULL && strcmp(rows->name, name) != 0)
        rows++;
    return rows->name != NULL ? rows : NULL;
}

static const struct hl_opt *find_of_run(const char *name)
{
    const struct hl_opt *row = find(hl_file_rows, name);
    if (row == NULL)
        row = find(hl_request_rows, name);
    return row != NULL ? row : find(hl_transfer_rows, name);
}

const struct hl_opt *hl_pinned_rows(void)
{
    static struct hl_opt rows[OF_RUNS + 1];
    for (size_t i = 0; i < OF_RUNS; i++)
        rows[i] = *find_of_run(of_runs[i]);
    return rows;
}

size_t hl_pinned_list(struct hl_pinned out[HL_PINNED_MAX],
                      struct hl_source_options *list,
                      struct hl_run_options *run)
{
    size_t count = 0;
    for (size_t i = 0; i < OF_LISTS; i++)
        out[count++] =
            (struct hl_pinned){find(hl_source_rows, of_lists[i]), list};
    for (size_t i = 0; i < OF_RUNS; i++)
        out[count++] = (struct hl_pinned){find_of_run(of_runs[i]), run};
    return count;
}

const char *hl_pinned_value(const struct hl_pinned *pinned,
                            char room[HL_PINNED_TEXT_SIZE])
{
    const char *at = (const char *)pinned->base + pinned->row->offset;
    const char *text;
    uint64_t number;
    int choice;
    bool flag;
    switch (pinned->row->kind) {
    case HL_OPT_TEXT:
        memcpy(&text, at, sizeof(text));
        return text;
    case HL_OPT_FLAG:
        memcpy(&flag, at, sizeof(flag));
        return flag ? "" : NULL;
    case HL_OPT_CHOICE:
        memcpy(&choice, at, sizeof(choice));
        return choice != 0 ? pinned->row->words[choice] : NULL;
    default: /* HL_OPT_BYTES */
        memcpy(&number, at, sizeof(number));
        (void)snprintf(room, HL_PINNED_TEXT_SIZE, "%" PRIu64, number);
        return number != 0 ? room : NULL;
    }
}
