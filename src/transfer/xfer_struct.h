/*
 * The state of a transfer, and the words between a transfer and the loop that
 * runs it. For the files of this room only; everybody else uses xfer.h.
 *
 * Structure, from the bottom up; each file calls only those above it here:
 *     timing.c      in which phase the attempt is
 *     resume.c      may the part be resumed, and does the answer belong to it
 *     reply.c      how an attempt ends: error, message, reply
 *     body_to_sink.c   what is done to the file, also on other threads
 *     connection.c  how the connection is opened, used again and given up
 *     response.c    what the server's head means, and the body behind it
 *     xfer.c        one attempt from start to finish
 *     direct.c      the rest of a long body, past libcurl
 *     curl_uv.c     many transfers on one loop
 */
#ifndef HL_TRANSFER_XFER_STRUCT_H
#define HL_TRANSFER_XFER_STRUCT_H

#include <curl/curl.h>

#include <stdatomic.h>

#include "sink/sink.h"
#include "transfer/easy.h"
#include "transfer/job.h"
#include "transfer/loop_turn.h"
#include "transfer/phases.h"
#include "transfer/response_head.h"
#include "transfer/shared.h"
#include "transfer/sockets.h"
#include "transfer/speed.h"
#include "transfer/tls.h"
#include "util/buf.h"
#include "util/decoder.h"

enum {
    HL_MESSAGE_SIZE = 320,
    HL_OPENED_MAX = 4, /* sockets that may race for one connection */
};

/* In which list of its loop a transfer is. */
enum hl_xfer_list {
    HL_XFER_IN_NONE = 0,
    HL_XFER_RUNNING,
    HL_XFER_PAUSED, /* held back by --limit-rate */
    HL_XFER_FULL,   /* held back until a piece of its file is stored */
    HL_XFER_DIRECT, /* the rest of its body is received past libcurl */
    HL_XFER_BROKEN, /* cannot go on, and is about to end */
    HL_XFER_LISTS
};

/* A due_ns: the transfer goes on once its piece is stored. */
#define HL_XFER_UNTIL_STORED UINT64_MAX

/* A transfer in one of the lists of its loop. */
struct hl_xfer_link {
    struct hl_xfer_link *prev;
    struct hl_xfer_link *next;
    uint64_t due_ns; /* uv_hrtime() at which a paused transfer goes on */
    enum hl_xfer_list list;
    bool handing_over; /* libcurl hands over what it kept during a pause */
    int code;          /* the CURLcode that a broken transfer ends with */
    struct hl_xfer *xfer;
    void *owner; /* passed to the loop's done() */
};

/* The event of a socket that a loop has come to. */
struct hl_serving {
    struct hl_loop_turn *turn;
    const struct hl_xfer *xfer; /* whose connection it is; of several transfers
                                   in HTTP/2 it is the first; or NULL */
    uint64_t from_ns;           /* since when the event was there */
    uint64_t at_ns;             /* since when it is served; 0: none is */
};

/* What a loop is told from inside libcurl, on the transfer's thread. It must
 * not call libcurl back. All NULL where the transfer blocks its thread. */
struct hl_xfer_hooks {
    void *arg;
    /* The loop calls curl_easy_pause(CONT) at link->due_ns. */
    void (*pause)(void *arg, struct hl_xfer_link *link);
    /* A socket with this number has been opened. */
    void (*socket)(void *arg, int fd);
    const struct hl_serving *serving;
};

/* What one try has come to so far. An attempt has more than one try where a
 * part, a kept connection or HTTP/2 turns out to be of no use. */
struct hl_try {
    enum haul_error error;   /* the first cause; HAUL_OK none yet */
    enum haul_why why;       /* of error */
    bool hopeless;           /* as in the reply */
    enum haul_why page_says; /* the page of an error that came */
    int curl_code;
    int sys_errno;
    char message[HL_MESSAGE_SIZE]; /* of error */
    char curl_text[CURL_ERROR_SIZE];
    uint64_t origin_ns; /* where libcurl's times begin; once a socket is open */

    int opened[HL_OPENED_MAX]; /* its last sockets; some may be closed */
    unsigned opened_count;
    int family; /* of the last socket */
    int fd;     /* of a new connection, until the head's first line; or -1 */
    uint64_t read_before; /* hl_direct_read_before() of its connection */
    bool heard;           /* a byte of the answer has come */
    bool in_http_2;       /* the answer came in HTTP/2 */
    bool in_line; /* with hears_early: the last piece of the head did not
                     end its line */
    bool connection_lost; /* a kept connection could not be used */
    bool went_away;       /* a server of HTTP/2 closed the connection before it
                             began to answer */
    bool wants_http_1;    /* in HTTP/2 nobody can tell where the body ends */
    bool exhausted;       /* sockets, ports, files or memory have run out */
    struct hl_speed speed;

