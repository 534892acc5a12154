/*
 * haul fetches many URLs onto disk in one of four modes of concurrency, on
 * the caller's own libuv loop.
 *
 * A session takes requests and gives one result for each. The caller pushes
 * requests with haul_session_push(), or the session pulls them through
 * callbacks.pull. All calls are made on the thread that runs the loop, and all
 * callbacks come on that thread. Only haul_session_cancel() may be called from
 * any thread, and from signal handlers.
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
 * Only haul_global_init() changes the state of the process. The program must
 * ignore SIGPIPE, and for HAUL_MODE_THREADS set UV_THREADPOOL_SIZE to jobs + 4
 * before libuv's thread pool is first used.
 *
 * debug.h has what shows a session at work: traces and figures of its loops.
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

/* Calls return 0, a negative libuv code, or one of these codes, which are
 * outside libuv's range. */
#define HAUL_STATUS_MAP(X)                                                \
    X(HAUL_EINVAL, -10001, "an option has a value that cannot be used")   \
    X(HAUL_EBUSY, -10002, "another run is using this directory")          \
    X(HAUL_EJOURNAL, -10003, "another version of haul wrote the journal") \
    X(HAUL_EPROTO, -10004, "a worker broke the protocol")                 \
    X(HAUL_EOUTAGE, -10006, "the network has been down for too long")     \
    X(HAUL_ENESTED, -10008,                                               \
      "it lies in a .haul directory, where haul keeps its own files")     \
    X(HAUL_EPLAIN, -10007, "its .haul directory, or a file in it, is a link")

enum haul_status {
#define X(name, value, text) name = value,
    HAUL_STATUS_MAP(X)
#undef X
};

/* Why a URL was not fetched. Only HAUL_OK is a success. The words are those
 * that a report has as "error". */
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
    X(HAUL_ERR_TRUNCATED, "truncated",                                       \
      "the answer ended early, or did not come")                             \
    X(HAUL_ERR_PROTOCOL, "protocol", "the server broke the protocol")        \
    X(HAUL_ERR_CHECKSUM, "checksum", "the file does not match its checksum") \
    X(HAUL_ERR_TOO_LARGE, "too_large", "larger than allowed")                \
    X(HAUL_ERR_TYPE, "type", "not an accepted Content-Type")                 \
    X(HAUL_ERR_BLOCKED, "blocked", "a private address, refused")             \
    X(HAUL_ERR_HOST, "host", "the host was given up")                        \
    X(HAUL_ERR_NAME, "name", "no usable URL or file name")                   \
    X(HAUL_ERR_IO, "io", "a local file could not be read or written")        \
    X(HAUL_ERR_DISK_FULL, "disk_full", "no space left")                      \
    X(HAUL_ERR_CANCELLED, "cancelled", "the run ended first")                \
    X(HAUL_ERR_WORKER, "worker", "worker processes died of it")              \
    X(HAUL_ERR_PROXY, "proxy", "the proxy failed, or refuses")

enum haul_error {
#define X(name, word, text) name,
    HAUL_ERROR_MAP(X)
#undef X
        HAUL_ERROR_COUNT
};

/* What exactly was wrong, where something is known that helps. The words name
 * it in a list of causes. */
