/*
 * What shows a session at work: traces of its events, figures of its loops, and
 * its state in words.
 */
#ifndef HAUL_DEBUG_H
#define HAUL_DEBUG_H

#include "haul/haul.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Categories of events, a bit each, for options.trace and
 * options.trace_file_mask. HAUL_TRACE_ALL has all bits. */
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

/* What became of the events of options.trace and options.trace_file. */
struct haul_trace_stats {
    uint64_t dropped; /* events that came faster than they were written */
    uint64_t bytes;   /* of the file */
    bool cut;         /* the file ends at options.trace_max_bytes */
    int error;        /* of the first write, or the close, that failed; or 0 */
};

/* Callbacks of one kind: "poll", "timer", "idle", "async", "after-work", "read"
 * or "exit". The kind "inner" is parts of these callbacks, which are measured
 * by themselves and are included in the others too. */
struct haul_callback_stats {
    const char *kind; /* static; NULL ends the array */
    uint64_t count;
    uint64_t total_us;
};

enum { HAUL_CALLBACK_KINDS = 9, HAUL_CALLBACK_NAME_SIZE = 128 };

/* What a loop did since the session's start. */
struct haul_loop_stats {
    uint32_t loop; /* 0: the session's; from 1 on: those of options.loops */
    uint64_t turns;
    uint64_t watched_us; /* since the start; 0: nothing was measured */
    uint64_t idle_us;    /* the part of it that the loop waited in poll */
    bool has_lag;        /* options.loop_lag was set, and these are measured: */
    uint64_t lag_p50_us; /* how late the loop comes to an event */
    uint64_t lag_p99_us;
    uint64_t lag_p999_us;
    uint64_t lag_max_us;
    uint64_t longest_us;                   /* the longest callback ... */
    char longest[HAUL_CALLBACK_NAME_SIZE]; /* ... and what it was */
    struct haul_callback_stats kinds[HAUL_CALLBACK_KINDS];
};

/* What is known of a host: of the time and the attempts that it took, and of
 * what its URLs wait for. Of hosts that have had nothing to do for long while
 * many others were asked, only those are kept that took most. */
struct haul_host_stats {
    const char *origin; /* "https://example.com:443"; borrowed until the loop
                           runs on */
    char address[48];   /* of IP, where it is known */
    bool is_private;    /* it is a loopback or private address */
    uint64_t urls;      /* that waited for it */
    uint64_t attempts;
    struct haul_times spent;           /* by all attempts */
    uint64_t alone_us;                 /* no other host had a URL left */
    uint64_t held_us[HAUL_HELD_COUNT]; /* as in haul_stats, of this host; but
                                          HAUL_HELD_BY_PAUSE: for how long it
                                          asked to wait */
    uint32_t cap;          /* transfers at a time, now; UINT32_MAX no limit */
    bool is_slowed;        /* that is less than options.max_per_host, since
                              the host has answered 429 or 503 */
    uint32_t busy_answers; /* so many times */
    long busy_status;      /* the last of them; 0: none */
    uint64_t asked_s;      /* its last Retry-After */
    uint64_t paused_until_us; /* uv_hrtime()/1000; 0: it is not paused */
    uint64_t silent_since_us; /* it could not be reached since then, in
                                 uv_hrtime()/1000; 0: it can */
};

/* The network is down, or no host that has URLs left can be reached. */
struct haul_outage {
    char origin[HAUL_CALLBACK_NAME_SIZE]; /* the only host that was tried, or
                                             "proxy://host:port" of the proxy;
                                             "": there were several */
    uint64_t silent_us; /* for how long no host has answered */
    uint64_t left_us;   /* until the session ends (options.max_outage_s) */
};

/* Figures of the loop that was busy longest, where there are several. All zero
 * where the options did not ask for figures. Loop thread, as are the next two.
 */
HAUL_API void haul_session_loop_stats(const struct haul_session *session,
                                      struct haul_loop_stats *out);
/* Figures of one loop: index 0 is the session's, and the others of
 * options.loops follow, which with 0 come in the middle of a run. @return false
 * where there is no such loop. */
HAUL_API bool haul_session_loop(const struct haul_session *session,
                                uint32_t index, struct haul_loop_stats *out);
/* Fills out with the hosts for which weight() is largest, the largest first,
 * without those for which it is 0. Addresses are found for the chosen alone:
 * weight() sees none. @return how many, at most so many. Loop thread, as is the
 * next. */
HAUL_API size_t
haul_session_hosts(const struct haul_session *session,
                   uint64_t (*weight)(const struct haul_host_stats *host),
                   struct haul_host_stats *out, size_t most);
/* @return false where there is no outage. */
HAUL_API bool haul_session_outage(const struct haul_session *session,
                                  struct haul_outage *out);
/* Writes the state of the session in words: counts, hosts, transfers in flight,
 * and the loop's live handles. */
HAUL_API void haul_session_dump(struct haul_session *session, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
