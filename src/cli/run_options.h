/* The options of a run, which get and compare share. */
#ifndef HL_CLI_RUN_OPTIONS_H
#define HL_CLI_RUN_OPTIONS_H

#include "cli/cookie_file.h"
#include "cli/opt.h"
#include "haul/haul.h"
#include "util/buf.h"

/* Limits of a run that are its share of those of several tasks. All zero: it
 * is alone. */
struct hl_share {
    uint32_t tasks;      /* that have the limits of the run together */
    uint32_t host_tasks; /* that have the limits of a host together */
    uint32_t per_host;   /* transfers to one host at a time of all of these */
};

struct hl_run_options {
    struct haul_options run;
    struct hl_opt_strings headers;
    struct hl_opt_strings resolve;
    struct hl_opt_strings cookies; /* NAME=VALUE, each from a -b */
    struct hl_buf cookie;          /* all of them, as run.cookie */
    const char *cookie_path;       /* of the file of -b; or NULL */
    struct hl_cookie_file cookie_file;
    struct hl_opt_strings data; /* of --data */
    struct hl_buf body;         /* what these say, as run.data */
    bool loop_stats;            /* say what the loop did */
    const char *loops;          /* as typed; or NULL */
    uint64_t files_limit;       /* of open files, that run.jobs were lowered to;
                                   0: they were not */
    uint32_t requests_most; /* that the lists can have; 0: not known, or many */
    uint32_t files_beside;  /* that the command has open itself, with a run */
    uint32_t tasks_beside;  /* processes and threads that the command will start
                               beside a run */
    struct hl_share share;  /* what of their limits run has */
};

/* Rows for struct hl_run_options, by the titles of help. */
extern const struct hl_opt hl_transfer_rows[];
extern const struct hl_opt hl_retry_rows[];
extern const struct hl_opt hl_polite_rows[];
extern const struct hl_opt hl_watch_rows[];
extern const struct hl_opt hl_request_rows[];
extern const struct hl_opt hl_connection_rows[];
extern const struct hl_opt hl_file_rows[];
extern const struct hl_opt hl_rerun_rows[];
/* For no struct: they set nothing. */
extern const struct hl_opt hl_foreign_rows[];
extern const char *const hl_mode_words[];

/* Checks an output template. @return NULL, or a static reason. */
const char *hl_run_check_output(const struct hl_opt *row, const char *value);

void hl_run_options_release(struct hl_run_options *options);

#endif
