#include "list/list.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 128 * 1024, LINE_MAX_BYTES = 64 * 1024, COLUMNS_MAX = 64 };

/* Owned by whoever reads it; one thread. */
struct hl_list {
    char *path;
    int fd;
    bool may_block; /* a pipe or a terminal: look before reading */
    enum hl_list_format format;
    uint64_t line;
    int sys_errno;
    bool at_end;     /* nothing more can be read */
    bool first_done; /* the first line of content has been looked at */
    bool skipping;   /* in the rest of a line that is too long */
    int url_column;
    int name_column; /* -1 none */
    size_t begin;    /* of what is unread in buffer */
    size_t end;
    char buffer[BUFFER_SIZE + 1]; /* the last line may need a NUL */
};

static bool ends_with(const char *text, const char *suffix)
{
    size_t a = strlen(text);
    size_t b = strlen(suffix);
    return a >= b && strcasecmp(text + a - b, suffix) == 0;
}

static int open_input(struct hl_list *list)
{
    struct stat st;
    if (strcmp(list->path, "-") == 0)
        list->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        list->fd = open(list->path, O_RDONLY | O_CLOEXEC);
    if (list->fd < 0 || fstat(list->fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    list->may_block = !S_ISREG(st.st_mode);
    return 0;
}

int hl_list_open(struct hl_list **out, const char *path,
                 enum hl_list_format format)
{
    *out = NULL;
    struct hl_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return -ENOMEM;
    list->fd = -1;
    list->format = format;
    list->name_column = 1;
    list->path = strdup(path);
    int r = list->path != NULL ? open_input(list) : -ENOMEM;
    if (r < 0) {
        hl_list_close(list);
        return r;
    }
    if (format == HL_LIST_AUTO && ends_with(path, ".tsv"))
        list->format = HL_LIST_TSV;
    *out = list;
    return 0;
}

void hl_list_close(struct hl_list *list)
{
    if (list == NULL)
        return;
    if (list->fd >= 0)
        close(list->fd);
    free(list->path);
    free(list);
}

int hl_list_fd(const struct hl_list *list)
{
    return list->fd;
}

int hl_list_errno(const struct hl_list *list)
{
    return list->sys_errno;
}

const char *hl_list_path(const struct hl_list *list)
{
    return strcmp(list->path, "-") == 0 ? "standard input" : list->path;
}

/* Standard input is shared with other programs, so it is asked and not made
 * non-blocking. */
static bool is_readable(const struct hl_list *list)
{
    struct pollfd pfd = {.fd = list->fd, .events = POLLIN};
    return !list->may_block || poll(&pfd, 1, 0) != 0;
}

enum fill { FILLED, NOTHING_YET, AT_END, BROKEN };

static enum fill fill(struct hl_list *list)
{
    if (list->at_end)
        return AT_END;
    if (!is_readable(list))
        return NOTHING_YET;
    memmove(list->buffer, list->buffer + list->begin, list->end - list->begin);
    list->end -= list->begin;
    list->begin = 0;
    ssize_t n;
    do {
        n = read(list->fd, list->buffer + list->end, BUFFER_SIZE - list->end);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return NOTHING_YET;
    if (n < 0) {
        list->sys_errno = errno;
        return BROKEN;
    }
    list->at_end = n == 0;
    list->end += (size_t)n;
    return n == 0 ? AT_END : FILLED;
}

static enum hl_list_event bad(struct hl_list_row *row, const char *text,
                              const char *why)
{
    row->url = text;
    row->name = NULL;
    row->why = why;
    return HL_LIST_BAD;
}

/* Splits at TABs in place. @return the number of columns. */
static int split(char *line, char *columns[COLUMNS_MAX])
{
    int count = 0;
    while (count < COLUMNS_MAX) {
        columns[count++] = line;
        char *tab = strchr(line, '\t');
        if (tab == NULL)
            break;
        *tab = '\0';
        line = tab + 1;
    }
    return count;
}

/* A first line that has a column "url" names the columns. */
static bool read_header(struct hl_list *list, char *columns[COLUMNS_MAX],
                        int count)
{
    for (int i = 0; i < count; i++) {
        if (strcasecmp(columns[i], "url") != 0)
            continue;
        list->url_column = i;
        list->name_column = -1;
        return true;
    }
    return false;
}

static enum hl_list_event parse_tsv(struct hl_list *list, char *line,
                                    struct hl_list_row *row, bool first)
{
    char *columns[COLUMNS_MAX];
    int count = split(line, columns);
    if (first && read_header(list, columns, count))
        return HL_LIST_AGAIN;
    if (list->url_column >= count || columns[list->url_column][0] == '\0')
        return bad(row, line, "no URL in this line");
    row->url = columns[list->url_column];
    bool named = list->name_column >= 0 && list->name_column < count &&
                 columns[list->name_column][0] != '\0';
    row->name = named ? columns[list->name_column] : NULL;
    return HL_LIST_ROW;
}

static char *trim(char *line)
{
    while (*line == ' ' || *line == '\t')
        line++;
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        line[--length] = '\0';
    return line;
}

static void choose_format(struct hl_list *list, const char *line)
{
    if (list->format == HL_LIST_AUTO)
        list->format = strchr(line, '\t') != NULL ? HL_LIST_TSV : HL_LIST_PLAIN;
}

/* HL_LIST_AGAIN: the line is empty, a comment or a header. */
static enum hl_list_event parse_line(struct hl_list *list, char *line,
                                     size_t size, struct hl_list_row *row)
{
    row->line = ++list->line;
    if (list->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        size -= 3;
    }
    if (memchr(line, '\0', size) != NULL)
        return bad(row, line, "NUL byte in this line");
    if (size > 0 && line[size - 1] == '\r')
        line[--size] = '\0';
    char *text = trim(line);
    if (text[0] == '\0' || text[0] == '#')
        return HL_LIST_AGAIN;
    bool first = !list->first_done;
    list->first_done = true;
    choose_format(list, text);
    if (list->format == HL_LIST_TSV)
        return parse_tsv(list, line, row, first);
    row->url = text;
    row->name = NULL;
    return HL_LIST_ROW;
}

/* The next line's bytes, without its newline; NULL: there is no whole line
 * in the buffer. */
static char *next_line(struct hl_list *list, size_t *size)
{
    char *begin = list->buffer + list->begin;
    size_t have = list->end - list->begin;
    char *newline = memchr(begin, '\n', have);
    if (newline == NULL && !(list->at_end && have > 0))
        return NULL;
    *size = newline != NULL ? (size_t)(newline - begin) : have;
    list->begin += *size + (newline != NULL);
    begin[*size] = '\0';
    return begin;
}

/* Drops what has come of a line that cannot be held. */
static void drop_too_long(struct hl_list *list)
{
    if (list->end - list->begin <= LINE_MAX_BYTES)
        return;
    list->begin = list->end = 0;
    list->skipping = true;
}

enum hl_list_event hl_list_next(struct hl_list *list, struct hl_list_row *row)
{
    *row = (struct hl_list_row){0};
    for (;;) {
        size_t size;
        char *line = next_line(list, &size);
        if (line != NULL && list->skipping) {
            list->skipping = false;
            row->line = ++list->line;
            return bad(row, "", "line longer than 64 kB");
        }
        if (line != NULL) {
            enum hl_list_event event = parse_line(list, line, size, row);
            if (event != HL_LIST_AGAIN)
                return event;
            continue;
        }
        drop_too_long(list);
        switch (fill(list)) {
        case FILLED:
            break;
        case NOTHING_YET:
            return HL_LIST_AGAIN;
        case AT_END:
            if (list->begin < list->end)
                break;
            if (!list->skipping)
                return HL_LIST_END;
            list->skipping = false;
            row->line = ++list->line;
            return bad(row, "", "line longer than 64 kB");
        case BROKEN:
            return HL_LIST_FAILED;
        }
    }
}
