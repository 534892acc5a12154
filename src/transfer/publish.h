/*
 * Publishing: a temporary file that is complete gets its name. What stands
 * there already is never lost but where the job says so.
 */
#ifndef HL_TRANSFER_PUBLISH_H
#define HL_TRANSFER_PUBLISH_H

#include <sys/stat.h>

#include "transfer/job.h"
#include "util/beneath.h"

enum { HL_PUBLISH_NAME_SIZE = 4096 };

struct hl_published {
    struct hl_stamp stamp;            /* of the file, under its name */
    char aside[HL_PUBLISH_NAME_SIZE]; /* what the file that was there is called
                                         now, below the root; "" there was none,
                                         or it went */
};

/* Names the temporary file of job->path with that token, of which *part_stat is
 * what stat(2) says. Blocks on the disk. @return 0, or a libuv code: UV_EEXIST
 * when the name is taken and the job says to leave it. */
int hl_publish(struct hl_beneath *root, const struct hl_job *job,
               const char *token, const struct stat *part_stat,
               struct hl_published *out);
/* The same for a name that nobody may have, and a file that no job is for. */
int hl_publish_new(struct hl_beneath *root, const char *path,
                   const char *token);

#endif
