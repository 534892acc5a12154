#include "cli/dir_error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "haul/haul.h"
#include "journal/journal.h"

/* What must stand there instead. */
static const char *wanted(const char *name)
{
    return strchr(name, '/') != NULL
               ? "this must be a plain file, and neither a symbolic nor a hard "
                 "link"
               : "this must be a directory, and not a symbolic link";
}

int hl_dir_error(const char *dir, int code)
{
    int fd =
        code == HAUL_EPLAIN ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    const char *name = fd >= 0 ? hl_journal_not_plain(fd) : NULL;
    if (fd >= 0)
        close(fd);
    if (name == NULL)
        return hl_fail(dir, code);
    hl_error("%s/%s: %s", dir, name, wanted(name));
    return HL_EXIT_IO;
}
