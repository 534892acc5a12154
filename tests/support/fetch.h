/* A client of one connection for the tests of the embedded origin: it keeps
 * what comes, byte by byte. */
#ifndef TESTS_SUPPORT_FETCH_H
#define TESTS_SUPPORT_FETCH_H

#include <stddef.h>

#include "origin/origin.h"

enum { ANSWER_MAX = 256 * 1024 };

/* One answer, read to the connection's end. */
struct answer {
    char data[ANSWER_MAX + 1];
    size_t size;
    int status;
    const char *body; /* into data */
    size_t body_size;
    int error; /* errno of the last read; 0: the server closed in order */
};

/* Each fails the test that calls it when it cannot do what it should. */
struct hl_origin *start(const struct hl_origin_options *options);
struct answer *answer_new(void);
int dial(const struct hl_origin *origin);
/* Sends a request; headers are lines with their ends. */
void ask(int fd, const char *method, const char *path, const char *headers);
/* Reads once more. @return the bytes; 0 at the end. */
size_t read_some(int fd, struct answer *answer);
/* Reads to the end, in place of what answer held. */
void read_all(int fd, struct answer *answer);
/* Finds the status and the body in what came. */
void split(struct answer *answer);
/* All of it, on a connection of its own. */
void fetch(const struct hl_origin *origin, struct answer *answer,
           const char *method, const char *path, const char *headers);
void get(const struct hl_origin *origin, struct answer *answer,
         const char *path, const char *headers);
/* The value of a header, or "". */
const char *header(const struct answer *answer, const char *name,
                   char out[128]);
void assert_header(const struct answer *answer, const char *name,
                   const char *value);

#endif
