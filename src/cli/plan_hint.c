#include "cli/plan_hint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/manifest.h"
#include "cli/part_state.h"
#include "cli/print_message.h"
#include "cli/shell_word.h"

/* Cuts the path into the directory above and the last name, which is returned.
 * path has room for two more characters. */
static const char *cut(char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        memmove(path + 2, path, length + 1);
        memcpy(path, ".", sizeof("."));
        return path + 2;
    }
    *slash = '\0';
    return slash + 1;
}

bool hl_plan_hint_part(const char *dir)
{
    char path[PATH_MAX];
    char part[PATH_MAX];
    if (snprintf(path, sizeof(path) - 2, "%s", dir) >= (int)sizeof(path) - 2)
        return false;
    const char *name = cut(path);
    uint32_t index = (uint32_t)strtoul(name, NULL, 10);
    /* "00007", and no other way to write that. */
    if (hl_part_dir(part, path, index) < 0 ||
        strcmp(strrchr(part, '/') + 1, name) != 0)
        return false;
    uint32_t parts = hl_manifest_parts(path);
    if (index >= parts)
        return false;
    struct hl_buf word = {0};
    hl_error("%s: this is part %" PRIu32 " of a plan: haul get --plan %s "
             "--shard %" PRIu32 "/%" PRIu32 " fetches it, with --retry-failed "
             "what failed, too",
             dir, index, hl_shell_path(&word, path), index, parts);
    hl_buf_release(&word);
    return true;
}

bool hl_plan_hint_run(const char *dir)
{
    uint32_t parts = hl_manifest_parts(dir);
    struct hl_buf word = {0};
    if (parts > 0)
        hl_error("%s: this is the directory of a plan: haul merge %s tells "
                 "about its %" PRIu32 " parts",
                 dir, hl_shell_path(&word, dir), parts);
    hl_buf_release(&word);
    return parts > 0;
}
