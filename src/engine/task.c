#include "engine/task.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

int hl_task_set(char **slot, const char *text)
{
    char *copy = NULL;
    if (text != NULL) {
        copy = strdup(text);
        if (copy == NULL)
            return UV_ENOMEM;
    }
    free(*slot);
    *slot = copy;
    return 0;
}

struct hl_task *hl_task_new(const struct haul_request *request)
{
    struct hl_task *task = calloc(1, sizeof(*task));
    if (task == NULL)
        return NULL;
    task->line = request->line;
    if (hl_task_set(&task->id, request->id) < 0 ||
        hl_task_set(&task->output, request->output) < 0 ||
        hl_task_set(&task->bad, request->bad) < 0 ||
        hl_task_set(&task->asked, request->url) < 0) {
        hl_task_free(task);
        return NULL;
    }
    return task;
}

void hl_task_free(struct hl_task *task)
{
    if (task == NULL)
        return;
    free(task->id);
    free(task->output);
    free(task->bad);
    free(task->asked);
    free(task->key_url);
    free(task->url);
    free(task->path);
    free(task->user);
    free(task->origin);
    free(task->etag);
    free(task->last_modified);
    free(task);
}

void hl_task_ready(struct hl_task *task)
{
    task->job.url = task->url;
    task->job.path = task->path;
    task->job.user = task->job.secrets ? task->user : NULL;
    task->job.etag = task->etag;
    task->job.last_modified = task->last_modified;
    task->job.attempt = task->tries + 1;
}