#define HAUL_WHY_MAP(X)                                                   \
    X(HAUL_WHY_NONE, "")                                                  \
    X(HAUL_WHY_HTTPS_TO_HTTP, "https to http")                            \
    X(HAUL_WHY_REDIRECT_REFUSED, "to a protocol that is not allowed")     \
    X(HAUL_WHY_REDIRECT_SCHEME, "to neither http nor https")              \
    X(HAUL_WHY_REDIRECT_CIRCLE, "in a circle")                            \
    X(HAUL_WHY_REDIRECTS, "too many in a row")                            \
    X(HAUL_WHY_REDIRECT_BODY, "of a method or a body, to another origin") \
    X(HAUL_WHY_NO_HOST, "no such host")                                   \
    X(HAUL_WHY_NO_DNS, "no DNS server gives an answer")                   \
    X(HAUL_WHY_REFUSED, "connection refused")                             \
    X(HAUL_WHY_NO_ROUTE, "no route to the host")                          \
    X(HAUL_WHY_EITHER, "from the server or from the proxy")               \
    X(HAUL_WHY_CERT_EXPIRED, "expired certificates")                      \
    X(HAUL_WHY_CERT_EARLY, "certificates that are not valid yet")         \
    X(HAUL_WHY_CERT_HOST, "certificates of other hosts")                  \
    X(HAUL_WHY_CERT_ISSUER, "issuers that are not trusted")               \
    X(HAUL_WHY_CERT_BAD, "certificates that are not accepted")            \
    X(HAUL_WHY_CLIENT_CERT, "a client certificate is wanted")             \
    X(HAUL_WHY_CLIENT_CERT_BAD, "the client certificate is refused")      \
    X(HAUL_WHY_NO_TLS, "no TLS at this port")                             \
    X(HAUL_WHY_WANTS_TLS, "http to a port of https")                      \
    X(HAUL_WHY_NO_HTTP, "the answer is not HTTP")                         \
    X(HAUL_WHY_HTTP_2, "HTTP/2 failed")                                   \
    X(HAUL_WHY_CONNECT_TIME, "no connection in time")                     \
    X(HAUL_WHY_MAX_TIME, "no end in time")                                \
    X(HAUL_WHY_PROXY_DOWN, "it does not answer")                          \
    X(HAUL_WHY_PROXY_USER, "no name and password that it accepts")        \
    X(HAUL_WHY_PROXY_DENIES, "it does not connect to these hosts")

enum haul_why {
#define X(name, words) name,
    HAUL_WHY_MAP(X)
#undef X
        HAUL_WHY_COUNT
};

/* What became of a URL. The words are those that a report has as "outcome". */
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

/* The modes, each with its name. */
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
    HAUL_IF_EXISTS_ADOPT /* the file counts as fetched where its checksum or its
                            length says so; else as RENAME */
};

/* For a number of haul_options: none, where 0 stands for the default. */
#define HAUL_NONE UINT32_MAX
/* The least options.worker_timeout_ms: a worker that waits for a server gives a
 * sign of life about once a second. */
#define HAUL_WORKER_TIMEOUT_MIN_MS 3000
/* What options.jobs 0 stands for with options.auto_jobs. */
#define HAUL_AUTO_JOBS_MOST 1024
/* The most that options.loops may be. */
#define HAUL_LOOPS_MAX 256

struct haul_trace_stats; /* debug.h */

/*
 * All zero means the documented defaults: a number that is 0 takes the default
 * that its comment names. Strings and arrays are borrowed only until
 * haul_session_new() returns. Arrays of strings end with NULL.
 */

