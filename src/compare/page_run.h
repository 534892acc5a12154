/* What a page shows of one run. page_read.c fills it, from a timeline or a
 * report; page_html.c writes it into the page. */
#ifndef HL_COMPARE_PAGE_RUN_H
#define HL_COMPARE_PAGE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haul/haul.h"
#include "util/buf.h"

enum hl_page_phase {
    HL_PAGE_QUEUED,
    HL_PAGE_DNS,
    HL_PAGE_CONNECT,
    HL_PAGE_TLS,
    HL_PAGE_WAIT,
    HL_PAGE_BODY,
    HL_PAGE_READY,
    HL_PAGE_WORK,
    HL_PAGE_FILE,
    HL_PAGE_PHASES
};

extern const char *const hl_page_phases[HL_PAGE_PHASES];

/* One attempt. Times in µs, since the run's start. */
struct hl_page_transfer {
    uint64_t begin_us; /* when it began to wait for its turn */
    uint64_t phases_us[HL_PAGE_PHASES];
    uint64_t ready_first_us; /* the part of READY before the answer was read */
    uint64_t ready_last_us;  /* the part of READY after all else: until the
                                run knows of the file */
    uint64_t ready_pool_us;  /* the part of READY, before WORK, in the line of
                                the pool */
    uint64_t file_pool_us;   /* the same of FILE, at its begin */
    uint64_t work_cpu_us;    /* the processor time of WORK */
    uint64_t bytes;
    uint32_t worker;
    uint32_t attempt;
    uint32_t status;
    uint32_t name;  /* index; the URL */
    uint32_t error; /* index + 1; 0 none */
};

enum hl_page_state { HL_PAGE_WORKING, HL_PAGE_BLOCKED };

/* What the loop did for a while, other than waiting. */
struct hl_page_span {
    uint64_t begin_us;
    uint64_t end_us;
    enum hl_page_state state;
    uint32_t name; /* index; the longest that was made one */
    uint64_t longest_us;
};

struct hl_page_strings {
    char **items; /* owned */
    size_t count;
    size_t size;
};

/* All zero is empty. Owned by whoever shows it. */
struct hl_page_run {
    char label[64];
    char mode[16];
    uint64_t length_us;
    bool tells_waits; /* what transfers that were ready waited for is known */
    struct hl_page_transfer *transfers;
    size_t transfers_count;
    size_t transfers_size;
    uint64_t transfers_left_out; /* of a large run */
    struct hl_page_span *spans;
    size_t spans_count;
    size_t spans_size;
    size_t spans_most; /* before some are made one; 0: none were yet */
    double spans_us;   /* of all, before any were made one */
    struct hl_page_strings names;  /* URLs */
    struct hl_page_strings errors; /* words of the report */
    struct hl_page_strings works;  /* names of callbacks */
};

/* What a file says may be any number: of one that is negative, or no number
 * that a script knows exactly, the nearest that is. */
uint64_t hl_page_whole(double value);
void hl_page_run_release(struct hl_page_run *run);
/* How long it took once it was no longer queued, and when it ended. */
uint64_t hl_page_transfer_us(const struct hl_page_transfer *transfer);
uint64_t hl_page_transfer_end_us(const struct hl_page_transfer *transfer);
/* How long it waited for a core while it was computed; 0: not known. */
uint64_t hl_page_core_us(const struct hl_page_transfer *transfer);
/* Each adds a copy. @return NULL, or < 0, without memory. */
struct hl_page_transfer *
hl_page_add_transfer(struct hl_page_run *run,
                     const struct hl_page_transfer *transfer);
int hl_page_add_span(struct hl_page_run *run, const struct hl_page_span *span);
/* The outcome of a word; HAUL_OUTCOME_LEFT for any other word. */
enum haul_outcome hl_page_outcome(const char *word);
/* Adds a URL to run->names, without its password. */
int64_t hl_page_add_url(struct hl_page_run *run, const char *url);
/* The index of text, which is added unless it is there already; of too many the
 * rest are one. */
int64_t hl_page_intern(struct hl_page_strings *strings, const char *text);
/* The run as an object. */
void hl_page_run_json(struct hl_buf *out, const struct hl_page_run *run);

#endif
