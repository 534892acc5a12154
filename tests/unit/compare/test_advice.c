/* What compare says of rows: a table of rows and the words for them, and what
 * must hold for any rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare/advice.h"
#include "compare/ranking.h"
#include "modes/traits.h"
#include "unit/compare/advice_scenes.h"

enum { MB = 1000000 };

static struct hl_row row_of(const struct given *g, const struct scene *scene)
{
    struct hl_row row;
    const struct hl_setting *s = &scene->setting;
    hl_row_init(&row, g->mode, g->workers, g->on_pool);
    row.cpu_work_us = s->cpu_work_us;
    row.shortest_s = g->shortest_s > 0 ? g->shortest_s : g->seconds;
    row.longest_s = g->longest_s > 0 ? g->longest_s : g->seconds;
    row.measure = (struct hl_measure){
        .files = s->files - g->failed,
        .failed = g->failed,
        .errors[HAUL_ERR_HTTP] = g->failed,
        .seconds = g->seconds,
        .cpu_seconds = g->cpu_seconds,
        .peak_rss_bytes = (uint64_t)g->memory_mb * MB,
        .fetching = hl_mode_traits(g->mode)->blocks ? g->in_flight : 1,
        .threads = hl_mode_traits(g->mode)->blocks ? g->workers + 5 : 5,
        .in_flight = g->in_flight,
        .again = g->again,
        .still_s = g->still_s,
        .ctx_switches = g->switches,
        .lag_max_ms = g->lag_max_ms,
        .lag_p99_ms = g->lag_max_ms,
        .waiting_s = scene->waiting * 10,
        .body_s = scene->receiving * 10,
        .ready_s = g->lag_max_ms * (double)s->files / 2000,
        .work_s = s->cpu_work_us > 0
                      ? (1 - scene->waiting - scene->receiving) * 9
                      : 0,
        .total_s = 10,
    };
    return row;
}

static size_t fill(struct hl_row *rows, const struct scene *scene)
{
    size_t count = 0;
    while (count < ROWS && scene->rows[count].workers > 0) {
        rows[count] = row_of(&scene->rows[count], scene);
        count++;
    }
    return count;
}

/* Breaks each line of text as compare does. */
static void wrap(struct hl_buf *out, const char *text)
{
    char line[4096];
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof(line));
        memcpy(line, text, length);
        line[length] = '\0';
        hl_buf_wrap(out, line, 0);
        text += length + 1;
    }
}

static void the_words_are_what_the_rows_show(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
        struct hl_row rows[ROWS];
        struct hl_buf words = {0};
        struct hl_buf wanted = {0};
        const struct hl_part part = {rows, fill(rows, &scenes[i]),
                                     scenes[i].setting};
        hl_advice(&words, &part);
        print_message("%s\n", scenes[i].name);
        wrap(&wanted, scenes[i].words);
        assert_string_equal(words.data, wanted.data);
        hl_buf_release(&words);
        hl_buf_release(&wanted);
    }
}

/* Random numbers that are the same in each run. */
static uint64_t seed = 1;
static uint64_t below(uint64_t limit)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (seed >> 33) % limit;
}

static bool has_label(const struct hl_row *rows, size_t count,
                      const char *label)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].label, label) == 0)
            return true;
    return false;
}

static struct given any_row(const struct scene *scene)
{
    static const uint32_t workers[] = {1, 2, 5, 10, 40, 100};
    static const double scales[] = {0.001, 0.01, 0.1, 1, 10};
    const struct hl_setting *s = &scene->setting;
    struct given g = {.mode = (enum haul_mode_id)below(HAUL_MODE_COUNT)};
    g.workers = hl_mode_traits(g.mode)->one_at_a_time ? 1 : workers[below(6)];
    g.on_pool =
        s->cpu_work_us > 0 && g.mode == HAUL_MODE_ASYNC && below(2) == 0;
    g.seconds = (double)(1 + below(300)) / 100 * scales[below(5)];
    g.cpu_seconds = g.seconds * (double)below(200) / 100;
    uint64_t most = g.workers < s->files ? g.workers : s->files;
    g.in_flight = below(4) == 0 ? 1 + below(most) : most;
    g.memory_mb = 10 + (unsigned)below(60);
    g.switches = below(10000);
    g.lag_max_ms = (double)below(2000) / 10;
    if (below(5) == 0)
        g.failed = below(s->files + 1);
    if (below(5) == 0) {
        g.again = below(s->files + 1);
        g.still_s = g.seconds * (double)below(100) / 100;
    }
    if (s->runs > 1) {
        g.shortest_s = g.seconds * (1 - (double)below(20) / 100);
        g.longest_s = g.seconds * (1 + (double)below(20) / 100);
    }
    return g;
}

