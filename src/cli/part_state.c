#include "cli/part_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/mkdirs.h"
#include "util/own_file.h"
#include "util/part_file.h"
#include "util/xxh3.h"

#define DONE    "DONE"
#define TRIED   "tried."
#define JOURNAL "journal."

enum { VERSION = 1, DONE_MAX = 16 * 1024 * 1024, NAME_SIZE = 64 };

int hl_part_dir(char out[PATH_MAX], const char *run, uint32_t part)
{
    int n = snprintf(out, PATH_MAX, "%s/%05" PRIu32, run, part);
    return n < PATH_MAX ? 0 : UV_ENAMETOOLONG;
}

int hl_part_state_open(struct hl_part_state *out, const char *dir, bool make)
{
    *out = (struct hl_part_state){.dir_fd = -1, .haul_fd = -1};
    int r = make ? hl_mkdirs(dir) : 0;
    if (r < 0)
        return r;
    /* What lies behind a link is not below RUN, where merge looks for it. */
    out->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out->dir_fd < 0)
        return errno == ENOENT ? 0 : -errno;
    out->haul_fd =
        make ? hl_haul_dir_make(out->dir_fd) : hl_haul_dir_open(out->dir_fd);
    return out->haul_fd < 0 && out->haul_fd != UV_ENOENT ? out->haul_fd : 0;
}

void hl_part_state_release(struct hl_part_state *state)
{
    if (state->haul_fd >= 0)
        close(state->haul_fd);
    if (state->dir_fd >= 0)
        close(state->dir_fd);
}

