#include "compare/race_words.h"

#include <inttypes.h>

#include "compare/ranking.h"
#include "modes/traits.h"

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static const char *plural_e(uint64_t count)
{
    return count == 1 ? "" : "es";
}

const char *hl_race_thing(const struct hl_setting *setting)
{
    return setting->list == NULL ? "picture" : "file";
}

void hl_race_duration(struct hl_buf *out, uint64_t us)
{
    if (us < 10000)
        hl_buf_printf(out, "%.2g ms", (double)us / 1e3);
    else if (us < 1000000)
        hl_buf_printf(out, "%.0f ms", (double)us / 1e3);
    else
        hl_buf_printf(out, "%.2f s", (double)us / 1e6);
}

/* How long the server takes, as words of a title. */
static void add_latency(struct hl_buf *out, uint64_t ns)
{
    if (ns == 0)
        hl_buf_text(out, "as soon as it is asked for");
    else if (ns < 10000000)
        hl_buf_printf(out, "%.3g ms after it is asked for", (double)ns / 1e6);
    else
        hl_buf_printf(out, "%.3g s after it is asked for", (double)ns / 1e9);
}

void hl_race_title(struct hl_buf *out, const struct hl_setting *s)
{
    hl_buf_printf(out, "%" PRIu64 " %s%s. Each comes ", s->files,
                  hl_race_thing(s), plural(s->files));
    add_latency(out, s->latency_ns);
    hl_buf_text(out, ".");
}

