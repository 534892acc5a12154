#include "cli/retry_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/dir_error.h"
#include "cli/plan_hint.h"
#include "cli/print_message.h"
#include "journal/failed_urls.h"
#include "journal/key.h"
#include "util/buf.h"
#include "util/text.h"

/* What a line had that the journal does not keep. */
enum lack {
    REQUEST,
    HEADERS,
    USER,
    CHECKSUM,
    REPEAT,
    UNKNOWN,
    LACKS,
    NOTHING = LACKS
};

static const char *const words[LACKS] = {
    [REQUEST] = "other methods or bodies",
    [HEADERS] = "headers",
    [USER] = "users",
    [CHECKSUM] = "checksums",
    [REPEAT] = "repeats",
    [UNKNOWN] = "what an older haul read",
};

/* Owned by the command. */
struct hl_retry_list {
    struct hl_journal_failures *failures;
    struct hl_journal_entry entry; /* of the row at hand */
    struct hl_buf url;
    char sent[HL_JOURNAL_SENT_SIZE]; /* by the requests of this run */
    uint64_t refused[LACKS];
};

static int open_journal(struct hl_retry_list *list, int dir_fd,
                        const char *causes)
{
    if (faccessat(dir_fd, ".haul/journal", F_OK, 0) < 0)
        return -errno;
    return hl_journal_failures_open(&list->failures, dir_fd, causes);
}

int hl_retry_list_open(struct hl_retry_list **out, const char *dir,
                       const struct haul_options *run)
{
    struct hl_retry_list *list = *out = calloc(1, sizeof(*list));
    if (list == NULL)
        return HL_EXIT_OTHER;
    hl_journal_sent(list->sent, run);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd >= 0 ? open_journal(list, fd, run->retry_causes) : -errno;
    if (fd >= 0)
        close(fd);
    if (r == 0)
        return 0;
    if (r != UV_ENOENT)
        return hl_dir_error(dir, r);
    if (!hl_plan_hint_run(dir))
        hl_error("%s: no run has left a journal there", dir);
    return HL_EXIT_IO;
}

void hl_retry_list_close(struct hl_retry_list *list)
{
    if (list == NULL)
        return;
    hl_journal_failures_close(list->failures);
    hl_journal_entry_release(&list->entry);
    hl_buf_release(&list->url);
    free(list);
}

static bool had(const struct hl_journal_entry *entry, char what)
{
    return entry->failure.own != NULL &&
           strchr(entry->failure.own, what) != NULL;
}

/* Which part of its line the journal has not. In entry->url a blank follows the
 * URL where the line had more than its URL (hl_journal_request_key()). */
static enum lack lack_of(const struct hl_retry_list *list,
                         const struct haul_request *request)
{
    const struct hl_journal_entry *entry = &list->entry;
    if (!hl_journal_has_sent(entry, list->sent))
        return REQUEST;
    if (hl_journal_has_headers(entry) || had(entry, HL_OWN_HEADERS))
        return HEADERS;
    if (hl_journal_is_repeat(entry))
        return REPEAT;
    if (entry->failure.own == NULL)
        return UNKNOWN;
    if (had(entry, HL_OWN_USER))
        return USER;
    if (had(entry, HL_OWN_CHECKSUM) && request->checksum == NULL)
        return CHECKSUM;
    return NOTHING;
}

static int fill(struct hl_retry_list *list, struct haul_request *out)
{
    hl_journal_key_url(&list->url, list->entry.url);
    if (list->url.failed)
        return UV_ENOMEM;
    *out = (struct haul_request){
        .url = list->url.data,
        .output = list->entry.name,
    };
    return 0;
}

int hl_retry_list_next(struct hl_retry_list *list,
                       struct hl_checksums *checksums, struct haul_request *out)
{
    static const struct haul_options by_name = {0};
    for (;;) {
        hl_journal_entry_release(&list->entry);
        int r = hl_journal_failures_next(list->failures, &list->entry);
        if (r <= 0)
            return r;
        if (list->entry.url == NULL)
            continue;
        r = fill(list, out);
        if (r < 0)
            return r;
        hl_checksums_give(checksums, &by_name, out);
        enum lack lack = lack_of(list, out);
        if (lack == NOTHING)
            return 1;
        list->refused[lack]++;
    }
}

uint64_t hl_retry_list_count(const struct hl_retry_list *list)
{
    return hl_journal_failures_count(list->failures);
}

uint64_t hl_retry_list_refused(const struct hl_retry_list *list)
{
    uint64_t refused = 0;
    for (int i = 0; list != NULL && i < LACKS; i++)
        refused += list->refused[i];
    return refused;
}

void hl_retry_list_say(const struct hl_retry_list *list)
{
    struct hl_buf line = {0};
    char count[HL_TEXT_COUNT_SIZE];
    uint64_t refused = hl_retry_list_refused(list);
    if (refused == 0)
        return;
    hl_text_count(count, refused);
    hl_buf_printf(&line,
                  "not asked for without a list (-i): %s that failed before, "
                  "as the journal does not keep ",
                  count);
    for (int i = 0, some = 0; i < LACKS; i++) {
        if (list->refused[i] == 0)
            continue;
        hl_text_count(count, list->refused[i]);
        hl_buf_printf(&line, "%s%s (%s)", some++ > 0 ? ", " : "", words[i],
                      count);
    }
    if (!line.failed)
        hl_error("%s", line.data);
    hl_buf_release(&line);
}
