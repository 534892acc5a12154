/* Where a command's URLs come from: its arguments, then its lists, in their
 * order; or URLs made for the embedded origin, or those that failed before. */
#ifndef HL_CLI_REQUEST_SOURCE_H
#define HL_CLI_REQUEST_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/checksums.h"
#include "cli/kept_columns.h"
#include "cli/list_total.h"
#include "cli/local_origin.h"
#include "cli/opt.h"
#include "cli/retry_list.h"
#include "haul/haul.h"
#include "list/list.h"
#include "policy/part_of.h"

/* Rows that fill a struct hl_source_options. The first is that of -i, which a
 * command may have in words of its own. */
extern const struct hl_opt hl_source_rows[];
enum { HL_SOURCE_AFTER_INPUT = 1 };

struct hl_source_options {
    struct hl_opt_strings inputs; /* the caller releases it */
    int format;                   /* enum hl_list_format */
    const char *url_column;
    const char *name_column;
    const char *id_column;
    const char *keep; /* columns for the report, as for hl_kept_columns */
};

struct hl_source {
    const struct hl_opt_strings *urls;
    const struct hl_opt_strings *inputs;
    struct hl_list_options list_options;
    struct hl_kept_columns *kept;   /* for the report; or NULL */
    const struct hl_local *local;   /* or NULL: the URLs are fetched as named */
    uint64_t limit;                 /* rows at most; UINT64_MAX no limit */
    struct hl_checksums *checksums; /* of a file; or NULL */
    struct hl_retry_list *failed;   /* in place of a list; or NULL */
    const struct haul_options *run; /* how files are named, for checksums */
    size_t next_url;
    size_t next_input;
    uint64_t given; /* rows so far */
    struct hl_list *list;
    uint64_t *sizes;            /* of the inputs; owned */
    struct hl_list_total total; /* of all lists but the one that is read */
    uint64_t given_before;      /* rows before that list */
    bool is_at_end;             /* there are no more rows */
    char *rewritten;            /* the URL at the origin */
    /* Only the rows of this part; NULL: all. The part's expected rows are for
     * hl_source_progress(). */
    const struct hl_partition *partition;
    uint32_t part;
    uint64_t expected;
    uint64_t others; /* rows of other parts so far */
    /* The SHA-256 of each input that was read to its end; the caller's, one for
     * each, and "" at first. NULL: not wanted. list_options.hashes says the
     * same. */
    char (*sha256)[HL_LIST_SHA256_SIZE];
    int error;        /* of a list that could not be read on; 0 none */
    bool is_unusable; /* a list has not the columns that were asked for */
};

/* What hl_source_next() found. */
enum hl_source_event {
    HL_SOURCE_ROW,
    HL_SOURCE_LATER, /* poll hl_source_fd() */
    HL_SOURCE_BUSY, /* many rows of other parts were read: let others have their
                       turn, and call again */
    HL_SOURCE_END,
};

struct hl_source_row {
    struct haul_request request;
    const char *list; /* its path; NULL: an argument */
    uint64_t line;    /* of the list, where the request begins */
};

/* How the lists are to be read for files that are named by the template output,
 * or NULL: one with {id} needs ids. The strings are borrowed. */
struct hl_list_options
hl_source_list_options(const struct hl_source_options *options,
                       const char *output);
/* Is one of the lists "-", standard input? */
bool hl_source_reads_stdin(const struct hl_source_options *options);
/* The word of the format; NULL: it is to be found out. */
const char *hl_source_format(const struct hl_source_options *options);
/* Opens each list and reads its first row, so that a missing list or a missing
 * column is an error before the run. @return 0, or 2 or 3 after a line
 * on stderr. */
int hl_source_check(const struct hl_source *source);
/* To be called once, before the first row: finds out how large the lists are,
 * for hl_source_progress(). */
void hl_source_measure(struct hl_source *source);
/* How far a source has been read. */
struct hl_source_progress {
    uint64_t rows;  /* so far */
    uint64_t total; /* rows of it all; 0: nobody can say */
    bool estimated; /* the total is */
    uint64_t bytes; /* of all lists; 0: there are none, or nobody can say */
    uint64_t bytes_read; /* of these */
};
void hl_source_progress(const struct hl_source *source,
                        struct hl_source_progress *out);
/* What row points to is valid until the next call. */
enum hl_source_event hl_source_next(struct hl_source *source,
                                    struct hl_source_row *row);
/* row is valid until it returns; NULL: there is none for now, but more may
 * come. A negative return ends the pass, and is the pass's. */
typedef int (*hl_source_fn)(void *arg, const struct hl_source_row *row);
/* Calls fn for each row, and waits for a list that is still being written.
 * @return 0 or what fn returned; hl_source_status() tells of lists that could
 * not be read. */
int hl_source_each(struct hl_source *source, hl_source_fn fn, void *arg);
/* The exit status of what was read: 0, or 3 or 2 where a list could not be read
 * or used, which has been said. */
int hl_source_status(const struct hl_source *source);
int hl_source_fd(const struct hl_source *source);
void hl_source_release(struct hl_source *source);

#endif
