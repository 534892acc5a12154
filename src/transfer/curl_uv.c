#include "transfer/curl_uv.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "trace/loop_watch.h"
#include "util/container_of.h"

enum { GLUE_HANDLES = 3, NS_PER_MS = 1000000 };

/*
 * One socket that libcurl wants watched. Owned by the glue; freed by its
 * close callback.
 *
 * Between two transfers on a kept connection libcurl wants nothing of its
 * socket: the watch is parked then, and stays as it is, as to end and begin it
 * anew costs six system calls. It is let go at the first event, when libcurl
 * closes the socket, and when the number turns up as that of a new one.
 */
struct watch {
    uv_poll_t poll;
    struct hl_curl_uv *glue;
    curl_socket_t fd;
    int events; /* UV_READABLE | UV_WRITABLE, as last asked for */
    bool parked;
};

/* Owned by a mode. Freed when the last of its handles has closed. */
struct hl_curl_uv {
    CURLM *multi; /* NULL: there was no memory for another */
    uv_loop_t *loop;
    struct hl_trace *trace;
    uv_timer_t timer;  /* libcurl's timeout */
    uv_idle_t idle;    /* a timeout of 0, due in the next turn */
    uv_timer_t resume; /* the first of the paused may go on */
    /* Those paused by due_ns; those broken end in the next turn or drain. */
    struct hl_xfer_link *lists[HL_XFER_LISTS];
    struct hl_fd_table *sockets; /* borrowed */
    uint32_t max_connections;
    unsigned open_handles; /* uv handles that have not closed yet */
    hl_curl_uv_done_fn done;
    void (*closed)(void *arg);
    void *closed_arg;
    bool spoilt; /* the multi must not be used any more */
    bool closing;
};

static void free_when_closed(struct hl_curl_uv *glue)
{
    if (--glue->open_handles > 0)
        return;
    void (*closed)(void *arg) = glue->closed;
    void *arg = glue->closed_arg;
    free(glue);
    if (closed != NULL)
        closed(arg);
}

static void on_uv_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = container_of(handle, struct watch, poll);
    struct hl_curl_uv *glue = watch->glue;
    free(watch);
    free_when_closed(glue);
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

static int open_multi(struct hl_curl_uv *glue)
{
    CURLM *multi = curl_multi_init();
    if (multi == NULL)
        return UV_ENOMEM;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, glue);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, glue);
    /* The default follows the number of handles that are added just now, and
     * a dip in it closes warm connections. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)glue->max_connections);
    glue->multi = multi;
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
        DL_DELETE(glue->lists[link->list], link);
    link->list = list;
    if (list != HL_XFER_IN_NONE)
        DL_APPEND(glue->lists[list], link);
    /* Nobody may wait on for one that was held back. */
    if (glue->lists[HL_XFER_PAUSED] == NULL)
        uv_timer_stop(&glue->resume);
}

/* The one function that completions leave through. */
static void end(struct hl_curl_uv *glue, struct hl_xfer *xfer, int code)
{
    struct hl_xfer_link *link = hl_xfer_link(xfer);
    move(glue, link, HL_XFER_IN_NONE);
    curl_multi_remove_handle(glue->multi, hl_xfer_easy(xfer));
    HL_TRACE(glue->trace, HL_EV_CURL_DONE, .job = hl_xfer_job(xfer)->id,
             .value = code);
    glue->done(link->owner, xfer, code);
}

/* The count of running handles is no guide: read to the end after every
 * action. */
static void drain(struct hl_curl_uv *glue)
{
    struct hl_xfer_link *link;
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(glue->multi, &left)) != NULL) {
        /* The message dies with the removal of its handle. */
        if (message->msg == CURLMSG_DONE)
            end(glue, xfer_of(message->easy_handle), (int)message->data.result);
    }
    while ((link = first_of(glue, HL_XFER_BROKEN)) != NULL)
        end(glue, link->xfer, link->code);
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
 * libcurl had no memory in the midst of it, and does not say for what. It may
 * have forgotten a socket, it has left out what was still due, and the time of
 * what comes next: of nothing that it still runs can an end be expected. And
 * 7.88 keeps the socket's entry with a hash of no slots, by whose number it
 * divides when the socket's number turns up again. So all that runs ends, and
 * another multi takes the place of this one. Nobody is told before that.
 */
