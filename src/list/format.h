/*
 * A format of lists. To add one: a file that defines it, a word in list_row.h,
 * and a line in list.c's table. detect.c says how it is recognised.
 */
#ifndef HL_LIST_FORMAT_H
#define HL_LIST_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "list/reader.h"

struct hl_format {
    bool has_columns;  /* or keys: --url-col and its like may name them */
    size_t state_size; /* of what it keeps from row to row; begins all zero */
    /* Gives the next row, or HL_LIST_AGAIN; row is all zero. */
    enum hl_list_event (*next)(void *state, struct hl_reader *reader,
                               struct hl_list_row *row);
    void (*release)(void *state); /* frees what state owns; may be NULL */
};

extern const struct hl_format hl_plain_format;
extern const struct hl_format hl_aria2_format;
extern const struct hl_format hl_csv_format;
extern const struct hl_format hl_tsv_format;
extern const struct hl_format hl_jsonl_format;

#endif
