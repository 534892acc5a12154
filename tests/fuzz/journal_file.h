/* Journals for fuzz targets: from bytes to a file, with lines that count. */
#ifndef TESTS_FUZZ_JOURNAL_FILE_H
#define TESTS_FUZZ_JOURNAL_FILE_H

#include <stddef.h>

#include "journal/record_writing.h"

/* Adds the lines of data to out, each with the check at its end and, where it
 * is of a URL, with the URL's fingerprint, neither of which a mutation would
 * find. A line that is too long for a record is left out. */
void journal_file_repair(struct hl_record_buffer *out, const char *data,
                         size_t size);
/* Makes a directory that has nothing but .haul with this journal, below the
 * scratch directory. @return its descriptor. */
int journal_file_put(const char *data, size_t size);
/* The path of that directory. */
const char *journal_file_dir(void);
/* Removes the directory and closes its descriptor. */
void journal_file_remove(int dir_fd);

#endif
