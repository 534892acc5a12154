#include "cli/kept_columns.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/print_message.h"
#include "cli/secret.h"
#include "util/grow.h"

static void clear_names(struct hl_kept_columns *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        free(kept->names[i].column);
        free(kept->names[i].name);
    }
    kept->count = 0;
}

void hl_kept_columns_release(struct hl_kept_columns *kept)
{
    clear_names(kept);
    free(kept->names);
    hl_buf_release(&kept->text);
    hl_buf_release(&kept->copy);
    kept->names = NULL;
    kept->room = 0;
}

static bool is_taken(const struct hl_kept_columns *kept, const char *name)
{
    if (kept->is_member(name))
        return true;
    for (size_t i = 0; i < kept->count; i++)
        if (kept->names[i].name != NULL &&
            strcmp(kept->names[i].name, name) == 0)
            return true;
    return false;
}

/* With "all", the list's url and id are the report's own, where they are called
 * so. */
static bool is_own(const struct hl_kept_columns *kept,
                   const struct hl_list_cell *cell)
{
    return strcmp(kept->asked, "all") == 0 &&
           ((cell->is_url && strcmp(cell->name, "url") == 0) ||
            (cell->is_id && strcmp(cell->name, "id") == 0));
}

/* The first column that is called so; NULL: there is none. */
static struct hl_kept_name *first_called(const struct hl_kept_columns *kept,
                                         const char *column)
{
    for (size_t i = 0; i < kept->count; i++)
        if (strcmp(kept->names[i].column, column) == 0)
            return &kept->names[i];
    return NULL;
}

/* A name that neither the report nor a column before has: the column's own,
 * else "list_NAME", else that with a number behind it. The numbers that columns
 * of this name have tried are not tried again: a thousand may be called so. */
static int free_name(const struct hl_kept_columns *kept, const char *column,
                     char **out)
{
    struct hl_buf name = {0};
    struct hl_kept_name *first = first_called(kept, column);
    unsigned number = first != NULL ? first->tried : 1;
    hl_buf_text(&name, column);
    if (!name.failed && kept->is_member(name.data)) {
        hl_buf_clear(&name);
        hl_buf_printf(&name, "list_%s", column);
    }
    size_t length = name.used;
    if (number > 1)
        hl_buf_printf(&name, "_%u", ++number);
    while (!name.failed && is_taken(kept, name.data)) {
        name.used = length;
        hl_buf_printf(&name, "_%u", ++number);
    }
    if (first != NULL)
        first->tried = number;
    *out = name.data;
    if (!name.failed)
        return 0;
    hl_buf_release(&name);
    return UV_ENOMEM;
}

static int add_name(struct hl_kept_columns *kept,
                    const struct hl_list_cell *cell)
{
    if (hl_grow(&kept->names, &kept->room, kept->count, sizeof(*kept->names)) <
        0)
        return UV_ENOMEM;
    struct hl_kept_name added = {.column = strdup(cell->name), .tried = 1};
    int r = added.column != NULL ? 0 : UV_ENOMEM;
    if (r == 0 && !is_own(kept, cell))
        r = free_name(kept, cell->name, &added.name);
    if (r < 0) {
        free(added.column);
        return r;
    }
    kept->names[kept->count++] = added;
    return 0;
}

static bool are_same(const struct hl_kept_columns *kept,
                     const struct hl_list_row *row)
{
    bool same = kept->are_known && kept->count == row->cell_count;
    for (size_t i = 0; same && i < kept->count; i++)
        same = strcmp(kept->names[i].column, row->cells[i].name) == 0;
    return same;
}

/* Names the columns after the cells of the row. */
static int name_all(struct hl_kept_columns *kept, const struct hl_list_row *row)
{
    int r = 0;
    clear_names(kept);
    for (size_t i = 0; r == 0 && i < row->cell_count; i++)
        r = add_name(kept, &row->cells[i]);
    kept->are_known = r == 0;
    return r;
}

