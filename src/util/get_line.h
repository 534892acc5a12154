/* Lines of a file whose length is not to be trusted. */
#ifndef HL_UTIL_GET_LINE_H
#define HL_UTIL_GET_LINE_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum { HL_GET_LINE_MAX = 16 * 1024 * 1024 };

/* As getline(3): *line is grown as needed, and the caller's to free. @return
 * the bytes, with the line break; 0 at the end of the file; -EFBIG for a line
 * longer than HL_GET_LINE_MAX, as /dev/zero is; or another negative errno. */
ssize_t hl_get_line(char **line, size_t *size, FILE *file);

#endif
