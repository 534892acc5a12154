/*
 * Which members of a struct are in a message, in the struct's order, with the
 * limit that a reader holds each to. X(kind, name, limit): number, string, text
 * and strings are those of wire_value.h. Both directions are made from the same
 * row, and a member that has no row does not compile (wire_members.c).
 */
#ifndef HL_WORKER_WIRE_MEMBERS_H
#define HL_WORKER_WIRE_MEMBERS_H

#include "haul/haul.h"
#include "trace/trace.h"
#include "transfer/incoming.h"
#include "transfer/job.h"
#include "worker/wire_value.h"

/* Limits of what a worker may claim. */
enum {
    HL_WIRE_CODE_MAX = 4095,
    HL_WIRE_STATUS_MAX = 999,
    HL_WIRE_VERSION_MAX = 39, /* of HTTP, 11 or 20 */
    HL_WIRE_TEXT_MAX = 4096,
};

#define HL_WIRE_ANY    UINT64_MAX
#define HL_WIRE_STRING ((uint64_t)HL_WIRE_MAX)
/* Fits a double, which is what reports are read into. */
#define HL_WIRE_BYTES_MAX ((uint64_t)1 << 53)

#define HL_JOB_MAP(X)                            \
    X(number, id, HL_WIRE_ANY)                   \
    X(number, attempt, HL_WIRE_ANY)              \
    X(number, secrets, 1)                        \
    X(number, taken, HL_TAKEN_COUNT - 1)         \
    X(number, ours.size, HL_WIRE_ANY)            \
    X(number, ours.mtime_ns, HL_WIRE_ANY)        \
    X(number, ours.identity, HL_WIRE_ANY)        \
    X(number, compare, 1)                        \
    X(number, close_after, 1)                    \
    X(number, head, 1)                           \
    X(number, as_get, 1)                         \
    X(string, url, HL_WIRE_STRING)               \
    X(string, path, HL_WIRE_STRING)              \
    X(string, user, HL_WIRE_STRING)              \
    X(string, address, HL_WIRE_STRING)           \
    X(strings, headers, HL_WIRE_STRING)          \
    X(string, checksum, HL_WIRE_STRING)          \
    X(number, recorded, 1)                       \
    X(number, resume_from, HL_WIRE_BYTES_MAX)    \
    X(string, part_token, HL_WIRE_STRING)        \
    X(number, part_inode, HL_WIRE_ANY)           \
    X(number, part_url_fingerprint, HL_WIRE_ANY) \
    X(number, resume_total, HL_WIRE_BYTES_MAX)   \
    X(string, etag, HL_WIRE_STRING)              \
    X(string, last_modified, HL_WIRE_STRING)     \
    X(string, if_etag, HL_WIRE_STRING)           \
    X(string, if_modified, HL_WIRE_STRING)       \
    X(string, own_cookies, HL_WIRE_STRING)       \
    X(string, cookies, HL_COOKIES_MAX)           \
    X(number, fresh, 1)                          \
    X(number, http_1, 1)

#define HL_REPLY_MAP(X)                          \
    X(number, error, HAUL_ERROR_COUNT - 1)       \
    X(number, why, HAUL_WHY_COUNT - 1)           \
    X(number, hopeless, 1)                       \
    X(number, curl_code, HL_WIRE_CODE_MAX)       \
    X(number, sys_errno, HL_WIRE_CODE_MAX)       \
    X(number, http_status, HL_WIRE_STATUS_MAX)   \
    X(number, exists, 1)                         \
    X(number, exhausted, 1)                      \
    X(number, unchanged, 1)                      \
    X(number, answered, 1)                       \
    X(number, connect_failed, 1)                 \
    X(number, sent, 1)                           \
    X(number, received, HL_WIRE_BYTES_MAX)       \
    X(number, bytes, HL_WIRE_BYTES_MAX)          \
    X(number, resumed_from, HL_WIRE_BYTES_MAX)   \
    X(number, length, HL_WIRE_ANY)               \
    X(number, retry_after_s, HL_WIRE_ANY)        \
    X(number, worker, HL_WIRE_ANY)               \
    X(number, http_version, HL_WIRE_VERSION_MAX) \
    X(number, reused, 1)                         \
    X(number, http_1, 1)                         \
    X(number, start_ns, HL_WIRE_ANY)             \
    X(number, times.queued, HL_WIRE_BYTES_MAX)   \
    X(number, times.dns, HL_WIRE_BYTES_MAX)      \
    X(number, times.connect, HL_WIRE_BYTES_MAX)  \
    X(number, times.tls, HL_WIRE_BYTES_MAX)      \
    X(number, times.wait, HL_WIRE_BYTES_MAX)     \
    X(number, times.body, HL_WIRE_BYTES_MAX)     \
    X(number, times.ready, HL_WIRE_BYTES_MAX)    \
    X(number, times.work, HL_WIRE_BYTES_MAX)     \
    X(number, times.file, HL_WIRE_BYTES_MAX)     \
    X(number, times.total, HL_WIRE_BYTES_MAX)    \
    X(number, ready_first_us, HL_WIRE_BYTES_MAX) \
    X(number, ready_pool_us, HL_WIRE_BYTES_MAX)  \
    X(number, file_pool_us, HL_WIRE_BYTES_MAX)   \
    X(number, work_cpu_us, HL_WIRE_BYTES_MAX)    \
    X(text, message, HL_WIRE_TEXT_MAX)           \
    X(text, location, HL_WIRE_STRING)            \
    X(string, cookies, HL_COOKIES_MAX)           \
    X(text, etag, HL_WIRE_TEXT_MAX)              \
    X(text, etag_any, HL_WIRE_TEXT_MAX)          \
    X(text, last_modified, HL_WIRE_TEXT_MAX)     \
    X(text, last_modified_any, HL_WIRE_TEXT_MAX) \
    X(text, content_type, HL_WIRE_TEXT_MAX)      \
    X(text, digests, HL_WIRE_TEXT_MAX)           \
    X(number, lost, 1)                           \
    X(number, stamp.size, HL_WIRE_BYTES_MAX)     \
    X(number, stamp.mtime_ns, HL_WIRE_ANY)       \
    X(number, stamp.identity, HL_WIRE_ANY)       \
    X(text, xxh3, HL_WIRE_TEXT_MAX)              \
    X(text, part_token, HL_WIRE_TEXT_MAX)        \
    X(number, part_inode, HL_WIRE_ANY)           \
    X(number, part_url_fingerprint, HL_WIRE_ANY) \
    X(string, aside, HL_WIRE_STRING)

