#include "cli/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/dir_error.h"
#include "cli/message.h"
#include "util/open_files.h"
#include "util/url.h"

#define JOURNAL ".haul/journal"

int hl_lookup_open(struct hl_lookup *out, const char *dir, bool keep_dirlinks)
{
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = keep_dirlinks,
        .others = HL_OPEN_FILES_SPARE,
    };
    *out = (struct hl_lookup){0};
    out->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir_fd < 0) {
        hl_error("%s: %s", dir, haul_strerror(-errno));
        return HL_EXIT_IO;
    }
    if (fstatat(out->dir_fd, JOURNAL, &out->viewed, AT_SYMLINK_NOFOLLOW) < 0) {
        hl_error("%s: no run has left a journal there", dir);
        return HL_EXIT_IO;
    }
    int r = hl_journal_view(&out->journal, out->dir_fd);
    if (r == 0)
        r = hl_beneath_new(&out->root, out->dir_fd, &beneath);
    if (r == 0)
        return HL_EXIT_OK;
    hl_dir_error(dir, r);
    return r == UV_ENOMEM ? HL_EXIT_OTHER : HL_EXIT_IO;
}

void hl_lookup_release(struct hl_lookup *lookup)
{
    hl_journal_close(lookup->journal);
    hl_beneath_free(lookup->root);
    hl_buf_release(&lookup->key);
    hl_buf_release(&lookup->headers);
    if (lookup->dir_fd >= 0)
        close(lookup->dir_fd);
}

bool hl_lookup_is_old(const struct hl_lookup *lookup)
{
    const struct stat *viewed = &lookup->viewed;
    struct stat now;
    return fstatat(lookup->dir_fd, JOURNAL, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
           now.st_ino != viewed->st_ino || now.st_size != viewed->st_size;
}

static int look_up(struct hl_lookup *lookup, const struct hl_url *url,
                   struct hl_lookup_line *line)
{
    const struct haul_request *request = line->request;
    line->has_user = url->user != NULL;
    hl_buf_clear(&lookup->headers);
    hl_buf_lines(&lookup->headers, request->headers);
    int r = hl_journal_request_key(&line->key, &lookup->key, url->text,
                                   &lookup->headers, 0);
    if (r == 0)
        r = hl_journal_see(lookup->journal, &line->key, request->line,
                           &line->first);
    if (r == 0 && line->first > 0)
        r = hl_journal_request_key(&line->key, &lookup->key, url->text,
                                   &lookup->headers, request->line);
    return r;
}

static int visit(struct hl_lookup *lookup, const struct haul_request *request,
                 hl_lookup_fn fn, void *arg)
{
    struct hl_lookup_line line = {.request = request, .bad = request->bad};
    struct hl_url url;
    int r = line.bad == NULL ? hl_url_parse(&url, request->url, &line.bad) : 0;
    if (r == UV_ENOMEM)
        return r;
    if (line.bad != NULL)
        return fn(arg, &line);
    r = look_up(lookup, &url, &line);
    hl_url_release(&url);
    return r == 0 ? fn(arg, &line) : r;
}

static int wait_for_more(const struct hl_source *source, hl_lookup_fn fn,
                         void *arg)
{
    struct pollfd input = {.fd = hl_source_fd(source), .events = POLLIN};
    int r = fn(arg, NULL);
    if (r == 0)
        (void)poll(&input, 1, -1);
    return r;
}

int hl_lookup_lines(struct hl_lookup *lookup, struct hl_source *source,
                    hl_lookup_fn fn, void *arg)
{
    struct hl_source_row row;
    int r = 0;
    while (r == 0) {
        switch (hl_source_next(source, &row)) {
        case HL_SOURCE_ROW:
            r = visit(lookup, &row.request, fn, arg);
            break;
        case HL_SOURCE_LATER:
            r = wait_for_more(source, fn, arg);
            break;
        case HL_SOURCE_END:
            return 0;
        }
    }
    return r;
}
