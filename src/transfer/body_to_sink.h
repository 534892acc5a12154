/*
 * What a transfer does to its file: pieces of a long body are stored while the
 * next ones come, and at the end the file is written, verified and named, or
 * its part is kept or dropped. A loop gives both to other threads.
 */
#ifndef HL_TRANSFER_BODY_TO_SINK_H
#define HL_TRANSFER_BODY_TO_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_xfer;

/*
 * Before the first start: pieces are stored elsewhere. on_piece() is called
 * from inside libcurl; then hl_xfer_store_piece() must follow on any one
 * thread, and hl_xfer_piece_stored() on the transfer's, both before
 * hl_xfer_finish(). Meanwhile the body goes on coming, up to another piece;
 * then the transfer pauses.
 */
void hl_xfer_on_piece(struct hl_xfer *xfer, void (*on_piece)(void *arg),
                      void *arg);
/* To be called from on_piece(): how many bytes may gather meanwhile. Larger
 * pieces cost less and hold the loop longer. */
void hl_xfer_set_piece_max(struct hl_xfer *xfer, size_t bytes);
/* Blocks on the disk. */
void hl_xfer_store_piece(struct hl_xfer *xfer);
/* May call on_piece() with the next piece. @return false when the disk refused
 * the piece: the transfer has failed and is to be ended. */
bool hl_xfer_piece_stored(struct hl_xfer *xfer);

/* The file does not hold the transfer back any more, if it did. */
void hl_xfer_let_go(struct hl_xfer *xfer);
/* From now on the transfer, which is over, waits for its file: for its last
 * pieces to be stored, or for a thread that does the work. */
void hl_xfer_await_file(struct hl_xfer *xfer, uint64_t now_ns);
/* The transfer gets into the line of the thread pool; the pool has come to it.
 */
void hl_xfer_hand_over(struct hl_xfer *xfer, uint64_t now_ns);
void hl_xfer_take_up(struct hl_xfer *xfer);
/* Ends that wait, and notes whether there is work to do on the file. Where
 * there is none, the part that an earlier attempt left is dealt with. */
void hl_xfer_end_file(struct hl_xfer *xfer);
bool hl_xfer_has_file_work(const struct hl_xfer *xfer);
/* Opens, writes, verifies and names the file; or keeps or drops its part.
 * Blocks on the disk. Any one thread. */
void hl_xfer_do_file_work(struct hl_xfer *xfer);
/* Burns options->cpu_work_us of this thread's CPU time: the work on each file
 * that haul compare asks for. Nothing when it is 0 or the attempt failed. */
void hl_xfer_burn(struct hl_xfer *xfer);

#endif