struct haul_options {
    enum haul_mode_id mode;
    const char *dir;                 /* where files go; "." */
    const char *output;              /* template of file names; "{name}" */
    uint32_t jobs;                   /* transfers in flight; 256, 10, 5, 1 by
                                        mode */
    bool auto_jobs;                  /* async: the number in flight begins with
                                        16, grows while files and bytes a second
                                        grow with it, and falls where errors
                                        come or fewer bring as much; jobs is the
                                        most that it may be, then
                                        HAUL_AUTO_JOBS_MOST by default */
    uint32_t loops;                  /* async: event loops that transfer, each
                                        on a thread of its own if there are
                                        several; 0: the session's, and more are
                                        opened where new TLS connections keep
                                        it busy while other cores are idle */
    uint32_t max_per_host;           /* transfers in flight to one host; 6,
                                        HAUL_NONE no limit */
    uint32_t retry;                  /* extra attempts; 5, HAUL_NONE for 0 */
    uint32_t retry_delay_ms;         /* wait before the first of them, doubled
                                        each time; 1000, HAUL_NONE for 0 */
    uint32_t retry_max_delay_ms;     /* the longest wait; 60000 */
    const char *retry_on;            /* "5xx,503,connect": what else is tried
                                        again, comma-separated statuses and
                                        words of haul_error; NULL nothing */
    uint32_t host_give_up;           /* a host is given up after so many
                                        failures to connect in a row, over a
                                        minute or more; 5 */
    uint32_t max_outage_s;           /* the session ends when the network has
                                        been down for so long; 3600, HAUL_NONE
                                        for 0 */
    uint64_t start_interval_ns;      /* least time between two starts; 0 none */
    uint64_t host_start_interval_ns; /* the same between starts at one host */
    uint32_t host_rest;              /* after a transfer none starts at its host
                                        for so many thousandths of the time
                                        that it took; 0 none */
    uint32_t dns_jobs;               /* lookups at a time; 16 */
    uint32_t connect_timeout_ms;     /* of DNS, TCP and TLS; 10000 */
    uint32_t max_time_ms;            /* of an attempt; 0 no limit */
    uint32_t speed_limit;            /* a transfer that is slower than so many
                                        bytes/s for speed_time_s is given up;
                                        1000, HAUL_NONE never */
    uint32_t speed_time_s;           /* 30 */
    uint64_t limit_rate;             /* bytes/s of the whole session; 0 no
                                        limit */
    uint64_t max_filesize;           /* bytes of a file; 0 no limit */
    uint32_t max_redirs;             /* of a URL; 10, HAUL_NONE for 0 */
    const char *proto_redir;         /* where a redirect may lead: http, https,
                                        all, comma-separated, with "=" (only
                                        this), "+" (this too) or "-" (not this)
                                        before it; NULL: anywhere but from https
                                        to http */
    uint32_t cancel_grace_ms;        /* how long transfers in flight go on after
                                        the first cancel; 5000 */
    uint32_t cpu_work_us;            /* CPU time to use up for each file, for
                                        comparisons; 0 none */
    bool cpu_work_on_pool;           /* async: use it up on the thread pool */
    enum haul_http_version http;
    enum haul_if_exists if_exists;
    const char *const *headers;      /* "Name: value" */
    const char *user_agent;          /* "haul/VERSION" */
    const char *user;                /* "name:password", for the first origin */
    const char *cookie;              /* "a=1; b=2", for the first origin */
    const char *const *cookie_lines; /* cookies as in a file of Netscape's
                                        format, a line each; sent where domain,
                                        path, secure and expiry allow it, also
                                        after redirects */
    bool netrc;
    const char *proxy;   /* NULL: as the environment says; "" none */
    const char *noproxy; /* comma-separated hosts */
    const char *cacert;
    const char *cert;
    const char *key;
    bool insecure;
    const char *const *resolve; /* "host:port:address" */
    bool block_private;         /* refuse loopback and private addresses */
    const char *method;      /* "PUT"; NULL: GET, or POST where there is data.
                                A request with a method other than GET, or
                                with data, is sent once: no attempt follows
                                one that may have reached the server, and no
                                later session repeats it, but for
                                retry_failed and restart. Any 2xx is a
                                success then */
    const void *data;        /* the body of each request; NULL none */
    size_t data_size;        /* bytes of it */
    bool compressed;         /* ask for encoded bodies and store them decoded;
                                nothing is resumed then */
    const char *accept_type; /* "image/ *,text/html" without the space */
    bool remote_time;        /* mtime from Last-Modified */
    bool fsync;              /* fsync each file before its name appears */
    bool sha256;             /* put the SHA-256 of each file on record */
    bool restart;            /* ignore the journal and parts of files */
    bool update;             /* ask servers whether files that are there have
                                changed */
    bool retry_failed; /* fetch only what failed before, whatever the cause */
    const char *retry_causes; /* with retry_failed: only what failed of these,
                                 a list as retry_on; NULL whatever the cause */
    bool trust_journal;       /* do not look whether files are still there */
    bool no_dedupe;           /* fetch a URL as often as it is asked for */
    bool no_adapt;            /* do not slow down for a host that answers 429 or
                                 503 */
    bool keep_dirlinks; /* follow symbolic links to directories below dir */
    bool shared; /* several sessions with the same requests may use dir, one
                    after another or at once, also from other machines. Each has
                    a journal of its own, and begins with what all journals say.
                    A file gets its name by link(2) and is never replaced: where
                    another session was first, its file counts, as adopted. A
                    file that was changed since fails as HAUL_ERR_IO.
                    retry_failed asks for all that has no file. Not with update,
                    restart, if_exists, output_fd, or requests that are sent
                    once */
    const char *const *worker_argv; /* HAUL_MODE_PROCESSES: the command that
                                       calls haul_worker_run(); required */
    uint32_t worker_timeout_ms;     /* a worker that gives no sign of life for
                                       so long is killed; 30000, at least
                                       3000 */
    uint32_t trace;                 /* categories to write as lines of text, a
                                       mask of HAUL_TRACE_*; 0 none */
    FILE *trace_text;               /* where these lines go; NULL: stderr */
    const char *trace_file;         /* a timeline to make, as Chrome's trace
                                       JSON; NULL none */
    uint32_t trace_file_mask;       /* categories in that file; 0 all */
    uint64_t trace_max_bytes;       /* of that file; 0: 512 MB */
    struct haul_trace_stats *trace_end; /* filled in when the session is closed,
                                           once the last event is written;
                                           borrowed until then; or NULL */
    bool loop_stats; /* measure the loop's turns and callbacks */
    bool loop_lag;   /* measure how late the loop is, by a timer each 5 ms */
    int output_fd;   /* > 0: write the body of the only request to this
                        descriptor, in order; there is no directory, journal or
                        file then. Not in HAUL_MODE_PROCESSES. A body of up to
                        256 kB is verified before it is written. Once bytes are
                        written, a retry goes on after them or fails. 0: write
                        files */
};

