#include "worker/wire.h"

#include <stdlib.h>
#include <string.h>

#include "util/xxh3.h"

/* Limits of what a worker may claim. */
enum {
    CODE_MAX = 4095,
    STATUS_MAX = 999,
    HTTP_VERSION_MAX = 39,
    TEXT_MAX = 4096,
    COOKIES_MAX = HL_COOKIES_MAX,
    INBOX_FIRST = 4096
};

/* Fits a double, which is what reports are read into. */
#define BYTES_MAX ((uint64_t)1 << 53)

#define HL_JOB_MAP(X)                                        \
    X(u64, uint64_t, id, HL_WIRE_ANY64)                      \
    X(u32, uint32_t, attempt, HL_WIRE_ANY32)                 \
    X(boolean, bool, secrets, 1)                             \
    X(u32, enum hl_taken, taken, HL_TAKEN_COUNT - 1)         \
    X(stamp, struct hl_stamp, ours, HL_WIRE_ANY64)           \
    X(boolean, bool, compare, 1)                             \
    X(boolean, bool, close_after, 1)                         \
    X(boolean, bool, head, 1)                                \
    X(string, const char *, url, HL_WIRE_STRING)             \
    X(string, const char *, path, HL_WIRE_STRING)            \
    X(string, const char *, user, HL_WIRE_STRING)            \
    X(string, const char *, address, HL_WIRE_STRING)         \
    X(strings, const char *const *, headers, HL_WIRE_STRING) \
    X(string, const char *, checksum, HL_WIRE_STRING)        \
    X(boolean, bool, recorded, 1)                            \
    X(u64, uint64_t, resume_from, BYTES_MAX)                 \
    X(string, const char *, part_token, HL_WIRE_STRING)      \
    X(u64, uint64_t, part_inode, HL_WIRE_ANY64)              \
    X(u64, uint64_t, part_url_fingerprint, HL_WIRE_ANY64)    \
    X(u64, uint64_t, resume_total, BYTES_MAX)                \
    X(string, const char *, etag, HL_WIRE_STRING)            \
    X(string, const char *, last_modified, HL_WIRE_STRING)   \
    X(string, const char *, if_etag, HL_WIRE_STRING)         \
    X(string, const char *, if_modified, HL_WIRE_STRING)     \
    X(string, const char *, cookies, COOKIES_MAX)            \
    X(boolean, bool, fresh, 1)                               \
    X(boolean, bool, http_1, 1)

#define HL_REPLY_MAP(X)                                   \
    X(u32, enum haul_error, error, HAUL_ERROR_COUNT - 1)  \
    X(i32, int, curl_code, CODE_MAX)                      \
    X(i32, int, sys_errno, CODE_MAX)                      \
    X(i64, long, http_status, STATUS_MAX)                 \
    X(boolean, bool, exists, 1)                           \
    X(boolean, bool, exhausted, 1)                        \
    X(boolean, bool, unchanged, 1)                        \
    X(boolean, bool, answered, 1)                         \
    X(boolean, bool, connect_failed, 1)                   \
    X(u64, uint64_t, received, BYTES_MAX)                 \
    X(u64, uint64_t, bytes, BYTES_MAX)                    \
    X(u64, uint64_t, resumed_from, BYTES_MAX)             \
    X(u64, uint64_t, length, HL_WIRE_ANY64)               \
    X(u32, uint32_t, retry_after_s, HL_WIRE_ANY32)        \
    X(u32, uint32_t, worker, HL_WIRE_ANY32)               \
    X(u32, uint32_t, http_version, HTTP_VERSION_MAX)      \
    X(boolean, bool, reused, 1)                           \
    X(boolean, bool, http_1, 1)                           \
    X(u64, uint64_t, start_ns, HL_WIRE_ANY64)             \
    X(times, struct haul_times, times, BYTES_MAX)         \
    X(text, const char *, message, TEXT_MAX)              \
    X(text, const char *, location, HL_WIRE_STRING)       \
    X(string, const char *, cookies, COOKIES_MAX)         \
    X(text, const char *, etag, TEXT_MAX)                 \
    X(text, const char *, etag_any, TEXT_MAX)             \
    X(text, const char *, last_modified, TEXT_MAX)        \
    X(text, const char *, last_modified_any, TEXT_MAX)    \
    X(text, const char *, content_type, TEXT_MAX)         \
    X(text, const char *, digests, TEXT_MAX)              \
    X(boolean, bool, lost, 1)                             \
    X(stamp, struct hl_stamp, stamp, BYTES_MAX)           \
    X(text, const char *, xxh3, TEXT_MAX)                 \
    X(text, const char *, part_token, TEXT_MAX)           \
    X(u64, uint64_t, part_inode, HL_WIRE_ANY64)           \
    X(u64, uint64_t, part_url_fingerprint, HL_WIRE_ANY64) \
    X(string, const char *, aside, HL_WIRE_STRING)

