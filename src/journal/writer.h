/*
 * Writes the journal's file. What is posted is copied to a queue, from where
 * whichever thread first needs it in the file writes it, for all. So a slow
 * disk holds those that wait for it, and never the loop.
 */
#ifndef HL_JOURNAL_WRITER_H
#define HL_JOURNAL_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct hl_writer;

/* Owns fd, a file of that size, from now on. The caller holds the writer.
 * @return 0 or a code. */
int hl_writer_new(struct hl_writer **out, int fd, uint64_t size);
/* Loop thread. The last release closes the file. */
void hl_writer_hold(struct hl_writer *writer);
void hl_writer_release(struct hl_writer *writer);
/* From now on nobody who holds the writer writes anything. */
void hl_writer_stop(struct hl_writer *writer);
/* Adds to the queue; size may be 0. *written becomes the size of the file,
 * *error the code of the last write. @return 0 or UV_ENOMEM. */
int hl_writer_post(struct hl_writer *writer, const char *data, size_t size,
                   uint64_t *written, int *error);
/* Writes all that is posted, or waits while another thread does. Any thread of
 * those that hold the writer. @return 0 or a code. */
int hl_writer_write(struct hl_writer *writer);

#endif
