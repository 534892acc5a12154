/* Inside the list reader: a list as its formats see it. */
#ifndef HL_LIST_PARTS_H
#define HL_LIST_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list/entry.h"
#include "list/lines.h"
#include "list/list.h"

enum hl_csv_state {
    HL_CSV_FIELD, /* a field begins here */
    HL_CSV_BARE,  /* in a field, or behind the quotes of one */
    HL_CSV_QUOTED,
    HL_CSV_QUOTE /* behind a quote in quotes: the end, or half a quote */
};

/* How far the record that comes next is known, and the columns' places. */
struct hl_csv {
    char delimiter;
    enum hl_csv_state state;
    size_t scanned;        /* bytes behind lines.begin */
    size_t breaks;         /* lines that end in quotes in there */
    bool spans;            /* one of them in the field that is looked at */
    struct hl_line record; /* taken */
    char **cells;          /* of it; owned */
    size_t room;           /* of cells */
    size_t count;          /* of cells that are filled */
    size_t wanted;         /* of a record, once the places are known */
    uint64_t records;      /* so far, without the header */
    bool has_places;       /* the first record has been seen */
    size_t url;
    size_t name; /* SIZE_MAX: none; so id */
    size_t id;
};

/* The entry under way: its options may be on lines that have not come. */
struct hl_aria2 {
    bool is_open;
    uint64_t line;  /* where it begins */
    size_t dir;     /* in the entry; 0 none */
    size_t out;     /* so */
    size_t referer; /* so */
    size_t size;    /* bytes of its lines */
    char why[160];  /* "": nothing is wrong with it so far */
};

struct hl_jsonl {
    bool has_keys; /* that are asked for: the first object has been seen */
};

/* Owned by whoever reads it; one thread. */
struct hl_list {
    char *path;
    struct hl_list_options options;
    struct hl_lines lines;
    /* HL_LIST_AUTO until it is known. */
    enum hl_list_format format;
    bool is_guess;   /* plain so far; the next line may tell that it is aria2 */
    bool is_text;    /* its first bytes were looked at */
    bool is_checked; /* whether it has the columns that are asked for */
    struct hl_entry entry;
    struct hl_buf scratch;
    struct hl_csv csv;
    struct hl_aria2 aria2;
    struct hl_jsonl jsonl;
    char why[512]; /* what a row's why may point to */
};

/* Finds the format by what the list begins with. HL_LIST_ROW: it is known.
 * Returns but that, HL_LIST_AGAIN, HL_LIST_END and HL_LIST_FAILED. */
enum hl_list_event hl_detect(struct hl_list *list, struct hl_list_row *row);
/* By the extension of path; HL_LIST_AUTO: it says nothing. */
enum hl_list_format hl_detect_by_name(const char *path);

/* Is it what a list may be, by its first bytes? HL_LIST_ROW: it is. Returns but
 * that, HL_LIST_AGAIN, HL_LIST_UNUSABLE and HL_LIST_FAILED. */
enum hl_list_event hl_refuse(struct hl_list *list, struct hl_list_row *row);

/* The next row, by format. */
enum hl_list_event hl_plain_next(struct hl_list *list, struct hl_list_row *row);
enum hl_list_event hl_aria2_next(struct hl_list *list, struct hl_list_row *row);
enum hl_list_event hl_csv_next(struct hl_list *list, struct hl_list_row *row);
enum hl_list_event hl_jsonl_next(struct hl_list *list, struct hl_list_row *row);
void hl_csv_release(struct hl_csv *csv);

/* Finds the columns' places by the first record, which is in csv.cells.
 * @return HL_LIST_ROW when it is a record like others, HL_LIST_AGAIN when it
 * is the header, or HL_LIST_UNUSABLE. */
enum hl_list_event hl_columns_place(struct hl_list *list,
                                    struct hl_list_row *row);

/* For a format without columns: HL_LIST_ROW when none is asked for, or
 * HL_LIST_UNUSABLE. */
enum hl_list_event hl_columns_refuse(struct hl_list *list,
                                     struct hl_list_row *row);

/* For what is not HL_LINES_OK. */
enum hl_list_event hl_list_no_line(struct hl_list *list,
                                   enum hl_lines_event event,
                                   struct hl_list_row *row);
enum hl_list_event hl_list_bad(struct hl_list_row *row, const char *text,
                               const char *why);
enum hl_list_event hl_list_no_memory(struct hl_list *list,
                                     struct hl_list_row *row);
/* A column that is asked for is not there. */
__attribute__((format(printf, 3, 4))) enum hl_list_event
hl_list_unusable(struct hl_list *list, struct hl_list_row *row,
                 const char *format, ...);
/* What is shown of a line that is bad: its beginning; cut in place. */
char *hl_list_cut(char *text);
/* text without the blanks (space, TAB) around it; cut in place. */
char *hl_list_trim(char *text, size_t length);

#endif
