/*
 * haul fetches many URLs onto disk under one of four concurrency models, on
 * the caller's own libuv loop.
 *
 * Structure: a session takes requests, pushed by haul_session_push() or
 * pulled through callbacks.pull, and reports one result for each. Everything
 * happens on the thread that runs the loop, except haul_session_cancel(),
 * which is safe from any thread and from signal handlers.
 *
 *     haul_global_init();
 *     uv_loop_init(&loop);
 *     haul_session_new(&session, &loop, &options, &callbacks);
 *     haul_session_push(session, &request);
 *     haul_session_end(session);            // no more requests will come
 *     uv_run(&loop, UV_RUN_DEFAULT);        // returns when all is done
 *     haul_session_close(session, on_closed);
 *     uv_run(&loop, UV_RUN_DEFAULT);
 *     haul_global_cleanup();
 *
 * The library touches no process-wide state but in haul_global_init(). An
 * embedder ignores SIGPIPE, and for HAUL_MODE_THREADS sets
 * UV_THREADPOOL_SIZE to jobs + 4 before the pool's first use.
 */
#ifndef HAUL_HAUL_H
#define HAUL_HAUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HAUL_API __attribute__((visibility("default")))

/*
 * Codes of calls: 0, a negative libuv code, or one of these. They are out of
 * libuv's range.
 */
#define HAUL_STATUS_MAP(X)                                                \
    X(HAUL_EINVAL, -10001, "an option has a value that cannot be used")   \
    X(HAUL_EBUSY, -10002, "another run holds this directory")             \
    X(HAUL_EJOURNAL, -10003, "another version of haul wrote the journal") \
    X(HAUL_EPROTO, -10004, "a worker broke the protocol")                 \
    X(HAUL_EOUTAGE, -10006, "the network has been down for too long")     \
    X(HAUL_EPLAIN, -10007, "its .haul, or a file in there, is a link")

enum haul_status {
#define X(name, value, text) name = value,
    HAUL_STATUS_MAP(X)
#undef X
};

/* Why a URL was not fetched. HAUL_OK is the only success. The words are those
 * of the report's "error". */
#define HAUL_ERROR_MAP(X)                                                    \
    X(HAUL_OK, NULL, "no error")                                             \
    X(HAUL_ERR_DNS, "dns", "the host name could not be looked up")           \
    X(HAUL_ERR_NODOMAIN, "nodomain", "there is no host of this name")        \
    X(HAUL_ERR_CONNECT, "connect", "no connection")                          \
    X(HAUL_ERR_TLS, "tls", "TLS failed or the certificate is not trusted")   \
    X(HAUL_ERR_TIMEOUT, "timeout", "it took too long")                       \
    X(HAUL_ERR_STALLED, "stalled", "the transfer stood still")               \
    X(HAUL_ERR_HTTP, "http", "the server answered with an error status")     \
    X(HAUL_ERR_REDIRECT, "redirect", "a redirect that is not followed")      \
    X(HAUL_ERR_TRUNCATED, "truncated", "the body ended early")               \
    X(HAUL_ERR_PROTOCOL, "protocol", "the server broke the protocol")        \
    X(HAUL_ERR_CHECKSUM, "checksum", "the file does not match its checksum") \
    X(HAUL_ERR_TOO_LARGE, "too_large", "larger than --max-filesize")         \
    X(HAUL_ERR_TYPE, "type", "not an accepted Content-Type")                 \
    X(HAUL_ERR_BLOCKED, "blocked", "a private address, refused")             \
    X(HAUL_ERR_HOST, "host", "the host was given up")                        \
    X(HAUL_ERR_NAME, "name", "no usable URL or file name")                   \
    X(HAUL_ERR_IO, "io", "a local file could not be read or written")        \
    X(HAUL_ERR_DISK_FULL, "disk_full", "no space left")                      \
    X(HAUL_ERR_CANCELLED, "cancelled", "interrupted")                        \
    X(HAUL_ERR_WORKER, "worker", "worker processes died of it")

