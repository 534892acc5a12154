/*
 * Checksums from outside the list: --checksum for one URL, --checksum-file for
 * a list. The file is as GNU's sha256sum or BSD's sha256 writes it. Memory is
 * about 20 bytes a line: the fingerprint of the file's name, and the offset of
 * the line, which is read again when it is needed. One thread.
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

/* Refuses --checksum for anything but one URL, and one that is no checksum.
 * @return 0, or 2 after a line on stderr. */
int hl_checksums_check(const struct hl_checksums_options *options,
                       const struct hl_opt_strings *urls,
                       const struct hl_opt_strings *inputs);

struct hl_checksums;

/* Reads the file, and prints which of its lines are bad. *out is NULL where no
 * option asks for checksums; close it in any case. @return 0, or 1, 2 or 3
 * after a line on stderr. */
int hl_checksums_open(struct hl_checksums **out,
                      const struct hl_checksums_options *options);
/* NULL is fine. */
void hl_checksums_close(struct hl_checksums *checksums);
/*
 * Sets request->checksum, unless the list gave one, to the checksum of the
 * file's name below run->dir, or else of the name that the list has for it or
 * that ends its URL. It is valid until the next call. @return 0; or a libuv
 * code where the checksum could not be read: do not make the request then.
 */
int hl_checksums_give(struct hl_checksums *checksums,
                      const struct haul_options *run,
                      struct haul_request *request);
/* Prints how many lines of the file named none of the files; NULL is fine. */
void hl_checksums_say(const struct hl_checksums *checksums);

#endif
