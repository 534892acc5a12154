#include "list/entry.h"

#include <errno.h>
#include <string.h>

#include "util/checksum.h"
#include "util/header.h"

void hl_entry_release(struct hl_entry *entry)
{
    hl_buf_release(&entry->text);
    *entry = (struct hl_entry){0};
}

void hl_entry_clear(struct hl_entry *entry)
{
    hl_buf_clear(&entry->text);
    hl_buf_add(&entry->text, "", 1); /* so that no string has the offset 0 */
    entry->url = 0;
    entry->name = 0;
    entry->id = 0;
    entry->checksum = 0;
    entry->headers.count = 0;
    entry->mirrors.count = 0;
}

size_t hl_entry_text(struct hl_entry *entry, const char *text, size_t length)
{
    size_t at = entry->text.used;
    hl_buf_add(&entry->text, text, length);
    hl_buf_add(&entry->text, "", 1);
    return at;
}

const char *hl_entry_add_mirror(struct hl_entry *entry, const char *url)
{
    struct hl_entry_list *list = &entry->mirrors;
    if (list->count == HL_ENTRY_LIST_MAX)
        return "more than 64 mirrors";
    list->at[list->count++] = hl_entry_text(entry, url, strlen(url));
    return NULL;
}

static const char *add_header(struct hl_entry *entry, const char *name,
                              size_t length, const char *value)
{
    struct hl_entry_list *list = &entry->headers;
    const char *why = hl_header_objection(name, length, value);
    if (why != NULL)
        return why;
    if (list->count == HL_ENTRY_LIST_MAX)
        return "more than 64 headers";
    list->at[list->count++] = entry->text.used;
    hl_buf_add(&entry->text, name, length);
    hl_buf_text(&entry->text, ": ");
    hl_buf_add(&entry->text, value, strlen(value) + 1);
    return NULL;
}

const char *hl_entry_add_header(struct hl_entry *entry, const char *name,
                                const char *value)
{
    return add_header(entry, name, strlen(name), value);
}

const char *hl_entry_add_header_line(struct hl_entry *entry, const char *line)
{
    size_t length = strcspn(line, ":");
    const char *value = line + length + (line[length] == ':');
    value += strspn(value, " \t");
    return add_header(entry, line, line[length] == ':' ? length : 0, value);
}

const char *hl_entry_set_checksum(struct hl_entry *entry, const char *text)
{
    struct hl_checksum checksum;
    char out[HL_CHECKSUM_SIZE];
    const char *why = hl_checksum_parse(&checksum, text);
    if (why != NULL)
        return why;
    hl_checksum_text(out, &checksum);
    entry->checksum = hl_entry_text(entry, out, strlen(out));
    return NULL;
}

static const char *text_at(const struct hl_entry *entry, size_t at)
{
    return at > 0 ? entry->text.data + at : NULL;
}

static const char *const *give_list(const struct hl_entry *entry,
                                    struct hl_entry_list *list)
{
    if (list->count == 0)
        return NULL;
    for (size_t i = 0; i < list->count; i++)
        list->strings[i] = text_at(entry, list->at[i]);
    list->strings[list->count] = NULL;
    return list->strings;
}

int hl_entry_give(struct hl_entry *entry, struct hl_list_row *row)
{
    if (entry->text.failed)
        return -ENOMEM;
    row->url = text_at(entry, entry->url);
    row->name = text_at(entry, entry->name);
    row->id = text_at(entry, entry->id);
    row->checksum = text_at(entry, entry->checksum);
    row->headers = give_list(entry, &entry->headers);
    row->mirrors = give_list(entry, &entry->mirrors);
    return 0;
}