/* The text of a cell, with a NUL behind it and without a password. */
static const char *text_of(struct hl_kept_columns *kept,
                           const struct hl_list_cell *cell)
{
    struct hl_buf *copy = &kept->copy;
    bool masked = cell->is_url && cell->text != NULL && !cell->is_json &&
                  strchr(cell->text, '@') != NULL;
    if (cell->text == NULL || (!cell->is_json && !masked))
        return cell->text;
    hl_buf_clear(copy);
    if (masked)
        hl_secret_mask_urls(copy, cell->text);
    else
        hl_buf_add(copy, cell->text, cell->length);
    kept->text.failed |= copy->failed;
    return copy->data;
}

static void put_csv(struct hl_kept_columns *kept,
                    const struct hl_list_cell *cell)
{
    hl_buf_text(&kept->text, ",");
    if (cell != NULL)
        hl_buf_csv(&kept->text, text_of(kept, cell));
}

static void put_json(struct hl_kept_columns *kept, const char *name,
                     const struct hl_list_cell *cell)
{
    struct hl_buf *out = &kept->text;
    hl_buf_text(out, ",");
    hl_buf_json(out, name);
    hl_buf_text(out, ":");
    if (cell->text != NULL && cell->is_json)
        hl_buf_add(out, cell->text, cell->length);
    else
        hl_buf_json(out, text_of(kept, cell));
}

/* The cell of a column of the table. Mostly it has the column's place; in a
 * list with other columns, or an object with other keys, it may have another.
 */
static const struct hl_list_cell *cell_of(const struct hl_kept_columns *kept,
                                          const struct hl_list_row *row,
                                          size_t index)
{
    const char *column = kept->names[index].column;
    if (index < row->cell_count && strcmp(row->cells[index].name, column) == 0)
        return &row->cells[index];
    for (size_t i = 0; i < row->cell_count; i++)
        if (strcmp(row->cells[i].name, column) == 0)
            return &row->cells[i];
    return NULL;
}

/* Names the first column that the table does not have. */
static void note_dropped(struct hl_kept_columns *kept,
                         const struct hl_list_row *row)
{
    for (size_t i = 0; !kept->has_dropped && i < row->cell_count; i++) {
        size_t at = 0;
        while (at < kept->count &&
               strcmp(kept->names[at].column, row->cells[i].name) != 0)
            at++;
        if (at < kept->count)
            continue;
        kept->has_dropped = true;
        hl_error("--keep-cols: '%s' is not in the table: its columns are those "
                 "of the first record; a report in JSON has all",
                 row->cells[i].name);
    }
}

static int take_csv(struct hl_kept_columns *kept, const struct hl_list_row *row)
{
    int r = 0;
    if (!kept->are_known && row->cell_count == 0)
        return UV_EINVAL;
    if (!kept->are_known)
        r = name_all(kept, row);
    else if (row->cell_count > 0 && !are_same(kept, row))
        note_dropped(kept, row);
    for (size_t i = 0; r == 0 && i < kept->count; i++)
        if (kept->names[i].name != NULL)
            put_csv(kept, cell_of(kept, row, i));
    return r;
}

static int take_json(struct hl_kept_columns *kept,
                     const struct hl_list_row *row)
{
    int r = are_same(kept, row) ? 0 : name_all(kept, row);
    for (size_t i = 0; r == 0 && i < kept->count; i++)
        if (kept->names[i].name != NULL)
            put_json(kept, kept->names[i].name, &row->cells[i]);
    return r;
}

int hl_kept_columns_take(struct hl_kept_columns *kept,
                         const struct hl_list_row *row, const char **text)
{
    *text = NULL;
    if (kept->asked == NULL)
        return 0;
    hl_buf_clear(&kept->text);
    hl_buf_text(&kept->text, "");
    int r = kept->is_csv ? take_csv(kept, row) : take_json(kept, row);
    if (r == 0 && kept->text.failed)
        r = UV_ENOMEM;
    if (r == 0)
        *text = kept->text.data;
    return r;
}

void hl_kept_columns_header(const struct hl_kept_columns *kept,
                            struct hl_buf *out)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->names[i].name == NULL)
            continue;
        hl_buf_text(out, ",");
        hl_buf_csv(out, kept->names[i].name);
    }
}
