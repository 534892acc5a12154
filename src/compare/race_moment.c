#include "compare/race_moment.h"

#include <stdlib.h>
#include <uv.h>

#include "modes/traits.h"

const char hl_file_letters[] = "nwrchx";
const char hl_worker_letters[] = "isbu";

struct hl_transfer_times hl_transfer_times(const struct hl_page_transfer *t)
{
    struct hl_transfer_times at = {0};
    const uint64_t *phases = t->phases_us;
    uint64_t outside = t->ready_first_us + t->ready_last_us;
    uint64_t ready = phases[HL_PAGE_READY];
    at.asked = t->begin_us + phases[HL_PAGE_QUEUED];
    at.answered = at.asked + phases[HL_PAGE_DNS] + phases[HL_PAGE_CONNECT] +
                  phases[HL_PAGE_TLS] + phases[HL_PAGE_WAIT];
    at.served = at.answered + t->ready_first_us;
    at.read = at.served + phases[HL_PAGE_BODY];
    at.resumed = at.read + (ready > outside ? ready - outside : 0);
    at.handed = at.resumed - t->ready_pool_us;
    if (at.handed < at.read || at.handed > at.resumed)
        at.handed = at.read;
    at.done = at.resumed + phases[HL_PAGE_WORK] + phases[HL_PAGE_FILE];
    at.end = at.done + t->ready_last_us;
    return at;
}

bool hl_race_is_over(const struct hl_race_moment *m)
{
    return m->in_state[HL_FILE_HERE] + m->in_state[HL_FILE_FAILED] == m->files;
}

/* A run at a time. */
struct moment {
    const struct hl_page_run *run;
    uint64_t us;
    bool is_batched; /* a loop would notice at once what the pool has stored:
                        the rest of its batch is not */
};

static enum hl_file_state state_of_file(const struct hl_page_transfer *t,
                                        const struct moment *now)
{
    const struct hl_transfer_times at = hl_transfer_times(t);
    uint64_t us = now->us;
    if (us >= at.end)
        return t->error > 0 ? HL_FILE_FAILED : HL_FILE_HERE;
    if (us >= at.done)
        return now->is_batched ? HL_FILE_HANDLED : HL_FILE_READY;
    if (us >= at.resumed)
        return HL_FILE_HANDLED;
    if (us >= at.read)
        return HL_FILE_READY;
    if (us >= at.served)
        return HL_FILE_WAITING; /* for the rest of the answer */
    if (us >= at.answered)
        return HL_FILE_READY;
    return us >= at.asked ? HL_FILE_WAITING : HL_FILE_NOT_ASKED;
}

/* A file that is ready waits for the loop where it is not in line for the pool.
 */
static bool is_for_pool(const struct hl_page_transfer *t, uint64_t us)
{
    const struct hl_transfer_times at = hl_transfer_times(t);
    return us >= at.handed && us < at.resumed;
}

/* The state that a cell of several files shows: that of its files which comes
 * first here. */
static const enum hl_file_state first_shown[] = {
    HL_FILE_READY,  HL_FILE_HANDLED,   HL_FILE_WAITING,
    HL_FILE_FAILED, HL_FILE_NOT_ASKED, HL_FILE_HERE};

static enum hl_file_state state_of_cell(const unsigned char *files,
                                        uint64_t count)
{
    unsigned seen = 0;
    for (uint64_t i = 0; i < count; i++)
        seen |= 1u << files[i];
    for (size_t i = 0; i < HL_FILE_STATES; i++)
        if ((seen & 1u << first_shown[i]) != 0)
            return first_shown[i];
    return HL_FILE_NOT_ASKED;
}

static void fill_cells(struct hl_race_moment *out, const unsigned char *files)
{
    uint64_t size = (out->files + HL_RACE_CELLS - 1) / HL_RACE_CELLS;
    out->files_a_cell = size > 0 ? size : 1;
    for (uint64_t at = 0; at < out->files; at += size) {
        uint64_t left = out->files - at;
        out->cells[out->cells_count++] =
            state_of_cell(files + at, left < size ? left : size);
    }
}

