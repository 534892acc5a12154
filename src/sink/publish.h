/*
 * Publishing: a complete temporary file gets its final name. A file that has
 * that name already is lost only where the job says so.
 */
#ifndef HL_SINK_PUBLISH_H
#define HL_SINK_PUBLISH_H

#include <sys/stat.h>

#include "transfer/job.h"
#include "util/beneath.h"

enum { HL_PUBLISH_NAME_SIZE = 4096 };

struct hl_published {
    struct hl_stamp stamp;            /* of the file, under its name */
    char aside[HL_PUBLISH_NAME_SIZE]; /* the new name, below the root, of a file
                                         that was moved out of the way; "": none
                                         was */
};

/* Gives the temporary file of job->path with that token its final name.
 * *part_stat is what stat(2) says of the temporary file. Blocks on the disk.
 * @return 0; UV_EEXIST where the name is taken and the job says to leave the
 * file there; or another libuv code. */
int hl_publish(struct hl_beneath *root, const struct hl_job *job,
               const char *token, const struct stat *part_stat,
               struct hl_published *out);
/* Names the temporary file of from in the same way, without a job: it becomes
 * path only if that name is free. */
int hl_publish_new(struct hl_beneath *root, const char *from, const char *path,
                   const char *token);

#endif
