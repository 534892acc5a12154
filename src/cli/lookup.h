/* The journal of a directory and its files, for commands that look things up
 * there. A run may go on beside them: nothing is locked and nothing written. */
#ifndef HL_CLI_LOOKUP_H
#define HL_CLI_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "cli/source.h"
#include "journal/journal.h"
#include "util/beneath.h"
#include "util/buf.h"

struct hl_lookup {
    int dir_fd;
    struct hl_beneath *root; /* the files below dir_fd */
    struct hl_journal *journal;
    struct stat viewed; /* the journal's file, when it was opened */
    struct hl_buf key;  /* of the line at hand */
    struct hl_buf headers;
};

/* A line of a list. */
struct hl_lookup_line {
    const struct haul_request *request;
    const char *bad;   /* why it has no URL; then the rest is not set */
    uint64_t first;    /* the line that it repeats; 0: none */
    struct hl_key key; /* of a line that repeats another: what a run with
                          --no-dedupe knows it by */
    bool has_user;
};

/* @return 0, or the exit status after a line on stderr. Release it in any
 * case. */
int hl_lookup_open(struct hl_lookup *out, const char *dir, bool keep_dirlinks);
void hl_lookup_release(struct hl_lookup *lookup);
/* Has a run written into the journal since it was opened? */
bool hl_lookup_is_old(const struct hl_lookup *lookup);

/* line is valid until it returns; NULL: there is none for now, but more may
 * come. A negative return ends the pass, and is the pass's. */
typedef int (*hl_lookup_fn)(void *arg, const struct hl_lookup_line *line);
/* Calls fn for each line of the lists. @return 0 or a code; source tells of
 * lists that could not be read. */
int hl_lookup_lines(struct hl_lookup *lookup, struct hl_source *source,
                    hl_lookup_fn fn, void *arg);

#endif
