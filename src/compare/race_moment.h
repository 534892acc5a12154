/* What the files and the workers of a run are doing at a moment. The race of a
 * page shows it: race_html.c draws one moment, page/race_times.mjs computes all
 * of them, by the same rules, for the script that moves the picture. */
#ifndef HL_COMPARE_RACE_MOMENT_H
#define HL_COMPARE_RACE_MOMENT_H

#include <stdbool.h>

#include "compare/page_run.h"
#include "compare/table.h"

enum hl_file_state {
    HL_FILE_NOT_ASKED,
    HL_FILE_WAITING, /* asked for; the server has not answered in full */
    HL_FILE_READY,   /* answered, or stored, and nobody has come to it */
    HL_FILE_HANDLED, /* being computed or stored, it or the rest of its batch */
    HL_FILE_HERE,
    HL_FILE_FAILED,
    HL_FILE_STATES
};

enum hl_worker_state {
    HL_WORKER_IDLE,
    HL_WORKER_STARTING, /* a process that has not asked for anything yet, or a
                           loop that is woken and has no core yet */
    HL_WORKER_BLOCKED,
    HL_WORKER_RUNNING,
    HL_WORKER_STATES
};

/* The classes of the states in race.css, a letter each. */
extern const char hl_file_letters[];
extern const char hl_worker_letters[];

enum { HL_RACE_CELLS = 100, HL_RACE_WORKERS = 100 };

struct hl_race_moment {
    uint64_t files;
    uint64_t in_state[HL_FILE_STATES];
    uint64_t for_loop; /* of those that are ready, the ones that wait for the
                          thread of a loop */
    uint64_t files_a_cell;
    size_t cells_count;
    enum hl_file_state cells[HL_RACE_CELLS];
    size_t workers; /* that transfer; of an event loop its one thread */
    uint64_t workers_in_state[HL_WORKER_STATES];
    size_t squares_count; /* the first of the workers */
    enum hl_worker_state squares[HL_RACE_WORKERS];
};

/* When a transfer comes to its next step, in µs since the run's start. */
struct hl_transfer_times {
    uint64_t asked;
    uint64_t answered; /* the first byte has come */
    uint64_t served;   /* a thread reads the answer */
    uint64_t read;     /* the answer is there in full */
    uint64_t handed;   /* it is in the line of the pool, if that is asked */
    uint64_t resumed;  /* a thread computes or stores */
    uint64_t done;     /* it is stored */
    uint64_t end;      /* the run knows that it is stored */
};

/* Is every file here, or failed for good? */
bool hl_race_is_over(const struct hl_race_moment *m);
struct hl_transfer_times hl_transfer_times(const struct hl_page_transfer *t);
/* The transfers by their workers' numbers, those of a worker by time. The
 * caller frees the array. @return NULL without memory. */
const struct hl_page_transfer **hl_race_sort(const struct hl_page_run *run);
/* The run of a row at us. @return 0, or UV_ENOMEM. */
int hl_race_moment(struct hl_race_moment *out, const struct hl_row *row,
                   const struct hl_page_run *run, uint64_t us);

#endif
