/* A server on the loopback for fuzz targets: it answers each connection with
 * the next of some bytes, and hangs up. */
#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANSWERS_MAX = 4 };

struct answer {
    const uint8_t *data; /* borrowed while it may be given */
    size_t size;
};

/* What an answer's file is, by a reader that knows only what nobody can read in
 * two ways. */
struct answer_file {
    bool is_known;
    bool is_whole; /* all of it was sent */
    int status;
    const uint8_t *data; /* in the answer */
    size_t size;
};

/* Starts the server at the first call. From now on these answers are given, one
 * a connection; then connections are closed at once. @return the port. */
uint16_t answers_set(const struct answer *answers, size_t count);
/* How many were given since then. */
size_t answers_given(void);
struct answer_file answers_read(const struct answer *answer);

#endif