#define HL_PART_MAP(X)                       \
    X(number, length, HL_WIRE_ANY)           \
    X(text, etag, HL_WIRE_TEXT_MAX)          \
    X(text, last_modified, HL_WIRE_TEXT_MAX) \
    X(text, token, HL_WIRE_TEXT_MAX)         \
    X(number, inode, HL_WIRE_ANY)            \
    X(number, url_fingerprint, HL_WIRE_ANY)

#define HL_BEAT_MAP(X)               \
    X(number, received, HL_WIRE_ANY) \
    X(number, length, HL_WIRE_ANY)   \
    X(number, there, HL_WIRE_ANY)

/* X travels; LOCAL(name) stays with the parent. */
#define HL_OPTIONS_MAP(X, LOCAL)                   \
    LOCAL(mode)                                    \
    X(string, dir, HL_WIRE_STRING)                 \
    X(string, output, HL_WIRE_STRING)              \
    X(number, jobs, HL_WIRE_ANY)                   \
    LOCAL(auto_jobs)                               \
    LOCAL(loops)                                   \
    X(number, max_per_host, HL_WIRE_ANY)           \
    X(number, retry, HL_WIRE_ANY)                  \
    X(number, retry_delay_ms, HL_WIRE_ANY)         \
    X(number, retry_max_delay_ms, HL_WIRE_ANY)     \
    X(string, retry_on, HL_WIRE_STRING)            \
    X(number, host_give_up, HL_WIRE_ANY)           \
    X(number, max_outage_s, HL_WIRE_ANY)           \
    X(number, start_interval_ns, HL_WIRE_ANY)      \
    X(number, host_start_interval_ns, HL_WIRE_ANY) \
    X(number, host_rest, HL_WIRE_ANY)              \
    X(number, dns_jobs, HL_WIRE_ANY)               \
    X(number, connect_timeout_ms, HL_WIRE_ANY)     \
    X(number, max_time_ms, HL_WIRE_ANY)            \
    X(number, speed_limit, HL_WIRE_ANY)            \
    X(number, speed_time_s, HL_WIRE_ANY)           \
    X(number, limit_rate, HL_WIRE_ANY)             \
    X(number, max_filesize, HL_WIRE_ANY)           \
    X(number, max_redirs, HL_WIRE_ANY)             \
    X(string, proto_redir, HL_WIRE_STRING)         \
    X(number, cancel_grace_ms, HL_WIRE_ANY)        \
    X(number, cpu_work_us, HL_WIRE_ANY)            \
    X(number, cpu_work_on_pool, 1)                 \
    X(number, http, HAUL_HTTP_2)                   \
    X(number, if_exists, HAUL_IF_EXISTS_ADOPT)     \
    X(strings, headers, HL_WIRE_STRING)            \
    X(string, user_agent, HL_WIRE_STRING)          \
    X(string, user, HL_WIRE_STRING)                \
    X(string, cookie, HL_WIRE_STRING)              \
    LOCAL(cookie_lines)                            \
    X(number, netrc, 1)                            \
    X(string, proxy, HL_WIRE_STRING)               \
    X(string, noproxy, HL_WIRE_STRING)             \
    X(string, cacert, HL_WIRE_STRING)              \
    X(string, cert, HL_WIRE_STRING)                \
    X(string, key, HL_WIRE_STRING)                 \
    X(number, insecure, 1)                         \
    X(strings, resolve, HL_WIRE_STRING)            \
    X(number, block_private, 1)                    \
    X(string, method, HL_WIRE_TEXT_MAX)            \
    LOCAL(data)                                    \
    X(number, data_size, HL_WIRE_BYTES_MAX)        \
    X(number, compressed, 1)                       \
    X(string, accept_type, HL_WIRE_STRING)         \
    X(number, remote_time, 1)                      \
    X(number, fsync, 1)                            \
    X(number, sha256, 1)                           \
    X(number, restart, 1)                          \
    X(number, update, 1)                           \
    X(number, retry_failed, 1)                     \
    LOCAL(retry_causes)                            \
    X(number, trust_journal, 1)                    \
    X(number, no_dedupe, 1)                        \
    X(number, no_adapt, 1)                         \
    X(number, keep_dirlinks, 1)                    \
    X(number, shared, 1)                           \
    LOCAL(worker_argv)                             \
    LOCAL(worker_timeout_ms)                       \
    X(number, trace, HAUL_TRACE_ALL)               \
    LOCAL(trace_text)                              \
    LOCAL(trace_file)                              \
    LOCAL(trace_file_mask)                         \
    LOCAL(trace_max_bytes)                         \
    LOCAL(trace_end)                               \
    LOCAL(loop_stats)                              \
    LOCAL(loop_lag)                                \
    LOCAL(output_fd)

