/*
 * Jobs and replies: what travels between the run and a mode. Both are
 * plain data that can be written to a pipe, which is what lets one policy
 * serve all four modes, across processes too.
 */
#ifndef HL_TRANSFER_JOB_H
#define HL_TRANSFER_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "haul/haul.h"
#include "util/file_stamp.h"

/* What to do with a file that already has the name of a complete file. */
enum hl_taken {
    HL_TAKEN_REFUSE,  /* leave it, and fail the attempt: reply.exists */
    HL_TAKEN_REPLACE, /* replace it */
    HL_TAKEN_OURS,    /* replace it if its size and mtime are those of job.ours;
                         else rename it to NAME.local: reply.aside */
    HL_TAKEN_GONE,    /* as HL_TAKEN_REFUSE, where the journal says that the URL
                         has a file, but there was none */
    HL_TAKEN_COUNT
};

/* Why a URL fails, or is skipped, where another file has its name. */
#define HL_WHY_NAME_IS_TAKEN "there is a file of this name already"

/* A size that no file has. As job.ours.size it says that the file under the
 * name is not haul's: HL_TAKEN_OURS then never replaces it, but renames it. */
#define HL_OURS_NO_FILE UINT64_MAX

/* Bytes of cookies that a URL's chain of redirects may gather. */
enum { HL_COOKIES_MAX = 16 * 1024 };

/* Has each request a body, or a method other than GET? Then it is sent once,
 * whatever becomes of it. options may be as given or resolved. */
static inline bool hl_sends_once(const struct haul_options *options)
{
    const char *method = options->method;
    return options->data_size > 0 ||
           (method == NULL ? options->data != NULL
                           : strcmp(method, "GET") != 0);
}

/* One attempt at one URL. Owned by the run; a mode borrows it from take
 * until finish. Strings are never NULL unless said. */
struct hl_job {
    uint64_t id;          /* unique in the run, from 1 */
    uint32_t attempt;     /* from 1 */
    bool secrets;         /* still at the first origin: send the cookie and the
                             headers of the options */
    enum hl_taken taken;  /* what to do where path is taken */
    struct hl_stamp ours; /* of HL_TAKEN_OURS */
    bool compare;     /* the file that is there may be from an earlier run that
                         was killed: if its bytes are the same, keep it, and the
                         attempt has succeeded */
    bool close_after; /* the last job of its host: do not keep the connection */
    bool head;        /* ask by HEAD: nothing is written, reply.length is the
                         answer */
    bool as_get;      /* a redirect has made the request of the options, which
                         was sent once, a GET without a body */
    const char *url;  /* absolute, normalised, without fragment */
    const char *path; /* final name below dir */
    const char *user; /* "name:password" to send, or NULL */
    /* IP address to connect to instead of the URL's host, v6 without brackets;
     * NULL: libcurl looks the host up. */
    const char *address;
    /* Lines of this job alone, "Name: value"; ends with NULL, or NULL. Sent
     * like those of the options, while secrets is true. */
    const char *const *headers;
    const char *checksum; /* digits of a digest that the file must have, in
                             lower case (util/checksum.h); or NULL */
    bool recorded; /* the journal holds validators of a part at path, even if
                      that part must not be resumed */
    /* The part that an earlier attempt left; resume only when resume_from > 0,
     * and then etag or last_modified is not NULL. */
    uint64_t resume_from;
    const char *part_token; /* of the part's name; NULL: there is none */
    uint64_t part_inode;    /* of the part; 0 not known */
    uint64_t
        part_url_fingerprint;  /* of the URL that sent the part; 0 not known */
    uint64_t resume_total;     /* length of the whole file; 0 not known */
    const char *etag;          /* strong; or NULL */
    const char *last_modified; /* or NULL */
    /* Validators of the file that is there: fetch it only if it has changed
     * since. Each may be NULL. */
    const char *if_etag; /* a weak one too */
    const char *if_modified;
    const char *own_cookies; /* those of options->cookie_lines for this host, a
                                line each as libcurl writes them; or NULL */
    const char *cookies; /* set by hosts on the way of redirects to this URL, a
                            line each as libcurl writes them; or NULL */
    bool fresh;  /* use a new connection: the attempt before failed, perhaps
                    because its connection had been used before */
    bool http_1; /* ask in HTTP/1.1: it could not be told whether an answer of
                    this host in HTTP/2 was complete */
};

