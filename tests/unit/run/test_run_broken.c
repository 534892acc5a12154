/* What a run does when the files that it keeps for itself fail it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haul/haul.h"
#include "journal/append.h"
#include "journal/find.h"
#include "schedule/delayed.h"
#include "schedule/spill.h"
#include "support/httpd.h"

enum { REQUESTS = 800, HOSTS = 8 };

/* Of the calls that are wrapped: what they fail with; 0: they don't. */
static int spill_code;
static int journal_code;
static int done_code;
static int claim_code;
static unsigned ready_fails; /* so many times, with UV_ENOMEM */

int __wrap_hl_spill_get(struct hl_spill *spill, struct hl_chain *chain,
                        struct hl_buf *out);
int __real_hl_spill_get(struct hl_spill *spill, struct hl_chain *chain,
                        struct hl_buf *out);
int __wrap_hl_journal_see(struct hl_journal *journal, const struct hl_key *key,
                          uint64_t line, uint64_t *first);
int __real_hl_journal_see(struct hl_journal *journal, const struct hl_key *key,
                          uint64_t line, uint64_t *first);

int __wrap_hl_spill_get(struct hl_spill *spill, struct hl_chain *chain,
                        struct hl_buf *out)
{
    return spill_code < 0 ? spill_code : __real_hl_spill_get(spill, chain, out);
}

int __wrap_hl_journal_see(struct hl_journal *journal, const struct hl_key *key,
                          uint64_t line, uint64_t *first)
{
    return journal_code < 0 ? journal_code
                            : __real_hl_journal_see(journal, key, line, first);
}

int __wrap_hl_journal_done(struct hl_journal *journal, const struct hl_key *key,
                           const char *name,
                           const struct hl_journal_file *file);
int __real_hl_journal_done(struct hl_journal *journal, const struct hl_key *key,
                           const char *name,
                           const struct hl_journal_file *file);

int __wrap_hl_journal_done(struct hl_journal *journal, const struct hl_key *key,
                           const char *name, const struct hl_journal_file *file)
{
    return done_code < 0 ? done_code
                         : __real_hl_journal_done(journal, key, name, file);
}

int __wrap_hl_journal_claim(struct hl_journal *journal,
                            const struct hl_key *key, const char *name);
int __real_hl_journal_claim(struct hl_journal *journal,
                            const struct hl_key *key, const char *name);
int __wrap_hl_task_ready(struct hl_task *task);
int __real_hl_task_ready(struct hl_task *task);

int __wrap_hl_journal_claim(struct hl_journal *journal,
                            const struct hl_key *key, const char *name)
{
    return claim_code < 0 ? claim_code
                          : __real_hl_journal_claim(journal, key, name);
}

int __wrap_hl_task_ready(struct hl_task *task)
{
    if (ready_fails == 0)
        return __real_hl_task_ready(task);
    ready_fails--;
    return UV_ENOMEM;
}

