/*
 * An estimate of a run: how fast it goes, how much of it is done, and how long
 * the rest will take. Files that were there already pass in no time, and parts
 * of earlier runs are there from the beginning: neither is taken for speed.
 * Pure; time is the caller's, in ns.
 */
#ifndef HL_CLI_ESTIMATE_H
#define HL_CLI_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

/* A run at one moment. */
struct hl_estimate_figures {
    uint64_t total;      /* rows of the list; 0: nobody can say */
    bool estimated;      /* the total is */
    uint64_t taken;      /* rows that the run has taken in */
    uint64_t done;       /* of these, those that came to an end */
    uint64_t there;      /* of the done: their files were there already */
    uint64_t without;    /* rows, done or not, that need no transfer for other
                            reasons: bad lines, repeated URLs */
    uint64_t recorded;   /* URLs that were done before the run */
    uint64_t fetched;    /* rows that ended by a transfer */
    uint64_t done_bytes; /* of the files of those that are done */
    uint64_t received;   /* bytes of bodies in this run */
    uint64_t in_flight;
    uint64_t queued; /* rows that wait for a transfer */
    /* Of the transfers in flight, those whose files' lengths are known. */
    uint64_t sized;
    uint64_t sized_bytes;
    uint64_t sized_there;
    bool stands; /* nothing is meant to move: an outage, or a stop */
};

/* A rate over the last while. All zero is none. */
struct hl_estimate_mean {
    double sum;
    double seconds;
};

struct hl_estimate {
    uint64_t noted_ns;
    uint64_t moved_ns; /* when bytes or rows were last counted */
    struct hl_estimate_figures last;
    struct hl_estimate_mean files; /* fetched, as shown */
    struct hl_estimate_mean bytes;
    struct hl_estimate_mean passing; /* files that were there already */
    /* Over a longer while, and only while transfers are in flight: for the time
     * that is left. */
    struct hl_estimate_mean long_files;
    struct hl_estimate_mean long_bytes;
    /* Of the rows that were taken in of late. */
    double rows;
    double rows_there;
    double rows_without;
    /* Of the files, when all their lengths were last known. */
    uint64_t bytes_total;
    uint64_t bytes_there;
};

struct hl_estimate_view {
    double share;       /* 0 to 1; negative: not known */
    double files_per_s; /* fetched */
    double bytes_per_s;
    double left_s;        /* negative: not known */
    uint64_t bytes_total; /* of a few files, where all lengths are known; or 0
                           */
    uint64_t bytes_there; /* of these */
};

void hl_estimate_begin(struct hl_estimate *estimate, uint64_t now_ns);
/* To be called now and then, as long as the run goes on. */
void hl_estimate_note(struct hl_estimate *estimate,
                      const struct hl_estimate_figures *now, uint64_t now_ns);
/* As of the last note. */
void hl_estimate_view(const struct hl_estimate *estimate,
                      struct hl_estimate_view *out);

#endif
