/*
 * Decides what follows from a reply. Pure: plain data in, plain data out; no
 * clock, no session, no I/O. Any thread.
 *
 * The caller asks twice. First hl_judge_host() says what the reply tells about
 * the host and the network, and the caller updates what it knows of the two.
 * Then it passes that (struct hl_circumstances) to hl_judge(), which says what
 * the task does next.
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
    HL_HOST_ANSWER_ANSWERED,    /* the host has sent a response */
    HL_HOST_ANSWER_BUSY,        /* 429 or 503: send the host fewer requests */
    HL_HOST_ANSWER_UNREACHABLE, /* no connection could be made */
};

/* What a reply tells about the network. */
enum hl_network_sign {
    HL_NETWORK_NO_SIGN, /* nothing */
    HL_NETWORK_WORKS,   /* a server was reached, even if it sent nothing */
    HL_NETWORK_SILENT,  /* no server was reached: the network may be down */
};

struct hl_host_signs {
    enum hl_host_answer answer;
    enum hl_network_sign network;
    uint64_t pause_ms; /* how long a busy host asked us to wait, at most an
                          hour; 0: it did not ask */
};

struct hl_host_signs hl_judge_host(const struct hl_reply *reply);

/* The attempts of a task so far. All zero: there was none. */
struct hl_attempts {
    uint32_t made;      /* all of them, as the result reports it */
    uint32_t counted;   /* at the present mirror, those that count as retries */
    uint32_t redirects; /* followed in a row */
    uint32_t mirror; /* 0: at the request's own URL; 1: at its first mirror */
    uint64_t best_part; /* size of the largest part, in bytes */
};

/* What else is known when a reply comes. */
struct hl_circumstances {
    bool stopping;   /* the run ends: no attempt may follow */
    bool offline;    /* the network is down */
    bool rotated;    /* the host could not be reached at this address and has
                        another one */
    bool given_up;   /* the host was given up: the attempt was not made */
    bool alone;      /* only one transfer at a time has run for a while */
    bool adopting;   /* the attempt asked how long a local file should be */
    bool sent;       /* a request that is sent once may have reached a server */
    bool as_get;     /* a redirect has made that request a GET */
    bool has_mirror; /* the request has a mirror that was not tried yet */
    /* These two are needed for redirects. */
    const char *url; /* what the attempt asked for */
    bool in_circle;  /* the redirects so far led to a URL of theirs again */
    uint64_t random; /* any number, for the jitter of the delay */
};

enum hl_next {
    HL_NEXT_DONE,        /* the file is there, or has not changed */
    HL_NEXT_AGAIN,       /* make another attempt after delay_ms */
    HL_NEXT_REDIRECT,    /* go on at reply->location */
    HL_NEXT_OTHER_NAME,  /* another file has got the task's name: choose one */
    HL_NEXT_NO_ADOPTION, /* the local file cannot be compared: fetch the URL */
    HL_NEXT_MIRROR,      /* start again at the next mirror */
    HL_NEXT_FAILED,
    HL_NEXT_LEFT, /* the run ends first: the next run takes up the task */
};

struct hl_judgement {
    enum hl_next next;
    struct hl_attempts attempts; /* as they are after the reply */
    /* These two are for HL_NEXT_AGAIN. */
    bool counts; /* true: the URL has failed; the next attempt begins where the
                    redirects began. false: the reply tells nothing about the
                    URL; the same request is sent again */
    uint64_t delay_ms;
    bool fresh;  /* the next attempt needs a new connection */
    bool as_get; /* for HL_NEXT_REDIRECT: the request goes on as a GET without a
                    body */
    enum haul_why redirect; /* why the redirect is not followed;
                               HAUL_WHY_NONE: it is, or there was none */
};

/* so_far: the attempts before the one that the reply is of. */
struct hl_judgement hl_judge(const struct hl_attempts *so_far,
                             const struct hl_reply *reply,
                             const struct haul_options *options,
                             const struct hl_circumstances *known);

#endif
