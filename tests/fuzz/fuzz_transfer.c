/*
 * Whole transfers from a hostile server: the input is flags and the bytes of up
 * to four answers, "\n==\n" between them, each of which a connection gets. A
 * transfer asks; where it leaves a part or cookies, another goes on with them.
 *
 * Whatever came, the directory has the file only if the reply says so, and no
 * other files than the reply names. Where a simple reader is sure what the file
 * is, the file has these bytes, and one that was cut is never a file. Every
 * reply can be told to another process.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "fuzz/answers.h"
#include "fuzz/check.h"
#include "fuzz/scratch.h"
#include "run/options.h"
#include "transfer/curl_global.h"
#include "transfer/xfer.h"
#include "transfer/xfer_struct.h"
#include "util/part_file.h"
#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

#define TOKEN "0a1b2c3d"
#define PART  "f." TOKEN ".part"
#define BEGIN "0123456789"

enum {
    AS_HEAD = 1,
    IF_CHANGED = 2,
    WITH_LIMITS = 4,
    WITH_PART = 8,
    FILE_IS_THERE = 16,
    COMPARES = 32,
    WITH_CHECKSUM = 64,
    ATTEMPTS = 3,
    FILE_MAX = 16384,
};

static const struct haul_options *options(bool has_limits)
{
    static struct haul_options resolved[2];
    const struct haul_options given[2] = {{.proxy = "", .max_time_ms = 3000},
                                          {.proxy = "",
                                           .max_time_ms = 3000,
                                           .max_filesize = 20,
                                           .accept_type = "image/*"}};
    if (resolved[has_limits].dir == NULL)
        check(hl_options_resolve(&resolved[has_limits], &given[has_limits]) ==
                  0,
              "options");
    return &resolved[has_limits];
}

static void make_file(const char *name, const char *text)
{
    int fd = openat(scratch_fd(), name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
          "a file");
    close(fd);
}

static uint64_t inode_of(const char *name)
{
    struct stat st;
    check(fstatat(scratch_fd(), name, &st, 0) == 0, "a file that is there");
    return st.st_ino;
}

static void each_file(void (*fn)(void *arg, const char *name), void *arg)
{
    int fd = openat(scratch_fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    check(dir != NULL, "a directory");
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            fn(arg, entry->d_name);
    closedir(dir);
}

static void remove_file(void *unused, const char *name)
{
    (void)unused;
    (void)unlinkat(scratch_fd(), name, 0);
}

/* What a transfer may leave. */
struct left {
    const struct hl_reply *reply;
    bool was_there; /* the file, before the transfer */
    bool is_head;
};

static void check_left(void *arg, const char *name)
{
    const struct left *left = arg;
    const struct hl_reply *reply = left->reply;
    char part[HL_PART_FILE_NAME_SIZE];
    if (strcmp(name, "f") == 0) {
        check(left->was_there || (reply->error == HAUL_OK && !left->is_head),
              "a file under its name is complete");
        return;
    }
    check(reply->part_token != NULL && reply->bytes > 0,
          "no other file but a part that is told");
    check(hl_part_file_name(part, "f", reply->part_token) == 0, "a name");
    check_same(name, part, "the part that is told");
}

static size_t read_file(uint8_t data[FILE_MAX])
{
    int fd = openat(scratch_fd(), "f", O_RDONLY | O_CLOEXEC);
    check(fd >= 0, "a file that was published is there");
    ssize_t n = read(fd, data, FILE_MAX);
    close(fd);
    check(n >= 0 && n < FILE_MAX, "a file is not longer than its answers");
    return (size_t)n;
}

/* Compares the published file with what the last answer's must be. */
static void check_file(const struct hl_reply *reply,
                       const struct answer *answers)
{
    uint8_t data[FILE_MAX];
    size_t given = answers_given();
    size_t size = read_file(data);
    check(size == reply->bytes, "the file's size is told");
    check(reply->http_status == 200 || reply->http_status == 203 ||
              reply->http_status == 206 || reply->http_status == 416,
          "an answer that is a file");
    check(reply->http_status != 206 || reply->resumed_from > 0,
          "a piece is no file without what is before it");
    const struct answer_file file =
        answers_read(&answers[given > 0 ? given - 1 : 0]);
    if (!file.is_known || file.status == 206)
        return;
    check(file.is_whole, "a file that was cut is none");
    check(size == file.size && memcmp(data, file.data, size) == 0,
          "the file's bytes are those that were sent");
}

static void check_wire(const struct hl_reply *reply)
{
    struct hl_wire_out out = {0};
    struct hl_reply again;
    uint64_t job;
    int r = hl_wire_put_reply(&out, 7, reply);
    check(r == 0, "a reply can be told");
    const struct hl_wire_frame frame = {.type = HL_WIRE_REPLY,
                                        .payload = out.data + HL_WIRE_HEAD,
                                        .size = out.used - HL_WIRE_HEAD};
    check(hl_wire_get_reply(&frame, &job, &again) == 0,
          "a reply that is told is taken");
    check(again.bytes == reply->bytes && again.error == reply->error,
          "and says the same");
    hl_wire_out_release(&out);
}

static int on_part(void *arg, const struct hl_part *part)
{
    (void)arg;
    check(part->etag == NULL || part->etag[0] == '"', "a strong validator");
    return 0;
}