static void renew(struct hl_curl_uv *glue)
{
    struct hl_xfer_link *link;
    CURLMsg *message;
    int left;
    break_all(glue, HL_XFER_RUNNING);
    break_all(glue, HL_XFER_PAUSED);
    while ((message = curl_multi_info_read(glue->multi, &left)) != NULL)
        hl_xfer_link(xfer_of(message->easy_handle))->code =
            (int)message->data.result;
    DL_FOREACH (first_of(glue, HL_XFER_BROKEN), link)
        curl_multi_remove_handle(glue->multi, hl_xfer_easy(link->xfer));
    curl_multi_cleanup(glue->multi);
    glue->multi = NULL;
    glue->spoilt = false;
    (void)open_multi(glue);
}

static void act(struct hl_curl_uv *glue, curl_socket_t fd, int flags,
                enum hl_callback from)
{
    HL_IN_CALLBACK(glue->trace, from);
    int running = 0;
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
    HL_TRACE(glue->trace, HL_EV_TIMER_FIRE, .t_ns = 0);
    act(glue, CURL_SOCKET_TIMEOUT, 0, HL_CB_CURL_TIMER);
}

static void on_uv_idle(uv_idle_t *idle)
{
    struct hl_curl_uv *glue = container_of(idle, struct hl_curl_uv, idle);
    uv_idle_stop(idle);
    HL_TRACE(glue->trace, HL_EV_IDLE_FIRE, .t_ns = 0);
    act(glue, CURL_SOCKET_TIMEOUT, 0, HL_CB_CURL_NOW);
}

/*
 * A 0 runs from an idle handle in the next turn: a timer of 0 started inside
 * a timer callback runs again in the same pass before libuv 1.48 and starves
 * the sockets, and one of 1 ms costs that for each request.
 */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct hl_curl_uv *glue = arg;
    (void)multi;
    if (glue->closing)
        return 0;
    uv_timer_stop(&glue->timer);
    if (first_of(glue, HL_XFER_BROKEN) == NULL)
        uv_idle_stop(&glue->idle);
    if (timeout_ms < 0) {
        HL_TRACE(glue->trace, HL_EV_TIMER_STOP, .t_ns = 0);
        return 0;
    }
    HL_TRACE(glue->trace, HL_EV_TIMER_SET, .value = timeout_ms);
    if (timeout_ms == 0) {
        uv_idle_start(&glue->idle, on_uv_idle);
        return 0;
    }
    /* Timers count from the loop's cached time, which a long callback has
     * left behind. */
    uv_update_time(glue->loop);
    uv_timer_start(&glue->timer, on_uv_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

/* At once: libcurl may close the socket right after, and a new one may get
 * its number; a later uv_close() would then silence that one. */
static void drop(struct hl_curl_uv *glue, struct watch *watch)
{
    HL_TRACE(glue->trace, HL_EV_SOCKET_DROP, .value = watch->fd);
    HL_TRACE(glue->trace, HL_EV_SOCKETS, .value = -1);
    hl_fd_table_set(glue->sockets, watch->fd, NULL);
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_uv_watch_closed);
}

/* Only what waited for an answer is connected for sure, and so will not be
 * closed without a word (on_curl_close_socket). A parked one keeps no loop. */
static void park(struct hl_curl_uv *glue, struct watch *watch)
{
    if (watch->events != UV_READABLE || glue->closing ||
        uv_is_active((uv_handle_t *)&watch->poll) == 0) {
        drop(glue, watch);
        return;
    }
    watch->parked = true;
    uv_unref((uv_handle_t *)&watch->poll);
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

static void on_uv_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = container_of(poll, struct watch, poll);
    struct hl_curl_uv *glue = watch->glue;
    curl_socket_t fd = watch->fd;
    if (watch->parked) {
        drop(glue, watch);
        return;
    }
    HL_TRACE(glue->trace, HL_EV_SOCKET_READY, .value = fd,
             .value2 = status < 0 ? status : events);
    act(glue, fd, flags_of(status, events), HL_CB_SOCKET);
    /* libuv has stopped a handle that it reports an error for; libcurl may
     * still want to hear of its socket. The watch is freed in a later phase
     * of the turn, so its pointer cannot be that of a newer one. */
    if (status < 0 && hl_fd_table_get(glue->sockets, fd) == watch)
        uv_poll_start(poll, watch->events, on_uv_poll);
}

