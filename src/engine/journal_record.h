/* One line of the journal: splitting, joining, escaping. Pure. */
#ifndef HL_ENGINE_JOURNAL_RECORD_H
#define HL_ENGINE_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HL_RECORD_FIELDS = 4, HL_RECORD_LINE_MAX = 32 * 1024 };

struct hl_record {
    char kind; /* 'c', 'p', 'd', 'f'; 'H' has no print */
    uint64_t print;
    uint64_t claim;                       /* of p, d and f */
    const char *fields[HL_RECORD_FIELDS]; /* still escaped; "" where none */
};

/* Splits line in place, which has no newline any more. False: damaged. */
bool hl_record_parse(struct hl_record *out, char *line);
/* A copy of a field without its escapes; NULL without memory. */
char *hl_record_text(const char *field);
uint64_t hl_record_number(const char *field);

/* Memory that records gather in. All zero is empty. */
struct hl_record_buffer {
    char *data;
    size_t used;
    size_t size;
};

/* Each @return 0 or UV_ENOMEM; then the buffer is as it was. */
int hl_record_begin(struct hl_record_buffer *buffer, char kind, uint64_t print);
int hl_record_add_text(struct hl_record_buffer *buffer, const char *text);
int hl_record_add_number(struct hl_record_buffer *buffer, uint64_t number);
int hl_record_end(struct hl_record_buffer *buffer);

#endif
