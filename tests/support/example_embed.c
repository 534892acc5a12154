/*
 * A program that embeds haul with nothing but its public header:
 *     example_embed MODE DIR URL...
 * Exits with the number of URLs that were not fetched.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haul/debug.h"

static void on_result(void *arg, const struct haul_result *result)
{
    int *failed = arg;
    printf("%s %s %llu %s\n", haul_outcome_word(result->outcome), result->url,
           (unsigned long long)result->bytes,
           result->message != NULL ? result->message : "");
    if (result->outcome != HAUL_OUTCOME_OK)
        ++*failed;
}

static enum haul_mode_id mode_of(const char *name)
{
    for (int i = 0; i < HAUL_MODE_COUNT; i++)
        if (strcmp(haul_mode_name((enum haul_mode_id)i), name) == 0)
            return (enum haul_mode_id)i;
    return HAUL_MODE_ASYNC;
}

static int run(uv_loop_t *loop, char **argv, const char *const *worker_argv)
{
    int failed = 0;
    struct haul_session *session;
    const struct haul_options options = {
        .mode = mode_of(argv[1]),
        .dir = argv[2],
        .worker_argv = worker_argv,
        .trace = getenv("HAUL_DEBUG") != NULL ? HAUL_TRACE_ALL : 0,
    };
    const struct haul_callbacks callbacks = {.result = on_result,
                                             .arg = &failed};
    int r = haul_session_new(&session, loop, &options, &callbacks);
    if (r < 0) {
        fprintf(stderr, "%s\n", haul_strerror(r));
        return 1;
    }
    for (int i = 3; argv[i] != NULL; i++)
        haul_session_push(session, &(struct haul_request){
                                       .url = argv[i],
                                       .line = (uint64_t)i - 2,
                                   });
    haul_session_end(session);
    uv_run(loop, UV_RUN_DEFAULT);
    haul_session_close(session, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return failed;
}

int main(int argc, char **argv)
{
    setenv("UV_THREADPOOL_SIZE", "14", 0);
    signal(SIGPIPE, SIG_IGN);
    haul_global_init();
    if (argc == 2 && strcmp(argv[1], "--worker") == 0)
        return haul_worker_run(3) < 0;
    if (argc < 4)
        return 2;
    uv_loop_t loop;
    uv_loop_init(&loop);
    int failed =
        run(&loop, argv, (const char *const[]){argv[0], "--worker", NULL});
    int left = uv_loop_close(&loop);
    haul_global_cleanup();
    return left < 0 ? 99 : failed;
}
