#include "cli/cookie_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "util/buf.h"
#include "util/io.h"

#define HTTP_ONLY "#HttpOnly_"

enum {
    FILE_MAX = 16 * 1024 * 1024,
    FIELDS = 6, /* of a line, at least: the value may be missing */
    EXPIRY = 4, /* the field of that number, from 0 */
};

static int refuse(const char *path, const char *why)
{
    hl_error("-b %s: %s", path, why);
    return HL_EXIT_USAGE;
}

static int read_text(struct hl_buf *text, const char *path)
{
    int r = hl_read_file(text, path, FILE_MAX);
    if (r < 0)
        return refuse(path, strerror(-r));
    return text->used > FILE_MAX ? refuse(path, "larger than 16 MB") : 0;
}

static const char *field_of(const char *line, int number)
{
    for (; number > 0 && line != NULL; number--) {
        line = strchr(line, '\t');
        line = line != NULL ? line + 1 : NULL;
    }
    return line;
}

static bool is_cookie(const char *line)
{
    bool is_comment =
        line[0] == '#' && strncmp(line, HTTP_ONLY, strlen(HTTP_ONLY)) != 0;
    return !is_comment && field_of(line, FIELDS - 1) != NULL;
}

/* 0 is the expiry of a cookie that ends with the browser's session. */
static bool has_expired(const char *line)
{
    const char *field = field_of(line, EXPIRY);
    long long expiry = field != NULL ? strtoll(field, NULL, 10) : 0;
    return expiry > 0 && expiry < (long long)time(NULL);
}

static int pick_lines(struct hl_cookie_file *out, const char *path)
{
    bool has_valid = false;
    char *save;
    for (char *line = strtok_r(out->text, "\r\n", &save); line != NULL;
         line = strtok_r(NULL, "\r\n", &save)) {
        if (!is_cookie(line))
            continue;
        if (hl_opt_strings_add(&out->lines, line) != NULL)
            return refuse(path, strerror(ENOMEM));
        has_valid = has_valid || !has_expired(line);
    }
    if (out->lines.count == 0)
        return refuse(path, "has no cookie in Netscape's format, seven fields "
                            "with TABs between them");
    return has_valid ? 0 : refuse(path, "all its cookies have expired");
}

int hl_cookie_file_read(struct hl_cookie_file *out, const char *path)
{
    struct hl_buf text = {0};
    *out = (struct hl_cookie_file){0};
    int status = read_text(&text, path);
    if (status != 0) {
        hl_buf_release(&text);
        return status;
    }
    out->text = text.data;
    return pick_lines(out, path);
}

void hl_cookie_file_release(struct hl_cookie_file *file)
{
    hl_opt_strings_release(&file->lines);
    free(file->text);
    *file = (struct hl_cookie_file){0};
}
