/*
 * Writes the journal's file. The loop copies records to a queue. Whichever
 * thread first needs them in the file writes the whole queue. So a slow disk
 * delays only the threads that wait for it, never the loop.
 */
#ifndef HL_JOURNAL_WRITER_H
#define HL_JOURNAL_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct hl_writer;

/* Takes over fd, a file of that size. The caller holds the writer. @return 0 or
 * a code. */
int hl_writer_new(struct hl_writer **out, int fd, uint64_t size);
/* Counts who uses the writer. The last release closes the file. Loop thread
 * only. */
void hl_writer_hold(struct hl_writer *writer);
void hl_writer_release(struct hl_writer *writer);
/* Empties the queue: those who still hold the writer write nothing more. */
void hl_writer_stop(struct hl_writer *writer);
/* Adds to the queue; size may be 0. *written becomes the size of the file,
 * *error the code of the last write. @return 0 or UV_ENOMEM. */
int hl_writer_post(struct hl_writer *writer, const char *data, size_t size,
                   uint64_t *written, int *error);
/* Writes all that is posted, or waits while another thread does. Any thread,
 * while the writer is held. Blocks on the disk. @return 0 or a code. */
int hl_writer_write(struct hl_writer *writer);

#endif
