/*
 * The part that a cut or a kill leaves, in each mode: where the rest can be
 * had it is, without a byte asked twice, and no answer leaves a wrong file
 * under a final name. As PROGRAM MODE URL DIR it fetches URL, to be killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract/fixture.h"
#include "contract/resume_cases.h"

enum {
    POLL_US = 5000,
    POLLS = 1000,
    CHUNK = 64 * 1024 /* that a kill may lose: a multiple of 4096 */
};

extern char **environ;

static int set_up(void **state)
{
    return fixture_set_up(state, resume_routes);
}

static void on_no_result(void *arg, const struct haul_result *result)
{
    (void)arg, (void)result;
}

static struct haul_options one_retry(const struct fixture *f)
{
    struct haul_options options = fixture_options(f);
    options.retry = 1;
    return options;
}

static void check_requests(struct fixture *f, const struct resume_case *c)
{
    struct httpd_request request;
    assert_int_equal(httpd_requests(f->httpd, c->path, NULL), c->requests);
    httpd_nth(f->httpd, c->path, 2, &request);
    assert_string_equal(request.if_range, c->if_range);
    assert_int_equal(request.range[0] != '\0', c->if_range[0] != '\0');
    if (c->resumed > 0 || c->requests < 3)
        return;
    struct httpd_request refused = request;
    /* What was refused is not asked for again, nor on that connection. */
    httpd_nth(f->httpd, c->path, 3, &request);
    assert_string_equal(request.range, "");
    assert_string_equal(request.if_range, "");
    assert_int_not_equal(request.connection, refused.connection);
}

static void check_case(struct fixture *f, const struct resume_case *c)
{
    assert_int_equal(f->results, 1);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_file(f, c->offset, c->size);
    assert_int_equal(f->last.bytes, c->size);
    assert_int_equal(f->last.resumed_from, c->resumed);
    /* A part that is refused costs no attempt; an answer that lies does. */
    bool lied = strncmp(c->path, "/by-200", strlen("/by-200")) == 0;
    unsigned more = strcmp(c->path, "/before-and-gone") == 0;
    assert_int_equal(f->last.attempts,
                     c->resumed > CUT || lied ? c->requests : 2 + more);
    check_requests(f, c);
}

/* The server counts what it has sent a moment after that was received. */
static void check_sent(struct fixture *f, const char *path, uint64_t bytes)
{
    for (int i = 0; i < POLLS && httpd_sent(f->httpd, path) != bytes; i++)
        usleep(POLL_US);
    assert_int_equal(httpd_sent(f->httpd, path), bytes);
}

static void parts_are_resumed_by_proof_alone(void **state)
{
    struct fixture *f = *state;
    for (const struct resume_case *c = resume_cases; c->name != NULL; c++) {
        struct haul_options options = one_retry(f);
        bool complete = strcmp(c->path, "/complete") == 0;
        print_message("  %s\n", c->name);
        fetch(f, &options, c->path);
        check_case(f, c);
        if (c->again >= 0)
            check_sent(f, c->path,
                       (uint64_t)c->again + (complete ? WHOLE : CUT));
    }
}

