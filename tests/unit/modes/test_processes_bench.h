/* Stands for the run in the tests of the processes mode. */
#ifndef HL_TEST_PROCESSES_BENCH_H
#define HL_TEST_PROCESSES_BENCH_H

#include "modes/mode.h"

enum { JOBS_MAX = 64 };

/* What the run saw of one job. */
struct outcome {
    unsigned finished;
    struct hl_reply reply;
    char message[256];
};

/* Stands for the run. */
struct bench {
    struct hl_mode_owner owner;
    struct hl_shared shared;
    struct haul_options options;
    struct hl_stop stop;
    uv_loop_t loop;
    uv_timer_t watch;
    void *state;
    char dir[64];
    struct hl_job jobs[JOBS_MAX];
    struct outcome outcomes[JOBS_MAX];
    unsigned count;
    unsigned taken;
    unsigned finished;
    unsigned parts; /* that were put on record */
    int part_code;  /* what comes of that */
    char part_etag[64];
    unsigned stops; /* levels to rise to once all taken jobs have begun */
    bool in_call;   /* of the mode: nothing may be finished */
    bool closed;
};

/* Fixtures: *state is a struct bench. */
int set_up(void **state);
int tear_down(void **state);

/* A job for run(). What url means says test_processes_fake.c. */
void add(struct bench *bench, const char *url, const char *path);
/* Opens the mode, does all jobs and checks its contract. */
void run(struct bench *bench);
/* The main() of such a test: a worker when it is called as one. */
int bench_main(int argc, char **argv, int (*run_all)(void));

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