/* First words of the parent. */
struct hl_wire_hello {
    uint64_t parent;   /* pid that spawned the worker */
    uint64_t grace_ns; /* of the parent's hl_stop */
    uint32_t worker;   /* number and trace lane, from 1 */
    bool has_rate;     /* the rate's shared memory was handed down */
    const char *token; /* in the names of the run's temporary files */
    struct haul_options options;
};

struct hl_wire_cancel {
    uint32_t level;    /* of the parent's hl_stop: 1 or 2 */
    uint64_t first_ns; /* when level 1 was first seen, uv_hrtime(); 0 not */
};

/* The options, the last member, have a list of their own. */
#define HL_HELLO_MAP(X)              \
    X(number, parent, INT32_MAX)     \
    X(number, grace_ns, HL_WIRE_ANY) \
    X(number, worker, UINT16_MAX)    \
    X(number, has_rate, 1)           \
    X(string, token, HL_WIRE_TEXT_MAX)

#define HL_CANCEL_MAP(X) \
    X(number, level, 2)  \
    X(number, first_ns, HL_WIRE_ANY)

/* The text of an event and its size are one string, which is put by hand. */
#define HL_WIRE_EVENT_MAP(X, LOCAL)  \
    X(number, t_ns, HL_WIRE_ANY)     \
    X(number, job, HL_WIRE_ANY)      \
    X(number, value, HL_WIRE_ANY)    \
    X(number, value2, HL_WIRE_ANY)   \
    LOCAL(text)                      \
    LOCAL(size)                      \
    X(number, kind, HL_EV_COUNT - 1) \
    X(number, worker, UINT16_MAX)

/* A row as a statement: of `from`, a struct, into `out`; or of `in` into
 * `to`. */
#define HL_WIRE_PUT(kind, name, limit) HL_WIRE_PUT_##kind(name)
#define HL_WIRE_GET(kind, name, limit) HL_WIRE_GET_##kind(name, limit)
#define HL_WIRE_SKIP(name)

#define HL_WIRE_PUT_number(name) \
    hl_wire_put_number(out, sizeof(from->name), (uint64_t)from->name);
#define HL_WIRE_PUT_string(name)  hl_wire_put_string(out, from->name);
#define HL_WIRE_PUT_text(name)    hl_wire_put_text(out, from->name);
#define HL_WIRE_PUT_strings(name) hl_wire_put_strings(out, from->name);

#define HL_WIRE_GET_number(name, limit) \
    to->name =                          \
        (__typeof__(to->name))hl_wire_get_number(in, sizeof(to->name), limit);
#define HL_WIRE_GET_string(name, limit) \
    to->name = hl_wire_get_string(in, limit);
#define HL_WIRE_GET_text(name, limit) to->name = hl_wire_get_text(in, limit);
#define HL_WIRE_GET_strings(name, limit) \
    to->name = hl_wire_get_strings(in, limit);

/* The version of this build. Static. */
const char *hl_wire_build(void);
/* Protocol, version and a hash of these lists: in all else two builds of one
 * version understand each other. Comes first in the first frame of each side,
 * as what follows may be of another build. @return 0 or HAUL_EPROTO. */
void hl_wire_put_identity(struct hl_wire_out *out);
int hl_wire_get_identity(struct hl_wire_in *in);

#endif
