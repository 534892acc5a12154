#include "cli/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/shell_word.h"
#include "util/buf.h"
#include "util/file_stamp.h"
#include "util/io.h"
#include "util/mkdirs.h"
#include "util/part_file.h"
#include "util/time_units.h"

#define PLAN "plan.json"

enum { VERSION = 1, PLAN_MAX = 16 * 1024 * 1024 };

const char *const hl_part_by_words[] = {"url", "host", NULL};

bool hl_manifest_path(char out[PATH_MAX], const char *run)
{
    return snprintf(out, PATH_MAX, "%s/" PLAN, run) < PATH_MAX;
}

int hl_manifest_look(struct hl_manifest_list *out, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return UV_EINVAL;
    const struct hl_stamp stamp = hl_stamp_of(&st);
    out->size = stamp.size;
    out->mtime_ns = stamp.mtime_ns;
    return 0;
}

static json_t *json_of_list(const struct hl_manifest_list *list)
{
    return json_pack("{s:s, s:I, s:I, s:s}", "path", list->path, "bytes",
                     (json_int_t)list->size, "mtime_ns",
                     (json_int_t)list->mtime_ns, "sha256", list->sha256);
}

/* @return NULL for want of memory, or where a path is no UTF-8. */
static json_t *json_of(const struct hl_manifest *m)
{
    json_t *lists = json_array();
    for (size_t i = 0; i < m->list_count; i++) {
        if (json_array_append_new(lists, json_of_list(&m->lists[i])) < 0) {
            json_decref(lists);
            return NULL;
        }
    }
    json_t *json =
        json_pack("{s:i, s:i, s:s, s:s, s:i, s:I, s:o, s:O}", "haul_plan",
                  VERSION, "parts", (int)m->partition.parts, "by",
                  hl_part_by_words[m->partition.by], "hash", HL_PART_HASH,
                  "hash_version", (int)HL_PART_HASH_VERSION, "lines",
                  (json_int_t)m->lines, "lists", lists, "options", m->options);
    if (m->at_once > 0 &&
        json_object_set_new(json, "at_once", json_integer(m->at_once)) < 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* Reads plan.json. @return 0 or a code; UV_EINVAL: it is no plain file, which a
 * pipe would be that nobody writes to. */
static int read_text(struct hl_buf *out, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fstat(fd, &st) < 0 ? -errno : 0;
    if (r == 0)
        r = S_ISREG(st.st_mode) ? hl_read_to_end(out, fd, PLAN_MAX) : UV_EINVAL;
    close(fd);
    return r;
}

/* Gives the file at from the name to, unless there is a file of that name with
 * the same bytes. */
static int publish(const char *from, const char *to, const struct hl_buf *text)
{
    struct hl_buf there = {0};
    int r = link(from, to) < 0 ? -errno : 0;
    if (r != -EEXIST)
        return r;
    bool same = read_text(&there, to) == 0 && there.used == text->used &&
                memcmp(there.data, text->data, text->used) == 0;
    hl_buf_release(&there);
    return same ? 0 : r;
}

/* Writes a file of that name, which must be new: whatever has it already may be
 * another's, or a link to another file. */
static int write_text(const char *path, const struct hl_buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    int r = hl_pwrite_all(fd, text->data, text->used, 0);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (close(fd) < 0 && r == 0)
        r = -errno;
    return r;
}

static int refuse(const char *run, int code)
{
    if (code == -EEXIST) {
        hl_error("%s: there is another plan already: give a directory of its "
                 "own to each plan",
                 run);
        return HL_EXIT_USAGE;
    }
    if (code == -EPERM || code == -EOPNOTSUPP || code == -ENOSYS) {
        hl_error("%s: this file system has no hard links, which parts of a "
                 "plan need",
                 run);
        return HL_EXIT_IO;
    }
    return hl_fail(run, code);
}

static int write_plan(const struct hl_buf *text, const char *run)
{
    char plan[PATH_MAX];
    char fresh[PATH_MAX];
    char token[HL_TOKEN_SIZE];
    hl_part_file_new_token(token);
    int n = snprintf(fresh, sizeof(fresh), "%s/" PLAN ".%s.new", run, token);
    if (!hl_manifest_path(plan, run) || n >= (int)sizeof(fresh))
        return refuse(run, -ENAMETOOLONG);
    int r = hl_mkdirs(run);
    if (r < 0)
        return refuse(run, r);
    r = write_text(fresh, text);
    if (r == -EEXIST)
        return hl_fail(fresh, r); /* it is not this plan's to remove */
    if (r == 0)
        r = publish(fresh, plan, text);
    (void)unlink(fresh);
    return r < 0 ? refuse(run, r) : HL_EXIT_OK;
}

int hl_manifest_write(const struct hl_manifest *manifest, const char *run)
{
    struct hl_buf text = {0};
    json_t *json = json_of(manifest);
    char *dump = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (dump == NULL) {
        hl_error("plan: out of memory, or the path of the list is no UTF-8");
        return HL_EXIT_OTHER;
    }
    hl_buf_printf(&text, "%s\n", dump);
    free(dump);
    int status =
        text.failed ? hl_fail("plan", UV_ENOMEM) : write_plan(&text, run);
    hl_buf_release(&text);
    return status;
}

/* @return false: it is not what haul writes. */
static bool read_list(struct hl_manifest_list *out, json_t *json)
{
    json_int_t size;
    json_int_t mtime;
    const char *sha256;
    if (json_unpack(json, "{s:s, s:I, s:I, s:s}", "path", &out->path, "bytes",
                    &size, "mtime_ns", &mtime, "sha256", &sha256) < 0 ||
        size < 0 || strlen(sha256) != HL_LIST_SHA256_SIZE - 1)
        return false;
    out->size = (uint64_t)size;
    out->mtime_ns = mtime;
    memcpy(out->sha256, sha256, HL_LIST_SHA256_SIZE);
    return true;
}

static bool read_lists(struct hl_manifest *m, json_t *lists)
{
    size_t count = json_array_size(lists);
    m->lists = calloc(count + 1, sizeof(*m->lists));
    if (m->lists == NULL || count == 0)
        return false;
    for (m->list_count = 0; m->list_count < count; m->list_count++)
        if (!read_list(&m->lists[m->list_count],
                       json_array_get(lists, m->list_count)))
            return false;
    return true;
}

static bool read_partition(struct hl_partition *out, json_int_t parts,
                           const char *by)
{
    out->parts = (uint32_t)parts;
    out->by = strcmp(by, hl_part_by_words[HL_PART_BY_HOST]) == 0
                  ? HL_PART_BY_HOST
                  : HL_PART_BY_URL;
    return parts >= 1 && parts <= HL_PARTS_MAX &&
           strcmp(by, hl_part_by_words[out->by]) == 0;
}

/* @return NULL, or why the plan cannot be used. */
static const char *read_members(struct hl_manifest *m)
{
    static const char broken[] = "it is damaged";
    json_int_t version = 0;
    json_int_t hash_version;
    json_int_t parts;
    json_int_t at_once = 0;
    const char *hash;
    const char *by;
    json_int_t lines;
    json_t *lists;
    if (json_unpack(m->root, "{s:I}", "haul_plan", &version) < 0)
        return broken;
    if (version != VERSION)
        return "another version of haul has made it";
    if (json_unpack(m->root, "{s:I, s:s, s:s, s:I, s:I, s:o, s:O, s?I}",
                    "parts", &parts, "by", &by, "hash", &hash, "hash_version",
                    &hash_version, "lines", &lines, "lists", &lists, "options",
                    &m->options, "at_once", &at_once) < 0 ||
        !json_is_object(m->options) || lines < 0 || at_once < 0 ||
        at_once > UINT32_MAX)
        return broken;
    if (strcmp(hash, HL_PART_HASH) != 0 || hash_version != HL_PART_HASH_VERSION)
        return "another version of haul has made it";
    m->lines = (uint64_t)lines;
    m->at_once = (uint32_t)at_once;
    return read_partition(&m->partition, parts, by) && read_lists(m, lists)
               ? NULL
               : broken;
}

static int parse(struct hl_manifest *m, const char *path,
                 const struct hl_buf *text)
{
    hl_xxh3_of(m->id, text->data, text->used);
    m->root = json_loadb(text->data, text->used, JSON_REJECT_DUPLICATES, NULL);
    const char *why = m->root != NULL ? read_members(m) : "it is damaged";
    if (why == NULL)
        return HL_EXIT_OK;
    hl_error("%s: %s", path, why);
    return HL_EXIT_USAGE;
}

int hl_manifest_read(struct hl_manifest *out, const char *run)
{
    char path[PATH_MAX];
    struct hl_buf text = {0};
    *out = (struct hl_manifest){0};
    if (!hl_manifest_path(path, run))
        return hl_fail(run, UV_ENAMETOOLONG);
    int r = read_text(&text, path);
    int status = HL_EXIT_OK;
    if (r == UV_ENOENT) {
        struct hl_buf word = {0};
        hl_error("%s: there is no plan: haul plan -i LIST -d %s --shards N "
                 "makes one",
                 run, hl_shell_path(&word, run));
        hl_buf_release(&word);
        status = HL_EXIT_USAGE;
    } else if (r == UV_EINVAL) {
        hl_error("%s: it is no plain file", path);
        status = HL_EXIT_USAGE;
    } else if (r < 0) {
        status = hl_fail(path, r);
    } else {
        status = parse(out, path, &text);
    }
    hl_buf_release(&text);
    return status;
}

uint32_t hl_manifest_parts(const char *run)
{
    char path[PATH_MAX];
    struct hl_buf text = {0};
    json_t *json = hl_manifest_path(path, run) && read_text(&text, path) == 0
                       ? json_loadb(text.data, text.used, 0, NULL)
                       : NULL;
    hl_buf_release(&text);
    json_int_t parts = json_object_get(json, "haul_plan") != NULL
                           ? json_integer_value(json_object_get(json, "parts"))
                           : 0;
    json_decref(json);
    return parts >= 1 && parts <= HL_PARTS_MAX ? (uint32_t)parts : 0;
}

static int is_other_list(const char *path, const char *what)
{
    hl_error("%s: this is not the list of the plan: %s", path, what);
    return HL_EXIT_USAGE;
}

/* A copy, perhaps: its bytes are compared when it has been read. */
static int has_other_time(const char *path, int64_t planned_ns)
{
    int64_t ns = (planned_ns % HL_NS_PER_S + HL_NS_PER_S) % HL_NS_PER_S;
    struct hl_buf word = {0};
    hl_error("%s: this is not the list of the plan: it was written at another "
             "time; if it is the same list, copy it with its time (cp -p), or "
             "touch -d @%" PRId64 ".%09" PRId64 " %s",
             path, planned_ns / HL_NS_PER_S - (planned_ns % HL_NS_PER_S < 0),
             ns, hl_shell_path(&word, path));
    hl_buf_release(&word);
    return HL_EXIT_USAGE;
}

static int check_list(const char *path, const struct hl_manifest_list *planned)
{
    struct hl_manifest_list now = {0};
    int r = hl_manifest_look(&now, path);
    if (r == UV_EINVAL)
        return is_other_list(path, "it is no plain file");
    if (r < 0)
        return hl_fail(path, r);
    if (now.size != planned->size)
        return is_other_list(path, "its size is another");
    return now.mtime_ns == planned->mtime_ns
               ? HL_EXIT_OK
               : has_other_time(path, planned->mtime_ns);
}

int hl_manifest_take_lists(const struct hl_manifest *m,
                           struct hl_opt_strings *inputs)
{
    bool none = inputs->count == 0;
    for (size_t i = 0; none && i < m->list_count; i++)
        if (hl_opt_strings_add(inputs, m->lists[i].path) != NULL)
            return hl_fail("plan", UV_ENOMEM);
    if (inputs->count != m->list_count) {
        hl_error("-i: the plan was made of %zu %s", m->list_count,
                 m->list_count == 1 ? "list" : "lists");
        return HL_EXIT_USAGE;
    }
    int status = HL_EXIT_OK;
    for (size_t i = 0; status == HL_EXIT_OK && i < m->list_count; i++)
        status = check_list(inputs->items[i], &m->lists[i]);
    return status;
}

int hl_manifest_compare(const struct hl_manifest *m,
                        const struct hl_opt_strings *inputs,
                        char (*sha256)[HL_LIST_SHA256_SIZE])
{
    for (size_t i = 0; i < m->list_count; i++)
        if (strcmp(sha256[i], m->lists[i].sha256) != 0)
            return is_other_list(inputs->items[i], "its SHA-256 is another");
    return HL_EXIT_OK;
}

void hl_manifest_release(struct hl_manifest *manifest)
{
    json_decref(manifest->options);
    json_decref(manifest->root);
    free(manifest->lists);
}