void hl_race_question(struct hl_buf *out, const struct hl_race *race)
{
    static const char *const numbers[] = {
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"};
    size_t count = race->part->count;
    size_t known = sizeof(numbers) / sizeof(*numbers);
    const struct hl_setting *s = &race->part->setting;
    if (s->cpu_work_us > 0)
        hl_buf_printf(out, "Then each needs %g ms of computing. ",
                      s->cpu_work_us / 1000.0);
    hl_buf_printf(out, "%s way%s%s, measured on this computer.",
                  count < known ? numbers[count] : "Many", plural(count),
                  s->cpu_work_us > 0 ? "" : " to fetch them");
    if (count > 1)
        hl_buf_text(out, s->cpu_work_us > 0 ? " Which wins now?"
                                            : " Which is done first?");
}

void hl_race_name(struct hl_buf *out, const struct hl_row *row)
{
    const struct hl_mode_traits *traits = hl_mode_traits(row->mode);
    if (traits->one_at_a_time)
        hl_buf_text(out, "One after the other");
    else if (!traits->blocks)
        hl_buf_printf(out, "Event loop%s", row->on_pool ? " and pool" : "");
    else if (traits->in_processes)
        hl_buf_printf(out, "%u process%s", row->workers,
                      plural_e(row->workers));
    else
        hl_buf_printf(out, "%u thread%s", row->workers, plural(row->workers));
}

/* Beside the one thread of the loop a row has those of libuv's pool. */
static uint64_t pool_of(const struct hl_row *row)
{
    const struct hl_measure *m = &row->measure;
    return m->threads > m->fetching ? m->threads - m->fetching : 0;
}

void hl_race_workers(struct hl_buf *out, const struct hl_row *row)
{
    const struct hl_mode_traits *traits = hl_mode_traits(row->mode);
    const struct hl_measure *m = &row->measure;
    if (traits->one_at_a_time)
        hl_buf_text(out, "1 thread");
    else if (row->on_pool)
        hl_buf_printf(out, "The same, while %" PRIu64 " other threads compute",
                      pool_of(row));
    else if (!traits->blocks && m->in_flight < m->files)
        hl_buf_printf(out,
                      "1 thread asks for %" PRIu64
                      ", serves each answer as it comes",
                      m->in_flight);
    else if (!traits->blocks)
        hl_buf_text(out,
                    "1 thread asks for all, serves each answer as it comes");
    else if (m->fetching < row->workers)
        hl_buf_printf(out, "%" PRIu64 " of them needed", m->fetching);
    else
        hl_buf_text(out, "each asks for one at a time");
}

static void state_of_loop(struct hl_buf *out, const struct hl_race_moment *m)
{
    uint64_t waiting = m->in_state[HL_FILE_WAITING];
    uint64_t ready = m->in_state[HL_FILE_READY];
    bool is_for_pool = ready > 0 && m->for_loop == 0;
    if (m->workers_in_state[HL_WORKER_RUNNING] > 0)
        hl_buf_text(out, "running");
    else if (m->workers_in_state[HL_WORKER_STARTING] > 0)
        hl_buf_text(out, "needs a core");
    else
        hl_buf_text(out, hl_race_is_over(m) ? "done" : "idle");
    if (ready > 0)
        hl_buf_printf(out, ", %" PRIu64 " ready%s", ready,
                      is_for_pool ? " for the pool" : "");
    if (waiting > 0 && !is_for_pool) /* there is no room for more words */
        hl_buf_printf(out, ", %" PRIu64 " wait%s", waiting,
                      waiting == 1 ? "s" : "");
}

/* More threads than cores cannot all be running. */
void hl_race_state(struct hl_buf *out, const struct hl_row *row,
                   const struct hl_race_moment *m, unsigned cores)
{
    static const enum hl_worker_state order[] = {
        HL_WORKER_BLOCKED, HL_WORKER_RUNNING, HL_WORKER_STARTING,
        HL_WORKER_IDLE};
    static const char *const words[] = {"idle", "starting", "blocked",
                                        "running"};
    size_t from = out->used;
    if (!hl_mode_traits(row->mode)->blocks) {
        state_of_loop(out, m);
        return;
    }
    if (hl_race_is_over(m)) {
        hl_buf_text(out, "done");
        return;
    }
    for (size_t i = 0; i < HL_WORKER_STATES; i++) {
        uint64_t count = m->workers_in_state[order[i]];
        if (count == 0 || (order[i] == HL_WORKER_IDLE && out->used > from))
            continue;
        hl_buf_text(out, out->used > from ? ", " : "");
        if (m->workers > 1)
            hl_buf_printf(out, "%" PRIu64 " ", count);
        if (order[i] == HL_WORKER_RUNNING && count > cores)
            hl_buf_printf(out, "share %u core%s", cores, plural(cores));
        else
            hl_buf_text(out, words[order[i]]);
    }
}

static void say_waiting(struct hl_buf *out, const struct hl_row *row,
                        const struct hl_race_facts *facts,
                        const struct hl_race_moment *m)
{
    const struct hl_mode_traits *traits = hl_mode_traits(row->mode);
    uint64_t left = m->in_state[HL_FILE_NOT_ASKED];
    uint64_t in_flight = row->measure.in_flight;
    if (traits->one_at_a_time) {
        hl_buf_text(out, m->workers_in_state[HL_WORKER_BLOCKED] > 0
                             ? "Blocked: cannot ask for the next."
                             : "Asks for the next only when this one is here.");
    } else if (in_flight >= m->files && !traits->blocks) {
        hl_account_words(out, &facts->path);
    } else if (in_flight >= m->files) {
        hl_buf_text(out, "Asked for all in ");
        hl_race_duration(out, facts->all_asked_us);
        hl_buf_printf(
            out, ", with %zu blocked %s%s.", m->workers, traits->worker,
            traits->in_processes ? plural_e(m->workers) : plural(m->workers));
    } else if (!traits->blocks) {
        hl_buf_printf(out, "%" PRIu64 " wait at once, as many as it may.",
                      in_flight);
    } else if (left == 0) {
        hl_buf_printf(out, "%zu at a time: each waits before it asks again.",
                      m->workers);
    } else if (traits->in_processes) {
        hl_buf_text(out, "The last process began after ");
        hl_race_duration(out, facts->last_began_us);
        hl_buf_printf(out, ". Nobody asks for the other %" PRIu64 ".", left);
    } else {
        hl_buf_printf(out,
                      "%zu can wait at once. Nobody asks for the other "
                      "%" PRIu64 ".",
                      m->workers, left);
    }
}

static void say_computing(struct hl_buf *out, const struct hl_race *race,
                          const struct hl_row *row,
                          const struct hl_race_facts *facts,
                          const struct hl_race_moment *m)
{
    const struct hl_mode_traits *traits = hl_mode_traits(row->mode);
    unsigned cores = race->part->setting.cores;
    if (traits->one_at_a_time) {
        hl_buf_text(out, "Waits, computes, and only then asks for the next.");
    } else if (row->on_pool) {
        hl_buf_printf(out,
                      "%" PRIu64 " threads compute, on %u core%s; up to "
                      "%" PRIu64 " %ss waited for them. The loop stays free.",
                      pool_of(row), cores, plural(cores), facts->ready_most,
                      hl_race_thing(&race->part->setting));
    } else if (!traits->blocks) {
        hl_buf_printf(out,
                      "Its one thread computes: up to %" PRIu64
                      " %ss were ready and waited for it.",
                      facts->ready_most, hl_race_thing(&race->part->setting));
    } else if (row->measure.in_flight >= m->files) {
        hl_buf_printf(out, "Asked for all at once; then %zu shared %u core%s.",
                      m->workers, cores, plural(cores));
    } else {
        hl_buf_printf(out, "While some wait, others compute, on %u core%s.",
                      cores, plural(cores));
    }
}

void hl_race_sentence(struct hl_buf *out, const struct hl_race *race,
                      const struct hl_row *row,
                      const struct hl_race_facts *facts,
                      const struct hl_race_moment *m)
{
    if (row->measure.failed > 0)
        hl_buf_printf(out, "%" PRIu64 " failed.", row->measure.failed);
    else if (row->cpu_work_us > 0)
        say_computing(out, race, row, facts, m);
    else
        say_waiting(out, row, facts, m);
}

static const struct hl_row *find_equal(const struct hl_part *part,
                                       const struct hl_row *row)
{
    for (size_t i = 0; i < part->count; i++)
        if (&part->rows[i] != row && hl_row_is_sound(&part->rows[i]) &&
            hl_rows_are_equal(&part->rows[i], row))
            return &part->rows[i];
    return NULL;
}

void hl_race_place(struct hl_buf *out, const struct hl_race *race,
                   const struct hl_row *row)
{
    const struct hl_ranking rank = hl_rank(race->part);
    const struct hl_row *other = find_equal(race->part, row);
    if (!hl_row_is_sound(row)) {
        hl_buf_printf(out, "%" PRIu64 " failed.", row->measure.failed);
    } else if (!hl_rows_are_equal(row, rank.fastest)) {
        hl_buf_printf(out, "%.1f times as long as the first.",
                      row->measure.seconds / rank.fastest->measure.seconds);
    } else if (row == rank.fastest && other == NULL) {
        hl_buf_text(out, "First.");
    } else {
        hl_buf_text(out, "A tie for the first place with ");
        hl_race_name(out, row == rank.fastest ? other : rank.fastest);
        hl_buf_text(out, ".");
    }
}
