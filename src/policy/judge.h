/*
 * What follows from a reply: decided here alone. Pure: plain data in, plain
 * data out; no clock, no session, no I/O. Any thread.
 *
 * The caller asks twice. hl_judge_host() says what the reply tells about the
 * host and the network; the caller keeps account of both, and with what it then
 * knows of them (struct hl_circumstances) it asks hl_judge() what becomes of
 * the task.
 */
#ifndef HL_POLICY_JUDGE_H
#define HL_POLICY_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "transfer/job.h"

/* What a reply tells about its host. */
enum hl_host_answer {
    HL_HOST_ANSWER_NONE,        /* nothing */
    HL_HOST_ANSWER_ANSWERED,    /* it has sent a response */
    HL_HOST_ANSWER_BUSY,        /* 429 or 503: send fewer requests */
    HL_HOST_ANSWER_UNREACHABLE, /* no connection */
};

/* What a reply tells about the network. */
enum hl_network_sign {
    HL_NETWORK_NO_SIGN, /* nothing */
    HL_NETWORK_WORKS,   /* a server was reached, even if it then said nothing */
    HL_NETWORK_SILENT,  /* none was: that may be the network's fault */
};

struct hl_host_signs {
    enum hl_host_answer answer;
    enum hl_network_sign network;
    uint64_t pause_ms; /* a busy host asked for it; an hour at most */
};

struct hl_host_signs hl_judge_host(const struct hl_reply *reply);

/* What a task's attempts have come to so far. All zero: none was made. */
struct hl_attempts {
    uint32_t made;      /* as results tell it */
    uint32_t counted;   /* of those at this mirror, what counts as retries */
    uint32_t redirects; /* followed in a row */
    uint32_t mirror;    /* mirrors tried; 0: it is at the request's own URL */
    uint64_t best_part; /* bytes of the largest part */
};

/* What else is known when a reply comes. */
struct hl_circumstances {
    bool stopping;   /* the run ends: no attempt may follow */
    bool offline;    /* the network is down */
    bool rotated;    /* the host could not be reached at this address, and has
                        another */
    bool given_up;   /* the host was given up before the attempt began */
    bool alone;      /* for a while now, one transfer has run at a time */
    bool adopting;   /* the attempt asked for the length of a local file */
    bool has_mirror; /* there is one that was not tried */
    const char *url; /* that the attempt asked for; needed for redirects */
    uint64_t random; /* any number */
};

enum hl_next {
    HL_NEXT_DONE,        /* the file is there, or has not changed */
    HL_NEXT_AGAIN,       /* another attempt, after delay_ms */
    HL_NEXT_REDIRECT,    /* the same task at reply->location */
    HL_NEXT_OTHER_NAME,  /* its name was taken meanwhile */
    HL_NEXT_NO_ADOPTION, /* the local file cannot be compared: fetch the URL */
    HL_NEXT_MIRROR,      /* from the beginning at the next mirror */
    HL_NEXT_FAILED,
    HL_NEXT_LEFT, /* the run ends before the task does: the next run goes on */
};

struct hl_judgement {
    enum hl_next next;
    struct hl_attempts attempts; /* as they are after the reply */
    /* To HL_NEXT_AGAIN. */
    bool counts; /* the attempt was made at the URL: the next begins where the
                    redirects began. False: it tells nothing about the URL, and
                    the same is asked for again */
    uint64_t delay_ms; /* without counts, 0: at once */
    bool fresh;        /* on a new connection */
    /* To HL_NEXT_FAILED: a static message that replaces the reply's; or NULL */
    const char *why;
};

/* so_far: of the attempts before the reply's. */
struct hl_judgement hl_judge(const struct hl_attempts *so_far,
                             const struct hl_reply *reply,
                             const struct haul_options *options,
                             const struct hl_circumstances *now);

#endif
