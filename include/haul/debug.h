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

/* Figures of the loop that was busy longest, where there are several. All zero
 * where the options did not ask for figures. Loop thread, as are the next two.
 */
HAUL_API void haul_session_loop_stats(const struct haul_session *session,
                                      struct haul_loop_stats *out);
/* Figures of one loop: index 0 is the session's, and those that transfer with
 * options.loops > 1 follow. @return false where there is no such loop. */
HAUL_API bool haul_session_loop(const struct haul_session *session,
                                uint32_t index, struct haul_loop_stats *out);
/* Writes the state of the session in words: counts, hosts, transfers in flight,
 * and the loop's live handles. */
HAUL_API void haul_session_dump(struct haul_session *session, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
