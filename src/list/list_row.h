/* What the list reader is asked for, and the rows that it gives. */
#ifndef HL_LIST_LIST_ROW_H
#define HL_LIST_LIST_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* A column is named by its header (in jsonl by its key), or by its number from
 * 1; NULL: the format says which column it is. The strings are borrowed until
 * the list is closed. */
struct hl_list_options {
    enum hl_list_format format;
    const char *url_column;
    const char *name_column;
    const char *id_column;
    const char *keep; /* columns whose cells rows are to have: "A,B", "all", or
                         NULL */
    bool needs_ids;   /* files are named by the ids of rows */
    bool hashes;      /* compute hl_list_sha256() */
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

/* A cell of a column that is kept. */
struct hl_list_cell {
    const char *name; /* of the column; "column3" where it has none */
    const char *text; /* NULL: the record has no such cell, or null */
    size_t length;    /* of text; behind JSON no NUL follows */
    bool is_url;      /* it is the row's url */
    bool is_id;       /* it is the row's id */
    bool is_json;     /* text is JSON: a number, true, false, [...] or {...} */
};

/* Strings and arrays are valid until the next call. All but url and why may be
 * NULL; of a bad record all but url, why, id and cells are. Arrays of strings
 * end with NULL. */
struct hl_list_row {
    uint64_t line;    /* where the record begins, from 1 */
    uint64_t record;  /* its number, from 1; csv and tsv do not count the header
                         and empty lines, other formats count lines */
    const char *url;  /* of a bad record: what is known of it, maybe "" */
    const char *name; /* as the list has it, not made safe; ends in '/' where
                         the list names only a directory */
    const char *id;
    const char *checksum;             /* "sha256=HEX", in lower case */
    const char *const *headers;       /* "Name: value" */
    const char *const *mirrors;       /* further URLs of the same file */
    const struct hl_list_cell *cells; /* by options.keep, in its order */
    size_t cell_count;                /* 0: a record that cannot be read */
    const char *why;
};

#endif