enum haul_error {
#define X(name, word, text) name,
    HAUL_ERROR_MAP(X)
#undef X
        HAUL_ERROR_COUNT
};

/* What became of a URL; the words of the report's "outcome". */
#define HAUL_OUTCOME_MAP(X)                \
    X(HAUL_OUTCOME_OK, "ok")               \
    X(HAUL_OUTCOME_UNCHANGED, "unchanged") \
    X(HAUL_OUTCOME_ADOPTED, "adopted")     \
    X(HAUL_OUTCOME_FAILED, "failed")       \
    X(HAUL_OUTCOME_SKIPPED, "skipped")     \
    X(HAUL_OUTCOME_LEFT, "left")

enum haul_outcome {
#define X(name, word) name,
    HAUL_OUTCOME_MAP(X)
#undef X
        HAUL_OUTCOME_COUNT
};

/* The modes, each with the word after --mode. */
#define HAUL_MODE_MAP(X)              \
    X(HAUL_MODE_ASYNC, async)         \
    X(HAUL_MODE_THREADS, threads)     \
    X(HAUL_MODE_PROCESSES, processes) \
    X(HAUL_MODE_SEQUENTIAL, sequential)

enum haul_mode_id {
#define X(name, word) name,
    HAUL_MODE_MAP(X)
#undef X
        HAUL_MODE_COUNT
};

enum haul_http_version {
    HAUL_HTTP_AUTO = 0, /* 1.1 for http, h2 by ALPN for https */
    HAUL_HTTP_1_1,
    HAUL_HTTP_2
};

enum haul_if_exists {
    HAUL_IF_EXISTS_RENAME = 0, /* NAME-HASH */
    HAUL_IF_EXISTS_SKIP,
    HAUL_IF_EXISTS_OVERWRITE,
    HAUL_IF_EXISTS_ADOPT /* it is taken for the URL's, when its checksum or
                            its length says so; else as RENAME */
};

/* Trace categories, a bit each; HAUL_TRACE_ALL is every one. */
#define HAUL_TRACE_MAP(X)              \
    X(HAUL_TRACE_LOOP, "loop")         \
    X(HAUL_TRACE_TIMER, "timer")       \
    X(HAUL_TRACE_SOCKET, "socket")     \
    X(HAUL_TRACE_CURL, "curl")         \
    X(HAUL_TRACE_TRANSFER, "transfer") \
    X(HAUL_TRACE_SCHEDULE, "schedule") \
    X(HAUL_TRACE_WORKER, "worker")     \
    X(HAUL_TRACE_FILE, "file")

enum haul_trace_category {
#define X(name, word) name##_INDEX,
    HAUL_TRACE_MAP(X)
#undef X
        HAUL_TRACE_COUNT,
#define X(name, word) name = 1 << name##_INDEX,
    HAUL_TRACE_MAP(X)
#undef X
        HAUL_TRACE_ALL = (1 << HAUL_TRACE_COUNT) - 1
};

/*
 * All-zero means the documented defaults: a number 0 takes the default that
 * the comment names. Where "none" must be sayable too, HAUL_NONE says it.
 * Strings and arrays are borrowed only until haul_session_new() returns.
 * Arrays of strings end with NULL.
 */
#define HAUL_NONE UINT32_MAX
/* As many as suit the machine. */
#define HAUL_AUTO UINT32_MAX
/* Event loops at most. */
#define HAUL_LOOPS_MAX 256