static struct watch *watch_new(struct hl_curl_uv *glue, curl_socket_t fd)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return NULL;
    watch->glue = glue;
    watch->fd = fd;
    if (hl_fd_table_set(glue->sockets, fd, watch) < 0 ||
        uv_poll_init(glue->loop, &watch->poll, fd) < 0) {
        if (hl_fd_table_get(glue->sockets, fd) == watch)
            hl_fd_table_set(glue->sockets, fd, NULL);
        free(watch);
        return NULL;
    }
    glue->open_handles++;
    HL_TRACE(glue->trace, HL_EV_SOCKETS, .value = 1);
    return watch;
}

static int events_of(int what)
{
    return (what & CURL_POLL_IN ? UV_READABLE : 0) |
           (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
}

/* The watch of a socket that libcurl has not named in this transfer: parked,
 * or new. */
static struct watch *watch_of(struct hl_curl_uv *glue, curl_socket_t fd)
{
    struct watch *watch = hl_fd_table_get(glue->sockets, fd);
    if (watch == NULL || !watch->parked)
        return watch_new(glue, fd);
    watch->parked = false;
    uv_ref((uv_handle_t *)&watch->poll);
    return watch;
}

/* Ends a transfer that cannot go on, from where libcurl must not be called. */
static void break_off(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    struct hl_xfer_link *link = hl_xfer_link(xfer);
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
    struct watch *watch = socketp;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL)
            park(glue, watch);
        return 0;
    }
    if (glue->closing)
        return 0;
    if (watch == NULL) {
        watch = watch_of(glue, fd);
        if (watch == NULL) {
            break_off(glue, xfer_of(easy));
            return 0;
        }
        curl_multi_assign(glue->multi, fd, watch);
    }
    int events = events_of(what);
    HL_TRACE(glue->trace, HL_EV_SOCKET_WATCH, .value = fd, .value2 = events);
    if (events != watch->events) {
        watch->events = events;
        uv_poll_start(&watch->poll, events, on_uv_poll);
    }
    return 0;
}

/*
 * A number that is still watched is a socket that libcurl closed without a
 * word, as it does before 8.2.0 with one that did not connect. It will see
 * the new socket as the old one, and not announce it: watch it again.
 */
static void on_xfer_socket(void *arg, int fd)
{
    struct hl_curl_uv *glue = arg;
    struct watch *watch = hl_fd_table_get(glue->sockets, fd);
    if (watch == NULL)
        return;
    if (watch->parked) {
        drop(watch->glue, watch);
        return;
    }
    uv_poll_stop(&watch->poll);
    uv_poll_start(&watch->poll, watch->events, on_uv_poll);
}

/* libcurl closes a connection, perhaps one that nothing uses. Its number must
 * not stay in the loop, where another handle may get it. */
static int on_curl_close_socket(void *arg, curl_socket_t fd)
{
    struct hl_curl_uv *glue = arg;
    struct watch *watch = hl_fd_table_get(glue->sockets, fd);
    if (watch != NULL && watch->parked)
        drop(watch->glue, watch);
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
    uint64_t wait_ms = due > now ? (due - now + NS_PER_MS - 1) / NS_PER_MS : 0;
    uv_update_time(glue->loop);
    uv_timer_start(&glue->resume, on_uv_resume, wait_ms, 0);
}

/* libcurl hands over what it kept meanwhile: when that goes wrong it has lost
 * it, and does not come back to the transfer by itself. */
static void go_on(struct hl_curl_uv *glue, struct hl_xfer_link *link)
{
    move(glue, link, HL_XFER_RUNNING);
    CURLcode code = curl_easy_pause(hl_xfer_easy(link->xfer), CURLPAUSE_CONT);
    if (code == CURLE_OK)
        return;
    link->code = (int)code;
    move(glue, link, HL_XFER_BROKEN);
    /* It may have been for its socket. */
    glue->spoilt = code == CURLE_OUT_OF_MEMORY;
}

