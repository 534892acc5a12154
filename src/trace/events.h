/*
 * The table of events: a row for each kind of event that haul can show. Sinks
 * read its name, category, shape and the meaning of its values here, so a new
 * event needs a row and nothing else.
 */
#ifndef HL_TRACE_EVENTS_H
#define HL_TRACE_EVENTS_H

/*
 * X(kind, category, shape, name, value name, second value name)
 * A value whose name is NULL is not shown. Names that end in _ns, _us, _ms
 * carry their unit.
 *
 * Shapes:
 *   i  an instant on its lane: the loop, or a thread or process
 *   X  a span on its lane that is over: t_ns is its begin, value its length
 *      in ns. On the loop, spans nest.
 *   C  a number, which is value from now on
 *   c  a number that changes many times a turn: a timeline leaves out values
 *      that stand only for a moment
 *   D  a number that starts at 0 and changes by value
 *   q  a URL begins to wait; the text is the URL. The first one opens the
 *      URL's track.
 *   n  a step of a URL's transfer
 *   a  an attempt is over; the text is a struct hl_attempt
 *   d  a URL's result is known: its track closes
 *   t  for the text sink only: a timeline shows the same by other events, such
 *      as the spans of callbacks and the phases of attempts
 */
#define HL_EVENT_MAP(X)                                                        \
    X(HL_EV_TURN, LOOP, 'X', "turn", "took_ns", "n")                           \
    X(HL_EV_POLL, LOOP, 'X', "poll wait", "took_ns", "timeout_ms")             \
    X(HL_EV_CALLBACK, LOOP, 'X', "callback", "took_ns", NULL)                  \
    X(HL_EV_BLOCKED, LOOP, 'i', "loop blocked", "for_us", NULL)                \
    X(HL_EV_LOOPS, LOOP, 'i', "more loops open", "loops", NULL)                \
    X(HL_EV_IN_FLIGHT, LOOP, 'c', "in flight", "transfers", NULL)              \
    X(HL_EV_QUEUE, LOOP, 'C', "queue", "urls", NULL)                           \
    X(HL_EV_SOCKETS, LOOP, 'D', "open sockets", "sockets", NULL)               \
    X(HL_EV_RATE, LOOP, 'C', "bytes/s", "rate", NULL)                          \
    X(HL_EV_TIMER_SET, TIMER, 't', "timer set", "in_ms", NULL)                 \
    X(HL_EV_TIMER_STOP, TIMER, 't', "timer stop", NULL, NULL)                  \
    X(HL_EV_TIMER_FIRE, TIMER, 'i', "timer fires", NULL, NULL)                 \
    X(HL_EV_IDLE_FIRE, TIMER, 'i', "libcurl goes on at once", NULL, NULL)      \
    X(HL_EV_SOCKET_WATCH, SOCKET, 'i', "socket watch", "fd", "events")         \
    X(HL_EV_SOCKET_READY, SOCKET, 't', "socket ready", "fd", "events")         \
    X(HL_EV_SOCKET_DROP, SOCKET, 'i', "socket drop", "fd", NULL)               \
    X(HL_EV_CURL_ACTION, CURL, 'i', "libcurl is called", "fd", "running")      \
    X(HL_EV_CURL_DONE, CURL, 't', "curl done", "code", NULL)                   \
    X(HL_EV_CURL_ADD, CURL, 't', "curl add", "added", NULL)                    \
    X(HL_EV_TRANSFER_BEGIN, TRANSFER, 't', "transfer begins", "attempt", NULL) \
    X(HL_EV_TRANSFER_SENT, TRANSFER, 't', "request sent", "reused", NULL)      \
    X(HL_EV_TRANSFER_HEAD, TRANSFER, 't', "answer", "status", NULL)            \
    X(HL_EV_TRANSFER_BODY, TRANSFER, 't', "first body byte", NULL, NULL)       \
    X(HL_EV_TRANSFER_DIRECT, TRANSFER, 'n', "received directly", "left", NULL) \
    X(HL_EV_TRANSFER_END, TRANSFER, 't', "transfer ends", "status", "bytes")   \
    X(HL_EV_ATTEMPT, SCHEDULE, 'a', "attempt", "n", "status")                  \
    X(HL_EV_JOB_QUEUED, SCHEDULE, 'q', "queued", "line", NULL)                 \
    X(HL_EV_JOB_TAKEN, SCHEDULE, 't', "taken", "in_flight", NULL)              \
    X(HL_EV_JOB_RETRY, SCHEDULE, 'n', "retry", "in_ms", "attempt")             \
    X(HL_EV_JOB_REDIRECT, SCHEDULE, 'n', "redirect", "hop", "status")          \
    X(HL_EV_JOB_DONE, SCHEDULE, 'd', "done", "status", "attempts")             \
    X(HL_EV_HOST_HELD, SCHEDULE, 'i', "host at its cap", "running", "waiting") \
    X(HL_EV_HOST_LOWERED, SCHEDULE, 'i', "host asked less of", "cap", NULL)    \
    X(HL_EV_HOST_PAUSED, SCHEDULE, 'i', "host paused", "for_ms", NULL)         \
    X(HL_EV_HOST_GIVEN_UP, SCHEDULE, 'i', "host given up", "failures", NULL)   \
    X(HL_EV_LOOKUP, SCHEDULE, 'i', "host looked up", "addresses", "took_us")   \
    X(HL_EV_OUTAGE, SCHEDULE, 'i', "network", "down", NULL)                    \
    X(HL_EV_SLOTS_FEWER, SCHEDULE, 'i', "fewer slots", "slots", NULL)          \
    X(HL_EV_SLOTS, SCHEDULE, 'C', "slots", "transfers", NULL)                  \
    X(HL_EV_CANCEL, SCHEDULE, 'i', "cancel", "level", NULL)                    \
    X(HL_EV_WORKER_START, WORKER, 'i', "worker starts", "worker", "pid")       \
    X(HL_EV_WORKER_JOB, WORKER, 't', "worker busy begins", "worker", NULL)     \
    X(HL_EV_WORKER_BUSY, WORKER, 'X', "worker busy", "took_ns", "worker")      \
    X(HL_EV_WORKER_EXIT, WORKER, 'i', "worker exits", "worker", "signal")      \
    X(HL_EV_FILE_OPEN, FILE, 'n', "open", "from", NULL)                        \
    X(HL_EV_FILE_WRITE, FILE, 'n', "write", "bytes", NULL)                     \
    X(HL_EV_FILE_PUBLISH, FILE, 't', "publish", "bytes", NULL)                 \
    X(HL_EV_FILE_BATCH, FILE, 'i', "publish batch", "files", NULL)

