/* A timeline or a report as a stream of lines, unpacked where it is packed by
 * gzip. */
#ifndef HL_COMPARE_PAGE_FILE_H
#define HL_COMPARE_PAGE_FILE_H

#include <stdio.h>

/* The stream can be rewound. @return NULL, with errno, on failure. */
FILE *hl_page_fopen(const char *path);

#endif
