/*
 * Publishing: a complete temporary file gets its final name. A file that has
 * that name already is lost only where the rule says so.
 */
#ifndef HL_SINK_PUBLISH_H
#define HL_SINK_PUBLISH_H

#include <stdbool.h>
#include <sys/stat.h>

#include "util/beneath.h"
#include "util/file_stamp.h"

/* What to do where the final name is taken. All zero: leave the file there and
 * fail with UV_EEXIST. */
struct hl_publish_rule {
    bool by_link; /* other machines may publish the file too: by link(2), which
                     never replaces on any file system; the rest of the rule
                     does not count */
    bool keep_same; /* first: if the file there has the same bytes, keep it, and
                       publishing has succeeded */
    bool replace;   /* replace the file */
    bool replace_ours; /* replace it if its size and mtime are those of ours;
                          else rename it to NAME.local first */
    struct hl_stamp ours;
};

struct hl_published {
    struct hl_stamp stamp; /* of the file, under its name */
    char *aside; /* the new name, below the root, of a file that was moved out
                    of the way, to be freed; NULL: none was, or there was no
                    memory to say so */
};

/* Gives the temporary file of path with that token its final name. *part_stat
 * is what stat(2) says of the temporary file. Blocks on the disk. @return 0;
 * UV_EEXIST where the name is taken and the file there is left alone; or
 * another libuv code. */
int hl_publish(struct hl_beneath *root, const char *path, const char *token,
               const struct hl_publish_rule *rule, const struct stat *part_stat,
               struct hl_published *out);

#endif