/* What outlives a reply. */
struct kept {
    char *strings[4];
};

static const char *keep(struct kept *kept, int i, const char *text)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    free(kept->strings[i]);
    kept->strings[i] = copy;
    return copy;
}

/* As the run goes on. @return false: there is nothing to go on with. */
static bool go_on(struct hl_job *job, const struct hl_reply *reply,
                  struct kept *kept)
{
    bool resumable = reply->bytes > 0 &&
                     (reply->etag != NULL || reply->last_modified != NULL);
    if (reply->error == HAUL_OK)
        return false;
    job->resume_from = resumable ? reply->bytes : 0;
    job->resume_total = reply->length < UINT64_MAX ? reply->length : 0;
    job->etag = keep(kept, 0, resumable ? reply->etag : NULL);
    job->last_modified = keep(kept, 1, resumable ? reply->last_modified : NULL);
    job->part_token = keep(kept, 2, reply->part_token);
    job->part_inode = reply->part_inode;
    job->cookies = keep(kept, 3, reply->cookies);
    job->recorded = resumable;
    job->attempt++;
    return true;
}

static struct hl_job first_job(unsigned flags, const char *url)
{
    struct hl_job job = {
        .id = 7,
        .attempt = 1,
        .url = url,
        .path = "f",
        .head = (flags & AS_HEAD) != 0,
        .compare = (flags & COMPARES) != 0,
        .if_etag = flags & IF_CHANGED ? "\"e\"" : NULL,
        .checksum =
            flags & WITH_CHECKSUM ? "d41d8cd98f00b204e9800998ecf8427e" : NULL,
    };
    if ((flags & WITH_PART) != 0 && !job.head) {
        make_file(PART, BEGIN);
        job.recorded = true;
        job.resume_from = sizeof(BEGIN) - 1;
        job.etag = "\"e\"";
        job.part_token = TOKEN;
        job.part_inode = inode_of(PART);
    }
    return job;
}

/* Both have read the same head. */
static void check_status(struct hl_xfer *xfer, const struct hl_reply *reply)
{
    long status = 0;
    curl_easy_getinfo(xfer->easy, CURLINFO_RESPONSE_CODE, &status);
    check(reply->error != HAUL_OK || status == reply->http_status,
          "libcurl has the same status");
}

static void transfer(struct hl_xfer *xfer, struct hl_job *job,
                     const struct answer *answers, bool was_there)
{
    struct hl_reply reply;
    struct kept kept = {{0}};
    for (int i = 0; i < ATTEMPTS; i++) {
        hl_xfer_perform(xfer, job, &reply);
        check(reply.error < HAUL_ERROR_COUNT, "an error there is");
        check(reply.location == NULL || reply.error == HAUL_ERR_REDIRECT,
              "a redirect leads somewhere");
        check(!reply.exists || was_there, "a name is taken by what is there");
        check(!reply.unchanged || job->if_etag != NULL,
              "unchanged, of what was asked for");
        struct left left = {&reply, was_there, job->head};
        each_file(check_left, &left);
        check_wire(&reply);
        check_status(xfer, &reply);
        if (reply.error == HAUL_OK && !job->head && !reply.unchanged &&
            !was_there)
            check_file(&reply, answers);
        if (!go_on(job, &reply, &kept))
            break;
    }
    for (size_t i = 0; i < sizeof(kept.strings) / sizeof(*kept.strings); i++)
        free(kept.strings[i]);
}

static size_t split(struct answer answers[ANSWERS_MAX], const uint8_t *data,
                    size_t size)
{
    size_t count = 0;
    while (count < ANSWERS_MAX) {
        const uint8_t *end = size > 0 ? memmem(data, size, "\n==\n", 4) : NULL;
        size_t length = end != NULL ? (size_t)(end - data) : size;
        answers[count++] = (struct answer){data, length};
        if (end == NULL)
            break;
        data += length + 4;
        size -= length + 4;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer answers[ANSWERS_MAX];
    struct hl_stop stop;
    struct hl_xfer *xfer;
    char url[64];
    static bool is_ready;
    if (size < 1)
        return 0;
    if (!is_ready)
        check(hl_transfer_global_init() == 0, "libcurl");
    is_ready = true;
    unsigned flags = data[0];
    size_t count = split(answers, data + 1, size - 1);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/d/f",
             answers_set(answers, count));
    hl_stop_init(&stop, 0);
    struct hl_shared shared = {.options = options((flags & WITH_LIMITS) != 0),
                               .stop = &stop,
                               .token = "11111111",
                               .dir_fd = scratch_fd(),
                               .rate_fd = -1,
                               .lock_fd = -1,
                               .body_fd = -1};
    const struct hl_beneath_options beneath = {0};
    check(hl_beneath_new(&shared.root, shared.dir_fd, &beneath) == 0, "a root");
    check(hl_xfer_new(&xfer, &shared, 1) == 0, "a transfer");
    hl_xfer_on_part(xfer, on_part, NULL);
    if ((flags & FILE_IS_THERE) != 0)
        make_file("f", BEGIN);
    struct hl_job job = first_job(flags, url);
    transfer(xfer, &job, answers, (flags & FILE_IS_THERE) != 0);
    hl_xfer_free(xfer);
    hl_beneath_free(shared.root);
    each_file(remove_file, NULL);
    return 0;
}