    bool unchanged; /* 304 to a conditional request */
    bool body_begun;
    uint64_t encoded;   /* bytes of an encoded body that were decoded */
    size_t decoded;     /* bytes, of those that libcurl offers next, that were
                           decoded before a pause */
    int ended_by;       /* the CURLcode that stands for why decoding was broken
                           off; or CURLE_OK */
    bool resumed;       /* the answer goes on where the part ends */
    bool part_complete; /* a 416 proved that the part is the whole file */
    bool part_stale;    /* the part must not be resumed again */
    bool piece;         /* a 200 holds only a piece of the file */
    bool outdated;      /* a whole body comes: the recorded part is useless */

    bool publish;       /* the file is complete */
    bool published;     /* the file has its final name */
    bool has_file_work; /* hl_xfer_do_file_work() must follow */
    bool over;          /* libcurl is done with the transfer */
    uint64_t kept;      /* bytes of the part that may be resumed */
};

/* The rest of a body that is received past libcurl. While hl_direct_run() runs,
 * its thread has all but fd and watch. */
struct hl_direct {
    int fd; /* the connection's socket; -1: libcurl has it */
    struct hl_socket_watch *watch; /* of fd, between two runs; or NULL */
    uint64_t left;                 /* bytes of the body that have not come */
    uint64_t received;             /* bytes in the last run */
    uint64_t begin_ns;             /* of the last run */
    uint64_t end_ns;
    uint64_t stored_ns; /* time of the last run that went into storing */
    int next;           /* as of hl_direct_ran() */
    int error;          /* 0, or why the socket or the disk failed */
    atomic_bool hurry;
};

/* Owned by a mode, one for each transfer that it can run at a time. */
struct hl_xfer {
    const struct hl_shared *shared;
    uint32_t worker;
    uint32_t in_flight; /* transfers, when this one began */
    CURL *easy;
    bool hears_early; /* libcurl hands over each line of a head before it reads
                         that line itself */
    struct hl_easy_lists lists;
    struct hl_sink *sink; /* owned */
    struct hl_head head;
    struct hl_decoder *decoder;    /* owned; of a body that is stored decoded;
                                      else NULL */
    struct hl_buf cookies;         /* of the reply */
    char *location;                /* of the reply, where it is not libcurl's */
    bool has_cookies;              /* the handle holds some */
    struct hl_xfer_hooks hooks;    /* of a loop */
    struct hl_xfer_link link;      /* of a loop */
    struct hl_sockets own_sockets; /* of a transfer that blocks */
    struct hl_sockets *sockets;    /* own_sockets, or the loop's */
    struct hl_flood own_flood;     /* of a transfer that blocks */
    struct hl_flood *flood;        /* own_flood, or the loop's */
    struct hl_trust own_trust;     /* of a transfer that blocks */
    struct hl_tls tls;
    hl_xfer_part_fn on_part; /* or NULL */
    void *part_arg;

    /* Of the attempt. */
    const struct hl_job *job; /* borrowed between start and the next */
    uint64_t resume_from;     /* asked for in this try; 0 all */
    bool recorded;            /* the run holds validators of a part */
    bool restarted; /* this try asks for the whole file, after one that asked
                       for the rest */
    bool fresh;     /* this try has a connection of its own */
    bool http_1;    /* this try asks in HTTP/1.1 */
    unsigned away;  /* tries that ended because the server went away */
    bool requested; /* a request has been sent */
    uint64_t requested_ns; /* uv_hrtime() when the last request was sent */
    uint64_t connection;   /* hl_sockets_key() of its connection */
    uint64_t server;       /* hl_waits_server() of its other end */
    bool answered;         /* a head has begun to come */
    struct hl_phases phases;
    uint64_t piece_stored_ns; /* set by the thread that stores a piece */
    uint64_t received;        /* bytes of bodies */
    struct hl_incoming_file incoming;
    struct hl_direct direct;

    struct hl_try try;
};

/* Is this a request that is sent once? */
static inline bool hl_xfer_sends_once(const struct hl_xfer *xfer)
{
    return hl_sends_once(xfer->shared->options) && !xfer->job->as_get &&
           !xfer->job->head;
}

/* Is the body stored decoded? Then a Content-Length says nothing about the
 * file. */
static inline bool hl_xfer_decodes(const struct hl_xfer *xfer)
{
    return xfer->shared->options->compressed && xfer->head.encoded;
}

/* Texts of a struct hl_head are "" where there is none. */
static inline const char *hl_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* As HL_TRACE(), for this attempt. */
#define HL_XFER_TRACE(xfer, kind, ...)                            \
    HL_TRACE((xfer)->shared->trace, kind, .job = (xfer)->job->id, \
             .worker = (uint16_t)(xfer)->worker, __VA_ARGS__)
#define HL_XFER_TRACE_TEXT(xfer, kind, text, ...)                            \
    HL_TRACE_TEXT((xfer)->shared->trace, kind, text, .job = (xfer)->job->id, \
                  .worker = (uint16_t)(xfer)->worker, __VA_ARGS__)

#endif