/* One URL that is asked for. Borrowed for the length of the call. Arrays of
 * strings end with NULL, and may be NULL. */
struct haul_request {
    const char *url;
    const char *output;         /* file name below dir; only the directory
                                   where it ends in '/'; by options.output
                                   where it is NULL or blank */
    const char *id;             /* given back in the result; {id} in a template
                                   needs it; may be NULL */
    const char *note;           /* given back in the result; may be NULL */
    uint64_t line;              /* its number in the list, from 1; given back
                                   in the result; {n} in a template */
    const char *bad;            /* why the request cannot be used: it fails with
                                   this message; or NULL */
    const char *checksum;       /* of the file: "sha256=HEX", or md5, sha1 or
                                   sha512; or NULL. One that cannot be read
                                   fails the request as HAUL_ERR_NAME */
    const char *const *headers; /* "Name: value", sent after options.headers and
                                   only to this URL's first origin. The request
                                   fails if one is no such line, or is a header
                                   that haul sets itself: Range, If-*,
                                   Content-Length, Transfer-Encoding,
                                   Connection */
    const char *const *mirrors; /* further URLs of the same file, tried in turn
                                   where this URL fails */
};

/* Durations of the last attempt in µs; they add up to total. */
struct haul_times {
    uint64_t queued; /* from when the attempt began to wait to its start */
    uint64_t dns;
    uint64_t connect;
    uint64_t tls;
    uint64_t
        wait; /* from sending the request to the first byte of the answer */
    uint64_t body;  /* receiving the body */
    uint64_t ready; /* bytes of the answer, a stored file or a reply were
                       there, and the loop had not come to them yet */
    uint64_t work;  /* options.cpu_work_us */
    uint64_t file;  /* waiting for the file to be written, and naming it */
    uint64_t total;
};