#define HL_PART_MAP(X)                             \
    X(u64, uint64_t, length, HL_WIRE_ANY64)        \
    X(text, const char *, etag, TEXT_MAX)          \
    X(text, const char *, last_modified, TEXT_MAX) \
    X(text, const char *, token, TEXT_MAX)         \
    X(u64, uint64_t, inode, HL_WIRE_ANY64)         \
    X(u64, uint64_t, url_fingerprint, HL_WIRE_ANY64)

struct job_mirror {
    HL_JOB_MAP(HL_WIRE_MIRROR_FIELD)
};
static_assert(sizeof(struct job_mirror) == sizeof(struct hl_job),
              "HL_JOB_MAP has every field of struct hl_job");

struct reply_mirror {
    HL_REPLY_MAP(HL_WIRE_MIRROR_FIELD)
};
static_assert(sizeof(struct reply_mirror) == sizeof(struct hl_reply),
              "HL_REPLY_MAP has every field of struct hl_reply");

struct part_mirror {
    HL_PART_MAP(HL_WIRE_MIRROR_FIELD)
};
static_assert(sizeof(struct part_mirror) == sizeof(struct hl_part),
              "HL_PART_MAP has every field of struct hl_part");

#define SHAPE(kind, type, name, limit) #kind " " #name ";"

/* The version and a hash of the tables: the only things that two builds of
 * one protocol can differ in. */
static uint64_t shape_hash(void)
{
    return hl_xxh3_of_text(hl_wire_options_shape) ^
           hl_xxh3_of_text(HL_JOB_MAP(SHAPE) HL_PART_MAP(SHAPE)
                               HL_REPLY_MAP(SHAPE));
}

const char *hl_wire_build(void)
{
    return HAUL_VERSION;
}

static void put_identity(struct hl_wire_out *out)
{
    hl_wire_put_u32(out, HL_WIRE_PROTOCOL);
    hl_wire_put_string(out, hl_wire_build());
    hl_wire_put_u64(out, shape_hash());
}

/* Comes first in its frame: what follows may be of another build. */
static int get_identity(struct hl_wire_in *in)
{
    uint32_t protocol = hl_wire_get_u32(in, HL_WIRE_ANY32);
    const char *build = hl_wire_get_string(in, TEXT_MAX);
    uint64_t shape = hl_wire_get_u64(in, HL_WIRE_ANY64);
    if (in->bad || protocol != HL_WIRE_PROTOCOL || build == NULL ||
        strcmp(build, hl_wire_build()) != 0 || shape != shape_hash())
        return HAUL_EPROTO;
    return 0;
}

int hl_wire_put_hello(struct hl_wire_out *out,
                      const struct hl_wire_hello *hello)
{
    hl_wire_begin(out, HL_WIRE_HELLO);
    put_identity(out);
    hl_wire_put_u64(out, hello->parent);
    hl_wire_put_u64(out, hello->grace_ns);
    hl_wire_put_u32(out, hello->worker);
    hl_wire_put_boolean(out, hello->has_rate);
    hl_wire_put_string(out, hello->token);
    hl_wire_put_options(out, &hello->options);
    return hl_wire_end(out);
}

int hl_wire_put_ready(struct hl_wire_out *out)
{
    hl_wire_begin(out, HL_WIRE_READY);
    put_identity(out);
    return hl_wire_end(out);
}

int hl_wire_put_job(struct hl_wire_out *out, const struct hl_job *job)
{
    const struct hl_job *from = job;
    hl_wire_begin(out, HL_WIRE_JOB);
    HL_JOB_MAP(HL_WIRE_PUT_FIELD)
    return hl_wire_end(out);
}

int hl_wire_put_reply(struct hl_wire_out *out, uint64_t job,
                      const struct hl_reply *reply)
{
    const struct hl_reply *from = reply;
    hl_wire_begin(out, HL_WIRE_REPLY);
    hl_wire_put_u64(out, job);
    HL_REPLY_MAP(HL_WIRE_PUT_FIELD)
    return hl_wire_end(out);
}

int hl_wire_put_event(struct hl_wire_out *out, const struct hl_event *event)
{
    hl_wire_begin(out, HL_WIRE_EVENT);
    hl_wire_put_u64(out, event->t_ns);
    hl_wire_put_u64(out, event->job);
    hl_wire_put_u64(out, (uint64_t)event->value);
    hl_wire_put_u64(out, (uint64_t)event->value2);
    hl_wire_put_u32(out, event->kind);
    hl_wire_put_u32(out, event->worker);
    hl_wire_put_text(out, event->size > 0 ? event->text : "");
    return hl_wire_end(out);
}