static size_t any_rows(struct hl_row *rows, struct scene *scene)
{
    static const uint64_t files[] = {1, 2, 5, 40, 1000};
    size_t count = 0;
    size_t wanted = 1 + below(ROWS);
    scene->setting = (struct hl_setting){
        .list = below(2) == 0 ? "list" : NULL,
        .files = files[below(5)],
        .latency_ns = below(2) * 100000000,
        .bandwidth = below(2) * 54321,
        .cpu_work_us = (uint32_t)below(2) * 20000,
        .faulty = below(2) == 0,
        .cores = 1 + (unsigned)below(4),
        .runs = 1 + 4 * (uint32_t)below(2),
    };
    scene->waiting = (double)below(101) / 100;
    scene->receiving = (1 - scene->waiting) * (double)below(101) / 100;
    for (size_t i = 0; i < wanted; i++) {
        const struct given g = any_row(scene);
        rows[count] = row_of(&g, scene);
        count += !has_label(rows, count, rows[count].label);
    }
    return count;
}

/* Texts that a number may be. */
struct numbers {
    char texts[1024][16];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void allow(struct numbers *numbers,
                                                        const char *format, ...)
{
    va_list args;
    assert_true(numbers->count < 1024);
    va_start(args, format);
    vsnprintf(numbers->texts[numbers->count++], 16, format, args);
    va_end(args);
}

static void allow_row(struct numbers *n, const struct hl_row *row,
                      unsigned cores)
{
    const struct hl_measure *m = &row->measure;
    const uint64_t counts[] = {m->files,        m->fetching, m->in_flight,
                               m->ctx_switches, m->again,    m->threads};
    double waiting = round(100 * (m->waiting_s / m->total_s));
    double receiving = round(100 * (m->body_s / m->total_s));
    double working = round(100 * (m->work_s / m->total_s));
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        allow(n, "%llu", (unsigned long long)counts[i]);
    allow(n, "%.2f", m->seconds);
    allow(n, "%.2f", m->still_s);
    allow(n, "%.2f", m->cpu_seconds);
    allow(n, "%.2f", m->cpu_seconds / cores);
    allow(n, "%.2f", m->cpu_seconds / m->seconds);
    allow(n, "%.0f", 100 * (m->cpu_seconds / m->seconds));
    allow(n, "%.0f", (double)m->peak_rss_bytes / MB);
    allow(n, "%.0f", m->lag_max_ms);
    allow(n, "%.0f", waiting);
    allow(n, "%.0f", receiving);
    allow(n, "%.0f", working);
    allow(n, "%.0f", fmax(0, 100 - waiting - receiving - working));
    allow(n, "%.0f", 1000 * m->ready_s / (double)m->files);
}

static void allow_part(struct numbers *n, const struct hl_part *part)
{
    n->count = 0;
    for (size_t i = 0; i < part->count; i++) {
        allow_row(n, &part->rows[i], part->setting.cores);
        for (size_t j = 0; j < part->count; j++)
            if (hl_row_is_faster(&part->rows[j], &part->rows[i]))
                allow(n, "%.1f",
                      part->rows[i].measure.seconds /
                          part->rows[j].measure.seconds);
    }
    allow(n, "%u", part->setting.cores);
    allow(n, "%llu", (unsigned long long)part->setting.bandwidth);
}

/* The row whose label stands at text; NULL: none does. */
static const struct hl_row *row_at(const struct hl_part *part, const char *text)
{
    const struct hl_row *best = NULL;
    for (size_t i = 0; i < part->count; i++) {
        const struct hl_row *row = &part->rows[i];
        size_t length = strlen(row->label);
        if (strncmp(text, row->label, length) == 0 &&
            (best == NULL || length > strlen(best->label)))
            best = row;
    }
    return best;
}

static bool is_allowed(const struct numbers *numbers, const char *text,
                       size_t length)
{
    for (size_t i = 0; i < numbers->count; i++)
        if (strlen(numbers->texts[i]) == length &&
            strncmp(numbers->texts[i], text, length) == 0)
            return true;
    return false;
}

/* Every number that stands outside of a label is one of the rows'. */
static void check_numbers(const struct hl_part *part, const char *words)
{
    static struct numbers numbers;
    allow_part(&numbers, part);
    for (const char *at = words; *at != '\0';) {
        const struct hl_row *row = row_at(part, at);
        size_t length = strspn(at, "0123456789.");
        while (length > 0 && at[length - 1] == '.')
            length--;
        if (row != NULL)
            at += strlen(row->label);
        else if (length == 0)
            at++;
        else {
            if (!is_allowed(&numbers, at, length))
                fail_msg("%.*s in: %s", (int)length, at, words);
            at += length;
        }
    }
}

/* The row of the label that ends where tail begins in words; NULL: the words
 * do not have tail. */
static const struct hl_row *row_before(const struct hl_part *part,
                                       const char *words, const char *tail)
{
    const char *end = strstr(words, tail);
    const struct hl_row *best = NULL;
    for (size_t i = 0; end != NULL && i < part->count; i++) {
        size_t length = strlen(part->rows[i].label);
        if ((size_t)(end - words) >= length &&
            strncmp(end - length, part->rows[i].label, length) == 0 &&
            (best == NULL || length > strlen(best->label)))
            best = &part->rows[i];
    }
    return best;
}

static void check_claims(const struct hl_part *part, const char *words)
{
    static const char matters[] = "So the mode matters here: ";
    const struct hl_ranking rank = hl_rank(part);
    const struct hl_row *row = row_before(part, words, " is the fastest");
    if (row != NULL) {
        assert_true(hl_row_is_sound(row));
        for (size_t i = 0; i < part->count; i++)
            assert_true(!hl_row_is_sound(&part->rows[i]) ||
                        part->rows[i].measure.seconds >= row->measure.seconds);
    }
    row = row_before(part, words, " needs the least memory");
    if (row != NULL)
        assert_true(hl_row_is_sound(row) &&
                    hl_rows_are_equal(row, rank.fastest));
    const char *at = strstr(words, matters);
    if (at != NULL) {
        const struct hl_row *fast = row_at(part, at + strlen(matters));
        const struct hl_row *slow =
            row_at(part, strstr(at, "as fast as ") + strlen("as fast as "));
        assert_true(hl_row_is_faster(fast, slow));
        assert_int_equal(fast->workers, slow->workers);
    }
    if (strstr(words, "no row is faster") != NULL)
        for (size_t i = 0; i < part->count; i++)
            assert_true(!hl_row_is_sound(&part->rows[i]) ||
                        hl_rows_are_equal(&part->rows[i], rank.fastest));
}

static void check_lines(const char *words)
{
    for (const char *line = words; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        assert_true(length > 0 && length <= 79 && line[length] == '\n');
        assert_true(line[0] != ' ' && line[length - 1] != ' ');
        line += length + 1;
    }
    assert_null(strstr(words, "nan"));
    assert_null(strstr(words, "inf"));
}

/* Numbers and labels stand in one piece again, and what is constant is gone. */
static void unwrap(char *words)
{
    static const char *const constants[] = {"within 15 % or 0.03 s", "--runs 5",
                                            "/600x400/", "/bytes/1000."};
    for (char *at = words; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
    for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
        char *at = strstr(words, constants[i]);
        if (at != NULL)
            memset(at, '-', strlen(constants[i]));
    }
}

static void no_word_is_without_a_row_that_shows_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        struct hl_row rows[ROWS + 1];
        struct scene scene;
        struct hl_buf words = {0};
        size_t count = any_rows(rows, &scene);
        const struct hl_part part = {rows, count, scene.setting};
        hl_advice(&words, &part);
        assert_non_null(words.data);
        check_lines(words.data);
        unwrap(words.data);
        check_numbers(&part, words.data);
        check_claims(&part, words.data);
        hl_buf_release(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_are_what_the_rows_show),
        cmocka_unit_test(no_word_is_without_a_row_that_shows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