bool hl_part_state_is_done(const struct hl_part_state *state)
{
    return state->haul_fd >= 0 &&
           faccessat(state->haul_fd, DONE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A negative return ends the pass, which returns it too. */
typedef int (*name_fn)(void *arg, int haul_fd, const char *name);

/* Calls fn for each file of .haul whose name begins with prefix. */
static int each_file(const struct hl_part_state *state, const char *prefix,
                     name_fn fn, void *arg)
{
    const struct dirent *entry;
    DIR *dir = hl_dir_stream(state->haul_fd);
    int r = 0;
    if (dir == NULL)
        return -errno;
    while (r == 0 && (entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            r = fn(arg, state->haul_fd, entry->d_name);
    closedir(dir);
    return r;
}

static int remove_file(void *arg, int haul_fd, const char *name)
{
    (void)arg;
    return unlinkat(haul_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int hl_part_state_reopen(const struct hl_part_state *state)
{
    int r = remove_file(NULL, state->haul_fd, DONE);
    return r == 0 ? each_file(state, TRIED, remove_file, NULL) : r;
}

static int count_file(void *arg, int haul_fd, const char *name)
{
    uint32_t *count = arg;
    (void)haul_fd, (void)name;
    ++*count;
    return 0;
}

/* Makes a file with a name of its own: PREFIX, a token and what follows.
 * @return a descriptor or a code. */
static int make_file(const struct hl_part_state *state, char name[NAME_SIZE],
                     const char *prefix, const char *suffix)
{
    char token[HL_TOKEN_SIZE];
    hl_part_file_new_token(token);
    (void)snprintf(name, NAME_SIZE, "%s%s%s", prefix, token, suffix);
    return hl_haul_dir_file(state->haul_fd, name, O_WRONLY | O_CREAT | O_EXCL);
}

int hl_part_state_note_try(const struct hl_part_state *state, uint32_t *count)
{
    char name[NAME_SIZE];
    int fd = make_file(state, name, TRIED, "");
    *count = 0;
    if (fd < 0)
        return fd;
    close(fd);
    return each_file(state, TRIED, count_file, count);
}

/* The XXH3 of the first size bytes of the file. */
static int hash_beginning(int fd, uint64_t size, char out[HL_XXH3_HEX_SIZE])
{
    const char *at = NULL;
    int r = size > 0 ? hl_map_shared(&at, fd, (size_t)size) : 0;
    if (r < 0)
        return r;
    hl_xxh3_of(out, at, (size_t)size);
    hl_unmap_shared(at, (size_t)size);
    return 0;
}

/* Adds what a journal is at this moment to the array. */
static int add_journal(void *array, int haul_fd, const char *name)
{
    char hash[HL_XXH3_HEX_SIZE];
    struct stat st;
    int fd = hl_haul_dir_file(haul_fd, name, O_RDONLY);
    if (fd < 0)
        return fd;
    int r = fstat(fd, &st) < 0 ? -errno : 0;
    if (r == 0)
        r = hash_beginning(fd, (uint64_t)st.st_size, hash);
    close(fd);
    if (r == 0 &&
        json_array_append_new(array, json_pack("{s:s, s:I, s:s}", "name", name,
                                               "bytes", (json_int_t)st.st_size,
                                               "xxh3_128", hash)) < 0)
        r = UV_ENOMEM;
    return r;
}

static json_t *json_of_outcomes(const struct haul_stats *stats)
{
    json_t *json = json_object();
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        if (stats->outcomes[i] > 0)
            (void)json_object_set_new(
                json, haul_outcome_word((enum haul_outcome)i),
                json_integer((json_int_t)stats->outcomes[i]));
    return json;
}

static json_t *json_of_errors(const struct haul_stats *stats)
{
    json_t *json = json_object();
    for (int i = 1; i < HAUL_ERROR_COUNT; i++)
        if (stats->errors[i] > 0)
            (void)json_object_set_new(
                json, haul_error_word((enum haul_error)i),
                json_integer((json_int_t)stats->errors[i]));
    return json;
}

static int text_of(const struct hl_part_state *state,
                   const struct hl_part_done *done, struct hl_buf *out)
{
    json_t *journals = json_array();
    int r = each_file(state, JOURNAL, add_journal, journals);
    if (r < 0) {
        json_decref(journals);
        return r;
    }
    json_t *json =
        json_pack("{s:i, s:s, s:i, s:I, s:o, s:o, s:o}", "haul_done", VERSION,
                  "plan", done->plan, "part", (int)done->part, "lines",
                  (json_int_t)done->stats.requests, "outcomes",
                  json_of_outcomes(&done->stats), "errors",
                  json_of_errors(&done->stats), "journals", journals);
    char *dump = json != NULL ? json_dumps(json, JSON_INDENT(1)) : NULL;
    json_decref(json);
    if (dump == NULL)
        return UV_ENOMEM;
    hl_buf_printf(out, "%s\n", dump);
    free(dump);
    return out->failed ? UV_ENOMEM : 0;
}

/* The file is whole and on the disk before it is called DONE. The DONE of
 * another attempt, which may be there, says the same. */
static int write_done(const struct hl_part_state *state,
                      const struct hl_buf *text)
{
    char name[NAME_SIZE];
    int fd = make_file(state, name, DONE ".", "");
    if (fd < 0)
        return fd;
    int r = hl_pwrite_all(fd, text->data, text->used, 0);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && renameat(state->haul_fd, name, state->haul_fd, DONE) < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(state->haul_fd, name, 0);
    return r == 0 && fsync(state->haul_fd) < 0 ? -errno : r;
}

int hl_part_state_finish(const struct hl_part_state *state,
                         const struct hl_part_done *done)
{
    struct hl_buf text = {0};
    int r = syncfs(state->dir_fd) < 0 ? -errno : 0;
    if (r == 0)
        r = text_of(state, done, &text);
    if (r == 0)
        r = write_done(state, &text);
    hl_buf_release(&text);
    return r;
}

static bool is_there(const struct hl_part_state *state, json_t *journal)
{
    char found[HL_XXH3_HEX_SIZE] = "";
    const char *name;
    const char *hash;
    json_int_t size;
    struct stat st;
    if (json_unpack(journal, "{s:s, s:I, s:s}", "name", &name, "bytes", &size,
                    "xxh3_128", &hash) < 0)
        return false;
    int fd = hl_haul_dir_file(state->haul_fd, name, O_RDONLY);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= size)
        (void)hash_beginning(fd, (uint64_t)size, found);
    if (fd >= 0)
        close(fd);
    return strcmp(found, hash) == 0;
}

static void read_counts(struct haul_stats *stats, json_t *outcomes,
                        json_t *errors)
{
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        stats->outcomes[i] = (uint64_t)json_integer_value(
            json_object_get(outcomes, haul_outcome_word((enum haul_outcome)i)));
    for (int i = 1; i < HAUL_ERROR_COUNT; i++)
        stats->errors[i] = (uint64_t)json_integer_value(
            json_object_get(errors, haul_error_word((enum haul_error)i)));
}

static const char damaged[] = "its DONE is damaged";

static const char *read_members(struct hl_part_done *out, json_t *json)
{
    json_int_t version;
    json_int_t part;
    const char *plan;
    json_int_t lines;
    json_t *outcomes;
    json_t *errors;
    if (json_unpack(json, "{s:I, s:s, s:I, s:I, s:o, s:o}", "haul_done",
                    &version, "plan", &plan, "part", &part, "lines", &lines,
                    "outcomes", &outcomes, "errors", &errors) < 0 ||
        !json_is_array(json_object_get(json, "journals")))
        return damaged;
    if (version != VERSION)
        return "another version of haul has written its DONE";
    if (strcmp(plan, out->plan) != 0 || part != out->part)
        return "its DONE is of another plan";
    out->stats.requests = (uint64_t)lines;
    read_counts(&out->stats, outcomes, errors);
    return NULL;
}

static const char *find_journals(const struct hl_part_state *state,
                                 const json_t *json)
{
    json_t *journal;
    size_t i;
    json_array_foreach(json_object_get(json, "journals"), i, journal)
    {
        if (!is_there(state, journal))
            return "one of its journals is gone or was changed";
    }
    return NULL;
}

static int read_done(const struct hl_part_state *state, bool with_journals,
                     struct hl_part_done *out, const char **why)
{
    struct hl_buf text = {0};
    int fd = hl_haul_dir_file(state->haul_fd, DONE, O_RDONLY);
    if (fd < 0)
        return fd;
    int r = hl_read_to_end(&text, fd, DONE_MAX);
    close(fd);
    if (r == 0) {
        json_t *json = json_loadb(text.data, text.used, 0, NULL);
        *why = json != NULL ? read_members(out, json) : damaged;
        if (*why == NULL && with_journals)
            *why = find_journals(state, json);
        json_decref(json);
    }
    hl_buf_release(&text);
    return r;
}

int hl_part_state_read(const struct hl_part_state *state,
                       struct hl_part_done *out, const char **why)
{
    return read_done(state, false, out, why);
}

int hl_part_state_verify(const struct hl_part_state *state,
                         struct hl_part_done *out, const char **why)
{
    return read_done(state, true, out, why);
}
