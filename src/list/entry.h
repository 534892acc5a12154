/*
 * An entry puts together a row that is more than a slice of one line: it copies
 * the strings out of the buffer of lines.
 */
#ifndef HL_LIST_ENTRY_H
#define HL_LIST_ENTRY_H

#include <stddef.h>

#include "list/list_row.h"
#include "util/buf.h"

enum { HL_ENTRY_LIST_MAX = 64 };

/* Several strings of an entry, such as its headers. */
struct hl_entry_list {
    size_t count;
    size_t at[HL_ENTRY_LIST_MAX]; /* where each begins in the entry's text */
    const char *strings[HL_ENTRY_LIST_MAX + 1]; /* set by hl_entry_give() */
};

/* All zero is empty, with no memory. The buffer moves when it grows, so a
 * string is known by its offset in text; 0: there is none. */
struct hl_entry {
    struct hl_buf text;
    size_t url;
    size_t name;
    size_t id;
    size_t checksum;
    struct hl_entry_list headers;
    struct hl_entry_list mirrors;
};

void hl_entry_release(struct hl_entry *entry);
/* Empties it and keeps its memory. */
void hl_entry_clear(struct hl_entry *entry);
/* Copies a string into the entry. @return its offset, which is never 0. */
size_t hl_entry_text(struct hl_entry *entry, const char *text, size_t length);
/* The next four @return NULL, or a static reason why the record is bad. */
const char *hl_entry_add_mirror(struct hl_entry *entry, const char *url);
/* Adds the header "name: value". */
const char *hl_entry_add_header(struct hl_entry *entry, const char *name,
                                const char *value);
/* The same from one text "Name: value". */
const char *hl_entry_add_header_line(struct hl_entry *entry, const char *line);
/* text is as hl_checksum_parse() reads it. */
const char *hl_entry_set_checksum(struct hl_entry *entry, const char *text);
/* Points all members of row but line, record and why at the entry's strings.
 * @return 0 or UV_ENOMEM. */
int hl_entry_give(struct hl_entry *entry, struct hl_list_row *row);

#endif