struct haul_options {
    enum haul_mode_id mode;
    const char *dir;                 /* where files go; "." */
    const char *output;              /* name template; "{name}" */
    uint32_t jobs;                   /* in flight; 256, 10, 5, 1 by mode */
    uint32_t loops;                  /* async: event loops that transfer, each
                                        on a thread of its own, 1; HAUL_AUTO */
    uint32_t max_per_host;           /* 6; HAUL_NONE no limit */
    uint32_t retry;                  /* extra attempts, 5; HAUL_NONE for 0 */
    uint32_t retry_delay_ms;         /* first wait, 1000; HAUL_NONE for 0 */
    uint32_t retry_max_delay_ms;     /* 60000 */
    const char *retry_on;            /* "5xx,503,connect,…": more to retry */
    uint32_t host_give_up;           /* failures to connect in a row, over a
                                        minute or more, 5 */
    uint32_t max_outage_s;           /* of the network, 3600; HAUL_NONE for 0 */
    uint64_t start_interval_ns;      /* least time between two starts; 0 none */
    uint64_t host_start_interval_ns; /* the same at one host */
    uint32_t dns_jobs;               /* lookups at a time, 16 */
    uint32_t connect_timeout_ms;     /* 10000 */
    uint32_t max_time_ms;            /* of an attempt; 0 no limit */
    uint32_t speed_limit;            /* bytes/s, 1000; HAUL_NONE off */
    uint32_t speed_time_s;           /* 30 */
    uint64_t limit_rate;             /* bytes/s of the whole run; 0 no limit */
    uint64_t max_filesize;           /* bytes; 0 no limit */
    uint32_t max_redirs;             /* 10; HAUL_NONE for 0 */
    uint32_t cancel_grace_ms;        /* after a first cancel, 5000 */
    uint32_t cpu_work_us;            /* burn this much CPU per file; 0 */
    bool cpu_work_on_pool;           /* async: burn it on the thread pool */
    enum haul_http_version http;
    enum haul_if_exists if_exists;
    const char *const *headers; /* "Name: value" */
    const char *user_agent;     /* "haul/VERSION" */
    const char *user;           /* "name:password", for the first origin */
    const char *cookie;         /* "a=1; b=2", for the first origin */
    bool netrc;
    const char *proxy;   /* NULL: the environment's; "" none */
    const char *noproxy; /* comma-separated hosts */
    const char *cacert;
    const char *cert;
    const char *key;
    bool insecure;
    const char *const *resolve; /* "host:port:address" */
    bool block_private;         /* refuse loopback and private addresses */
    const char *accept_type;    /* "image/ *,text/html" without the space */
    bool remote_time;           /* mtime from Last-Modified */
    bool fsync;                 /* each file before its name appears */
    bool sha256;                /* hash each file, for its record */
    bool restart;               /* ignore journal and parts */
    bool update;        /* ask whether files that are there have changed */
    bool retry_failed;  /* only what failed, whatever the cause */
    bool trust_journal; /* don't look whether files are still there */
    bool no_dedupe;     /* fetch a URL as often as it is asked for */
    bool no_adapt;      /* don't ask less of a host that is busy */
    bool keep_dirlinks; /* follow symbolic links to directories below dir */
    const char *const *worker_argv; /* HAUL_MODE_PROCESSES: the command that
                                       calls haul_worker_run(); required */
    uint32_t worker_timeout_ms;     /* a worker that gives no sign of life for
                                       so long is killed, 30000; 3000 or
                                       more */
    uint32_t trace;                 /* mask of HAUL_TRACE_*; 0 off */
    FILE *trace_text;               /* its lines; NULL is stderr */
    const char *trace_file;         /* a timeline, Chrome trace JSON; NULL */
    uint32_t trace_file_mask;       /* its categories; 0 all */
    uint64_t trace_max_bytes;       /* of it; 0 is 512 MB */
    struct haul_trace_stats *trace_end; /* filled in once the last event is
                                           written, before the session is gone;
                                           borrowed until then; or NULL */
    bool loop_stats; /* time the loop's turns and callbacks */
    bool loop_lag;   /* and how late it is: a timer each 5 ms */
    int output_fd; /* > 0: the one request's body is written to this descriptor,
                      in order, and there is no directory, journal or file; not
                      in the mode processes. A body of up to 256 kB is verified
                      before it is written. Once bytes are written, a retry goes
                      on behind them or fails. 0: to files */
};

