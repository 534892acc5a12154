/*
 * Writes records of the journal into memory, field by field. record.h describes
 * the fields. Pure, except that a header has the time of the day.
 */
#ifndef HL_JOURNAL_RECORD_WRITING_H
#define HL_JOURNAL_RECORD_WRITING_H

#include "journal/journal_entry.h"
#include "journal/record.h"

/* Memory that records gather in. All zero is empty. */
struct hl_record_buffer {
    char *data;
    size_t used;
    size_t size;
    size_t begun; /* where the record that is being added begins */
};

/* Begins a record with its kind. @return 0, or UV_ENOMEM; then the buffer is
 * as it was. After that no field can fail; hl_record_end() can, where the line
 * has become too long. */
int hl_record_begin(struct hl_record_buffer *buffer, char kind);
void hl_record_add_fingerprint(struct hl_record_buffer *buffer,
                               uint64_t fingerprint);
/* Adds a field, escaped; NULL makes it empty. */
void hl_record_add_text(struct hl_record_buffer *buffer, const char *text);
/* Adds a field of another record, already escaped. */
void hl_record_add_span(struct hl_record_buffer *buffer, struct hl_span field);
void hl_record_add_number(struct hl_record_buffer *buffer, uint64_t number);
/* Adds a whole line of another journal; line has no newline. @return 0 or
 * UV_ENOMEM. */
int hl_record_add_line(struct hl_record_buffer *buffer, struct hl_span line);
/* Adds the check and the newline. @return 0, or UV_E2BIG; then the record is
 * taken out again. */
int hl_record_end(struct hl_record_buffer *buffer);

/* The fields of a PART and of a FILE. */
void hl_record_add_part(struct hl_record_buffer *buffer,
                        const struct hl_journal_part *part);
void hl_record_add_file(struct hl_record_buffer *buffer,
                        const struct hl_journal_file *file);

/* These three add a whole record. @return 0 or UV_ENOMEM. */

/* A header with this boot id. token "" and no rules: the header is not that of
 * a run. */
int hl_record_add_header(struct hl_record_buffer *buffer, const char *boot,
                         const char *token,
                         const struct hl_journal_rules *rules);
/* A mark: files of records before offset are on disk. */
int hl_record_add_mark(struct hl_record_buffer *buffer, uint64_t offset);
/* The run with that token has ended. */
int hl_record_add_end(struct hl_record_buffer *buffer, const char *token);

#endif