struct bench {
    uv_loop_t loop;
    char dir[64];
    unsigned results;
    unsigned left; /* of the results */
    unsigned drained;
    struct haul_stats stats;
    enum haul_error error; /* of the last result */
    char message[128];
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    strcpy(b->dir, "/tmp/haul-broken-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    assert_int_equal(uv_loop_init(&b->loop), 0);
    spill_code = 0;
    journal_code = 0;
    done_code = 0;
    claim_code = 0;
    ready_fails = 0;
    *state = b;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    assert_int_equal(uv_loop_close(&b->loop), 0);
    nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(b);
    return 0;
}

static void on_result(void *arg, const struct haul_result *result)
{
    struct bench *b = arg;
    b->results++;
    b->left += result->outcome == HAUL_OUTCOME_LEFT;
    b->error = result->error;
    snprintf(b->message, sizeof(b->message), "%s",
             result->message != NULL ? result->message : "");
}

static void on_drained(struct haul_session *session, void *arg)
{
    struct bench *b = arg;
    (void)session;
    b->drained++;
}

static struct haul_session *open_session(struct bench *b)
{
    const struct haul_options options = {
        .dir = b->dir,
        .jobs = 4,
        .retry = HAUL_NONE,
        .retry_delay_ms = HAUL_NONE,
        .proxy = "",
    };
    const struct haul_callbacks callbacks = {
        .result = on_result, .drained = on_drained, .arg = b};
    struct haul_session *session;
    assert_int_equal(haul_session_new(&session, &b->loop, &options, &callbacks),
                     0);
    return session;
}

static void push(struct haul_session *session, const char *url,
                 const char *output, uint64_t line)
{
    const struct haul_request request = {
        .url = url, .output = output, .line = line};
    assert_int_equal(haul_session_push(session, &request), 0);
}

/* @return what the session came to. */
static int run_to_end(struct bench *b, struct haul_session *session)
{
    haul_session_end(session);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    int r = haul_session_error(session);
    haul_session_stats(session, &b->stats);
    assert_int_equal(b->drained, 1);
    haul_session_close(session, NULL);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    return r;
}

/* Pushes so many requests to hosts that refuse to be connected to. @return
 * what the session came to. */
static int run(struct bench *b, unsigned requests)
{
    struct haul_session *session = open_session(b);
    for (unsigned i = 1; i <= requests; i++) {
        char url[64];
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/%u", 1 + i % HOSTS, i);
        push(session, url, NULL, i);
    }
    return run_to_end(b, session);
}

static void what_waits_on_disk_is_read_back(void **state)
{
    struct bench *b = *state;
    assert_int_equal(run(b, REQUESTS), 0);
    assert_int_equal(b->results, REQUESTS);
}

/* The first that are missed end the run, and the others are met on the way
 * out: none of them may be waited for. */
static void tasks_that_cannot_be_read_back_end_the_run(void **state)
{
    struct bench *b = *state;
    spill_code = UV_EIO;
    assert_int_equal(run(b, REQUESTS), UV_EIO);
    assert_in_range(b->results, 1, REQUESTS - 1);
}

/* What a line asked for is not known any more, so it gets no result. */
static void repeats_that_cannot_be_read_back_end_the_run(void **state)
{
    struct bench *b = *state;
    struct haul_session *session = open_session(b);
    for (unsigned line = 1; line <= 3; line++)
        push(session, "http://127.0.0.1:1/", NULL, line);
    spill_code = UV_EIO;
    assert_int_equal(run_to_end(b, session), UV_EIO);
    assert_int_equal(b->results, 1);
}

/* More tasks than wait in memory, each after its own time. */
static void delayed_tasks_that_cannot_be_read_back_are_counted(void **state)
{
    enum { TASKS = 10000 };
    struct bench *b = *state;
    const struct hl_task_strings strings = {.key = "http://a/",
                                            .url = "http://a/"};
    struct hl_delayed delayed = {0};
    struct hl_task *task;
    uint64_t popped = 0;
    int dir_fd = open(b->dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(dir_fd, ".haul", 0777), 0);
    assert_int_equal(hl_spill_new(&delayed.spill, dir_fd), 0);
    for (uint64_t i = 0; i < TASKS; i++) {
        task = hl_task_new(&strings);
        assert_non_null(task);
        task->due.at = i * 10000000;
        assert_int_equal(hl_delayed_add(&delayed, task), 0);
    }
    spill_code = UV_EIO;
    while (hl_delayed_count(&delayed) > 0) {
        task = hl_delayed_pop(&delayed, UINT64_MAX);
        popped += task != NULL;
        hl_task_free(task);
    }
    assert_int_equal(delayed.error, UV_EIO);
    assert_true(delayed.lost > 0);
    assert_int_equal(popped + delayed.lost, TASKS);
    hl_delayed_release(&delayed);
    hl_spill_free(delayed.spill);
    close(dir_fd);
}

static void a_journal_that_cannot_be_read_is_named_as_the_cause(void **state)
{
    struct bench *b = *state;
    journal_code = UV_EIO;
    (void)run(b, 1);
    assert_int_equal(b->results, 1);
    assert_int_equal(b->error, HAUL_ERR_IO);
    assert_string_equal(b->message, uv_strerror(UV_EIO));
}

static void small(struct httpd_reply *reply,
                  const struct httpd_request *request)
{
    (void)request;
    httpd_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    httpd_body(reply, 0, 10);
}

static void a_link_that_cannot_be_recorded_ends_the_run(void **state)
{
    static const struct httpd_route routes[] = {{"/small", small}, {0}};
    struct bench *b = *state;
    struct httpd *httpd = httpd_start(routes);
    struct haul_session *session = open_session(b);
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/small", httpd_port(httpd));
    push(session, url, "a", 1);
    while (b->results == 0)
        uv_run(&b->loop, UV_RUN_ONCE);
    assert_int_equal(b->error, HAUL_OK);
    done_code = UV_EIO;
    push(session, url, "b", 2);
    assert_int_equal(run_to_end(b, session), UV_EIO);
    assert_int_equal(b->results, 2);
    assert_int_equal(b->error, HAUL_ERR_IO);
    httpd_stop(httpd);
}

static void what_cannot_be_claimed_is_not_started(void **state)
{
    struct bench *b = *state;
    claim_code = UV_ENOSPC;
    assert_int_equal(run(b, 20), UV_ENOSPC);
    assert_int_equal(b->results, 20);
    assert_int_equal(b->left, 20);
    assert_int_equal(b->stats.attempts, 0);
}

static void a_task_without_memory_fails_alone(void **state)
{
    struct bench *b = *state;
    ready_fails = 1;
    assert_int_equal(run(b, 20), 0);
    assert_int_equal(b->results, 20);
    assert_int_equal(b->left, 0);
    assert_int_equal(b->stats.errors[HAUL_ERR_IO], 1);
    assert_int_equal(b->stats.errors[HAUL_ERR_CONNECT], 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits_on_disk_is_read_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            tasks_that_cannot_be_read_back_end_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            repeats_that_cannot_be_read_back_end_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            delayed_tasks_that_cannot_be_read_back_are_counted, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            a_journal_that_cannot_be_read_is_named_as_the_cause, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            a_link_that_cannot_be_recorded_ends_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_claimed_is_not_started,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_task_without_memory_fails_alone,
                                        set_up, tear_down),
    };
    signal(SIGPIPE, SIG_IGN);
    haul_global_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    haul_global_cleanup();
    return failed;
}
