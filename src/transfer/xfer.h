/*
 * One URL to one file on one easy handle. The handle and its buffers are kept
 * from job to job, for its connections. This is the transfer that all modes
 * share: the blocking ones call hl_xfer_perform(); async hands the handle to
 * curl_uv, between hl_xfer_start() and hl_xfer_finish().
 */
#ifndef HL_TRANSFER_XFER_H
#define HL_TRANSFER_XFER_H

#include "transfer/job.h"
#include "transfer/shared.h"

struct hl_flood;
struct hl_sockets;
struct hl_xfer;

/* The lists of a loop that runs transfers. */
enum hl_xfer_list {
    HL_XFER_IN_NONE = 0,
    HL_XFER_RUNNING,
    HL_XFER_PAUSED, /* held back by --limit-rate */
    HL_XFER_FULL,   /* held back by its file */
    HL_XFER_BROKEN, /* about to end, as it cannot go on */
    HL_XFER_LISTS
};

/* Of due_ns: it goes on once its piece is stored. */
#define HL_XFER_UNTIL_STORED UINT64_MAX

/* A transfer in one of them. */
struct hl_xfer_link {
    struct hl_xfer_link *prev;
    struct hl_xfer_link *next;
    uint64_t due_ns; /* uv_hrtime() at which one that is held back goes on */
    enum hl_xfer_list list;
    bool handing_over; /* what libcurl kept while it was held back comes */
    int code;          /* of one that is broken: what it ends with */
    struct hl_xfer *xfer;
    void *owner; /* whoever is told of its end */
};

/* What a loop wants to hear from inside libcurl, on the transfer's thread.
 * Must not call libcurl back. */
struct hl_xfer_hooks {
    void *arg;
    /* Arrange for curl_easy_pause(CONT) at link->due_ns. */
    void (*pause)(void *arg, struct hl_xfer_link *link);
    /* A socket has been opened and got this number. */
    void (*socket)(void *arg, int fd);
    /* Where the connections are that the transfers of this loop share. */
    struct hl_sockets *sockets;
    /* Who watches these connections. */
    struct hl_flood *flood;
};

/*
 * A part can be resumed by these validators from now on, or, where it names
 * none, not any more. Called before what it says becomes true of the part, and
 * puts it on record; shared->settle() follows, so that a kill at any time
 * leaves no record that promises too much. @return 0, or a libuv code: then the
 * attempt fails with it.
 */
typedef int (*hl_xfer_part_fn)(void *arg, const struct hl_part *part);

/* One thread at a time may use an xfer. worker is the lane in the trace and
 * the number in the reply. @return 0 or UV_ENOMEM. */
int hl_xfer_new(struct hl_xfer **out, const struct hl_shared *shared,
                uint32_t worker);
/* NULL is fine. Not while a transfer runs. */
void hl_xfer_free(struct hl_xfer *xfer);

/* Before the first start; without it nothing is told of parts. Called on the
 * thread that stores. */
void hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part, void *arg);
/*
 * Before the first start: what streams is stored elsewhere. on_piece() is
 * called from inside libcurl; then hl_xfer_store_piece() must follow on any one
 * thread, and hl_xfer_piece_stored() on the transfer's, both before
 * hl_xfer_finish(). Meanwhile the body goes on coming, up to another piece;
 * then the transfer pauses, HL_XFER_UNTIL_STORED.
 */
void hl_xfer_on_piece(struct hl_xfer *xfer, void (*on_piece)(void *arg),
                      void *arg);
/* From on_piece(): what may gather meanwhile, in bytes. Larger pieces cost less
 * and hold the loop longer. */
void hl_xfer_set_piece_max(struct hl_xfer *xfer, size_t bytes);
/* Blocks on the disk. */
void hl_xfer_store_piece(struct hl_xfer *xfer);
/* May have the next piece for on_piece(). @return false when the disk refused
 * it: the transfer is to be ended. */
bool hl_xfer_piece_stored(struct hl_xfer *xfer);

/* Blocks until the file is published or the attempt has failed. *reply and
 * its strings are borrowed from xfer until its next use. */
void hl_xfer_perform(struct hl_xfer *xfer, const struct hl_job *job,
                     struct hl_reply *reply);

/* Readies the easy handle for job, which stays borrowed until
 * hl_xfer_finish(). @return 0, or a code: then fill the reply by
 * hl_xfer_finish() all the same. */
int hl_xfer_start(struct hl_xfer *xfer, const struct hl_job *job);
/* The CURL *, for curl_uv alone. */
void *hl_xfer_easy(struct hl_xfer *xfer);
/* Before the first start. Without hooks the transfer blocks: one over the
 * rate sleeps, and the stop is looked at from libcurl's progress callback. */
void hl_xfer_set_hooks(struct hl_xfer *xfer, const struct hl_xfer_hooks *hooks);
struct hl_xfer_link *hl_xfer_link(struct hl_xfer *xfer);
/* The job of the last start; borrowed as that was. */
const struct hl_job *hl_xfer_job(const struct hl_xfer *xfer);
/* The transfer is over with a CURLcode: judges it. Afterwards, when
 * hl_xfer_has_file_work(), hl_xfer_do_file_work() must follow, on any one
 * thread; then, when hl_xfer_wants_again(), hl_xfer_again(); else
 * hl_xfer_reply(). */
void hl_xfer_finish(struct hl_xfer *xfer, int curl_code);
bool hl_xfer_has_file_work(const struct hl_xfer *xfer);
/* From now on it waits, with time of its file: until hl_xfer_finish() for its
 * last pieces to be stored, or for the thread of hl_xfer_do_file_work(). */
void hl_xfer_await_file(struct hl_xfer *xfer, uint64_t now_ns);
/* Opens, writes, verifies and names the file; or keeps or drops its part.
 * Blocks on the disk. */
void hl_xfer_do_file_work(struct hl_xfer *xfer);
/* Is the file to be asked for again at once, in this same attempt? From its
 * first byte on, where the part was of no use; on a new connection, where one
 * that was kept was of no use. Each once an attempt at most. */
bool hl_xfer_wants_again(const struct hl_xfer *xfer);
/* As hl_xfer_start(), for that. */
int hl_xfer_again(struct hl_xfer *xfer);
/* Is it slower than options->speed_limit allows? A loop asks once a second,
 * and ends it then. */
bool hl_xfer_is_stalled(struct hl_xfer *xfer);
/* After hl_xfer_start(), where files or ports are short: the attempt's
 * connection is closed at its end, and those that nobody has used for a second
 * or two when it starts. libcurl 7.88 looks for these once a second, for
 * whichever attempt then comes first. */
void hl_xfer_keep_nothing(struct hl_xfer *xfer);
/* Burns options->cpu_work_us of this thread's CPU time: the work on each file
 * that haul compare asks for. It counts as time of the file. Nothing when it
 * is 0 or the attempt failed. */
void hl_xfer_burn(struct hl_xfer *xfer);
/* What the attempt came to. *reply and its strings are borrowed from xfer until
 * its next start. */
void hl_xfer_reply(struct hl_xfer *xfer, struct hl_reply *reply);

#endif
