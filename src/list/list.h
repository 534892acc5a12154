/*
 * The streaming list reader: rows of URLs from a file or standard input, in
 * any of the formats, packed by gzip or not. Memory is bounded by the longest
 * record, whatever the length of the list.
 *
 * Structure: input.c gives bytes, lines.c makes lines of them, detect.c finds
 * the format, and a file a format makes rows.
 */
#ifndef HL_LIST_LIST_H
#define HL_LIST_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct hl_list;

#define HL_LIST_FORMAT_MAP(X) \
    X(HL_LIST_AUTO, "auto")   \
    X(HL_LIST_PLAIN, "plain") \
    X(HL_LIST_ARIA2, "aria2") \
    X(HL_LIST_TSV, "tsv")     \
    X(HL_LIST_CSV, "csv")     \
    X(HL_LIST_JSONL, "jsonl")

/* HL_LIST_AUTO: by the file's extension, else by its first line. */
enum hl_list_format {
#define X(name, word) name,
    HL_LIST_FORMAT_MAP(X)
#undef X
};

/* A column is named by its header (of jsonl: its key), or by its number from
 * 1; NULL: as the format has it. The strings are borrowed until the list is
 * closed. */
struct hl_list_options {
    enum hl_list_format format;
    const char *url_column;
    const char *name_column;
    const char *id_column;
    bool needs_ids; /* files are named by them */
};

enum hl_list_event {
    HL_LIST_ROW,
    HL_LIST_BAD,   /* this record cannot be used; row->why says why */
    HL_LIST_AGAIN, /* none yet: poll hl_list_fd() for reading */
    HL_LIST_END,
    HL_LIST_FAILED,  /* reading failed behind line row->line: row->why */
    HL_LIST_UNUSABLE /* it is no text, or has no column that is asked for, or no
                        ids where they are needed: row->why, which names the
                        list, and the option and the column */
};

/* Strings and arrays are valid until the next call; those but url and why may
 * be NULL. Arrays end with NULL. */
struct hl_list_row {
    uint64_t line;    /* where the record begins, from 1 */
    uint64_t record;  /* its number, from 1: of csv and tsv without the header
                         and empty lines; of other formats the line */
    const char *url;  /* of a bad record: what is known of it, maybe "" */
    const char *name; /* as the list has it, to be made safe; ends in '/' where
                         only its directory is given */
    const char *id;
    const char *checksum;       /* "sha256=HEX", in lower case */
    const char *const *headers; /* "Name: value" */
    const char *const *mirrors; /* further URLs of the same file */
    const char *why;
};

/* path "-" is standard input. @return 0 or a libuv code. */
int hl_list_open(struct hl_list **out, const char *path,
                 const struct hl_list_options *options);
/* NULL is fine. */
void hl_list_close(struct hl_list *list);
/* After HL_LIST_END, HL_LIST_FAILED and HL_LIST_UNUSABLE the list can only be
 * closed. */
enum hl_list_event hl_list_next(struct hl_list *list, struct hl_list_row *row);
int hl_list_fd(const struct hl_list *list);
/* As it was opened; of "-", what it is. */
const char *hl_list_path(const struct hl_list *list);
const char *hl_list_format_word(enum hl_list_format format);

#endif