/* What became of one request. Borrowed for the length of the callback. */
struct haul_result {
    uint64_t line;
    const char *id;
    const char *note;
    const char *url;  /* as asked for */
    const char *file; /* below dir; NULL where the URL got no name, or with
                         options.output_fd */
    enum haul_outcome outcome;
    enum haul_error error;
    enum haul_why why;   /* of error */
    const char *message; /* one line, safe to print; NULL when all is well */
    int curl_code;
    int sys_errno;         /* ELOOP: a symbolic link is in the way, unless
                              options.keep_dirlinks */
    long http_status;      /* 0: no answer */
    uint64_t bytes;        /* of the file, or of its part; or those that were
                              written to options.output_fd */
    uint64_t resumed_from; /* the last attempt began at this byte */
    const char *sha256;    /* of the file, where it was asked for; or NULL */
    const char *xxh3;      /* XXH3-128 of the file, as xxhsum prints it; NULL:
                              not known */
    const char *aside;     /* the new name, below dir, of the file that had this
                              name and was changed since haul wrote it; or NULL */
    bool had_file;   /* haul's own file was there before: a success has replaced
                        it, and a failure has kept it */
    bool remembered; /* it failed for good in an earlier run, and was not asked
                        for again; options.retry_failed would */
    uint32_t attempts;
    uint32_t worker;   /* slot, thread or process, from 1; 0 none */
    const char *http;  /* "1.1", "2" or NULL */
    bool reused;       /* the connection had served before */
    uint64_t dup_of;   /* line that this URL repeats, or 0 */
    uint64_t start_us; /* when the last attempt began to wait for its turn,
                          since the session's start; its end is times.total
                          later. Both 0: no attempt was made */
    struct haul_times times;
};

struct haul_session;

enum haul_pull {
    HAUL_PULL_REQUEST = 1, /* *request was filled */
    HAUL_PULL_LATER = 0,   /* none now; call haul_session_wake() later */
    HAUL_PULL_END = -1     /* no more requests will come */
};

/* Fills *request; what it points to stays valid until the next pull. */
typedef enum haul_pull (*haul_pull_fn)(void *arg, struct haul_request *request);
typedef void (*haul_result_fn)(void *arg, const struct haul_result *result);
typedef void (*haul_session_fn)(struct haul_session *session, void *arg);

/* An attempt has failed, and another will follow. Borrowed for the length of
 * the callback. */
struct haul_retry {
    uint64_t line;    /* of the request */
    const char *url;  /* as asked for */
    uint32_t retry;   /* which of options.retry; 0: it does not count, as the
                         attempt got further than any before */
    uint32_t most;    /* options.retry */
    uint64_t wait_ms; /* until then */
    enum haul_error error;
    const char *message; /* one line, safe to print; or NULL */
};
typedef void (*haul_retry_fn)(void *arg, const struct haul_retry *retry);

struct haul_callbacks {
    haul_pull_fn pull;       /* NULL: requests are pushed */
    haul_result_fn result;   /* called once for each request taken; not for
                                those that waited in a file which can no longer
                                be read: haul_session_error() says why */
    haul_session_fn drained; /* called once, after the last result, when no more
                                requests will come; may be NULL */
    void (*busy)(void *arg); /* called many times a second while a transfer of
                                HAUL_MODE_SEQUENTIAL blocks the loop, to show
                                progress. It may call haul_session_stats(),
                                haul_session_in_flight() and
                                haul_session_cancel() only; may be NULL */
    haul_retry_fn retry;     /* may be NULL */
    void *arg;
};

/* Why requests waited although more transfers could have been under way. Where
 * they waited for several reasons, the one of most hosts. */
enum haul_held {
    HAUL_HELD_NOT,
    HAUL_HELD_BY_CAP,     /* options.max_per_host */
    HAUL_HELD_BY_BUSY,    /* fewer at a time than that, since the host had
                             answered 429 or 503 */
    HAUL_HELD_BY_PAUSE,   /* the host had asked to wait (Retry-After) */
    HAUL_HELD_BY_RATE,    /* options.host_start_interval_ns */
    HAUL_HELD_BY_LOOKUP,  /* the host's name was being looked up */
    HAUL_HELD_BY_SILENCE, /* the host could not be reached, and is asked for one
                             file at a time, with pauses */
    HAUL_HELD_BY_START,   /* options.start_interval_ns; not for a host */
    HAUL_HELD_BY_RETRY,   /* the time between two attempts; not for a host */
    HAUL_HELD_BY_OUTAGE,  /* the network was down; not for a host */
    HAUL_HELD_COUNT
};

/* What was wrong with the journal of the directory when it was opened. */
struct haul_journal_damage {
    uint64_t lines; /* that cannot be read; they were left out */
    bool is_cut;    /* it ended within a line, which was left out too */
    bool is_lost;   /* earlier runs have left no journal, or an empty one */
};