static pid_t spawn_fetch(const struct fixture *f, const char *path)
{
    char url[PATH_SIZE];
    char words[4][PATH_SIZE];
    char *argv[] = {words[0], words[1], words[2], words[3], NULL};
    posix_spawnattr_t attributes;
    pid_t pid;
    url_of(f, path, url);
    snprintf(words[0], PATH_SIZE, "%s", fixture_program());
    snprintf(words[1], PATH_SIZE, "%s", fixture_mode());
    snprintf(words[2], PATH_SIZE, "%s", url);
    snprintf(words[3], PATH_SIZE, "%s", f->dir);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int r = posix_spawn(&pid, words[0], NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    assert_int_equal(r, 0);
    return pid;
}

/* Has the part that size, and does it begin like the body from offset? */
static bool part_has(const struct fixture *f, const char *path, off_t size,
                     uint64_t offset)
{
    char part[PATH_SIZE];
    unsigned char byte;
    struct stat st;
    if (!find_part(f, path + 1, part))
        return false;
    int fd = open(part, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool has = fstat(fd, &st) == 0 && st.st_size >= size &&
               pread(fd, &byte, 1, 0) == 1 && byte == httpd_byte(offset);
    close(fd);
    return has;
}

/* Fetches path in a process of its own, and kills that, its threads and its
 * workers, once the part lacks less than a chunk of what came. */
static void fetch_and_kill(struct fixture *f, const char *path, uint64_t offset)
{
    const off_t size = CUT - CHUNK;
    pid_t pid = spawn_fetch(f, path);
    int status;
    while (!part_has(f, path, size, offset)) {
        assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
        usleep(POLL_US);
    }
    kill(-pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* The lock is free once the last worker is gone, a moment later. */
static void wait_for_lock(struct fixture *f)
{
    struct haul_options options = fixture_options(f);
    const struct haul_callbacks callbacks = {.result = on_no_result};
    while (haul_session_new(&f->session, &f->loop, &options, &callbacks) ==
           HAUL_EBUSY) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        usleep(POLL_US);
    }
    run_to_end(f);
}

/* What the first answer said is known after one that says nothing, too. */
static void an_error_between_takes_no_proof_away(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    fetch(f, &options, "/shrunk-later");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_file(f, 0, WHOLE);
    assert_int_equal(httpd_requests(f->httpd, "/shrunk-later", NULL), 4);
}

static void a_kill_loses_one_chunk(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = one_retry(f);
    struct httpd_request request;
    unsigned long long kept = 0;
    fetch_and_kill(f, "/killed", 0);
    wait_for_lock(f);
    fetch(f, &options, "/killed");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_file(f, 0, WHOLE);
    httpd_nth(f->httpd, "/killed", 2, &request);
    assert_int_equal(sscanf(request.range, "bytes=%llu-", &kept), 1);
    assert_in_range(kept, CUT - CHUNK, CUT);
    assert_string_equal(request.if_range, "\"one\"");
    assert_int_equal(f->last.resumed_from, kept);
    check_sent(f, "/killed", CUT + WHOLE - kept);
}

/* The server goes from its first version to the second and back, and haul is
 * killed in the midst of each. */
static void kills_mix_no_versions(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = one_retry(f);
    struct httpd_request request;
    fetch_and_kill(f, "/to-and-fro", 0);
    wait_for_lock(f);
    fetch_and_kill(f, "/to-and-fro", OTHER_OFFSET);
    httpd_nth(f->httpd, "/to-and-fro", 2, &request);
    assert_string_equal(request.if_range, "\"one\"");
    wait_for_lock(f);
    fetch(f, &options, "/to-and-fro");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_file(f, 0, WHOLE);
    httpd_nth(f->httpd, "/to-and-fro", 3, &request);
    assert_string_equal(request.if_range, "\"two\"");
}

/* Without a validator there is no way to go on. */
static void a_kill_without_a_validator_loses_all(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = one_retry(f);
    fetch_and_kill(f, "/killed-unproven", 0);
    wait_for_lock(f);
    fetch(f, &options, "/killed-unproven");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_file(f, 0, WHOLE);
    check_sent(f, "/killed-unproven", CUT + WHOLE);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_are_resumed_by_proof_alone),
        TEST(an_error_between_takes_no_proof_away),
        TEST(a_kill_loses_one_chunk),
        TEST(kills_mix_no_versions),
        TEST(a_kill_without_a_validator_loses_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static const char *alone_url;
static const char *alone_dir;

static int fetch_alone(void)
{
    struct fixture f = {0};
    const struct haul_callbacks callbacks = {.result = on_no_result};
    snprintf(f.dir, sizeof(f.dir), "%s", alone_dir);
    struct haul_options options = fixture_options(&f);
    uv_loop_init(&f.loop);
    if (haul_session_new(&f.session, &f.loop, &options, &callbacks) < 0)
        return 1;
    haul_session_push(f.session, &(struct haul_request){.url = alone_url});
    run_to_end(&f);
    return uv_loop_close(&f.loop);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fixture_main(argc, argv, run_all);
    alone_url = argv[2];
    alone_dir = argv[3];
    return fixture_main(argc, argv, fetch_alone);
}
