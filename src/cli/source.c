#include "cli/source.h"

#include <stdlib.h>
#include <string.h>

#include "cli/message.h"

int hl_source_check(const struct hl_source *source)
{
    for (size_t i = 0; i < source->inputs->count; i++) {
        const char *path = source->inputs->items[i];
        struct hl_list *list;
        int r = hl_list_open(&list, path, source->format);
        if (r < 0) {
            hl_error("%s: the list cannot be read: %s", path, haul_strerror(r));
            return 3;
        }
        hl_list_close(list);
    }
    return 0;
}

static enum hl_source_event give(struct hl_source *source,
                                 struct hl_source_row *row, const char *url)
{
    source->given++;
    row->request.line = source->given;
    row->request.url = url;
    if (source->local == NULL)
        return HL_SOURCE_ROW;
    free(source->rewritten);
    source->rewritten = url != NULL
                            ? hl_local_url(source->local, url)
                            : hl_local_nth_url(source->local, source->given);
    /* What is no URL stays as it is, and fails with its own reason. */
    if (source->rewritten != NULL)
        row->request.url = source->rewritten;
    return HL_SOURCE_ROW;
}

static bool open_next(struct hl_source *source)
{
    while (source->next_input < source->inputs->count) {
        const char *path = source->inputs->items[source->next_input++];
        int r = hl_list_open(&source->list, path, source->format);
        if (r == 0)
            return true;
        hl_error("%s: the list cannot be read: %s", path, haul_strerror(r));
        source->error = r;
    }
    return false;
}

static void close_list(struct hl_source *source)
{
    hl_list_close(source->list);
    source->list = NULL;
}

static enum hl_source_event next_row(struct hl_source *source,
                                     struct hl_source_row *row)
{
    struct hl_list_row line;
    for (;;) {
        if (source->list == NULL && !open_next(source))
            return HL_SOURCE_END;
        row->list = hl_list_path(source->list);
        switch (hl_list_next(source->list, &line)) {
        case HL_LIST_ROW:
            give(source, row, line.url);
            row->request.line = line.line;
            row->request.output = line.name;
            return HL_SOURCE_ROW;
        case HL_LIST_BAD:
            source->given++;
            row->request.line = line.line;
            row->request.url = line.url;
            row->request.bad = line.why;
            return HL_SOURCE_ROW;
        case HL_LIST_AGAIN:
            return HL_SOURCE_LATER;
        case HL_LIST_FAILED:
            source->error = -hl_list_errno(source->list);
            hl_error("%s: the list cannot be read: %s", row->list,
                     haul_strerror(source->error));
            close_list(source);
            break;
        case HL_LIST_END:
            close_list(source);
            break;
        }
    }
}

enum hl_source_event hl_source_next(struct hl_source *source,
                                    struct hl_source_row *row)
{
    *row = (struct hl_source_row){0};
    bool made = source->local != NULL && source->urls->count == 0 &&
                source->inputs->count == 0;
    if (source->given >= source->limit)
        return HL_SOURCE_END;
    if (made)
        return give(source, row, NULL);
    if (source->next_url < source->urls->count)
        return give(source, row, source->urls->items[source->next_url++]);
    return next_row(source, row);
}

int hl_source_fd(const struct hl_source *source)
{
    return hl_list_fd(source->list);
}

void hl_source_release(struct hl_source *source)
{
    close_list(source);
    free(source->rewritten);
    source->rewritten = NULL;
}