/* What a run looks like now; all counts since the session's start. */
struct haul_stats {
    uint64_t requests;
    uint64_t outcomes[HAUL_OUTCOME_COUNT];
    uint64_t errors[HAUL_ERROR_COUNT]; /* of the failed */
    uint64_t bytes;                    /* of bodies received */
    uint64_t attempts;
    uint64_t already_done; /* of the ok: their files were there already */
    uint64_t rehashed;     /* of the files that were there: something about
                              them had changed, so their bytes were read,
                              and were right */
    uint64_t kept_names;   /* requests whose files keep the names of an earlier
                              run, where options.output or the request ask for
                              others now; not counted where the first 1,000
                              have none */
    uint64_t started_us;   /* uv_hrtime()/1000 at the start */
    uint64_t began_us;     /* the time of day then: µs since 1970, UTC */
    uint64_t urls; /* that waited for their host; without those whose files
                      were there, and those that repeat another */
    struct haul_times spent; /* by all attempts together; dns has the lookups
                                that attempts waited for */
    uint64_t held_us[HAUL_HELD_COUNT]; /* time with free slots in which this
                                          kept requests waiting */
    uint64_t full_us;  /* time in which hardly a slot was free */
    uint64_t still_us; /* time between the first transfer and the last in which
                          none was in flight */
    struct haul_journal_damage journal_damage;
    uint32_t hosts_held[HAUL_HELD_COUNT]; /* hosts whose requests wait for this
                                             now; HAUL_HELD_BY_PAUSE: all that
                                             have asked to wait */
    uint32_t in_flight;
    uint32_t most_in_flight; /* at once, so far */
    uint32_t slots; /* transfers that may be in flight now: options.jobs, or
                       fewer by options.auto_jobs or slots_most */
    uint32_t slots_most; /* options.jobs, or fewer where the machine lacks files
                            or ports */
    uint64_t waiting;    /* queued or between attempts */
    uint64_t repeats; /* of these, lines that repeat a URL: they end last, and
                         without a transfer */
    /* The files that come now, where the server said how long they are. */
    uint32_t sized;       /* how many of the transfers in flight */
    uint64_t sized_bytes; /* the length of their files */
    uint64_t sized_there; /* of it, bytes that are there, from earlier runs
                             too */
    uint32_t hosts;
    bool cancelled;
    bool offline; /* the network is down; a host is tried once a second */
};

/* A transfer that is under way. */
struct haul_in_flight {
    const char *url; /* borrowed until the loop runs on */
    uint64_t age_us;
};

/* Text of a code from any haul call. Never NULL. Any thread. */
HAUL_API const char *haul_strerror(int code);
/* The word in a report; NULL for HAUL_OK. Like all strings up to
 * haul_library_versions() it is static, and "?" for a value that is none of the
 * enum. Any thread. */
HAUL_API const char *haul_error_word(enum haul_error error);
/* The same in words for people. */
HAUL_API const char *haul_error_text(enum haul_error error);
/* What exactly was wrong, in a few words; "" where nothing more is known. */
HAUL_API const char *haul_why_text(enum haul_why why);
HAUL_API const char *haul_outcome_word(enum haul_outcome outcome);
/* The mode's word, such as "async", and a line on what the mode does. */
HAUL_API const char *haul_mode_name(enum haul_mode_id mode);
HAUL_API const char *haul_mode_summary(enum haul_mode_id mode);
/* The number of transfers in flight that options.jobs 0 stands for. */
HAUL_API uint32_t haul_mode_default_jobs(enum haul_mode_id mode);
HAUL_API const char *haul_version(void);
/* The version line of the libcurl in use, with its TLS library. */
HAUL_API const char *haul_library_versions(void);

/* Says why these options cannot be used: one static line that begins with the
 * member's name and a colon. NULL: they can be used. Any thread. */
HAUL_API const char *haul_options_objection(const struct haul_options *options);

