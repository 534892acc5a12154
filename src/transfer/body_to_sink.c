#include "transfer/body_to_sink.h"

#include <assert.h>
#include <string.h>

#include "transfer/reply.h"
#include "transfer/resume.h"
#include "transfer/xfer_struct.h"
#include "util/thread_clock.h"
#include "util/time_units.h"

void hl_xfer_on_piece(struct hl_xfer *xfer, void (*on_piece)(void *arg),
                      void *arg)
{
    xfer->sink->hooks.piece = on_piece;
    xfer->sink->hooks.piece_arg = arg;
}

void hl_xfer_set_piece_max(struct hl_xfer *xfer, size_t bytes)
{
    xfer->sink->piece_max =
        bytes > HL_SINK_CHUNK ? bytes : (size_t)HL_SINK_CHUNK;
}

void hl_xfer_store_piece(struct hl_xfer *xfer)
{
    hl_sink_store_piece(xfer->sink);
    xfer->piece_stored_ns = uv_hrtime();
}

/* A transfer that waited for the piece was ready from when it was stored. If
 * libcurl is done with it, it waits for the next piece, if any. */
static void end_piece(struct hl_xfer *xfer)
{
    struct hl_phases *phases = &xfer->phases;
    if (phases->now != HL_PHASE_FILE)
        return;
    hl_phases_enter(phases, HL_PHASE_READY, xfer->piece_stored_ns);
    if (xfer->try.over)
        hl_phases_enter(phases, HL_PHASE_FILE, uv_hrtime());
}

bool hl_xfer_piece_stored(struct hl_xfer *xfer)
{
    end_piece(xfer);
    int r = hl_sink_piece_stored(xfer->sink);
    if (r < 0)
        hl_xfer_fail_local(xfer, r);
    return r == 0;
}

void hl_xfer_let_go(struct hl_xfer *xfer)
{
    if (xfer->phases.now != HL_PHASE_BODY)
        hl_phases_enter(&xfer->phases, HL_PHASE_BODY, uv_hrtime());
}

void hl_xfer_await_file(struct hl_xfer *xfer, uint64_t now_ns)
{
    hl_phases_enter(&xfer->phases, HL_PHASE_FILE, now_ns);
}

void hl_xfer_hand_over(struct hl_xfer *xfer, uint64_t now_ns)
{
    hl_phases_hand_over(&xfer->phases, now_ns);
}

void hl_xfer_take_up(struct hl_xfer *xfer)
{
    hl_phases_take_up(&xfer->phases, uv_hrtime());
}

/* A failed attempt leaves a part only where it can be proved later that the
 * rest belongs to it. */
static void leave_part(struct hl_xfer *xfer)
{
    bool touched = xfer->try.body_begun || xfer->try.resumed;
    if (xfer->sink->committed) {
        xfer->try.kept = hl_sink_keep(xfer->sink);
        return;
    }
    if (xfer->try.outdated)
        (void)hl_resume_forget(xfer);
    bool passing = xfer->try.error != HAUL_ERR_TOO_LARGE &&
                   xfer->try.error != HAUL_ERR_TYPE &&
                   xfer->try.error != HAUL_ERR_CHECKSUM &&
                   !xfer->try.part_stale;
    if (touched && passing && hl_resume_is_possible(xfer))
        xfer->try.kept = hl_sink_keep(xfer->sink);
    else
        hl_sink_discard(xfer->sink);
    /* A part that must not be resumed is removed at once: the reply does not
     * name it, and a new part could not have its name. Where this attempt wrote
     * nothing, the part of an earlier one is kept as it is. */
    if (xfer->try.part_stale)
        hl_sink_remove_part(xfer->sink);
    else if (!touched)
        xfer->try.kept = xfer->resume_from;
}

static void trace_end(const struct hl_xfer *xfer)
{
    enum haul_error error = xfer->try.error;
    HL_XFER_TRACE_TEXT(xfer, HL_EV_TRANSFER_END,
                       error == HAUL_OK ? "ok" : haul_error_word(error),
                       .value = xfer->head.status,
                       .value2 = (int64_t)xfer->received);
}

void hl_xfer_end_file(struct hl_xfer *xfer)
{
    bool has_stale_part = xfer->try.part_stale && xfer->job->part_token != NULL;
    if (xfer->phases.now != HL_PHASE_READY)
        hl_phases_enter(&xfer->phases, HL_PHASE_READY, uv_hrtime());
    xfer->try.has_file_work = xfer->try.publish || xfer->try.outdated ||
                              has_stale_part || xfer->sink->has_part;
    if (xfer->try.has_file_work)
        return;
    leave_part(xfer);
    trace_end(xfer);
}

bool hl_xfer_has_file_work(const struct hl_xfer *xfer)
{
    return xfer->try.has_file_work;
}

/* Where the file went on from a part, that part may be what is wrong: then the
 * whole file is fetched once more before the attempt fails. */
static void judge_checksum(struct hl_xfer *xfer)
{
    const char *expected = xfer->job->checksum;
    const char *found = xfer->sink->hashes.out.digests;
    if (expected == NULL ||
        hl_digests_compare(found, expected) == HL_DIGESTS_EQUAL)
        return;
    size_t length = strlen(expected);
    enum hl_algorithm algorithm = hl_algorithm_of_length(length);
    const char *digest = hl_digests_find(found, algorithm);
    xfer->try.part_stale = xfer->try.resumed;
    hl_xfer_fail(xfer, HAUL_ERR_CHECKSUM, "the file's %s is %.*s",
                 hl_algorithm_title(algorithm), (int)length,
                 digest != NULL ? digest : "");
}

static void publish(struct hl_xfer *xfer)
{
    bool dated = xfer->shared->options->remote_time;
    int r = hl_sink_complete(xfer->sink);
    if (r == 0)
        judge_checksum(xfer);
    if (r == 0 && xfer->try.error == HAUL_OK)
        r = hl_sink_publish(xfer->sink,
                            dated ? xfer->head.last_modified_s : -1);
    if (r < 0)
        hl_xfer_fail_local(xfer, r);
    xfer->try.published = xfer->try.error == HAUL_OK;
    if (xfer->try.published)
        xfer->try.kept = xfer->sink->flushed;
}

void hl_xfer_do_file_work(struct hl_xfer *xfer)
{
    assert(xfer->try.has_file_work);
    if (xfer->phases.now != HL_PHASE_FILE)
        hl_phases_enter(&xfer->phases, HL_PHASE_FILE, uv_hrtime());
    xfer->try.has_file_work = false;
    if (xfer->try.publish)
        publish(xfer);
    if (xfer->try.error != HAUL_OK)
        leave_part(xfer);
    hl_phases_enter(&xfer->phases, HL_PHASE_READY, uv_hrtime());
    trace_end(xfer);
}

/* @return the processor time that it took. */
static uint64_t burn(const struct hl_shared *shared, uint64_t want_us)
{
    uint64_t begin = hl_thread_cpu_ns();
    uint64_t spent = 0;
    while (spent < want_us * HL_NS_PER_US) {
        hl_shared_alive(shared);
        spent = hl_thread_cpu_ns() - begin;
    }
    return spent;
}

void hl_xfer_burn(struct hl_xfer *xfer)
{
    uint64_t want_us = xfer->shared->options->cpu_work_us;
    if (want_us == 0 || xfer->try.error != HAUL_OK)
        return;
    hl_phases_enter(&xfer->phases, HL_PHASE_WORK, uv_hrtime());
    xfer->phases.work_cpu_ns += burn(xfer->shared, want_us);
    hl_phases_enter(&xfer->phases, HL_PHASE_READY, uv_hrtime());
}