int hl_wire_put_cancel(struct hl_wire_out *out,
                       const struct hl_wire_cancel *cancel)
{
    hl_wire_begin(out, HL_WIRE_CANCEL);
    hl_wire_put_u32(out, cancel->level);
    hl_wire_put_u64(out, cancel->first_ns);
    return hl_wire_end(out);
}

int hl_wire_put_part(struct hl_wire_out *out, uint64_t job,
                     const struct hl_part *part)
{
    const struct hl_part *from = part;
    hl_wire_begin(out, HL_WIRE_PART);
    hl_wire_put_u64(out, job);
    HL_PART_MAP(HL_WIRE_PUT_FIELD)
    return hl_wire_end(out);
}

int hl_wire_put_record(struct hl_wire_out *out, int code)
{
    hl_wire_begin(out, HL_WIRE_RECORD);
    hl_wire_put_i32(out, -code);
    return hl_wire_end(out);
}

int hl_wire_put_beat(struct hl_wire_out *out)
{
    hl_wire_begin(out, HL_WIRE_BEAT);
    return hl_wire_end(out);
}

static struct hl_wire_in open_frame(const struct hl_wire_frame *frame,
                                    enum hl_wire_type type)
{
    return (struct hl_wire_in){
        .at = frame->payload, .left = frame->size, .bad = frame->type != type};
}

int hl_wire_get_ready(const struct hl_wire_frame *frame)
{
    struct hl_wire_in in = open_frame(frame, HL_WIRE_READY);
    int r = get_identity(&in);
    return r < 0 ? r : hl_wire_get_end(&in);
}

/* Each array takes 4 bytes of the payload, each of its strings 5. */
static const char **open_pool(const struct hl_wire_frame *frame,
                              struct hl_wire_in *in)
{
    in->pool_left = frame->size / 4 + 1;
    in->pool = calloc(in->pool_left, sizeof(*in->pool));
    return in->pool;
}

int hl_wire_get_job(const struct hl_wire_frame *frame,
                    struct hl_wire_order *order)
{
    struct hl_job *job = &order->job;
    struct hl_job *to = job;
    struct hl_wire_in opened = open_frame(frame, HL_WIRE_JOB);
    struct hl_wire_in *in = &opened;
    order->pool = open_pool(frame, in);
    if (order->pool == NULL)
        return UV_ENOMEM;
    HL_JOB_MAP(HL_WIRE_GET_FIELD)
    if (job->id == 0 || job->attempt == 0 || job->url == NULL ||
        job->path == NULL)
        return HAUL_EPROTO;
    if (job->resume_from > 0 && job->etag == NULL && job->last_modified == NULL)
        return HAUL_EPROTO;
    return hl_wire_get_end(in);
}

void hl_wire_order_release(struct hl_wire_order *order)
{
    free(order->pool);
    order->pool = NULL;
}

int hl_wire_get_reply(const struct hl_wire_frame *frame, uint64_t *job,
                      struct hl_reply *reply)
{
    struct hl_reply *to = reply;
    struct hl_wire_in opened = open_frame(frame, HL_WIRE_REPLY);
    struct hl_wire_in *in = &opened;
    *job = hl_wire_get_u64(in, HL_WIRE_ANY64);
    HL_REPLY_MAP(HL_WIRE_GET_FIELD)
    return hl_wire_get_end(in);
}

int hl_wire_get_part(const struct hl_wire_frame *frame, uint64_t *job,
                     struct hl_part *part)
{
    struct hl_part *to = part;
    struct hl_wire_in opened = open_frame(frame, HL_WIRE_PART);
    struct hl_wire_in *in = &opened;
    *job = hl_wire_get_u64(in, HL_WIRE_ANY64);
    HL_PART_MAP(HL_WIRE_GET_FIELD)
    return hl_wire_get_end(in);
}

int hl_wire_get_record(const struct hl_wire_frame *frame, int *code)
{
    struct hl_wire_in in = open_frame(frame, HL_WIRE_RECORD);
    *code = -hl_wire_get_i32(&in, HL_WIRE_ANY32);
    return hl_wire_get_end(&in);
}

int hl_wire_get_beat(const struct hl_wire_frame *frame)
{
    struct hl_wire_in in = open_frame(frame, HL_WIRE_BEAT);
    return hl_wire_get_end(&in);
}

