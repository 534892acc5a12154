/*
 * The file that a report is written to: plain, or packed by gzip where its name
 * ends in .gz. A .csv file has no last line that tells a whole report from one
 * that a kill has cut, so it is written as NAME.unfinished and gets its name
 * once it is complete.
 */
#ifndef HL_CLI_REPORT_OUTPUT_H
#define HL_CLI_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include <zlib.h>

#include "util/buf.h"

/* All zero: there is no output. */
struct hl_report_output {
    FILE *file;
    gzFile gz;        /* in place of file */
    char *path;       /* that unfinished is to be renamed to; owned */
    char *unfinished; /* NULL: the file has its name already; owned */
    int error;        /* of the first failed write, a libuv code */
};

/* What a report's name says of its format. */
struct hl_report_name {
    bool is_csv;
    bool is_gz;
};
struct hl_report_name hl_report_name_of(const char *path);

/* path "-" is standard output. @return 0 or a libuv code. */
int hl_report_output_open(struct hl_report_output *out, const char *path);
bool hl_report_output_is_open(const struct hl_report_output *out);
/* Writes what is in bytes, but for so many of its first bytes. */
void hl_report_output_write(struct hl_report_output *out,
                            const struct hl_buf *bytes, size_t skipped);
/* Closes the file, and gives it its name where nothing went wrong. @return 0 or
 * the code of the first failure. */
int hl_report_output_close(struct hl_report_output *out);

#endif
