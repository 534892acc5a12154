#include "transfer/curl_uv.h"

#include <assert.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "trace/loop_watch.h"
#include "transfer/direct.h"
#include "transfer/reply.h"
#include "transfer/socket_watch.h"
#include "transfer/timing.h"
#include "transfer/waits.h"
#include "transfer/xfer_struct.h"
#include "util/closing.h"
#include "util/container_of.h"
#include "util/time_units.h"

enum {
    CROWDS_MAX = 8, /* servers that are helped at once */
};

/* Servers that let new connections wait, by hl_waits_server(). */
struct crowds {
    uint64_t servers[CROWDS_MAX];
    unsigned count;
    unsigned waiting; /* connections that wait there */
};

/* Owned by a mode. Freed when the last of its handles has closed. */
struct hl_curl_uv {
    CURLM *multi; /* NULL: there was no memory for another */
    uv_loop_t *loop;
    struct hl_trace *trace;
    uv_timer_t timer;  /* libcurl's timeout */
    uv_idle_t idle;    /* a timeout of 0, due in the next turn */
    uv_timer_t resume; /* the first of the paused may go on */
    /* Those paused are in the order of due_ns. */
    struct hl_xfer_link *lists[HL_XFER_LISTS];
    struct hl_socket_watcher watcher; /* of libcurl's sockets */
    struct hl_sockets sockets;        /* of its connections */
    struct hl_flood flood;            /* of these connections */
    struct hl_trust trust;            /* of these connections */
    struct hl_serving serving;
    uint32_t max_connections;
    uint32_t limit;        /* of connections now; at most max_connections */
    struct hl_waits waits; /* for answers on these connections */
    hl_curl_uv_done_fn done;
    void (*readable)(void *arg);
    void (*closed)(void *arg);
    void *closed_arg;
    bool spoilt; /* the multi must not be used any more */
    bool is_closing;
    struct hl_closing closing; /* the three handles and the watches */
};

static void on_all_closed(void *arg)
{
    struct hl_curl_uv *glue = arg;
    void (*closed)(void *arg) = glue->closed;
    void *closed_arg = glue->closed_arg;
    hl_sockets_release(&glue->sockets);
    hl_trust_release(&glue->trust);
    free(glue);
    if (closed != NULL)
        closed(closed_arg);
}

static void on_watch_closed(struct hl_socket_watcher *watcher)
{
    struct hl_curl_uv *glue = container_of(watcher, struct hl_curl_uv, watcher);
    if (glue->is_closing)
        hl_closing_one(&glue->closing);
}

static struct hl_xfer *xfer_of(CURL *easy)
{
    char *xfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &xfer);
    return (struct hl_xfer *)(void *)xfer;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                          void *socketp);
static int on_curl_timer(CURLM *multi, long timeout_ms, void *arg);

static void set_limit(struct hl_curl_uv *glue)
{
    /* By default libcurl keeps as many connections as the number of handles
     * that are added just now demands: it closes idle ones whenever few
     * transfers run. */
    curl_multi_setopt(glue->multi, CURLMOPT_MAXCONNECTS, (long)glue->limit);
    /* libcurl looks at that limit when a transfer leaves its connection, and at
     * this one when it opens a connection: then it closes the oldest idle
     * one. */
    curl_multi_setopt(glue->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      (long)glue->limit);
}

static int open_multi(struct hl_curl_uv *glue)
{
    CURLM *multi = curl_multi_init();
    if (multi == NULL)
        return UV_ENOMEM;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, glue);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, glue);
    glue->multi = multi;
    set_limit(glue);
    return 0;
}

static struct hl_xfer_link *first_of(const struct hl_curl_uv *glue,
                                     enum hl_xfer_list list)
{
    return glue->lists[list];
}

/* From the list that it is in, if any, to the end of another. */
static void move(struct hl_curl_uv *glue, struct hl_xfer_link *link,
                 enum hl_xfer_list list)
{
    if (link->list != HL_XFER_IN_NONE)
        /* The only one of a list is its own prev.
         * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        DL_DELETE(glue->lists[link->list], link);
    link->list = list;
    if (list != HL_XFER_IN_NONE)
        DL_APPEND(glue->lists[list], link);
    /* No transfer is paused any more: the timer has nothing to wait for. */
    if (glue->lists[HL_XFER_PAUSED] == NULL)
        uv_timer_stop(&glue->resume);
}