int hl_wire_get_event(const struct hl_wire_frame *frame, struct hl_event *event)
{
    struct hl_wire_in in = open_frame(frame, HL_WIRE_EVENT);
    *event = (struct hl_event){0};
    event->t_ns = hl_wire_get_u64(&in, HL_WIRE_ANY64);
    event->job = hl_wire_get_u64(&in, HL_WIRE_ANY64);
    event->value = (int64_t)hl_wire_get_u64(&in, HL_WIRE_ANY64);
    event->value2 = (int64_t)hl_wire_get_u64(&in, HL_WIRE_ANY64);
    event->kind = (uint16_t)hl_wire_get_u32(&in, HL_EV_COUNT - 1);
    event->worker = (uint16_t)hl_wire_get_u32(&in, UINT16_MAX);
    const char *text = hl_wire_get_text(&in, HL_EVENT_TEXT_MAX - 1);
    if (text == NULL)
        return HAUL_EPROTO;
    event->text = text;
    event->size = (uint32_t)strlen(text);
    return hl_wire_get_end(&in);
}

int hl_wire_get_cancel(const struct hl_wire_frame *frame,
                       struct hl_wire_cancel *cancel)
{
    struct hl_wire_in in = open_frame(frame, HL_WIRE_CANCEL);
    cancel->level = hl_wire_get_u32(&in, 2);
    cancel->first_ns = hl_wire_get_u64(&in, HL_WIRE_ANY64);
    if (cancel->level == 0)
        return HAUL_EPROTO;
    return hl_wire_get_end(&in);
}

int hl_wire_get_hello(const struct hl_wire_frame *frame,
                      struct hl_wire_greeting *greeting)
{
    struct hl_wire_in in = open_frame(frame, HL_WIRE_HELLO);
    struct hl_wire_hello *hello = &greeting->hello;
    *greeting = (struct hl_wire_greeting){0};
    int r = get_identity(&in);
    if (r < 0)
        return r;
    greeting->pool = open_pool(frame, &in);
    if (greeting->pool == NULL)
        return UV_ENOMEM;
    hello->parent = hl_wire_get_u64(&in, INT32_MAX);
    hello->grace_ns = hl_wire_get_u64(&in, HL_WIRE_ANY64);
    hello->worker = hl_wire_get_u32(&in, UINT16_MAX);
    hello->has_rate = hl_wire_get_boolean(&in, 1);
    hello->token = hl_wire_get_string(&in, TEXT_MAX);
    hl_wire_get_options(&in, &hello->options);
    return hello->worker == 0 || hello->token == NULL ? HAUL_EPROTO
                                                      : hl_wire_get_end(&in);
}

void hl_wire_greeting_release(struct hl_wire_greeting *greeting)
{
    free(greeting->pool);
    greeting->pool = NULL;
}

int hl_wire_get_head(const unsigned char head[HL_WIRE_HEAD], uint8_t *type)
{
    uint32_t size = (uint32_t)head[0] | (uint32_t)head[1] << 8 |
                    (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
    *type = head[4];
    if (size > HL_WIRE_MAX || *type < HL_WIRE_HELLO ||
        *type >= HL_WIRE_TYPE_END)
        return HAUL_EPROTO;
    return (int)size;
}

/* Moves what is not taken yet to the front. */
static void pack(struct hl_wire_inbox *inbox)
{
    inbox->used -= inbox->taken;
    if (inbox->taken > 0 && inbox->used > 0)
        memmove(inbox->data, inbox->data + inbox->taken, inbox->used);
    inbox->taken = 0;
}

size_t hl_wire_inbox_room(struct hl_wire_inbox *inbox, unsigned char **at)
{
    pack(inbox);
    if (inbox->used == inbox->capacity) {
        size_t wanted = inbox->capacity > 0 ? 2 * inbox->capacity : INBOX_FIRST;
        unsigned char *data = realloc(inbox->data, wanted);
        if (data == NULL)
            return 0;
        inbox->data = data;
        inbox->capacity = wanted;
    }
    *at = inbox->data + inbox->used;
    return inbox->capacity - inbox->used;
}

void hl_wire_inbox_add(struct hl_wire_inbox *inbox, size_t size)
{
    inbox->used += size;
}

int hl_wire_inbox_next(struct hl_wire_inbox *inbox, struct hl_wire_frame *frame)
{
    size_t left = inbox->used - inbox->taken;
    if (left < HL_WIRE_HEAD)
        return 0;
    const unsigned char *head = inbox->data + inbox->taken;
    int size = hl_wire_get_head(head, &frame->type);
    if (size < 0)
        return size;
    if (left - HL_WIRE_HEAD < (size_t)size)
        return 0;
    frame->payload = head + HL_WIRE_HEAD;
    frame->size = (size_t)size;
    inbox->taken += HL_WIRE_HEAD + (size_t)size;
    return 1;
}

void hl_wire_inbox_release(struct hl_wire_inbox *inbox)
{
    free(inbox->data);
    *inbox = (struct hl_wire_inbox){0};
}
