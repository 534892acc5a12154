/* The options of a run on the wire: one row a field, in the struct's order. */
#include "worker/wire.h"

/* X travels; LOCAL(type, name) stays with the parent. */
#define HL_OPTIONS_MAP(X, LOCAL)                                 \
    LOCAL(enum haul_mode_id, mode)                               \
    X(string, const char *, dir, HL_WIRE_STRING)                 \
    X(string, const char *, output, HL_WIRE_STRING)              \
    X(u32, uint32_t, jobs, HL_WIRE_ANY32)                        \
    LOCAL(uint32_t, loops)                                       \
    X(u32, uint32_t, max_per_host, HL_WIRE_ANY32)                \
    X(u32, uint32_t, retry, HL_WIRE_ANY32)                       \
    X(u32, uint32_t, retry_delay_ms, HL_WIRE_ANY32)              \
    X(u32, uint32_t, retry_max_delay_ms, HL_WIRE_ANY32)          \
    X(string, const char *, retry_on, HL_WIRE_STRING)            \
    X(u32, uint32_t, host_give_up, HL_WIRE_ANY32)                \
    X(u32, uint32_t, max_outage_s, HL_WIRE_ANY32)                \
    X(u64, uint64_t, start_interval_ns, HL_WIRE_ANY64)           \
    X(u64, uint64_t, host_start_interval_ns, HL_WIRE_ANY64)      \
    X(u32, uint32_t, dns_jobs, HL_WIRE_ANY32)                    \
    X(u32, uint32_t, connect_timeout_ms, HL_WIRE_ANY32)          \
    X(u32, uint32_t, max_time_ms, HL_WIRE_ANY32)                 \
    X(u32, uint32_t, speed_limit, HL_WIRE_ANY32)                 \
    X(u32, uint32_t, speed_time_s, HL_WIRE_ANY32)                \
    X(u64, uint64_t, limit_rate, HL_WIRE_ANY64)                  \
    X(u64, uint64_t, max_filesize, HL_WIRE_ANY64)                \
    X(u32, uint32_t, max_redirs, HL_WIRE_ANY32)                  \
    X(u32, uint32_t, cancel_grace_ms, HL_WIRE_ANY32)             \
    X(u32, uint32_t, cpu_work_us, HL_WIRE_ANY32)                 \
    X(boolean, bool, cpu_work_on_pool, 1)                        \
    X(u32, enum haul_http_version, http, HAUL_HTTP_2)            \
    X(u32, enum haul_if_exists, if_exists, HAUL_IF_EXISTS_ADOPT) \
    X(strings, const char *const *, headers, HL_WIRE_STRING)     \
    X(string, const char *, user_agent, HL_WIRE_STRING)          \
    X(string, const char *, user, HL_WIRE_STRING)                \
    X(string, const char *, cookie, HL_WIRE_STRING)              \
    X(boolean, bool, netrc, 1)                                   \
    X(string, const char *, proxy, HL_WIRE_STRING)               \
    X(string, const char *, noproxy, HL_WIRE_STRING)             \
    X(string, const char *, cacert, HL_WIRE_STRING)              \
    X(string, const char *, cert, HL_WIRE_STRING)                \
    X(string, const char *, key, HL_WIRE_STRING)                 \
    X(boolean, bool, insecure, 1)                                \
    X(strings, const char *const *, resolve, HL_WIRE_STRING)     \
    X(boolean, bool, block_private, 1)                           \
    X(string, const char *, accept_type, HL_WIRE_STRING)         \
    X(boolean, bool, remote_time, 1)                             \
    X(boolean, bool, fsync, 1)                                   \
    X(boolean, bool, sha256, 1)                                  \
    X(boolean, bool, restart, 1)                                 \
    X(boolean, bool, update, 1)                                  \
    X(boolean, bool, retry_failed, 1)                            \
    X(boolean, bool, trust_journal, 1)                           \
    X(boolean, bool, no_dedupe, 1)                               \
    X(boolean, bool, no_adapt, 1)                                \
    X(boolean, bool, keep_dirlinks, 1)                           \
    LOCAL(const char *const *, worker_argv)                      \
    LOCAL(uint32_t, worker_timeout_ms)                           \
    X(u32, uint32_t, trace, HAUL_TRACE_ALL)                      \
    LOCAL(FILE *, trace_text)                                    \
    LOCAL(const char *, trace_file)                              \
    LOCAL(uint32_t, trace_file_mask)                             \
    LOCAL(uint64_t, trace_max_bytes)                             \
    LOCAL(struct haul_trace_stats *, trace_end)                  \
    LOCAL(bool, loop_stats)                                      \
    LOCAL(bool, loop_lag)                                        \
    LOCAL(int, output_fd)

#define NO_FIELD(type, name)
#define INITIALIZER(kind, type, name, limit) (type)0,
#define LOCAL_INITIALIZER(type, name)        (type)0,

/* One initializer a row: a field that HL_OPTIONS_MAP has forgotten has none,
 * and does not compile, also where it lies in what was padding. */
#pragma GCC diagnostic error "-Wmissing-field-initializers"
static const struct haul_options zero = {
    HL_OPTIONS_MAP(INITIALIZER, LOCAL_INITIALIZER)};

#define SHAPE(kind, type, name, limit) #kind " " #name ";"

const char hl_wire_options_shape[] = HL_OPTIONS_MAP(SHAPE, NO_FIELD);

void hl_wire_put_options(struct hl_wire_out *out,
                         const struct haul_options *options)
{
    const struct haul_options *from = options;
    HL_OPTIONS_MAP(HL_WIRE_PUT_FIELD, NO_FIELD)
}

void hl_wire_get_options(struct hl_wire_in *in, struct haul_options *options)
{
    struct haul_options *to = options;
    *options = zero;
    HL_OPTIONS_MAP(HL_WIRE_GET_FIELD, NO_FIELD)
}