/*
 * One URL that is asked for. Borrowed for the length of the call. Arrays of
 * strings end with NULL, and may be NULL.
 */
struct haul_request {
    const char *url;
    const char *output;         /* file name below dir; where it ends in '/',
                                   the directory alone; NULL, or nothing but
                                   blanks: by template */
    const char *id;             /* echoed in the result, and {id}, which needs
                                   one; may be NULL */
    uint64_t line;              /* its number in the list, from 1; echoed, and
                                   {n} */
    const char *bad;            /* of no use: it fails with this reason */
    const char *checksum;       /* "sha256=HEX" of the file, or NULL; md5, sha1
                                   and sha512 as well. What cannot be
                                   understood fails the request: HAUL_ERR_NAME
                                 */
    const char *const *headers; /* "Name: value", after options.headers and for
                                   this URL's first origin alone. One that is
                                   no such line fails the request, and so does
                                   one that haul sets itself: Range, If-*,
                                   Content-Length, Transfer-Encoding,
                                   Connection */
    const char *const *mirrors; /* further URLs of the same file, tried in turn
                                   where this one fails */
};

/* Durations of the last attempt in µs; they add up to total. */
struct haul_times {
    uint64_t queued; /* from the take-up of the request to the start */
    uint64_t dns;
    uint64_t connect;
    uint64_t tls;
    uint64_t wait; /* from the request sent to the first byte */
    uint64_t body; /* while its file kept pace */
    uint64_t file; /* storing where that held it back, publishing, and
                      options.cpu_work_us before it */
    uint64_t total;
};

/* What became of one request. Borrowed for the length of the callback. */
struct haul_result {
    uint64_t line;
    const char *id;
    const char *url;  /* as asked for */
    const char *file; /* below dir; NULL where no name was given, or with
                         options.output_fd */
    enum haul_outcome outcome;
    enum haul_error error;
    const char *message; /* one line, safe to print; NULL when all is well */
    int curl_code;
    int sys_errno;
    long http_status; /* 0: no answer */
    uint64_t bytes;   /* of the file, or of its part; or those that were
                         written to options.output_fd */
    uint64_t resumed_from;
    const char *sha256; /* of the file, where it was asked for; or NULL */
    const char *aside;  /* what a file is called now that stood under its name
                           and was changed since haul wrote it; below dir; or
                           NULL */
    uint32_t attempts;
    uint32_t worker;   /* slot, thread or process, from 1; 0 none */
    const char *http;  /* "1.1", "2" or NULL */
    bool reused;       /* the connection had served before */
    uint64_t dup_of;   /* line that this URL repeats, or 0 */
    uint64_t start_us; /* of the last attempt, since the session's start */
    struct haul_times times;
};

struct haul_session;

enum haul_pull {
    HAUL_PULL_REQUEST = 1, /* *request was filled */
    HAUL_PULL_LATER = 0,   /* none now; haul_session_wake() when there is */
    HAUL_PULL_END = -1     /* none any more */
};

/* Fills *request; what it points to stays valid until the next pull. */
typedef enum haul_pull (*haul_pull_fn)(void *arg, struct haul_request *request);
typedef void (*haul_result_fn)(void *arg, const struct haul_result *result);
typedef void (*haul_session_fn)(struct haul_session *session, void *arg);

struct haul_callbacks {
    haul_pull_fn pull;       /* NULL: requests are pushed */
    haul_result_fn result;   /* once for each request taken up */
    haul_session_fn drained; /* once: all requests ended; may be NULL */
    void *arg;
};

