/*
 * A session against the test server, in the mode that the test was called
 * with: PROGRAM MODE, where "loops" is async on three loops. As PROGRAM
 * --worker it is the worker of its own processes mode.
 */
#ifndef TESTS_CONTRACT_FIXTURE_H
#define TESTS_CONTRACT_FIXTURE_H

#include "haul/haul.h"
#include "support/httpd.h"

enum { PATH_SIZE = 256 };

/* A session and what came of it. */
struct fixture {
    struct httpd *httpd;
    uv_loop_t loop;
    struct haul_session *session;
    char dir[64];
    unsigned results;
    uint64_t lines; /* a bit for each that had its result; those below 64 */
    struct haul_result last; /* strings are copied below */
    char file[PATH_SIZE];
    char sha256[80];
    unsigned close_at; /* results after which the callback closes the session;
                          0: never */
    const char *cancel_at; /* path whose request triggers the cancel */
    unsigned cancels;      /* how many times */
};

/* *state is a struct fixture, with a server of these routes. The tear-down
 * proves that the loop closes. */
int fixture_set_up(void **state, const struct httpd_route *routes);
int fixture_tear_down(void **state);

struct haul_options fixture_options(const struct fixture *f);
void open_session(struct fixture *f, const struct haul_options *options);
void push(struct fixture *f, const char *url, uint64_t line);
/* To the last result and the close of the session. */
void run_to_end(struct fixture *f);
/* One request of path at the server, from opening to close. */
void fetch(struct fixture *f, const struct haul_options *options,
           const char *path);
void url_of(const struct fixture *f, const char *path, char out[PATH_SIZE]);
void path_of(const struct fixture *f, const char *name, const char *suffix,
             char out[PATH_SIZE]);
/* Finds the one temporary file of name. @return false: there is none. */
bool find_part(const struct fixture *f, const char *name, char out[PATH_SIZE]);
/* The file of the last result has size bytes of the shared body, from offset
 * on, and no part beside it. */
void check_file(const struct fixture *f, uint64_t offset, int64_t size);

/* The main() of such a test. run_all gets to know the mode by then. */
int fixture_main(int argc, char **argv, int (*run_all)(void));
const char *fixture_program(void);
const char *fixture_mode(void);

#endif
