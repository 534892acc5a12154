/*
 * The streaming list reader: rows of URLs from a file or standard input, in
 * any of the formats, packed by gzip or not. Memory is bounded by the longest
 * record, whatever the length of the list.
 *
 * Structure: input.c gives bytes, lines.c makes lines of them. detect.c refuses
 * what is no list, or finds its format, and each format (format.h) makes rows
 * of lines, in a file of its own. reader.h is what formats share, and entry.c
 * puts together a row that is more than a line.
 */
#ifndef HL_LIST_LIST_H
#define HL_LIST_LIST_H

#include "list/list_row.h"

struct hl_list;

/* path "-" is standard input. @return 0 or a libuv code. */
int hl_list_open(struct hl_list **out, const char *path,
                 const struct hl_list_options *options);
/* NULL is fine. */
void hl_list_close(struct hl_list *list);
/* After HL_LIST_END, HL_LIST_FAILED and HL_LIST_UNUSABLE the list can only be
 * closed. */
enum hl_list_event hl_list_next(struct hl_list *list, struct hl_list_row *row);
/* How far a list has been read, in bytes of its file; of a .gz, packed ones. */
struct hl_list_progress {
    uint64_t size;       /* UINT64_MAX: not known, as of a pipe */
    uint64_t at;         /* bytes behind the last row that was given */
    uint64_t read;       /* bytes that were read of it, ahead of the rows */
    uint64_t lines;      /* that the rows so far took */
    uint64_t lines_left; /* where they have all been read; else 0 */
};
void hl_list_progress(const struct hl_list *list, struct hl_list_progress *out);
enum { HL_LIST_SHA256_SIZE = 64 + 1 };
/* After HL_LIST_END, once: the SHA-256 of the list's file, as it was read, in
 * hexadecimal; of a .gz, of the packed bytes. options.hashes must be set. */
void hl_list_sha256(struct hl_list *list, char out[HL_LIST_SHA256_SIZE]);
int hl_list_fd(const struct hl_list *list);
/* The path that the list was opened by; for "-", "standard input". */
const char *hl_list_path(const struct hl_list *list);

#endif
