/*
 * A task: one request on its way through the engine, from take-up to result,
 * over all its attempts and redirects.
 */
#ifndef HL_ENGINE_TASK_H
#define HL_ENGINE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/journal.h"
#include "haul/haul.h"
#include "transfer/job.h"

struct hl_host;

/* Owned by the session. The job's strings are the task's. */
struct hl_task {
    struct hl_job job; /* of the attempt under way, or the next */
    uint64_t line;
    char *id;          /* or NULL */
    char *asked;       /* the URL as the request gave it */
    char *key_url;     /* normalised: what the journal knows it by */
    struct hl_key key; /* of key_url */
    char *url;         /* job.url: key, or where a redirect led */
    char *path;        /* job.path; NULL before it has a name */
    char *user;        /* job.user at the first origin, or NULL */
    char *origin;      /* of key; secrets stay there */
    char *etag;        /* job.etag, of the part */
    char *last_modified;
    uint32_t attempts;  /* that count against --retry, made so far */
    uint32_t tries;     /* all attempts made */
    uint32_t redirects; /* in a row */
    uint64_t best_part; /* bytes of the largest part so far */
    uint64_t queued_ns; /* when the attempt began to wait */
    uint64_t due_ns;    /* when it may be tried again */
    bool claimed;       /* its name is in the journal */
    bool renamed;       /* to NAME-HASH */
    char *bad;          /* why it cannot be fetched; or NULL */
    char *output;       /* the name asked for; NULL: by the template */
    struct hl_host *host;
    struct hl_task *prev; /* in its host's queue, or a list of the run */
    struct hl_task *next;
};

/* @return NULL without memory. */
struct hl_task *hl_task_new(const struct haul_request *request);
/* NULL is fine. */
void hl_task_free(struct hl_task *task);
/* Replaces *slot by a copy of text, which may be NULL. 0 or UV_ENOMEM; then
 * *slot is as it was. */
int hl_task_set(char **slot, const char *text);
/* Points the job at the task's strings. */
void hl_task_ready(struct hl_task *task);

#endif
