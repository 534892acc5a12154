/*
 * Since when an event has been there that a loop comes to only now: it may have
 * waited while the loop served other events of the same poll, or while the turn
 * before was long.
 */
#ifndef HL_TRANSFER_LOOP_TURN_H
#define HL_TRANSFER_LOOP_TURN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "util/closing.h"

/* Embedded in the owner of a loop's transfers. */
struct hl_loop_turn {
    uv_prepare_t prepare; /* unref'd */
    uv_check_t check;     /* unref'd */
    uint64_t poll_ns;     /* the last poll began */
    uint64_t polled_ns;   /* the last poll that is noted returned */
    uint64_t before_ns;   /* the poll before it did */
    bool is_noted;        /* the last poll is */
    bool was_long;        /* the turn before that poll; the poll did not wait */
    struct hl_closing closing;
};

void hl_loop_turn_open(struct hl_loop_turn *turn, uv_loop_t *loop);
/* Asynchronous. */
void hl_loop_turn_close(struct hl_loop_turn *turn, void (*closed)(void *arg),
                        void *arg);
/* To be called at the begin of the callback for an event of the socket fd.
 * @return since when the event was there, by uv_hrtime(): at most now_ns. Asks
 * the kernel only after a turn of more than a millisecond. */
uint64_t hl_loop_turn_event(struct hl_loop_turn *turn, int fd, uint64_t now_ns);
/* The same for data that is read without an event of the socket, as libcurl
 * does when a timeout is due. shared: the data may have been read earlier,
 * together with that of others on the connection. */
uint64_t hl_loop_turn_data(const struct hl_loop_turn *turn, int fd, bool shared,
                           uint64_t now_ns);

#endif
