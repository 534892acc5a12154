/*
 * libmicrohttpd, which is loaded when an origin starts. A run that fetches from
 * other servers does not need it, and would wait for the loader: a library
 * takes 0.2 ms of the 7 that a run with one file takes.
 */
#ifndef HL_ORIGIN_MHD_H
#define HL_ORIGIN_MHD_H

#include <microhttpd.h>

#define HL_MHD_MAP(X)                \
    X(add_response_header)           \
    X(create_response_from_buffer)   \
    X(create_response_from_callback) \
    X(destroy_response)              \
    X(get_connection_info)           \
    X(get_daemon_info)               \
    X(lookup_connection_value)       \
    X(queue_response)                \
    X(resume_connection)             \
    X(start_daemon)                  \
    X(stop_daemon)                   \
    X(suspend_connection)

/* Its functions, without the MHD_ of their names. */
struct hl_mhd {
#define X(name) __typeof__(&MHD_##name) name;
    HL_MHD_MAP(X)
#undef X
};

/* To be used once hl_mhd_load() has returned 0. */
extern struct hl_mhd hl_mhd;

/* Loads the library, unless it is loaded. Not from two threads at a time.
 * @return 0, or UV_ENOSYS where there is none. */
int hl_mhd_load(void);

#endif