/* The timeout of a poll whose timeout is not known. */
enum { HL_POLL_UNKNOWN = -2 };

enum hl_event_kind {
#define X(kind, category, shape, name, value, value2) kind,
    HL_EVENT_MAP(X)
#undef X
        HL_EV_COUNT
};

/*
 * The callbacks that the loop calls, a row each: X(id, kind, state, name). The
 * kind is libuv's, or "inner" for a part of a callback that is shown by itself.
 * The state is what the thread does meanwhile: it works, or it is blocked, as
 * it waits for a server.
 */
#define HL_CALLBACK_MAP(X)                                                    \
    X(HL_CB_SOCKET, "poll", "working", "socket ready")                        \
    X(HL_CB_CURL_TIMER, "timer", "working", "libcurl's timeout")              \
    X(HL_CB_CURL_NOW, "idle", "working", "libcurl's timeout of 0")            \
    X(HL_CB_RESUME, "timer", "working", "paused transfers go on")             \
    X(HL_CB_TURN, "idle", "working", "transfers start, files go to the pool") \
    X(HL_CB_RUN, "idle", "working", "the run's turn")                         \
    X(HL_CB_DUE, "timer", "working", "delayed URLs are due")                  \
    X(HL_CB_GOODPUT, "timer", "working", "goodput is looked at")              \
    X(HL_CB_FLUSH, "timer", "working", "journal flush")                       \
    X(HL_CB_STOP, "async", "working", "order to stop")                        \
    X(HL_CB_GRACE, "timer", "working", "end of the grace time")               \
    X(HL_CB_FILES, "after-work", "working", "files are named")                \
    X(HL_CB_STORED, "after-work", "working", "a piece of a file is stored")   \
    X(HL_CB_PARTS, "async", "working", "parts go on record")                  \
    X(HL_CB_THREAD, "after-work", "working", "a thread's transfer is over")   \
    X(HL_CB_ADOPT, "after-work", "working", "a file that was there is read")  \
    X(HL_CB_CHECK, "after-work", "working", "files of done URLs are checked") \
    X(HL_CB_JOBS, "async", "working", "jobs come from the run's loop")        \
    X(HL_CB_REPLIES, "async", "working", "other loops have replies")          \
    X(HL_CB_LOOKUP, "async", "working", "a lookup is over")                   \
    X(HL_CB_ONE_BY_ONE, "idle", "working", "one transfer after the other")    \
    X(HL_CB_PIPE, "read", "working", "a message from a worker")               \
    X(HL_CB_EXIT, "exit", "working", "a worker has ended")                    \
    X(HL_CB_BLOCKING, "inner", "blocked", "a transfer that blocks")           \
    X(HL_CB_WORK, "inner", "working", "work on a file")                       \
    X(HL_CB_RECORD, "inner", "working", "a part goes on record")

enum hl_callback {
#define X(id, kind, state, name) id,
    HL_CALLBACK_MAP(X)
#undef X
        HL_CB_COUNT
};

#endif
