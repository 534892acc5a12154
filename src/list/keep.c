#include "list/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/grow.h"

static char *without_blanks(char *name)
{
    name += strspn(name, " \t");
    size_t length = strlen(name);
    while (length > 0 && strchr(" \t", name[length - 1]) != NULL)
        length--;
    name[length] = '\0';
    return name;
}

static int add_names(struct hl_keep *keep)
{
    char *rest = keep->text;
    char *name;
    while ((name = strsep(&rest, ",")) != NULL) {
        name = without_blanks(name);
        if (*name == '\0')
            continue;
        if (hl_grow(&keep->names, &keep->names_room, keep->count,
                    sizeof(*keep->names)) < 0)
            return -ENOMEM;
        keep->names[keep->count++] = name;
    }
    return 0;
}

int hl_keep_open(struct hl_keep *keep, const char *asked)
{
    *keep = (struct hl_keep){.is_wanted = asked != NULL};
    if (asked == NULL)
        return 0;
    keep->all = strcmp(asked, "all") == 0;
    if (keep->all)
        return 0;
    keep->text = strdup(asked);
    return keep->text != NULL ? add_names(keep) : -ENOMEM;
}

void hl_keep_release(struct hl_keep *keep)
{
    free(keep->text);
    free(keep->names);
    free(keep->cells);
    *keep = (struct hl_keep){0};
}

struct hl_list_cell *hl_keep_cell(struct hl_keep *keep, size_t index)
{
    return hl_grow(&keep->cells, &keep->cells_room, index,
                   sizeof(*keep->cells)) == 0
               ? &keep->cells[index]
               : NULL;
}
