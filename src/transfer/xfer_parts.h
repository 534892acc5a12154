/* What the files of a transfer share: xfer.c, connection.c, answer.c, resume.c,
 * outcome.c, reply.c. */
#ifndef HL_TRANSFER_XFER_PARTS_H
#define HL_TRANSFER_XFER_PARTS_H

#include <curl/curl.h>

#include "sink/sink.h"
#include "transfer/easy.h"
#include "transfer/flood.h"
#include "transfer/head.h"
#include "transfer/sockets.h"
#include "transfer/speed.h"
#include "transfer/xfer.h"
#include "util/buf.h"

enum {
    HL_MESSAGE_SIZE = 320,
    HL_OPENED_MAX = 4, /* sockets that may race for one connection */
    HL_AWAY_MAX = 2,   /* more tries after a server of HTTP/2 went away */
};

/* Owned by a mode, one for each transfer it can have under way. */
struct hl_xfer {
    const struct hl_shared *shared;
    uint32_t worker;
    CURL *easy;
    bool hears_early; /* libcurl hands over each line of a head before it reads
                         that line itself */
    struct hl_easy_lists lists;
    struct hl_sink sink;
    struct hl_head head;
    struct hl_buf cookies;         /* of the reply */
    bool has_cookies;              /* the handle holds some */
    const struct hl_job *job;      /* borrowed between start and the next */
    struct hl_xfer_hooks hooks;    /* of a loop; NULLs: the transfer blocks */
    struct hl_xfer_link link;      /* the loop's */
    struct hl_sockets own_sockets; /* of a handle that blocks */
    struct hl_sockets *sockets;    /* those, or the loop's */
    struct hl_flood own_flood;     /* of a handle that blocks */
    struct hl_flood *flood;        /* that, or the loop's */
    hl_xfer_part_fn on_part;       /* or NULL */
    void *part_arg;
    /* Of the attempt. */
    uint64_t resume_from;  /* asked for in this try; 0 all */
    bool recorded;         /* the engine holds validators of a part */
    bool restarted;        /* this try asks for the whole file, after one that
                              asked for the rest */
    bool fresh;            /* this try has a connection of its own */
    bool http_1;           /* this try asks in HTTP/1.1 */
    unsigned away;         /* tries that ended because the server went away */
    bool requested;        /* a request has been sent */
    uint64_t requested_ns; /* uv_hrtime() when the last request was sent */
    uint64_t connection;   /* hl_sockets_key() of its connection */
    bool answered;         /* a head has begun to come */
    uint64_t received;
    /* Of this try; an attempt may need several. */
    enum haul_error error; /* as judged so far */
    int curl_code;
    int sys_errno;
    int opened[HL_OPENED_MAX]; /* its last sockets; some may be closed */
    unsigned opened_count;
    int family; /* of the last socket */
    int fd;     /* of a new connection, until the head's first line; or -1 */
    bool heard; /* a byte of the answer has come */
    bool in_http_2;       /* the answer came in HTTP/2 */
    bool in_line;         /* with hears_early: the last piece of the head did
                             not end its line */
    bool connection_lost; /* a kept connection turned out to be unusable */
    bool went_away;       /* a server of HTTP/2 closed the connection before it
                             began to answer */
    bool wants_http_1;    /* in HTTP/2 nobody can tell where the body ends */
    bool exhausted;       /* sockets, ports, files or memory have run out */
    bool unchanged;       /* 304 to a conditional request */
    bool body_begun;
    bool resumed;       /* the answer goes on where the part ends */
    bool part_complete; /* a 416 proved that the part is the whole file */
    bool part_stale;    /* the part must not be resumed again */
    bool piece;         /* a 200 that holds a piece of the file alone */
    bool outdated;  /* a whole body comes, so the recorded part is useless */
    bool publish;   /* the file is complete */
    bool published; /* and it has its final name */
    bool has_file_work; /* hl_xfer_do_file_work() must follow */
    struct hl_speed speed;
    uint64_t kept; /* bytes of the part that may be resumed */
    uint64_t start_ns;
    uint64_t held_ns;    /* uv_hrtime() since when the file holds the transfer
                            back; 0: it does not */
    uint64_t behind_ns;  /* of libcurl's time, what the file took */
    uint64_t awaited_ns; /* uv_hrtime() of hl_xfer_await_file(); 0 none */
    uint64_t file_us;    /* after libcurl's time: waited and burnt for it, and
                            until it had its name */
    char *location;      /* where a redirect leads, when libcurl's is not it */
    char message[HL_MESSAGE_SIZE];
    char curl_text[CURL_ERROR_SIZE];
};

