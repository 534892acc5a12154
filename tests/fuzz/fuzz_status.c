/*
 * haul status and haul verify over a journal from anywhere, whose lines count,
 * with a list and without: they end with an exit status of theirs, what status
 * prints as JSON is JSON, and neither changes the directory.
 */
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "fuzz/check.h"
#include "fuzz/journal_file.h"
#include "journal/record.h"
#include "util/buf.h"

enum { VERIFY_EACH = 8, ARGS_MAX = 8 };

/* What a command prints, and its exit status. */
struct said {
    struct hl_buf text;
    bool is_closed; /* the command has closed its standard output */
    int status;
};

static ssize_t on_write(void *arg, const char *data, size_t size)
{
    struct said *said = arg;
    hl_buf_add(&said->text, data, size);
    check(!said->text.failed, "there is memory");
    return (ssize_t)size;
}

static int on_close(void *arg)
{
    struct said *said = arg;
    said->is_closed = true;
    return 0;
}

static void run(struct said *said, int (*command)(int, char **),
                const char *const *words)
{
    static const cookie_io_functions_t hooks = {.write = on_write,
                                                .close = on_close};
    char *argv[ARGS_MAX + 1] = {0};
    int argc = 0;
    FILE *out = stdout;
    FILE *err = stderr;
    FILE *mine = fopencookie(said, "w", hooks);
    FILE *nowhere = fopen("/dev/null", "we");
    check(mine != NULL && nowhere != NULL, "there is memory");
    for (; words[argc] != NULL; argc++)
        argv[argc] = strdup(words[argc]);
    stdout = mine;
    stderr = nowhere;
    said->status = command(argc, argv);
    stdout = out;
    stderr = err;
    if (!said->is_closed)
        fclose(mine);
    fclose(nowhere);
    hl_buf_add(&said->text, "", 1);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
}

static void check_status(const struct said *said)
{
    static const int known[] = {HL_EXIT_OK, HL_EXIT_USAGE, HL_EXIT_IO,
                                HL_EXIT_INTERRUPTED, HL_EXIT_FAILED};
    bool is_known = false;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        is_known |= said->status == known[i];
    check(is_known, "an exit status of its own");
}

/* A URL a line, then a summary. */
static void check_json(const struct said *said)
{
    const char *at = said->text.data;
    for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        json_t *row = json_loadb(at, (size_t)(end - at), 0, NULL);
        check(json_is_object(row), "a line is a JSON object");
        check(json_object_get(row, "v") != NULL, "it has a version");
        json_decref(row);
    }
    check(*at == '\0', "the last line ends");
}

static void ask(int (*command)(int, char **), const char *const *words,
                bool is_json)
{
    struct said said = {.status = -1};
    run(&said, command, words);
    check_status(&said);
    if (is_json)
        check_json(&said);
    hl_buf_release(&said.text);
}

/* The URLs of the journal, as a list has them. */
static void make_list(int dir_fd, const char *journal, size_t size)
{
    struct hl_buf list = {0};
    struct hl_record record;
    const char *newline;
    for (const char *at = journal;
         size > 0 && (newline = memchr(at, '\n', size)) != NULL;
         size -= (size_t)(newline + 1 - at), at = newline + 1) {
        const struct hl_span line = {at, (size_t)(newline - at)};
        if (hl_record_parse(&record, line) && record.url.size > 0) {
            hl_buf_add(&list, record.url.at, record.url.size);
            hl_buf_text(&list, "\n");
        }
    }
    hl_buf_text(&list, "http://h/other\n");
    int fd = openat(dir_fd, "list", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, list.data, list.used) == (ssize_t)list.used,
          "a list");
    close(fd);
    hl_buf_release(&list);
}

static void ask_all(const char *dir, bool verifies)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/list", dir);
    const char *const json[] = {"--json", dir, NULL};
    const char *const all[] = {"--list", "all", "--json", "-i",
                               path,     dir,   NULL};
    const char *const failed[] = {"--list", "failed", dir, NULL};
    const char *const verify[] = {dir, NULL};
    ask(hl_cmd_status, json, true);
    ask(hl_cmd_status, all, true);
    ask(hl_cmd_status, failed, false);
    if (verifies)
        ask(hl_cmd_verify, verify, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned count;
    struct hl_record_buffer whole = {0};
    struct stat before;
    struct stat after;
    journal_file_repair(&whole, (const char *)data, size);
    int dir_fd = journal_file_put(whole.used > 0 ? whole.data : "", whole.used);
    make_list(dir_fd, whole.data, whole.used);
    check(fstatat(dir_fd, ".haul/journal", &before, 0) == 0, "a journal");
    ask_all(journal_file_dir(), count++ % VERIFY_EACH == 0);
    check(fstatat(dir_fd, ".haul/journal", &after, 0) == 0 &&
              after.st_size == before.st_size &&
              after.st_mtim.tv_nsec == before.st_mtim.tv_nsec,
          "the journal is as it was");
    (void)unlinkat(dir_fd, "list", 0);
    journal_file_remove(dir_fd);
    free(whole.data);
    return 0;
}
