#include "contract/fixture.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *mode_word;
static const char *program;

enum { LOOPS = 3 };

static bool has_loops(void)
{
    return strcmp(mode_word, "loops") == 0;
}

static enum haul_mode_id mode_id(void)
{
    if (has_loops())
        return HAUL_MODE_ASYNC;
    for (int i = 0; i < HAUL_MODE_COUNT; i++)
        if (strcmp(haul_mode_name((enum haul_mode_id)i), mode_word) == 0)
            return (enum haul_mode_id)i;
    return HAUL_MODE_COUNT;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int fixture_set_up(void **state, const struct httpd_route *routes)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->httpd = httpd_start(routes);
    strcpy(f->dir, "/tmp/haul-contract-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(uv_loop_init(&f->loop), 0);
    *state = f;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(uv_loop_close(&f->loop), 0);
    httpd_stop(f->httpd);
    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void on_closed(struct haul_session *session, void *arg)
{
    struct fixture *f = arg;
    assert_ptr_equal(session, f->session);
    f->session = NULL;
}

static void on_result(void *arg, const struct haul_result *result)
{
    struct fixture *f = arg;
    if (result->line < 64) {
        assert_int_equal(f->lines >> result->line & 1, 0);
        f->lines |= UINT64_C(1) << result->line;
    }
    f->results++;
    f->last = *result;
    copy(f->file, sizeof(f->file), result->file);
    copy(f->sha256, sizeof(f->sha256), result->sha256);
    if (f->results == f->close_at)
        haul_session_close(f->session, on_closed);
}

struct haul_options fixture_options(const struct fixture *f)
{
    static const char *worker[3];
    worker[0] = program;
    worker[1] = "--worker";
    return (struct haul_options){
        .mode = mode_id(),
        .loops = has_loops() ? LOOPS : 0,
        .dir = f->dir,
        .retry_delay_ms = HAUL_NONE,
        .retry_max_delay_ms = 1,
        .proxy = "",
        .worker_argv = worker,
    };
}

void open_session(struct fixture *f, const struct haul_options *options)
{
    const struct haul_callbacks callbacks = {.result = on_result, .arg = f};
    f->results = 0;
    f->lines = 0;
    f->close_at = 0;
    assert_int_equal(
        haul_session_new(&f->session, &f->loop, options, &callbacks), 0);
}

void push(struct fixture *f, const char *url, uint64_t line)
{
    assert_int_equal(
        haul_session_push(f->session,
                          &(struct haul_request){.url = url, .line = line}),
        0);
}

void run_to_end(struct fixture *f)
{
    haul_session_end(f->session);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    haul_session_close(f->session, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

void fetch(struct fixture *f, const struct haul_options *options,
           const char *path)
{
    char url[PATH_SIZE];
    url_of(f, path, url);
    open_session(f, options);
    push(f, url, 1);
    run_to_end(f);
}

void url_of(const struct fixture *f, const char *path, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "http://127.0.0.1:%u%s", httpd_port(f->httpd),
             path);
}

void path_of(const struct fixture *f, const char *name, const char *suffix,
             char out[PATH_SIZE])
{
    int n = snprintf(out, PATH_SIZE, "%s/%s%s", f->dir, name, suffix);
    assert_in_range(n, 1, PATH_SIZE - 1);
}

bool find_part(const struct fixture *f, const char *name, char out[PATH_SIZE])
{
    glob_t found;
    path_of(f, name, ".????????.part", out);
    int r = glob(out, GLOB_NOSORT, NULL, &found);
    if (r == GLOB_NOMATCH)
        return false;
    assert_int_equal(r, 0);
    assert_int_equal(found.gl_pathc, 1);
    assert_true(strlen(found.gl_pathv[0]) < PATH_SIZE);
    strcpy(out, found.gl_pathv[0]);
    globfree(&found);
    return true;
}

void check_file(const struct fixture *f, uint64_t offset, int64_t size)
{
    char path[PATH_SIZE];
    path_of(f, f->file, "", path);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    int64_t at = 0;
    int c;
    while ((c = getc(file)) != EOF)
        if ((unsigned char)c != httpd_byte(offset + (uint64_t)at++))
            fail_msg("wrong byte at %lld", (long long)at - 1);
    fclose(file);
    assert_int_equal(at, size);
    assert_false(find_part(f, f->file, path));
}

int fixture_main(int argc, char **argv, int (*run_all)(void))
{
    signal(SIGPIPE, SIG_IGN);
    setenv("UV_THREADPOOL_SIZE", "14", 1);
    if (haul_global_init() < 0 || argc < 2)
        return 1;
    if (strcmp(argv[1], "--worker") == 0)
        return haul_worker_run(3) < 0;
    program = argv[0];
    mode_word = argv[1];
    int r = run_all();
    haul_global_cleanup();
    return r;
}

const char *fixture_program(void)
{
    return program;
}

const char *fixture_mode(void)
{
    return mode_word;
}