/* Does the status say that the body is the file, or what is missing of it? Of
 * the answer to a HEAD: that its headers are those of the file. */
bool hl_xfer_is_success(const struct hl_xfer *xfer);
/* The first cause stands; later ones are its consequences. */
__attribute__((format(printf, 3, 4))) void hl_xfer_fail(struct hl_xfer *xfer,
                                                        enum haul_error error,
                                                        const char *format,
                                                        ...);
/* The same for a libuv code of a local file. */
void hl_xfer_fail_local(struct hl_xfer *xfer, int code);
/* Notes that this machine has no more sockets, ports, files or memory. Idle
 * connections hold some of them. */
void hl_xfer_run_out(struct hl_xfer *xfer);
/* Ends this try, to ask once more in HTTP/1.1. */
void hl_xfer_want_http_1(struct hl_xfer *xfer, const char *why);
void hl_xfer_trace(const struct hl_xfer *xfer, enum hl_event_kind kind,
                   int64_t value);

/* The file does not hold the transfer back any more, if it did. */
void hl_xfer_let_go(struct hl_xfer *xfer, uint64_t now_ns);

/* connection.c */
CURLcode hl_connection_set_callbacks(struct hl_xfer *xfer);
/* The first line on a new connection, xfer->fd, tells which HTTP it speaks. */
void hl_connection_heard(struct hl_xfer *xfer, const char *line, size_t size);
/* Did a kept connection end before the first byte of the answer? */
bool hl_connection_was_lost(const struct hl_xfer *xfer, int curl_code);
/* Has a server of HTTP/2 gone away before it began with the request? It says so
 * even on a new connection. */
bool hl_connection_went_away(const struct hl_xfer *xfer, int curl_code);
/* The server has been too slow for this request. Where it has sent nothing at
 * all on the connection since, the connection is dead: libcurl would keep it,
 * and send others there. Otherwise it is closed once nobody uses it. */
void hl_connection_give_up(struct hl_xfer *xfer);

/* answer.c: libcurl's callbacks, which look at the answer as it comes. */
CURLcode hl_answer_set_callbacks(struct hl_xfer *xfer);
/* True once it has been too slow for too long; then it has failed. */
bool hl_answer_is_stalled(struct hl_xfer *xfer);

/* outcome.c: sets error, publish and unchanged. */
void hl_outcome_judge(struct hl_xfer *xfer, int curl_code);

/* resume.c: the part that is there, and what it may be resumed by. */

/* Of the URL that this try asks, without its query: signed URLs have another
 * query each time. Never 0. */
uint64_t hl_resume_url_fingerprint(const struct hl_xfer *xfer);
/* The validators of what this try has put into the part. Borrowed from xfer. */
void hl_resume_validators(const struct hl_xfer *xfer, struct hl_part *out);
bool hl_resume_is_possible(const struct hl_xfer *xfer);
/* Hooks of the sink; arg is the xfer. Called on the thread that stores. @return
 * 0 or a code. */
int hl_resume_opening(void *arg);
int hl_resume_begun(void *arg);
/* Drops an outdated part, and then its record, without which nobody would know
 * of the part after a kill. On the thread that stores. @return 0 or a code. */
int hl_resume_forget(struct hl_xfer *xfer);
/* Judge a 200, a 206 and a 416. */
void hl_resume_whole(struct hl_xfer *xfer);
void hl_resume_partial(struct hl_xfer *xfer);
void hl_resume_unsatisfied(struct hl_xfer *xfer);

#endif
