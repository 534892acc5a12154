#include "util/get_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

enum { FIRST_SIZE = 256 };

static bool grow(char **line, size_t *size)
{
    size_t more = *size > 0 ? 2 * *size : (size_t)FIRST_SIZE;
    char *data = realloc(*line, more);
    if (data == NULL)
        return false;
    *line = data;
    *size = more;
    return true;
}

ssize_t hl_get_line(char **line, size_t *size, FILE *file)
{
    size_t used = 0;
    int c = 0;
    while (c != '\n' && (c = getc_unlocked(file)) != EOF) {
        if (used + 1 >= *size && !grow(line, size))
            return -ENOMEM;
        if (used >= HL_GET_LINE_MAX)
            return -EFBIG;
        (*line)[used++] = (char)c;
    }
    if (c == EOF && ferror(file))
        return -errno;
    if (used > 0)
        (*line)[used] = '\0';
    return (ssize_t)used;
}
