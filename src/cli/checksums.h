/*
 * Checksums from outside the list: --checksum for one URL, --checksum-file for
 * a list. The file is as GNU's sha256sum or BSD's sha256 write it. Of each of
 * its lines only a print and where it stands are kept, 20 bytes or so.
 */
#ifndef HL_CLI_CHECKSUMS_H
#define HL_CLI_CHECKSUMS_H

#include "cli/opt.h"
#include "haul/haul.h"

struct hl_checksums_options {
    const char *one; /* "sha256=HEX" */
    const char *file;
};

/* Rows for struct hl_checksums_options. */
extern const struct hl_opt hl_checksums_rows[];

/* One checksum is for one URL. @return 0, or 2 after a line on stderr. */
int hl_checksums_check(const struct hl_checksums_options *options,
                       const struct hl_opt_strings *urls,
                       const struct hl_opt_strings *inputs);

struct hl_checksums;

/* Reads the file; bad lines in it are named. *out is NULL when no option asks
 * for it. @return 0, or 1, 2 or 3 after a line on stderr. */
int hl_checksums_open(struct hl_checksums **out,
                      const struct hl_checksums_options *options);
/* NULL is fine. */
void hl_checksums_close(struct hl_checksums *checksums);
/*
 * Gives request the checksum of its file, by the file's name below run->dir,
 * or else by the list's name for it or its URL's last segment; unless it has
 * one already. It is valid until the next call. @return 0; or a libuv code
 * where it is not known which checksum the file has: the request is not to be
 * made then.
 */
int hl_checksums_give(struct hl_checksums *checksums,
                      const struct haul_options *run,
                      struct haul_request *request);
/* Says how many of the file's lines were for no file; NULL is fine. */
void hl_checksums_say(const struct hl_checksums *checksums);

#endif
