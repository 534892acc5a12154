/*
 * The event table: every kind of event that haul can show, one row each.
 * Sinks read names, categories, phases and the meaning of the values from
 * here, so that a new event needs a row and nothing else.
 */
#ifndef HL_TRACE_EVENTS_H
#define HL_TRACE_EVENTS_H

/*
 * X(kind, category, phase, name, value name, second value name)
 * Phases: i instant, B begin and E end of a span on its lane (the loop or a
 * worker), b begin, n step and e end of a transfer's span. A value whose name
 * is NULL is not shown. Names that end in _us, _ms or _b carry their unit.
 */
#define HL_EVENT_MAP(X)                                                        \
    X(HL_EV_TURN, LOOP, 'i', "turn", "n", "handles")                           \
    X(HL_EV_POLL_BEGIN, LOOP, 'B', "poll wait", "timeout_ms", NULL)            \
    X(HL_EV_POLL_END, LOOP, 'E', "poll wait", "waited_us", NULL)               \
    X(HL_EV_BLOCKED, LOOP, 'i', "loop blocked", "for_us", NULL)                \
    X(HL_EV_TIMER_SET, TIMER, 'i', "timer set", "in_ms", NULL)                 \
    X(HL_EV_TIMER_STOP, TIMER, 'i', "timer stop", NULL, NULL)                  \
    X(HL_EV_TIMER_FIRE, TIMER, 'i', "timer fires", NULL, NULL)                 \
    X(HL_EV_IDLE_FIRE, TIMER, 'i', "0-timeout runs from idle", NULL, NULL)     \
    X(HL_EV_SOCKET_WATCH, SOCKET, 'i', "socket watch", "fd", "events")         \
    X(HL_EV_SOCKET_READY, SOCKET, 'i', "socket ready", "fd", "events")         \
    X(HL_EV_SOCKET_DROP, SOCKET, 'i', "socket drop", "fd", NULL)               \
    X(HL_EV_CURL_ACTION, CURL, 'i', "socket_action", "fd", "running")          \
    X(HL_EV_CURL_DONE, CURL, 'i', "curl done", "code", NULL)                   \
    X(HL_EV_CURL_ADD, CURL, 'i', "curl add", "added", NULL)                    \
    X(HL_EV_TRANSFER_BEGIN, TRANSFER, 'b', "transfer", "attempt", NULL)        \
    X(HL_EV_TRANSFER_SENT, TRANSFER, 'n', "request sent", "reused", NULL)      \
    X(HL_EV_TRANSFER_HEAD, TRANSFER, 'n', "answer", "status", NULL)            \
    X(HL_EV_TRANSFER_BODY, TRANSFER, 'n', "first body byte", NULL, NULL)       \
    X(HL_EV_TRANSFER_END, TRANSFER, 'e', "transfer", "status", "bytes")        \
    X(HL_EV_JOB_QUEUED, SCHEDULE, 'i', "queued", "line", NULL)                 \
    X(HL_EV_JOB_TAKEN, SCHEDULE, 'i', "taken", "in_flight", NULL)              \
    X(HL_EV_JOB_RETRY, SCHEDULE, 'i', "retry", "in_ms", "attempt")             \
    X(HL_EV_JOB_REDIRECT, SCHEDULE, 'i', "redirect", "hop", "status")          \
    X(HL_EV_JOB_DONE, SCHEDULE, 'i', "done", "status", "attempts")             \
    X(HL_EV_HOST_HELD, SCHEDULE, 'i', "host at its cap", "running", "waiting") \
    X(HL_EV_HOST_LOWERED, SCHEDULE, 'i', "host asked less of", "cap", NULL)    \
    X(HL_EV_HOST_PAUSED, SCHEDULE, 'i', "host paused", "for_ms", NULL)         \
    X(HL_EV_HOST_GIVEN_UP, SCHEDULE, 'i', "host given up", "failures", NULL)   \
    X(HL_EV_LOOKUP, SCHEDULE, 'i', "host looked up", "addresses", "took_us")   \
    X(HL_EV_OUTAGE, SCHEDULE, 'i', "network", "down", NULL)                    \
    X(HL_EV_SLOTS, SCHEDULE, 'i', "fewer slots", "slots", NULL)                \
    X(HL_EV_CANCEL, SCHEDULE, 'i', "cancel", "level", NULL)                    \
    X(HL_EV_WORKER_START, WORKER, 'i', "worker starts", "worker", "pid")       \
    X(HL_EV_WORKER_JOB, WORKER, 'B', "worker busy", "worker", NULL)            \
    X(HL_EV_WORKER_FREE, WORKER, 'E', "worker busy", "worker", NULL)           \
    X(HL_EV_WORKER_EXIT, WORKER, 'i', "worker exits", "worker", "signal")      \
    X(HL_EV_FILE_OPEN, FILE, 'i', "open", "from", NULL)                        \
    X(HL_EV_FILE_WRITE, FILE, 'i', "write", "bytes", NULL)                     \
    X(HL_EV_FILE_PUBLISH, FILE, 'i', "publish", "bytes", NULL)                 \
    X(HL_EV_FILE_BATCH, FILE, 'i', "publish batch", "files", NULL)             \
    X(HL_EV_JOURNAL_FLUSH, FILE, 'i', "journal flush", "bytes", NULL)

enum hl_event_kind {
#define X(kind, category, phase, name, value, value2) kind,
    HL_EVENT_MAP(X)
#undef X
        HL_EV_COUNT
};

#endif