static void note_wait(struct hl_curl_uv *glue, const struct hl_xfer *xfer)
{
    const uint64_t *ns = xfer->phases.ns;
    uint64_t wait = ns[HL_PHASE_WAIT];
    bool kept = xfer->try.opened_count == 0;
    if (!kept)
        wait += ns[HL_PHASE_CONNECT] + ns[HL_PHASE_TLS];
    if (xfer->try.heard && xfer->requested)
        hl_waits_note(&glue->waits, xfer->server, kept, wait);
}

/* Nothing waits for the socket that was taken from libcurl any more. */
static void stop_waiting(struct hl_xfer *xfer)
{
    if (xfer->direct.watch != NULL)
        hl_socket_watch_drop(xfer->direct.watch);
    xfer->direct.watch = NULL;
}

/* Each transfer ends here, and only here. libcurl was done with it at
 * over_ns. */
static void end(struct hl_curl_uv *glue, struct hl_xfer *xfer, int code,
                uint64_t over_ns)
{
    struct hl_xfer_link *link = &xfer->link;
    hl_timing_over(xfer, over_ns);
    note_wait(glue, xfer);
    stop_waiting(xfer);
    move(glue, link, HL_XFER_IN_NONE);
    curl_multi_remove_handle(glue->multi, xfer->easy);
    HL_TRACE(glue->trace, HL_EV_CURL_DONE, .job = xfer->job->id, .value = code);
    glue->done(link->owner, xfer, code);
}

/* To be called after every action. The number of running handles does not tell
 * whether there are messages: read all. */
static void drain(struct hl_curl_uv *glue)
{
    struct hl_xfer_link *link;
    CURLMsg *message;
    int left;
    uint64_t over = 0;
    while ((message = curl_multi_info_read(glue->multi, &left)) != NULL) {
        over = over > 0 ? over : uv_hrtime();
        /* end() removes the handle, which frees the message. */
        if (message->msg == CURLMSG_DONE)
            end(glue, xfer_of(message->easy_handle), (int)message->data.result,
                over);
    }
    while ((link = first_of(glue, HL_XFER_BROKEN)) != NULL)
        end(glue, link->xfer, link->code, uv_hrtime());
}

static void break_all(struct hl_curl_uv *glue, enum hl_xfer_list list)
{
    struct hl_xfer_link *link;
    while ((link = first_of(glue, list)) != NULL) {
        link->code = CURLE_OUT_OF_MEMORY;
        move(glue, link, HL_XFER_BROKEN);
    }
}

/*
 * libcurl ran out of memory in the midst of an action, and does not say for
 * what. It may have forgotten a socket, left out other work that was due, and
 * lost the time of its next timeout: none of its transfers can be expected to
 * end. (7.88 also keeps an entry for the socket with a hash of no slots, and
 * divides by their number when the socket's number turns up again.) So all
 * transfers end, and a new multi takes the place of this one. done() is called
 * only after that.
 */
static void renew(struct hl_curl_uv *glue)
{
    struct hl_xfer_link *link;
    CURLMsg *message;
    int left;
    break_all(glue, HL_XFER_RUNNING);
    break_all(glue, HL_XFER_PAUSED);
    break_all(glue, HL_XFER_FULL);
    break_all(glue, HL_XFER_DIRECT);
    while ((message = curl_multi_info_read(glue->multi, &left)) != NULL)
        xfer_of(message->easy_handle)->link.code = (int)message->data.result;
    DL_FOREACH (first_of(glue, HL_XFER_BROKEN), link)
        curl_multi_remove_handle(glue->multi, link->xfer->easy);
    curl_multi_cleanup(glue->multi);
    glue->multi = NULL;
    glue->spoilt = false;
    (void)open_multi(glue);
}

static void act(struct hl_curl_uv *glue, curl_socket_t fd, int flags)
{
    int running = 0;
    hl_flood_end(&glue->flood);
    if (glue->multi != NULL && !glue->spoilt)
        glue->spoilt = curl_multi_socket_action(glue->multi, fd, flags,
                                                &running) != CURLM_OK;
    HL_TRACE(glue->trace, HL_EV_CURL_ACTION,
             .value = fd == CURL_SOCKET_TIMEOUT ? -1 : (int64_t)fd,
             .value2 = running);
    if (glue->spoilt)
        renew(glue);
    drain(glue);
}

