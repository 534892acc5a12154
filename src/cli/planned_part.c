#include "cli/planned_part.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/get_options.h"
#include "cli/part_options.h"
#include "cli/pinned.h"
#include "cli/plan_hint.h"
#include "cli/print_message.h"
#include "cli/run_defaults.h"
#include "cli/shares.h"
#include "cli/summary.h"
#include "policy/cause.h"

enum { ATTEMPTS = 3 };

/* Options that would give a file two contents, or a request two senders, if
 * the task ran twice; or that mean nothing here. @return the option, or NULL.
 */
static const char *misfit(const struct hl_get_options *o)
{
    const struct haul_options *run = &o->run.run;
    const struct {
        bool given;
        const char *name;
    } misfits[] = {
        {run->dir != NULL, "-d"},
        {run->update, "-N"},
        {run->restart, "--restart"},
        {run->if_exists != HAUL_IF_EXISTS_RENAME, "--if-exists"},
        {run->method != NULL, "-X"},
        {o->run.data.count > 0, "--data"},
        {run->output != NULL && strcmp(run->output, "-") == 0, "-o -"},
        {o->local, "--local"},
        {o->dry_run, "--dry-run"},
        {o->allowed.text != NULL, "--allow-failed"},
    };
    for (size_t i = 0; i < sizeof(misfits) / sizeof(*misfits); i++)
        if (misfits[i].given)
            return misfits[i].name;
    return NULL;
}

static int check_misfits(const struct hl_get_options *o,
                         const struct hl_opt_parsed *parsed)
{
    const char *name = misfit(o);
    if (name != NULL) {
        hl_error("--plan: does not go with %s: a part is fetched once, into "
                 "its own directory, and its files are never replaced",
                 name);
        return HL_EXIT_USAGE;
    }
    if (parsed->rest.count > 0) {
        hl_error("--plan: takes no URLs, as the plan has a list");
        return HL_EXIT_USAGE;
    }
    return HL_EXIT_OK;
}

/* A run without a plan: in a part's directory it would fetch other lines, and
 * keep a journal that no part reads. */
static int check_alone(const struct hl_get_options *o)
{
    int status = hl_part_options_check_alone(&o->part);
    if (status == HL_EXIT_OK && o->run.run.dir != NULL &&
        hl_plan_hint_part(o->run.run.dir))
        status = HL_EXIT_USAGE;
    return status;
}

/* Files are synced before they get their names, so that what another attempt
 * finds is whole even after a power cut. */
static bool wants_fsync(const struct hl_opt_parsed *parsed)
{
    bool wants = true;
    for (size_t i = 0; i < parsed->count; i++)
        if (strcmp(parsed->given[i].row->name, "fsync") == 0)
            wants = !parsed->given[i].off;
    return wants;
}

/* A DONE that was left by another plan says nothing of this one's part. */
static int read_done(struct hl_planned_part *part)
{
    struct hl_part_done done = {.plan = part->manifest.id, .part = part->index};
    const char *why = NULL;
    if (!hl_part_state_is_done(&part->state))
        return HL_EXIT_OK;
    int r = hl_part_state_read(&part->state, &done, &why);
    if (r < 0) /* UV_ENOENT: another task has just opened the part again */
        return r == UV_ENOENT ? HL_EXIT_OK : hl_fail(part->dir, r);
    part->is_done = why == NULL;
    if (why == NULL)
        return HL_EXIT_OK;
    hl_error("%s: %s: --retry-failed looks through the part once more",
             part->dir, why);
    return HL_EXIT_USAGE;
}

static int open_state(struct hl_planned_part *part,
                      const struct hl_get_options *o)
{
    const char *run = part->options->plan;
    int r = hl_part_dir(part->dir, run, part->index);
    if (r < 0)
        return hl_fail(run, r);
    r = hl_part_state_open(&part->state, part->dir, true);
    if (r < 0)
        return hl_fail(part->dir, r);
    int status = o->run.run.retry_failed ? HL_EXIT_OK : read_done(part);
    if (part->is_done)
        hl_say("part %" PRIu32 " of %" PRIu32 " is done: %s", part->index,
               part->manifest.partition.parts, part->dir);
    return status;
}

/* Divides the limits of the run by the parts that are fetched at once. */
static void take_share(const struct hl_planned_part *part,
                       struct hl_run_options *options)
{
    struct haul_options *run = &options->run;
    bool has_hosts_alone = part->manifest.partition.by == HL_PART_BY_HOST;
    uint32_t parts = part->manifest.partition.parts;
    uint32_t tasks = part->options->at_once > 0 ? part->options->at_once
                                                : part->manifest.at_once;
    uint32_t most = hl_run_per_host(run);
    if (tasks == 0 || tasks > parts)
        tasks = parts;
    options->share = (struct hl_share){
        .tasks = tasks,
        .host_tasks = has_hosts_alone ? 1 : tasks,
        .per_host = most,
    };
    if (hl_shares_apply(run, tasks, has_hosts_alone))
        hl_say("%" PRIu32 " parts: up to %" PRIu32
               " at a time to one host, %" PRIu32 " on average; plan "
               "--shard-by host keeps it to one",
               parts, tasks, most);
}