/* The variable of the environment that a session with these options would take
 * a proxy from, where its value cannot be used; else NULL. Not while another
 * thread changes the environment. */
HAUL_API const char *
haul_bad_proxy_variable(const struct haul_options *options);

/* Writes "host:port" of the proxy through which a session with these options
 * would ask the server of url. @return false: it would ask the server itself,
 * and *out is "". Not while another thread changes the environment. */
HAUL_API bool haul_proxy_of(char *out, size_t size,
                            const struct haul_options *options,
                            const char *url);

/*
 * Writes the name, below options->dir, that a session gives to the file of
 * request as long as no other URL has that name. Of request, url, output, id
 * and line matter. Any thread.
 * @return 0; HAUL_EINVAL where the request cannot be used, with one static line
 * in *why; UV_ENOBUFS; or UV_ENOMEM.
 */
HAUL_API int haul_file_name(char *out, size_t size,
                            const struct haul_options *options,
                            const struct haul_request *request,
                            const char **why);

/* To be called once, before anything else, while the program has one thread.
 * @return 0 or UV_ENOMEM. */
HAUL_API int haul_global_init(void);
/* To be called last, when every session is closed and the program has one
 * thread again. */
HAUL_API void haul_global_cleanup(void);

/*
 * Makes a session on loop. Makes options->dir where it is missing, and opens
 * its journal. Starts nothing before the loop runs.
 * @return 0; HAUL_EINVAL for options that cannot be used, or callbacks without
 * result; HAUL_EBUSY, HAUL_EJOURNAL or HAUL_EPLAIN for the directory; or a
 * libuv code. On failure *out is NULL, and the loop must be run once more to
 * close handles.
 */
HAUL_API int haul_session_new(struct haul_session **out, uv_loop_t *loop,
                              const struct haul_options *options,
                              const struct haul_callbacks *callbacks);
/* Hands a request to the session. The result comes through callbacks.result,
 * never before this call has returned. @return 0; UV_ENOMEM; or UV_ECANCELED
 * after haul_session_end() or a cancel. */
HAUL_API int haul_session_push(struct haul_session *session,
                               const struct haul_request *request);
/* Says that no more requests will be pushed. */
HAUL_API void haul_session_end(struct haul_session *session);
/* Says, after HAUL_PULL_LATER, that there is something to pull. */
HAUL_API void haul_session_wake(struct haul_session *session);
/*
 * Stops the session. After the first call it starts nothing new, and transfers
 * in flight may go on for options.cancel_grace_ms. The second call stops these
 * too. Every request that was taken still gets its result, as
 * callbacks.result says. Any thread, and signal handlers.
 */
HAUL_API void haul_session_cancel(struct haul_session *session);
HAUL_API void haul_session_stats(const struct haul_session *session,
                                 struct haul_stats *out);
/* Fills out with the transfers that have been under way longest, at most so
 * many.
 * @return how many. */
HAUL_API size_t haul_session_in_flight(const struct haul_session *session,
                                       struct haul_in_flight *out, size_t most);
/* How many URLs the journal of options.dir has on record as done. Looks at
 * every one, so it is meant for the beginning of a run. */
HAUL_API uint64_t haul_session_recorded(const struct haul_session *session);
/* The first local failure that ends the run early, such as a full disk: a code,
 * or 0. However many there are, they stop the session as a first cancel. */
HAUL_API int haul_session_error(const struct haul_session *session);
/* Cancels what is left. Once everything has ended, calls closed on the loop,
 * and then frees the session. closed may be NULL. Nothing is freed before the
 * loop runs on, so that callbacks.result and callbacks.drained may call this,
 * callbacks.pull not. Until closed, what is left gets its results, and
 * callbacks.drained is called where it was not. */
HAUL_API void haul_session_close(struct haul_session *session,
                                 haul_session_fn closed);

/*
 * Runs a worker process: does jobs that come on fd, until the parent goes away.
 * The program that options.worker_argv names calls this right after
 * haul_global_init().
 * @return 0 when the parent closed the channel, else a code.
 */
HAUL_API int haul_worker_run(int fd);

#ifdef __cplusplus
}
#endif

#endif
