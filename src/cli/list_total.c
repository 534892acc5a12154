#include "cli/list_total.h"

/* Adds the rows that so many further bytes have, if they are like those that
 * were read. @return false: none like them were read. */
static bool add_rest(double *rows, struct hl_list_part read, uint64_t bytes)
{
    if (bytes == 0)
        return true;
    if (read.bytes == 0)
        return false;
    *rows += (double)read.rows / (double)read.bytes * (double)bytes;
    return true;
}

/* The rest of the list that is being read: by its lines, where they have been
 * counted. */
static bool add_open_rest(double *rows, const struct hl_list_total *total,
                          uint64_t rest)
{
    const struct hl_list_part lines = {total->open.rows, total->open_lines};
    if (total->open_lines_left > 0 && total->open_lines > 0)
        return add_rest(rows, lines, total->open_lines_left);
    return total->open_size != HL_LIST_NO_SIZE &&
           add_rest(rows, total->open, rest);
}

void hl_list_total_estimate(const struct hl_list_total *total,
                            struct hl_list_estimate *out)
{
    bool is_known = total->ahead_without_size == 0;
    double rows = (double)total->others;
    struct hl_list_estimate sum = {0};
    for (int i = 0; i < HL_LIST_PACKINGS; i++) {
        bool is_open = total->is_open && (int)total->packing == i;
        struct hl_list_part like = total->ended[i];
        rows += (double)like.rows;
        sum.bytes += like.bytes + total->ahead[i];
        sum.bytes_read += like.bytes;
        if (is_open) {
            like.rows += total->open.rows;
            like.bytes += total->open.bytes;
        }
        is_known = add_rest(&rows, like, total->ahead[i]) && is_known;
    }
    if (total->is_open) {
        uint64_t size = total->open_size;
        bool has_rest = size != HL_LIST_NO_SIZE && size > total->open.bytes;
        uint64_t rest = has_rest ? size - total->open.bytes : 0;
        rows += (double)total->open.rows;
        is_known = add_open_rest(&rows, total, rest) && is_known;
        sum.bytes += total->open.bytes + rest;
        sum.bytes_read += total->open.bytes;
    }
    sum.is_known = is_known;
    sum.rows = (uint64_t)(rows + 0.5);
    *out = is_known ? sum : (struct hl_list_estimate){0};
}