/* The length of a whole file. Where nobody knows it, a reply and a part have
 * UINT64_MAX; a job, a task and a record have 0. These turn one into the other.
 */
static inline uint64_t hl_length_to_record(uint64_t length)
{
    return length < UINT64_MAX ? length : 0;
}

static inline uint64_t hl_length_of_record(uint64_t total)
{
    return total > 0 ? total : UINT64_MAX;
}

/* What a part may be resumed by. */
struct hl_part {
    uint64_t length;           /* of the whole file; UINT64_MAX not known */
    const char *etag;          /* strong; or NULL */
    const char *last_modified; /* or NULL; both NULL: by nothing */
    const char *token;         /* of its name; NULL: there is no part */
    uint64_t inode;            /* 0: the part is not open yet */
    uint64_t url_fingerprint;  /* of the URL that sends it */
};

/*
 * From now on a part can be resumed by these validators, or, where *part names
 * none, not any more. Called before that becomes true of the part, to put it on
 * record; shared->settle() follows, so that a kill at any time leaves no record
 * that promises too much. On the thread that stores. @return 0, or a libuv
 * code: then the attempt fails with it.
 */
typedef int (*hl_xfer_part_fn)(void *arg, const struct hl_part *part);

/* All phases together. */
static inline uint64_t hl_times_sum(const struct haul_times *t)
{
    return t->queued + t->dns + t->connect + t->tls + t->wait + t->body +
           t->ready + t->work + t->file;
}

/* What one attempt came to. Borrowed until finish() returns. */
struct hl_reply {
    enum haul_error error; /* HAUL_OK: published under path */
    enum haul_why why;     /* of error */
    bool hopeless;         /* whatever the error, another attempt in this run
                              would fail in the same way */
    int curl_code;
    int sys_errno;
    long http_status;
    bool exists;         /* error io: path was taken, nothing was replaced */
    bool exhausted;      /* error io: sockets, ports, files or memory have run
                            out; try again with fewer transfers at a time */
    bool unchanged;      /* HAUL_OK by a 304: no file was touched */
    bool answered;       /* a status line came */
    bool connect_failed; /* no request could be sent: the lookup, the connect or
                            the TLS handshake failed, or took too long */
    bool sent; /* of a request that is sent once: it may have reached the
                  server */
    uint64_t received; /* body bytes of this attempt */
    uint64_t bytes;    /* size of the file, or of the part that was kept */
    uint64_t resumed_from;
    uint64_t length;        /* of the whole file, as the server says;
                               UINT64_MAX it does not */
    uint32_t retry_after_s; /* from the server; 0 none */
    uint32_t worker;        /* from 1 */
    uint32_t http_version;  /* 11, 20; 0 none */
    bool reused;
    bool http_1;               /* further jobs for this host need job.http_1 */
    uint64_t start_ns;         /* uv_hrtime() at the start of the attempt */
    struct haul_times times;   /* all but queued, which the run fills in */
    uint64_t ready_first_us;   /* the part of times.ready that was before the
                                  answer's first byte */
    uint64_t ready_pool_us;    /* the part of it in the line of the pool */
    uint64_t file_pool_us;     /* the same of times.file */
    uint64_t work_cpu_us;      /* the processor time of times.work */
    const char *message;       /* or NULL; printable */
    const char *location;      /* of a 3xx, absolute; or NULL */
    const char *cookies;       /* with location: those of the job and those that
                                  this answer set; or NULL */
    const char *etag;          /* strong, of a kept part or file; or NULL */
    const char *etag_any;      /* the same, or weak: for If-None-Match */
    const char *last_modified; /* strong, as etag; or NULL */
    const char
        *last_modified_any;   /* the same, or weak: for If-Modified-Since */
    const char *content_type; /* or NULL */
    const char *digests;      /* of the file, where job or options ask for
                                 some (util/checksum.h); or NULL */
    bool lost; /* error worker: the worker process hangs and cannot be killed.
                  Nobody knows what becomes of the file. Only the parent sets
                  this */
    struct hl_stamp stamp;         /* of the file, under its name */
    const char *xxh3;              /* of the file (util/xxh3.h); or NULL */
    const char *part_token;        /* of the part that was kept; or NULL */
    uint64_t part_inode;           /* of that part */
    uint64_t part_url_fingerprint; /* of the URL that sent it; 0 not known */
    const char *aside; /* the new name of a file that was moved out of the
                          way; or NULL */
};

#endif