/* All that are due go on; one that must pause again joins the end. */
static void on_uv_resume(uv_timer_t *timer)
{
    struct hl_curl_uv *glue = container_of(timer, struct hl_curl_uv, resume);
    uint64_t now = uv_hrtime();
    struct hl_xfer_link *link;
    while (!glue->spoilt && (link = first_of(glue, HL_XFER_PAUSED)) != NULL &&
           link->due_ns <= now)
        go_on(glue, link);
    act(glue, CURL_SOCKET_TIMEOUT, 0, HL_CB_RESUME);
    arm_resume(glue);
}

static void on_xfer_pause(void *arg, struct hl_xfer_link *link)
{
    struct hl_curl_uv *glue = arg;
    if (link->list != HL_XFER_RUNNING)
        return;
    move(glue, link, HL_XFER_PAUSED);
    if (first_of(glue, HL_XFER_PAUSED) == link)
        arm_resume(glue);
}

int hl_curl_uv_init(struct hl_curl_uv **out, uv_loop_t *loop,
                    struct hl_trace *trace, struct hl_fd_table *sockets,
                    uint32_t max_connections)
{
    struct hl_curl_uv *glue = calloc(1, sizeof(*glue));
    *out = NULL;
    if (glue == NULL)
        return UV_ENOMEM;
    glue->loop = loop;
    glue->trace = trace;
    glue->sockets = sockets;
    glue->max_connections = max_connections;
    if (open_multi(glue) < 0) {
        free(glue);
        return UV_ENOMEM;
    }
    uv_timer_init(loop, &glue->timer);
    uv_timer_init(loop, &glue->resume);
    uv_idle_init(loop, &glue->idle);
    glue->open_handles = GLUE_HANDLES;
    *out = glue;
    return 0;
}

void hl_curl_uv_on_done(struct hl_curl_uv *glue, hl_curl_uv_done_fn done)
{
    glue->done = done;
}

void hl_curl_uv_adopt(struct hl_curl_uv *glue, struct hl_xfer *xfer, void *arg)
{
    CURL *easy = hl_xfer_easy(xfer);
    hl_xfer_link(xfer)->owner = arg;
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_curl_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, glue);
    hl_xfer_set_hooks(xfer, &(struct hl_xfer_hooks){
                                .arg = glue,
                                .pause = on_xfer_pause,
                                .socket = on_xfer_socket,
                            });
}

void hl_curl_uv_add(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    HL_TRACE(glue->trace, HL_EV_CURL_ADD, .job = hl_xfer_job(xfer)->id);
    move(glue, hl_xfer_link(xfer), HL_XFER_RUNNING);
    if (glue->multi == NULL)
        (void)open_multi(glue);
    if (curl_multi_add_handle(glue->multi, hl_xfer_easy(xfer)) != CURLM_OK)
        break_off(glue, xfer);
}

void hl_curl_uv_refuse(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    break_off(glue, xfer);
}

void hl_curl_uv_abort(struct hl_curl_uv *glue, struct hl_xfer *xfer)
{
    end(glue, xfer, CURLE_ABORTED_BY_CALLBACK);
}

static void on_uv_timer_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct hl_curl_uv, timer));
}

static void on_uv_resume_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct hl_curl_uv, resume));
}

static void on_uv_idle_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct hl_curl_uv, idle));
}

void hl_curl_uv_close(struct hl_curl_uv *glue, void (*closed)(void *arg),
                      void *arg)
{
    assert(first_of(glue, HL_XFER_PAUSED) == NULL);
    glue->closing = true;
    glue->closed = closed;
    glue->closed_arg = arg;
    /* The cleanup still calls the socket callback: it comes before the
     * handles go. */
    curl_multi_cleanup(glue->multi);
    for (size_t i = 0; i < glue->sockets->size; i++) {
        struct watch *watch = glue->sockets->items[i];
        if (watch != NULL && watch->glue == glue)
            drop(glue, watch);
    }
    uv_close((uv_handle_t *)&glue->timer, on_uv_timer_closed);
    uv_close((uv_handle_t *)&glue->resume, on_uv_resume_closed);
    uv_close((uv_handle_t *)&glue->idle, on_uv_idle_closed);
}