/* What a run looks like now; all counts since the session's start. */
struct haul_stats {
    uint64_t requests;
    uint64_t outcomes[HAUL_OUTCOME_COUNT];
    uint64_t errors[HAUL_ERROR_COUNT]; /* of the failed */
    uint64_t bytes;                    /* of bodies received */
    uint64_t attempts;
    uint64_t already_done;       /* of the ok: were there when the run began */
    uint64_t rehashed;           /* of the files that were there: their bytes
                                    were read, as something about them had
                                    changed, and were right */
    uint64_t started_us;         /* uv_hrtime()/1000 at the start */
    uint64_t held_by_host_us;    /* time with free slots while only
                                    max_per_host kept requests waiting */
    uint64_t held_by_answers_us; /* of it, while most hosts were asked for less
                                    than that, as they answered 429 or 503 */
    uint64_t still_us; /* time between transfers, during which none was
                          in flight; before the first and after the
                          last is not counted */
    uint32_t in_flight;
    uint32_t most_in_flight; /* at once, so far */
    uint32_t slots;   /* transfers at most; fewer than options.jobs where the
                         machine has not got the files or ports */
    uint64_t waiting; /* queued or between attempts */
    uint32_t hosts;
    bool cancelled;
    bool offline; /* the network is down; it is asked once a second */
};

/* What the loop called, by kind of callback: "poll", "timer", "idle", "async",
 * "after-work", "read", "exit"; and "inner", parts of those that are counted
 * by themselves. */
struct haul_callback_stats {
    const char *kind; /* static; NULL ends the array */
    uint64_t count;
    uint64_t total_us;
};

enum { HAUL_CALLBACK_KINDS = 9, HAUL_CALLBACK_NAME_SIZE = 128 };

/* What a loop did since the session's start. */
struct haul_loop_stats {
    uint32_t loop; /* 0 the session's; options.loops have theirs from 1 on */
    uint64_t turns;
    uint64_t watched_us; /* since the start; 0: nobody measured */
    uint64_t idle_us;    /* of it, waiting in poll */
    bool has_lag;        /* options.loop_lag was set: */
    uint64_t lag_p50_us; /* how late the loop comes to an event */
    uint64_t lag_p99_us;
    uint64_t lag_p999_us;
    uint64_t lag_max_us;
    uint64_t longest_us; /* the longest callback, and what it was */
    char longest[HAUL_CALLBACK_NAME_SIZE];
    struct haul_callback_stats kinds[HAUL_CALLBACK_KINDS];
};

/* What became of options.trace and options.trace_file. */
struct haul_trace_stats {
    uint64_t dropped; /* events that came faster than they were written */
    uint64_t bytes;   /* of the file */
    bool cut;         /* at options.trace_max_bytes */
    int error;        /* of the first write, or the close, that failed; or 0 */
};

/* A transfer that is under way. */
struct haul_in_flight {
    const char *url; /* borrowed until the loop runs on */
    uint64_t age_us;
};

/* Text of a code from any haul call. Never NULL. Any thread. */
HAUL_API const char *haul_strerror(int code);
/* Word of the report, NULL for HAUL_OK. Like all strings up to
 * haul_library_versions() it is static, and "?" for what is no such value. Any
 * thread. */
HAUL_API const char *haul_error_word(enum haul_error error);
/* The same in words for people. */
HAUL_API const char *haul_error_text(enum haul_error error);
HAUL_API const char *haul_outcome_word(enum haul_outcome outcome);
/* The word after --mode, and a line on what it is. */
HAUL_API const char *haul_mode_name(enum haul_mode_id mode);
HAUL_API const char *haul_mode_summary(enum haul_mode_id mode);
/* Workers that the mode has when options.jobs is 0. */
HAUL_API uint32_t haul_mode_default_jobs(enum haul_mode_id mode);
HAUL_API const char *haul_version(void);
/* The version line of the libcurl in use, with its TLS. Static. */
HAUL_API const char *haul_library_versions(void);

/* Why these options cannot be used, one static line that begins with the
 * member's name and a colon; NULL: they can. Any thread. */
