/*
 * How many rows several lists have together, estimated from the bytes that were
 * read of them: a list has as many rows a byte in its rest as in its beginning.
 * Pure.
 */
#ifndef HL_CLI_LIST_TOTAL_H
#define HL_CLI_LIST_TOTAL_H

#include <stdbool.h>
#include <stdint.h>

/* Packed bytes hold more rows than plain ones. */
enum hl_list_packing { HL_LIST_BARE, HL_LIST_PACKED, HL_LIST_PACKINGS };

#define HL_LIST_NO_SIZE UINT64_MAX

struct hl_list_part {
    uint64_t rows;
    uint64_t bytes;
};

/* All zero: no lists. */
struct hl_list_total {
    uint64_t others; /* rows that are in no list, such as arguments */
    /* Lists that were read to their ends. */
    struct hl_list_part ended[HL_LIST_PACKINGS];
    /* The list that is being read. */
    bool is_open;
    enum hl_list_packing packing;
    struct hl_list_part open; /* what was read of it */
    uint64_t open_size;       /* HL_LIST_NO_SIZE: not known, as of a pipe */
    uint64_t open_lines;      /* that its rows took */
    uint64_t open_lines_left; /* where these were counted; else 0 */
    /* Lists that were not opened yet. */
    uint64_t ahead[HL_LIST_PACKINGS]; /* their bytes */
    unsigned ahead_without_size;      /* how many have no known size */
};

struct hl_list_estimate {
    bool is_known; /* else the rest is 0 */
    uint64_t rows; /* of all lists */
    uint64_t bytes;
    uint64_t bytes_read;
};

void hl_list_total_estimate(const struct hl_list_total *total,
                            struct hl_list_estimate *out);

#endif
