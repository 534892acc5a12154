#include "cli/request_body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "haul/haul.h"
#include "util/io.h"

enum { BODY_MAX = 64 * 1024 * 1024 };

static bool is_stdin(const char *value)
{
    return strcmp(value, "@-") == 0;
}

bool hl_request_body_is_stdin(const struct hl_opt_strings *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (is_stdin(values->items[i]))
            return true;
    return false;
}

static int add_file(struct hl_buf *out, const char *value)
{
    const char *path = value + 1;
    int fd = is_stdin(value) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : hl_read_to_end(out, fd, BODY_MAX);
    if (fd >= 0 && fd != STDIN_FILENO)
        close(fd);
    if (r == 0)
        return 0;
    hl_error("--data: %s: %s", path, haul_strerror(r));
    return HL_EXIT_USAGE;
}

int hl_request_body_read(struct hl_buf *out,
                         const struct hl_opt_strings *values)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < values->count; i++) {
        const char *value = values->items[i];
        if (i > 0)
            hl_buf_text(out, "&");
        if (value[0] == '@')
            status = add_file(out, value);
        else
            hl_buf_text(out, value);
    }
    /* Even an empty body is one. */
    hl_buf_text(out, "");
    if (status == 0 && out->failed)
        return hl_fail("--data", UV_ENOMEM);
    if (status == 0 && out->used > BODY_MAX) {
        hl_error("--data: the body is larger than 64 MB");
        return HL_EXIT_USAGE;
    }
    return status;
}