HAUL_API const char *haul_options_objection(const struct haul_options *options);

/*
 * The name below options->dir that a session gives to the file of request, as
 * long as no other URL has it. Of request, url, output, id and line matter.
 * Any thread.
 * @return 0; HAUL_EINVAL when it is of no use, with *why one static line;
 * UV_ENOBUFS; UV_ENOMEM.
 */
HAUL_API int haul_file_name(char *out, size_t size,
                            const struct haul_options *options,
                            const struct haul_request *request,
                            const char **why);

/* Before anything else, once, while there is one thread. @return 0 or
 * UV_ENOMEM. */
HAUL_API int haul_global_init(void);
/* After all else, when every session is closed and there is one thread. */
HAUL_API void haul_global_cleanup(void);

/*
 * Makes a session on loop. Opens options->dir (made if missing) and its
 * journal, and the mode. Starts nothing before the loop runs.
 * @return 0; HAUL_EINVAL for the options, or callbacks without a result();
 * HAUL_EBUSY, HAUL_EJOURNAL or HAUL_EPLAIN for the directory; or a libuv code
 * for what failed. On failure *out is NULL, and the loop must be run once more
 * for handles that are closing.
 */
HAUL_API int haul_session_new(struct haul_session **out, uv_loop_t *loop,
                              const struct haul_options *options,
                              const struct haul_callbacks *callbacks);
/* Takes up one request; its result comes by callback, never from in here.
 * @return 0; UV_ENOMEM; UV_ECANCELED after haul_session_end(), or once a
 * cancel was acted upon. */
HAUL_API int haul_session_push(struct haul_session *session,
                               const struct haul_request *request);
/* Pushed sessions: no more requests will come. */
HAUL_API void haul_session_end(struct haul_session *session);
/* After HAUL_PULL_LATER: there is something to pull. Loop thread. */
HAUL_API void haul_session_wake(struct haul_session *session);
/*
 * The first call starts nothing new and gives what is in flight the grace
 * time; the second stops all now. Every request taken up still gets its
 * result. Any thread, and signal handlers.
 */
HAUL_API void haul_session_cancel(struct haul_session *session);
/* Loop thread, as are all that follow but haul_worker_run(). */
HAUL_API void haul_session_stats(const struct haul_session *session,
                                 struct haul_stats *out);
/* Those that have been under way longest, at most so many. Loop thread.
 * @return how many. */
HAUL_API size_t haul_session_in_flight(const struct haul_session *session,
                                       struct haul_in_flight *out, size_t most);
/* Of the loop that was busy longest, where there are several. All zero where
 * the options did not ask for them to be watched. */
HAUL_API void haul_session_loop_stats(const struct haul_session *session,
                                      struct haul_loop_stats *out);
/* The same of one of them: 0 is the session's own, those that transfer with
 * options.loops > 1 follow. @return false when there is no such loop. */
HAUL_API bool haul_session_loop(const struct haul_session *session,
                                uint32_t index, struct haul_loop_stats *out);
/* The state of the run in words: counts, hosts, what is in flight, and the
 * loop's live handles. Loop thread. */
HAUL_API void haul_session_dump(struct haul_session *session, FILE *stream);
/* First local failure that ends the run early (journal, disk): 0 or code. */
HAUL_API int haul_session_error(const struct haul_session *session);
/*
 * Cancels what is left and frees the session once closed has been called,
 * on the loop. closed may be NULL.
 */
HAUL_API void haul_session_close(struct haul_session *session,
                                 haul_session_fn closed);

/*
 * The life of a worker process: serves jobs on fd until the parent goes
 * away. Called by the program that options.worker_argv names, first thing
 * after haul_global_init().
 * @return 0 when the parent closed the channel, else a code.
 */
HAUL_API int haul_worker_run(int fd);

#ifdef __cplusplus
}
#endif

#endif
