/*
 * A record that is put together: what a list says of one URL where that is
 * more than a line, copied out of the buffer.
 */
#ifndef HL_LIST_ENTRY_H
#define HL_LIST_ENTRY_H

#include <stddef.h>

#include "list/list.h"
#include "util/buf.h"

enum { HL_ENTRY_LIST_MAX = 64 };

/* Texts behind each other in an entry, and where they begin. */
struct hl_entry_list {
    size_t count;
    size_t at[HL_ENTRY_LIST_MAX];
    const char *strings[HL_ENTRY_LIST_MAX + 1]; /* set by hl_entry_give() */
};

/* All zero is empty, with no memory. A text is known by where it begins in
 * text, as that moves when it grows; 0: there is none. */
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
/* A copy in the entry. @return where, never 0. */
size_t hl_entry_text(struct hl_entry *entry, const char *text, size_t length);
/* Each @return NULL, or a static reason why the record is bad. */
const char *hl_entry_add_mirror(struct hl_entry *entry, const char *url);
/* value follows "name: ". */
const char *hl_entry_add_header(struct hl_entry *entry, const char *name,
                                const char *value);
/* The same from one text "Name: value". */
const char *hl_entry_add_header_line(struct hl_entry *entry, const char *line);
/* As hl_checksum_parse() reads it. */
const char *hl_entry_set_checksum(struct hl_entry *entry, const char *text);
/* Points row, but for line and why, at the entry's strings. @return 0 or
 * UV_ENOMEM. */
int hl_entry_give(struct hl_entry *entry, struct hl_list_row *row);

#endif