/* A later attempt at a file stands later in the run. */
static int fill_files(struct hl_race_moment *out, const struct moment *now)
{
    const struct hl_page_run *run = now->run;
    unsigned char *files = calloc(run->names.count + 1, 1);
    if (files == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < run->transfers_count; i++) {
        const struct hl_page_transfer *t = &run->transfers[i];
        if (t->name >= run->names.count || now->us < hl_transfer_times(t).asked)
            continue;
        files[t->name] = (unsigned char)state_of_file(t, now);
        out->for_loop +=
            files[t->name] == HL_FILE_READY && !is_for_pool(t, now->us);
    }
    out->files = run->names.count;
    for (size_t i = 0; i < run->names.count; i++)
        out->in_state[files[i]]++;
    fill_cells(out, files);
    free(files);
    return 0;
}

static int by_worker(const void *a, const void *b)
{
    const struct hl_page_transfer *x = *(struct hl_page_transfer *const *)a;
    const struct hl_page_transfer *y = *(struct hl_page_transfer *const *)b;
    uint64_t x_us = hl_transfer_times(x).asked;
    uint64_t y_us = hl_transfer_times(y).asked;
    if (x->worker != y->worker)
        return x->worker < y->worker ? -1 : 1;
    return (x_us > y_us) - (x_us < y_us);
}

const struct hl_page_transfer **hl_race_sort(const struct hl_page_run *run)
{
    const struct hl_page_transfer **sorted =
        calloc(run->transfers_count + 1, sizeof(*sorted));
    if (sorted == NULL)
        return NULL;
    for (size_t i = 0; i < run->transfers_count; i++)
        sorted[i] = &run->transfers[i];
    qsort(sorted, run->transfers_count, sizeof(*sorted), by_worker);
    return sorted;
}

/* What a worker of its own thread does at us; its transfers are count. */
static enum hl_worker_state
state_of_worker(const struct hl_mode_traits *traits,
                const struct hl_page_transfer *const *transfers, size_t count,
                uint64_t us)
{
    struct hl_transfer_times at = hl_transfer_times(transfers[0]);
    if (us < at.asked)
        return traits->in_processes ? HL_WORKER_STARTING : HL_WORKER_IDLE;
    for (size_t i = 0; i < count; i++) {
        at = hl_transfer_times(transfers[i]);
        if (us >= at.asked && us < at.read)
            return HL_WORKER_BLOCKED;
        if (us >= at.resumed && us < at.done)
            return HL_WORKER_RUNNING;
    }
    /* The one thread of sequential starts the next transfer. */
    return traits->one_at_a_time && us < at.end ? HL_WORKER_RUNNING
                                                : HL_WORKER_IDLE;
}

static bool is_running(const struct hl_page_run *run, uint64_t us)
{
    for (size_t i = 0; i < run->spans_count; i++)
        if (us >= run->spans[i].begin_us && us < run->spans[i].end_us)
            return true;
    return false;
}

/* A loop that does not run while a file waits for it is not idle. */
static enum hl_worker_state state_of_loop(const struct hl_race_moment *m,
                                          bool is_running)
{
    if (hl_race_is_over(m))
        return HL_WORKER_IDLE;
    if (is_running)
        return HL_WORKER_RUNNING;
    return m->for_loop > 0 ? HL_WORKER_STARTING : HL_WORKER_IDLE;
}

static void add_worker(struct hl_race_moment *out, enum hl_worker_state state)
{
    out->workers++;
    out->workers_in_state[state]++;
    if (out->squares_count < HL_RACE_WORKERS)
        out->squares[out->squares_count++] = state;
}

static int add_workers(struct hl_race_moment *out,
                       const struct hl_mode_traits *traits,
                       const struct hl_page_run *run, uint64_t us)
{
    const struct hl_page_transfer **sorted = hl_race_sort(run);
    size_t count;
    if (sorted == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < run->transfers_count; i += count) {
        count = 1;
        while (i + count < run->transfers_count &&
               sorted[i + count]->worker == sorted[i]->worker)
            count++;
        add_worker(out, state_of_worker(traits, sorted + i, count, us));
    }
    free(sorted);
    return 0;
}

int hl_race_moment(struct hl_race_moment *out, const struct hl_row *row,
                   const struct hl_page_run *run, uint64_t us)
{
    bool is_loop = !hl_mode_traits(row->mode)->blocks;
    bool runs = is_loop && is_running(run, us);
    const struct moment now = {
        .run = run,
        .us = us,
        .is_batched = is_loop && !runs && !row->on_pool,
    };
    *out = (struct hl_race_moment){.files = 0};
    int r = fill_files(out, &now);
    if (r < 0)
        return r;
    if (is_loop) {
        add_worker(out, state_of_loop(out, runs));
        return 0;
    }
    return add_workers(out, hl_mode_traits(row->mode), run, us);
}
