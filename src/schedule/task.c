#include "schedule/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* How a text is saved: one of these, or its length + LENGTH. */
enum { NO_TEXT, LIKE_KEY, LENGTH };

static bool is_like_key(const char *text, const char *key)
{
    return key != NULL && strcmp(text, key) == 0;
}

/* Most URLs are asked for as they are known: one copy serves all three. */
static char *put_text(struct hl_task *task, size_t *used, const char *text)
{
    if (text == NULL)
        return NULL;
    if (is_like_key(text, task->key))
        return task->key;
    size_t size = strlen(text) + 1;
    char *at = task->block + *used;
    memcpy(at, text, size);
    *used += size;
    return at;
}

struct hl_task *hl_task_new(const struct hl_task_strings *strings)
{
    size_t size = 0;
    size_t used = 0;
#define X(member) \
    size += strings->member != NULL ? strlen(strings->member) + 1 : 0;
    HL_TASK_STRINGS(X)
#undef X
    struct hl_task *task = malloc(sizeof(*task) + size);
    if (task == NULL)
        return NULL;
    memset(task, 0, sizeof(*task));
    task->block_size = size;
#define X(member) task->member = put_text(task, &used, strings->member);
    HL_TASK_STRINGS(X)
#undef X
    return task;
}

static void free_text(const struct hl_task *task, char *text)
{
    uintptr_t begin = (uintptr_t)task->block;
    uintptr_t at = (uintptr_t)text;
    if (at < begin || at >= begin + task->block_size)
        free(text);
}

static void free_headers(struct hl_task *task)
{
    free(task->header_lines);
    free(task->headers_split);
    task->header_lines = NULL;
    task->headers_split = NULL;
}

void hl_task_free(struct hl_task *task)
{
    if (task == NULL)
        return;
#define X(member) free_text(task, task->member);
    HL_TASK_STRINGS(X)
#undef X
    free_headers(task);
    free(task->own_cookies);
    free(task);
}

int hl_task_set(struct hl_task *task, char **slot, const char *text)
{
    char *copy = NULL;
    if (text != NULL) {
        copy = strdup(text);
        if (copy == NULL)
            return UV_ENOMEM;
    }
    free_text(task, *slot);
    *slot = copy;
    return 0;
}

static int split_headers(struct hl_task *task)
{
    size_t count = 0;
    free_headers(task);
    if (task->headers == NULL)
        return 0;
    for (const char *p = task->headers; p != NULL; p = strchr(p + 1, '\n'))
        count++;
    task->headers_split = strdup(task->headers);
    task->header_lines = calloc(count + 1, sizeof(*task->header_lines));
    if (task->headers_split == NULL || task->header_lines == NULL)
        return UV_ENOMEM;
    char *rest = task->headers_split;
    for (size_t i = 0; i < count; i++)
        task->header_lines[i] = strsep(&rest, "\n");
    return 0;
}

void hl_task_set_part(struct hl_task *task, const char *token, uint64_t inode)
{
    bool known = token != NULL && inode != 0;
    task->part_token = known ? (uint32_t)strtoul(token, NULL, 16) : 0;
    task->part_inode = known ? inode : 0;
}

const char *hl_task_token(const struct hl_task *task, char out[HL_TOKEN_SIZE])
{
    if (task->part_inode == 0)
        return NULL;
    (void)snprintf(out, HL_TOKEN_SIZE, "%08" PRIx32, task->part_token);
    return out;
}

static void ready_part(struct hl_task *task)
{
    struct hl_job *job = &task->job;
    job->part_token = hl_task_token(task, task->token);
    job->part_inode = task->part_inode;
}

void hl_task_set_own_cookies(struct hl_task *task, char *cookies)
{
    free(task->own_cookies);
    task->own_cookies = cookies;
    task->job.own_cookies = cookies;
}

int hl_task_ready(struct hl_task *task)
{
    struct hl_job *job = &task->job;
    ready_part(task);
    job->secrets = !task->at_other_origin;
    job->url = task->url;
    job->path = task->path;
    job->user = job->secrets ? task->user : NULL;
    job->etag = task->etag;
    job->last_modified = task->last_modified;
    job->checksum = task->checksum;
    job->if_etag = task->if_etag;
    job->if_modified = task->if_modified;
    job->cookies = task->cookies;
    job->head = task->adopting;
    job->attempt = task->attempts.made + 1;
    int r = split_headers(task);
    job->headers = task->header_lines;
    return r;
}

/* Seven bits a byte, the lowest first: most numbers are 0 or 1. */
static void save_number(struct hl_buf *out, uint64_t number)
{
    char bytes[10];
    size_t n = 0;
    while (number >= 0x80) {
        bytes[n++] = (char)(number | 0x80);
        number >>= 7;
    }
    bytes[n++] = (char)number;
    hl_buf_add(out, bytes, n);
}

static void save_text(struct hl_buf *out, const char *text, const char *key)
{
    if (text == NULL) {
        save_number(out, NO_TEXT);
    } else if (is_like_key(text, key)) {
        save_number(out, LIKE_KEY);
    } else {
        size_t length = strlen(text);
        save_number(out, length + LENGTH);
        hl_buf_add(out, text, length + 1);
    }
}

void hl_task_save(const struct hl_task *task, struct hl_buf *out)
{
#define X(member) save_number(out, (uint64_t)task->member);
    HL_TASK_NUMBERS(X)
#undef X
#define X(member)                \
    save_text(out, task->member, \
              &task->member == &task->key ? NULL : task->key);
    HL_TASK_STRINGS(X)
#undef X
}

static uint64_t load_number(const char **at)
{
    uint64_t number = 0;
    unsigned shift = 0;
    unsigned char byte;
    do {
        byte = (unsigned char)*(*at)++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte >= 0x80);
    return number;
}

static const char *load_text(const char **at, const char *key)
{
    uint64_t code = load_number(at);
    if (code == NO_TEXT)
        return NULL;
    if (code == LIKE_KEY)
        return key;
    const char *text = *at;
    *at += code - LENGTH + 1;
    return text;
}

struct hl_task *hl_task_load(const struct hl_buf *bytes)
{
    const char *at = bytes->data;
    struct hl_task_strings strings = {0};
    struct hl_task numbers;
#define X(member) numbers.member = (__typeof__(numbers.member))load_number(&at);
    HL_TASK_NUMBERS(X)
#undef X
#define X(member) strings.member = load_text(&at, strings.key);
    HL_TASK_STRINGS(X)
#undef X
    struct hl_task *task = hl_task_new(&strings);
    if (task == NULL)
        return NULL;
#define X(member) task->member = numbers.member;
    HL_TASK_NUMBERS(X)
#undef X
    return task;
}
