/* The spill and what stands on it: queues on disk, tasks as bytes, tasks that
 * wait for their time. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "schedule/delayed.h"
#include "schedule/spill.h"
#include "schedule/task.h"

enum { CHAINS = 700, ROUNDS = 60000, SIZE_MAX_ = 12000 };

/* A queue that the spill is compared with: which records it holds. */
struct model {
    struct hl_chain chain;
    uint32_t first; /* number of the first record in it */
    uint32_t next;
};

static char dir[] = "/tmp/haul-spill-XXXXXX";

static int open_dir(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    return mkdir(".haul", 0777);
}

static int close_dir(void **state)
{
    (void)state;
    return rmdir(".haul") | rmdir(dir);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

/* The bytes of record number n of a chain: they can be made again. */
static size_t fill(char *data, unsigned chain, uint32_t n)
{
    uint32_t seed = chain * 7919u + n;
    size_t size = next_random(&seed) % (n % 50 == 0 ? SIZE_MAX_ : 200);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)next_random(&seed);
    return size;
}

static void put(struct hl_spill *spill, struct model *model, unsigned chain)
{
    static char data[SIZE_MAX_];
    size_t size = fill(data, chain, model->next++);
    assert_int_equal(hl_spill_put(spill, &model->chain, data, size), 0);
}

static void get(struct hl_spill *spill, struct model *model, unsigned chain,
                struct hl_buf *out)
{
    static char data[SIZE_MAX_];
    size_t size = fill(data, chain, model->first++);
    assert_int_equal(hl_spill_get(spill, &model->chain, out), 0);
    assert_int_equal(out->used, size);
    assert_memory_equal(out->data, data, size);
}

/* More chains than ends of chains are kept in memory. */
static void many_queues_keep_their_records_in_order(void **state)
{
    static struct model models[CHAINS];
    struct hl_spill *spill;
    struct hl_buf out = {0};
    uint32_t seed = 42;
    (void)state;
    assert_int_equal(hl_spill_new(&spill, AT_FDCWD), 0);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned chain = next_random(&seed) % CHAINS;
        struct model *model = &models[chain];
        if (next_random(&seed) % 5 < 3 || model->chain.records == 0)
            put(spill, model, chain);
        else
            get(spill, model, chain, &out);
        assert_int_equal(model->chain.records, model->next - model->first);
    }
    uint64_t size = hl_spill_size(spill);
    for (unsigned chain = 0; chain < CHAINS; chain++) {
        while (models[chain].chain.records > 0)
            get(spill, &models[chain], chain, &out);
        assert_int_equal(models[chain].chain.first, 0);
    }
    /* Blocks that were emptied are used again. */
    for (unsigned chain = 0; chain < CHAINS; chain++)
        put(spill, &models[chain], chain);
    assert_true(hl_spill_size(spill) <= size + CHAINS * 4096);
    hl_buf_release(&out);
    hl_spill_free(spill);
}

static struct hl_task *sample_task(void)
{
    const struct hl_task_strings strings = {
        .key = "http://h/x",
        .asked = "http://h/x",
        .url = "http://h/elsewhere",
        .path = "x",
        .id = "",
        .headers = "A: b\nC: d",
        .etag = "\"e\"",
    };
    struct hl_task *task = hl_task_new(&strings);
    assert_non_null(task);
    task->fingerprint = UINT64_MAX;
    task->line = 1234567890123;
    task->attempts.made = 3;
    task->due.at = 99;
    task->at_other_origin = true;
    task->job.resume_from = 1u << 30;
    return task;
}

static void a_task_comes_back_from_its_bytes(void **state)
{
    struct hl_task *task = sample_task();
    struct hl_buf bytes = {0};
    (void)state;
    hl_task_save(task, &bytes);
    struct hl_task *again = hl_task_load(&bytes);
    assert_non_null(again);
#define X(member)                   \
    if (task->member == NULL)       \
        assert_null(again->member); \
    else                            \
        assert_string_equal(again->member, task->member);
    HL_TASK_STRINGS(X)
#undef X
#define X(member) assert_true(again->member == task->member);
    HL_TASK_NUMBERS(X)
#undef X
    hl_task_free(task);
    hl_task_free(again);
    hl_buf_release(&bytes);
}

static void a_tasks_headers_become_lines(void **state)
{
    struct hl_task *task = sample_task();
    (void)state;
    assert_int_equal(hl_task_ready(task), 0);
    assert_string_equal(task->job.headers[0], "A: b");
    assert_string_equal(task->job.headers[1], "C: d");
    assert_null(task->job.headers[2]);
    assert_false(task->job.secrets);
    assert_null(task->job.user);
    assert_int_equal(hl_task_set(task, &task->url, "http://h/third"), 0);
    assert_string_equal(task->asked, "http://h/x");
    hl_task_free(task);
}

/* More than fit in memory come back too, and none before its time. */
static void delayed_tasks_come_when_they_are_due(void **state)
{
    enum { COUNT = 20000 };
    const struct hl_task_strings strings = {.key = "http://h/x"};
    struct hl_delayed delayed = {0};
    uint32_t seed = 7;
    (void)state;
    assert_int_equal(hl_spill_new(&delayed.spill, AT_FDCWD), 0);
    for (int i = 0; i < COUNT; i++) {
        struct hl_task *task = hl_task_new(&strings);
        assert_non_null(task);
        task->due.at = (uint64_t)(next_random(&seed) % 100000) * 1000000;
        assert_int_equal(hl_delayed_add(&delayed, task), 0);
    }
    assert_int_equal(hl_delayed_count(&delayed), COUNT);
    int count = 0;
    while (hl_delayed_count(&delayed) > 0) {
        uint64_t now = hl_delayed_next_ns(&delayed);
        struct hl_task *task = hl_delayed_pop(&delayed, now);
        assert_non_null(task);
        assert_true(task->due.at <= now);
        /* On disk it may be late by the length of a span, and no more. */
        assert_true(now <= task->due.at + 4000000000u);
        hl_task_free(task);
        count++;
    }
    assert_int_equal(count, COUNT);
    hl_delayed_release(&delayed);
    hl_spill_free(delayed.spill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_queues_keep_their_records_in_order),
        cmocka_unit_test(a_task_comes_back_from_its_bytes),
        cmocka_unit_test(a_tasks_headers_become_lines),
        cmocka_unit_test(delayed_tasks_come_when_they_are_due),
    };
    return cmocka_run_group_tests(tests, open_dir, close_dir);
}