static int begin(struct hl_planned_part *part, struct hl_get_options *o,
                 const struct hl_opt_parsed *parsed)
{
    o->run.run.dir = part->dir;
    o->run.run.shared = true;
    o->run.run.fsync = wants_fsync(parsed);
    take_share(part, &o->run);
    part->sha256 = calloc(part->manifest.list_count, sizeof(*part->sha256));
    if (part->sha256 == NULL)
        return hl_fail("--plan", UV_ENOMEM);
    int r = o->run.run.retry_failed ? hl_part_state_reopen(&part->state) : 0;
    return r < 0 ? hl_fail(part->dir, r) : HL_EXIT_OK;
}

int hl_planned_part_open(struct hl_planned_part *out,
                         struct hl_get_options *options,
                         const struct hl_opt_parsed *parsed)
{
    *out = (struct hl_planned_part){
        .options = &options->part,
        .inputs = &options->list.inputs,
        .state = {.dir_fd = -1, .haul_fd = -1},
    };
    if (options->part.plan == NULL)
        return check_alone(options);
    int status = check_misfits(options, parsed);
    if (status == HL_EXIT_OK)
        status = hl_manifest_read(&out->manifest, options->part.plan);
    if (status == HL_EXIT_OK)
        status = hl_part_options_index(
            &options->part, out->manifest.partition.parts, &out->index);
    if (status == HL_EXIT_OK)
        status = hl_pinned_apply(out->manifest.options, options->part.plan,
                                 &options->list, &options->run, &out->pinned);
    if (status == HL_EXIT_OK)
        status = open_state(out, options);
    if (status != HL_EXIT_OK || out->is_done)
        return status;
    status = hl_manifest_take_lists(&out->manifest, &options->list.inputs);
    return status == HL_EXIT_OK ? begin(out, options, parsed) : status;
}

void hl_planned_part_release(struct hl_planned_part *part)
{
    hl_part_state_release(&part->state);
    hl_opt_parsed_release(&part->pinned);
    hl_manifest_release(&part->manifest);
    free(part->sha256);
}

void hl_planned_part_set_source(struct hl_planned_part *part,
                                struct hl_source *source)
{
    const struct hl_partition *partition = &part->manifest.partition;
    if (part->options->plan == NULL)
        return;
    source->partition = partition;
    source->part = part->index;
    source->expected = part->manifest.lines / partition->parts;
    source->sha256 = part->sha256;
    source->list_options.hashes = true;
}

void hl_planned_part_note(struct hl_planned_part *part,
                          const struct haul_result *result)
{
    if (result->outcome != HAUL_OUTCOME_FAILED)
        return;
    enum hl_cause cause = hl_cause_of(result->error, result->http_status);
    part->passing += cause == HL_CAUSE_PASSING;
    part->local += cause == HL_CAUSE_LOCAL;
}

static void put_failed(struct hl_buf *out, uint64_t count)
{
    hl_put_count(out, count,
                 count == 1 ? "URL failed for a cause"
                            : "URLs failed for causes");
}

/* Another task would fail in the same way, so none is counted. */
static int refuse_to_end(const struct hl_planned_part *part)
{
    struct hl_buf line = {0};
    put_failed(&line, part->local);
    if (!line.failed)
        hl_error("part %" PRIu32 " is not done: %s on this machine, as a proxy "
                 "that wants a password; mend that, and run the task again",
                 part->index, line.data);
    hl_buf_release(&line);
    return HL_EXIT_FAILED;
}

static int leave_open(struct hl_planned_part *part, uint32_t tries,
                      uint32_t most)
{
    struct hl_buf line = {0};
    put_failed(&line, part->passing);
    if (!line.failed)
        hl_say("part %" PRIu32 ": %s that may pass: run the task again (%u of "
               "%u)",
               part->index, line.data, tries, most);
    hl_buf_release(&line);
    return HL_EXIT_FAILED;
}

/* The last attempt of many, with failures that might have passed. */
static void say_given_up(const struct hl_planned_part *part, uint32_t tries)
{
    struct hl_buf line = {0};
    hl_put_count(&line, part->passing, part->passing == 1 ? "URL" : "URLs");
    if (!line.failed)
        hl_say("part %" PRIu32 ": gave up on %s after %" PRIu32
               " %s; --retry-failed asks again",
               part->index, line.data, tries, tries == 1 ? "task" : "tasks");
    hl_buf_release(&line);
}

static int mark_done(struct hl_planned_part *part,
                     const struct haul_stats *stats)
{
    const struct hl_part_done done = {
        .plan = part->manifest.id,
        .part = part->index,
        .stats = *stats,
    };
    int r = hl_part_state_finish(&part->state, &done);
    if (r < 0)
        return hl_fail(part->dir, r);
    hl_say("part %" PRIu32 " of %" PRIu32 " is done", part->index,
           part->manifest.partition.parts);
    return HL_EXIT_OK;
}

int hl_planned_part_end(struct hl_planned_part *part,
                        const struct hl_summary *summary, int status)
{
    bool has_ended = status == HL_EXIT_OK || status == HL_EXIT_FAILED;
    uint32_t most =
        part->options->attempts > 0 ? part->options->attempts : ATTEMPTS;
    uint32_t tries = most;
    if (!summary->list_ended || !has_ended)
        return status;
    status = hl_manifest_compare(&part->manifest, part->inputs, part->sha256);
    if (status != HL_EXIT_OK)
        return status;
    if (part->local > 0)
        return refuse_to_end(part);
    int r =
        part->passing > 0 ? hl_part_state_note_try(&part->state, &tries) : 0;
    if (r < 0)
        return hl_fail(part->dir, r);
    if (tries < most)
        return leave_open(part, tries, most);
    if (part->passing > 0)
        say_given_up(part, tries);
    return mark_done(part, &summary->stats);
}
