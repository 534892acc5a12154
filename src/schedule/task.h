/*
 * A task: one request while the run works on it, over all its attempts and
 * redirects.
 */
#ifndef HL_SCHEDULE_TASK_H
#define HL_SCHEDULE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "policy/judge.h"
#include "transfer/job.h"
#include "util/buf.h"
#include "util/heap.h"
#include "util/part_file.h"

struct hl_host;

enum { HL_ADDRESS_SIZE = 46 /* of IPv6 as text */ };

/*
 * What a task carries as text, each NULL where it has none:
 *   key       the URL normalised: what the journal knows it by
 *   asked     as the request gave it
 *   url       job.url: key, a mirror, or where a redirect led
 *   redirected_from            what url was before the redirects of this
 *                              attempt; NULL: none was followed
 *   path      job.path
 *   id        of the request
 *   note      of the request
 *   user      job.user at the first origin
 *   headers   the request's own, a line each
 *   mirrors   further URLs, a line each
 *   checksum  job.checksum
 *   etag, last_modified        validators of the part
 *   if_etag, if_modified       of the file that is there already
 *   cookies   of the hosts on the way from redirected_from to url
 */
#define HL_TASK_STRINGS(X) \
    X(key)                 \
    X(asked)               \
    X(url)                 \
    X(redirected_from)     \
    X(path)                \
    X(id)                  \
    X(note)                \
    X(user)                \
    X(headers)             \
    X(mirrors)             \
    X(checksum)            \
    X(etag)                \
    X(last_modified)       \
    X(if_etag)             \
    X(if_modified)         \
    X(cookies)

/* Numbers and flags that go with a task wherever it waits. */
#define HL_TASK_NUMBERS(X) \
    X(fingerprint)         \
    X(line)                \
    X(attempts.made)       \
    X(attempts.counted)    \
    X(attempts.redirects)  \
    X(attempts.mirror)     \
    X(attempts.best_part)  \
    X(queued_ns)           \
    X(due.at)              \
    X(part_token)          \
    X(part_inode)          \
    X(claimed)             \
    X(renamed)             \
    X(adopting)            \
    X(at_other_origin)     \
    X(job.id)              \
    X(job.taken)           \
    X(job.ours.size)       \
    X(job.ours.mtime_ns)   \
    X(job.ours.identity)   \
    X(job.compare)         \
    X(job.recorded)        \
    X(job.fresh)           \
    X(job.as_get)          \
    X(sent)                \
    X(job.resume_from)     \
    X(job.resume_total)    \
    X(job.part_url_fingerprint)

/* Owned by the session. */
struct hl_task {
    struct hl_job job; /* of the attempt under way, or the next */
#define X(member) char *member;
    HL_TASK_STRINGS(X)
#undef X
    uint64_t fingerprint; /* of key */
    uint64_t line;
    struct hl_attempts attempts;
    uint64_t part_inode;     /* of the part that there is; 0 none is known */
    uint32_t part_token;     /* of its name, as a number */
    uint64_t queued_ns;      /* when the attempt began to wait */
    uint64_t chosen_ns;      /* when the schedule let it start */
    uint64_t taken_ns;       /* when the mode took it */
    struct hl_heap_node due; /* when it may be tried again */
    uint64_t looked_up_us;   /* of its wait, what the host's lookup took */
    bool claimed;            /* its name is in the journal */
    bool renamed;            /* to NAME-HASH */
    bool adopting;           /* asks for the length of the file that is there */
    bool sent;               /* a request that is sent once may have reached a
                                server */
    bool at_other_origin;    /* at another origin than key's */
    char address[HL_ADDRESS_SIZE]; /* job.address, when it has one */
    char token[HL_TOKEN_SIZE];     /* job.part_token, when it has one */
    uint8_t started_from;          /* enum hl_host_list */
    bool in_circle; /* its redirects led to a URL of theirs again; only for the
                       words of a failure, so it is not spilled */
    struct hl_host *host;
    struct hl_task *prev; /* in its host's queue, or a list of the run */
    struct hl_task *next;
    const char **header_lines; /* job.headers: into headers_split */
    char *headers_split;
    char *own_cookies; /* job.own_cookies */
    size_t block_size; /* of the strings that came with hl_task_new() */
    char block[];
};

/* The strings that a task begins with; borrowed for the call. */
struct hl_task_strings {
#define X(member) const char *member;
    HL_TASK_STRINGS(X)
#undef X
};

/* @return NULL without memory. */
struct hl_task *hl_task_new(const struct hl_task_strings *strings);
/* NULL is fine. */
void hl_task_free(struct hl_task *task);
/* Replaces one of task's strings by a copy of text, which may be NULL. 0 or
 * UV_ENOMEM; then *slot is as it was. */
int hl_task_set(struct hl_task *task, char **slot, const char *text);
/* What is known of the part from now on; token may be NULL: there is none. The
 * job that is under way is not touched. */
void hl_task_set_part(struct hl_task *task, const char *token, uint64_t inode);
/* Puts the token of the part that is known into out, as text. @return out;
 * NULL: no part is known. */
const char *hl_task_token(const struct hl_task *task, char out[HL_TOKEN_SIZE]);
/* Gives the job cookies of the options, which become the task's; or NULL. */
void hl_task_set_own_cookies(struct hl_task *task, char *cookies);
/* Points the job at the task's strings. @return 0 or UV_ENOMEM. */
int hl_task_ready(struct hl_task *task);

/* A task as bytes, and back, for the spill. hl_task_load() gives NULL without
 * memory. */
void hl_task_save(const struct hl_task *task, struct hl_buf *out);
struct hl_task *hl_task_load(const struct hl_buf *bytes);

#endif