static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_curl_uv *glue = container_of(timer, struct hl_curl_uv, timer);
    HL_IN_CALLBACK(glue->trace, HL_CB_CURL_TIMER);
    HL_TRACE(glue->trace, HL_EV_TIMER_FIRE, .t_ns = 0);
    act(glue, CURL_SOCKET_TIMEOUT, 0);
}

static void on_uv_idle(uv_idle_t *idle)
{
    struct hl_curl_uv *glue = container_of(idle, struct hl_curl_uv, idle);
    HL_IN_CALLBACK(glue->trace, HL_CB_CURL_NOW);
    uv_idle_stop(idle);
    HL_TRACE(glue->trace, HL_EV_IDLE_FIRE, .t_ns = 0);
    act(glue, CURL_SOCKET_TIMEOUT, 0);
}

/*
 * A timeout of 0 runs from an idle handle, in the next turn of the loop. Before
 * libuv 1.48 a timer of 0 that is started in a timer's callback runs again in
 * the same pass, and starves the sockets. A timer of 1 ms would cost 1 ms for
 * each request.
 */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct hl_curl_uv *glue = arg;
    (void)multi;
    if (glue->is_closing)
        return 0;
    uv_timer_stop(&glue->timer);
    if (timeout_ms == 0) {
        HL_TRACE(glue->trace, HL_EV_TIMER_SET, .value = 0);
        /* An idle handle that is active already keeps its place. If it were
         * stopped first, it would run one turn later, and adds in each turn
         * would put it off for ever. */
        uv_idle_start(&glue->idle, on_uv_idle);
        return 0;
    }
    if (first_of(glue, HL_XFER_BROKEN) == NULL)
        uv_idle_stop(&glue->idle);
    if (timeout_ms < 0) {
        HL_TRACE(glue->trace, HL_EV_TIMER_STOP, .t_ns = 0);
        return 0;
    }
    HL_TRACE(glue->trace, HL_EV_TIMER_SET, .value = timeout_ms);
    /* Timers count from the time that the loop has cached, which is old in a
     * long callback. */
    uv_update_time(glue->loop);
    uv_timer_start(&glue->timer, on_uv_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static int flags_of(int status, int events)
{
    /* An error shows as 0, "look yourself": CURL_CSELECT_ERR would end the
     * transfer and lose what can still be read (lib/transfer.c). */
    if (status < 0)
        return 0;
    return (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
           (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
}

static void on_watch_ready(struct hl_socket_watcher *watcher, int fd,
                           int status, int events)
{
    struct hl_curl_uv *glue = container_of(watcher, struct hl_curl_uv, watcher);
    HL_IN_CALLBACK(glue->trace, HL_CB_SOCKET);
    const struct hl_socket_watch *watch = hl_fd_table_get(watcher->sockets, fd);
    struct hl_xfer *user = watch->user;
    if (user != NULL && user->direct.watch == watch) {
        stop_waiting(user);
        glue->readable(user->link.owner);
        return;
    }
    uint64_t now = uv_hrtime();
    uint64_t from = hl_loop_turn_event(glue->serving.turn, fd, now);
    if (watch->user != NULL)
        hl_timing_reported(watch->user, status == 0, from, now);
    glue->serving =
        (struct hl_serving){glue->serving.turn, watch->user, from, now};
    act(glue, fd, flags_of(status, events));
    glue->serving = (struct hl_serving){.turn = glue->serving.turn};
}

static int events_of(int what)
{
    return (what & CURL_POLL_IN ? UV_READABLE : 0) |
           (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
}

/* Ends a transfer that cannot go on, from a place where libcurl must not be
 * called: done() comes in the next turn or in drain(). */
static void break_off(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    struct hl_xfer_link *link = &xfer->link;
    if (link->list != HL_XFER_BROKEN)
        link->code = CURLE_OUT_OF_MEMORY;
    move(glue, link, HL_XFER_BROKEN);
    uv_idle_start(&glue->idle, on_uv_idle);
}

/* Never fails towards libcurl, which would abort every transfer then. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                          void *socketp)
{
    struct hl_curl_uv *glue = arg;
    struct hl_socket_watch *watch = socketp;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL && glue->is_closing)
            hl_socket_watch_drop(watch);
        else if (watch != NULL)
            hl_socket_watch_park(watch);
        return 0;
    }
    if (glue->is_closing)
        return 0;
    if (watch == NULL) {
        watch = hl_socket_watch_get(&glue->watcher, fd);
        if (watch == NULL) {
            break_off(glue, xfer_of(easy));
            return 0;
        }
        watch->user = xfer_of(easy);
        curl_multi_assign(glue->multi, fd, watch);
    }
    hl_socket_watch_want(watch, events_of(what));
    return 0;
}

static void on_xfer_socket(void *arg, int fd)
{
    struct hl_curl_uv *glue = arg;
    hl_socket_watch_opened(glue->watcher.sockets, fd);
}

/* libcurl closes a connection, perhaps one that nothing uses. Its number must
 * not stay in the loop, where another handle may get it. */
static int on_curl_close_socket(void *arg, curl_socket_t fd)
{
    struct hl_curl_uv *glue = arg;
    hl_socket_watch_closing(glue->watcher.sockets, fd);
    hl_sockets_closing(&glue->sockets, fd);
    return close(fd);
}

static void on_uv_resume(uv_timer_t *timer);

static void arm_resume(struct hl_curl_uv *glue)
{
    const struct hl_xfer_link *first = first_of(glue, HL_XFER_PAUSED);
    if (first == NULL)
        return;
    uint64_t now = uv_hrtime();
    uint64_t due = first->due_ns;
    uint64_t wait_ms =
        due > now ? (due - now + HL_NS_PER_MS - 1) / HL_NS_PER_MS : 0;
    uv_update_time(glue->loop);
    uv_timer_start(&glue->resume, on_uv_resume, wait_ms, 0);
}

/* libcurl hands over what it kept during the pause. When that fails, the bytes
 * are lost, and libcurl does not come back to the transfer by itself. */
static void go_on(struct hl_curl_uv *glue, struct hl_xfer_link *link)
{
    move(glue, link, HL_XFER_RUNNING);
    link->handing_over = true;
    hl_flood_end(&glue->flood);
    CURLcode code = curl_easy_pause(link->xfer->easy, CURLPAUSE_CONT);
    link->handing_over = false;
    if (code == CURLE_OK)
        return;
    link->code = (int)code;
    move(glue, link, HL_XFER_BROKEN);
    /* The memory may have been for the transfer's socket. */
    glue->spoilt = code == CURLE_OUT_OF_MEMORY;
}

/* All transfers that are due go on. One that must pause again joins the end of
 * the list. */
static void on_uv_resume(uv_timer_t *timer)
{
    struct hl_curl_uv *glue = container_of(timer, struct hl_curl_uv, resume);
    HL_IN_CALLBACK(glue->trace, HL_CB_RESUME);
    uint64_t now = uv_hrtime();
    struct hl_xfer_link *link;
    while (!glue->spoilt && (link = first_of(glue, HL_XFER_PAUSED)) != NULL &&
           link->due_ns <= now)
        go_on(glue, link);
    act(glue, CURL_SOCKET_TIMEOUT, 0);
    arm_resume(glue);
}

static void on_xfer_pause(void *arg, struct hl_xfer_link *link)
{
    struct hl_curl_uv *glue = arg;
    if (link->list != HL_XFER_RUNNING)
        return;
    if (link->due_ns == HL_XFER_UNTIL_STORED) {
        move(glue, link, HL_XFER_FULL);
        return;
    }
    move(glue, link, HL_XFER_PAUSED);
    if (first_of(glue, HL_XFER_PAUSED) == link)
        arm_resume(glue);
}

int hl_curl_uv_init(struct hl_curl_uv **out, uv_loop_t *loop,
                    struct hl_trace *trace, struct hl_loop_turn *turn,
                    struct hl_fd_table *sockets, uint32_t max_connections)
{
    struct hl_curl_uv *glue = calloc(1, sizeof(*glue));
    *out = NULL;
    if (glue == NULL)
        return UV_ENOMEM;
    glue->loop = loop;
    glue->trace = trace;
    glue->serving.turn = turn;
    glue->watcher = (struct hl_socket_watcher){.loop = loop,
                                               .trace = trace,
                                               .sockets = sockets,
                                               .ready = on_watch_ready,
                                               .closed = on_watch_closed};
    glue->max_connections = glue->limit = max_connections;
    if (open_multi(glue) < 0) {
        free(glue);
        return UV_ENOMEM;
    }
    uv_timer_init(loop, &glue->timer);
    uv_timer_init(loop, &glue->resume);
    uv_idle_init(loop, &glue->idle);
    *out = glue;
    return 0;
}

void hl_curl_uv_limit(struct hl_curl_uv *glue, uint32_t connections)
{
    bool less = connections > 0 && connections < glue->max_connections;
    glue->limit = less ? connections : glue->max_connections;
    if (glue->multi != NULL)
        set_limit(glue);
}

static bool is_crowded(const struct crowds *crowds, uint64_t server)
{
    for (unsigned i = 0; i < crowds->count; i++)
        if (server == crowds->servers[i])
            return true;
    return false;
}

/* The server that the transfer waits long for, for its first byte on a new
 * connection; 0: it does not. */
static uint64_t waits_long_for(const struct hl_curl_uv *glue,
                               const struct hl_xfer *xfer, uint64_t now_ns)
{
    const struct hl_try *try = &xfer->try;
    if (try->opened_count == 0 || try->heard ||
        now_ns < try->origin_ns + HL_NS_PER_S)
        return 0;
    uint64_t server = hl_waits_server_of(
        try->opened[(try->opened_count - 1) % HL_OPENED_MAX]);
    bool is_long = server != 0 && now_ns - try->origin_ns >
                                      hl_waits_long(&glue->waits, server);
    return is_long ? server : 0;
}

static void find_crowds(struct hl_curl_uv *glue, uint64_t now_ns,
                        struct crowds *out)
{
    struct hl_xfer_link *link;
    *out = (struct crowds){0};
    DL_FOREACH (first_of(glue, HL_XFER_RUNNING), link) {
        uint64_t server = waits_long_for(glue, link->xfer, now_ns);
        if (server == 0)
            continue;
        if (!is_crowded(out, server) && out->count < CROWDS_MAX)
            out->servers[out->count++] = server;
        if (!is_crowded(out, server))
            continue;
        out->waiting++;
        hl_waits_crowded(&glue->waits, server);
        /* As soon as it has a place, the next gets it. */
        hl_xfer_keep_nothing(link->xfer);
    }
}

/* Idle connections are those that nobody wants events of; but so are those
 * whose transfers are paused. */
static void end_idle(struct hl_curl_uv *glue, const struct crowds *crowds)
{
    const struct hl_fd_table *table = glue->watcher.sockets;
    if (first_of(glue, HL_XFER_PAUSED) != NULL ||
        first_of(glue, HL_XFER_FULL) != NULL)
        return;
    for (size_t i = 0; i < table->size; i++) {
        const struct hl_socket_watch *watch = table->items[i];
        /* libcurl finds the connection dead when it looks for one to use. */
        if (watch != NULL && watch->watcher == &glue->watcher &&
            watch->parked && is_crowded(crowds, hl_waits_server_of(watch->fd)))
            shutdown(watch->fd, SHUT_RDWR);
    }
}

void hl_curl_uv_make_room(struct hl_curl_uv *glue, uint64_t now_ns)
{
    struct hl_xfer_link *link;
    struct crowds crowds;
    find_crowds(glue, now_ns, &crowds);
    if (crowds.count == 0)
        return;
    end_idle(glue, &crowds);
    DL_FOREACH (first_of(glue, HL_XFER_RUNNING), link) {
        struct hl_xfer *xfer = link->xfer;
        if (crowds.waiting == 0)
            return;
        if (!xfer->requested || !is_crowded(&crowds, xfer->server) ||
            waits_long_for(glue, xfer, now_ns) != 0)
            continue;
        hl_xfer_keep_nothing(xfer);
        crowds.waiting--;
    }
}

void hl_curl_uv_on_done(struct hl_curl_uv *glue, hl_curl_uv_done_fn done,
                        void (*readable)(void *arg))
{
    glue->done = done;
    glue->readable = readable;
}

void hl_curl_uv_adopt(struct hl_curl_uv *glue, struct hl_xfer *xfer, void *arg)
{
    CURL *easy = xfer->easy;
    xfer->link.owner = arg;
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_curl_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, glue);
    xfer->hooks = (struct hl_xfer_hooks){.arg = glue,
                                         .pause = on_xfer_pause,
                                         .socket = on_xfer_socket,
                                         .serving = &glue->serving};
    xfer->sockets = &glue->sockets;
    xfer->flood = &glue->flood;
    xfer->tls.trust = &glue->trust;
}

void hl_curl_uv_add(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    HL_TRACE(glue->trace, HL_EV_CURL_ADD, .job = xfer->job->id);
    move(glue, &xfer->link, HL_XFER_RUNNING);
    if (glue->multi == NULL)
        (void)open_multi(glue);
    if (curl_multi_add_handle(glue->multi, xfer->easy) != CURLM_OK)
        break_off(glue, xfer);
}

void hl_curl_uv_refuse(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    break_off(glue, xfer);
}

void hl_curl_uv_stored(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    struct hl_xfer_link *link = &xfer->link;
    if (link->list != HL_XFER_FULL)
        return;
    go_on(glue, link);
    act(glue, CURL_SOCKET_TIMEOUT, 0);
}

/* Puts another socket in the place of the connection's: nothing ever comes from
 * it, so libcurl cannot read a byte of what follows, whatever it does. (A
 * socket of a stream would be reported as closed.) The watch must be dropped
 * first, or epoll would go on reporting the connection's socket under its old
 * number. */
static bool silence(struct hl_curl_uv *glue, struct hl_xfer *xfer, int fd)
{
    struct hl_socket_watch *watch = hl_fd_table_get(glue->watcher.sockets, fd);
    int silent = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (silent < 0)
        return false;
    if (watch != NULL) {
        curl_multi_assign(glue->multi, fd, NULL);
        hl_socket_watch_drop(watch);
    }
    bool done = dup3(silent, fd, O_CLOEXEC) >= 0;
    close(silent);
    if (!done)
        on_curl_socket(xfer->easy, fd, CURL_POLL_IN, glue, NULL);
    return done;
}

bool hl_curl_uv_take_socket(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    int fd = hl_sockets_fd(&glue->sockets, xfer->connection);
    if (xfer->link.list == HL_XFER_FULL)
        go_on(glue, &xfer->link);
    bool may = xfer->link.list == HL_XFER_RUNNING && fd >= 0 &&
               hl_direct_may_take(xfer, fd);
    int own = may ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    /* A number that is still watched is of a socket that libcurl has closed
     * unannounced (hl_socket_watch_opened()). */
    if (own >= 0 && hl_fd_table_get(glue->watcher.sockets, own) == NULL &&
        silence(glue, xfer, fd)) {
        hl_direct_begin(xfer, own);
        move(glue, &xfer->link, HL_XFER_DIRECT);
        return true;
    }
    if (own >= 0)
        close(own);
    uv_idle_start(&glue->idle, on_uv_idle);
    return false;
}

static void await_socket(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    struct hl_socket_watch *watch =
        hl_socket_watch_get(&glue->watcher, xfer->direct.fd);
    if (watch == NULL) {
        break_off(glue, xfer);
        return;
    }
    watch->user = xfer;
    xfer->direct.watch = watch;
    hl_socket_watch_want(watch, UV_READABLE);
}

void hl_curl_uv_ran(struct hl_curl_uv *glue, struct hl_xfer *xfer, int next)
{
    if (next == HL_DIRECT_AWAIT)
        await_socket(glue, xfer);
    else
        end(glue, xfer, next, uv_hrtime());
}

void hl_curl_uv_abort(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    end(glue, xfer, CURLE_ABORTED_BY_CALLBACK, uv_hrtime());
}

void hl_curl_uv_close(struct hl_curl_uv *glue, void (*closed)(void *arg),
                      void *arg)
{
    assert(first_of(glue, HL_XFER_PAUSED) == NULL &&
           first_of(glue, HL_XFER_FULL) == NULL &&
           first_of(glue, HL_XFER_DIRECT) == NULL);
    glue->is_closing = true;
    glue->closed = closed;
    glue->closed_arg = arg;
    /* The cleanup still calls the socket callback, so it comes before the
     * handles are closed. */
    curl_multi_cleanup(glue->multi);
    hl_socket_watch_drop_all(&glue->watcher);
    glue->closing = (struct hl_closing){
        .open = glue->watcher.open, .closed = on_all_closed, .arg = glue};
    hl_closing_handle(&glue->closing, (uv_handle_t *)&glue->timer);
    hl_closing_handle(&glue->closing, (uv_handle_t *)&glue->resume);
    hl_closing_handle(&glue->closing, (uv_handle_t *)&glue->idle);
}
