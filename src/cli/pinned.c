#include "cli/pinned.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/print_message.h"

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

static int refuse(const struct hl_pinned *pinned, const char *planned)
{
    const char *name = pinned->row->name;
    if (planned == NULL)
        hl_error("--%s: the plan does without it, and all parts must have the "
                 "same: leave it out, or make another plan",
                 name);
    else
        hl_error("--%s: the plan has '%s', and all parts must have the same: "
                 "leave it out, or make another plan",
                 name, planned);
    return HL_EXIT_USAGE;
}

/* Is it what plan writes for an option of that kind? */
static bool is_fit(const struct hl_pinned *pinned, const json_t *json)
{
    return pinned->row->kind == HL_OPT_FLAG ? json_is_true(json)
                                            : json_is_string(json);
}

/* json: what the plan has; or NULL. */
static int pin(const struct hl_pinned *pinned, const json_t *json,
               const struct hl_opt_table *tables, struct hl_opt_parsed *out)
{
    char room[HL_PINNED_TEXT_SIZE];
    const char *name = pinned->row->name;
    const char *mine = hl_pinned_value(pinned, room);
    const char *planned = json_is_true(json) ? "" : json_string_value(json);
    if (json != NULL && !is_fit(pinned, json)) {
        hl_error("the plan's option %s: it is damaged", name);
        return HL_EXIT_USAGE;
    }
    if (mine != NULL)
        return planned != NULL && strcmp(mine, planned) == 0
                   ? HL_EXIT_OK
                   : refuse(pinned, planned);
    if (planned == NULL)
        return HL_EXIT_OK;
    const char *why =
        hl_opt_add(out, tables, name, json_is_true(json) ? NULL : planned, 0);
    if (why == NULL)
        return HL_EXIT_OK;
    hl_error("the plan's option %s: %s", name, why);
    return HL_EXIT_USAGE;
}

int hl_pinned_apply(const json_t *options, const char *plan,
                    struct hl_source_options *list, struct hl_run_options *run,
                    struct hl_opt_parsed *out)
{
    const struct hl_opt_table tables[] = {
        {NULL, hl_source_rows, list}, {NULL, hl_pinned_rows(), run}, {0}};
    struct hl_pinned pinned[HL_PINNED_MAX];
    size_t count = hl_pinned_list(pinned, list, run);
    size_t met = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *json = json_object_get(options, pinned[i].row->name);
        int status = pin(&pinned[i], json, tables, out);
        if (status != HL_EXIT_OK)
            return status;
        met += json != NULL;
    }
    if (met == json_object_size(options))
        return hl_opt_apply(out, plan);
    hl_error("%s: the plan has options that this version of haul does not know",
             plan);
    return HL_EXIT_USAGE;
}
