/*
 * The streaming list reader: rows of URLs from a file or standard input.
 * Memory is bounded by the longest line, whatever the length of the list.
 */
#ifndef HL_LIST_LIST_H
#define HL_LIST_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct hl_list;

enum hl_list_format {
    HL_LIST_AUTO,  /* by the file's extension, else by its first line */
    HL_LIST_PLAIN, /* a URL a line, # comments */
    HL_LIST_TSV,   /* URL TAB NAME; or with a header, the column "url" */
};

enum hl_list_event {
    HL_LIST_ROW,
    HL_LIST_BAD,   /* this line cannot be used; row->why says why */
    HL_LIST_AGAIN, /* no line yet: poll hl_list_fd() for reading */
    HL_LIST_END,
    HL_LIST_FAILED, /* reading failed: hl_list_errno() */
};

/* Strings are valid until the next call. */
struct hl_list_row {
    uint64_t line;    /* from 1 */
    const char *url;  /* of a bad line: its text, cut */
    const char *name; /* or NULL */
    const char *why;  /* of a bad line; static */
};

/* path "-" is standard input. @return 0 or a libuv code. */
int hl_list_open(struct hl_list **out, const char *path,
                 enum hl_list_format format);
/* NULL is fine. */
void hl_list_close(struct hl_list *list);
enum hl_list_event hl_list_next(struct hl_list *list, struct hl_list_row *row);
int hl_list_fd(const struct hl_list *list);
int hl_list_errno(const struct hl_list *list);
const char *hl_list_path(const struct hl_list *list);

#endif
