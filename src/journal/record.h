/*
 * Reads one record of the journal, which is one line. record_writing.h writes
 * them. Pure.
 *
 * Fields are separated by TABs. The last record of a URL says all there is to
 * know of it.
 *     H  version  boot id  seconds since the epoch  token  accepted types
 *        largest size  block private       a run began; its token is in the
 *                                   names of its temporary files, and the rest
 *                                   are its rules for what is a file
 *     E  token                      a run ended and left no temporary file but
 *                                   those that part records name
 *     S  OFFSET                     files of records before it are on disk
 *     c  HASH  name  URL                                a name is claimed
 *     p  HASH  name  URL  PART [FILE]                   a part, to resume
 *     d  HASH  name  URL  FILE                          all of it
 *     f  HASH  name  URL  error  status  attempts  options_hash  own  PART
 *        [FILE]                                          failed
 * PART is  size  etag  last-modified  token  inode  total  url  of the
 * temporary file; total is the length that the whole file is to have, or 0; url
 * is a number made of the URL that sent it, where redirects led, or 0. FILE is
 * size  etag  last-modified  digests  stamp  XXH3  of the file under its name,
 * when haul wrote it: digests are hexadecimal, with commas between them, and
 * told apart by their length; the stamp is 32 digits of mtime in ns and
 * identity. In p and f it tells of the file that was there before.
 *
 * HASH is the first 16 hexadecimal digits of the URL's SHA-256. A last field
 * of 8 digits checks the line. Control characters and backslashes are written
 * as a backslash and two hexadecimal digits. There are no headers and no
 * credentials in it; "own" only tells that a line had some, by letters.
 *
 * A PART of version 4 ends before url. Version 3 has no E, no token, inode,
 * stamp and XXH3, and no FILE in p and f. An f of version 2 ends before "own".
 */
#ifndef HL_JOURNAL_RECORD_H
#define HL_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/file_stamp.h"

enum {
    HL_RECORD_VERSION = 5,
    HL_RECORD_VERSION_OLDEST = 2, /* that can be read */
    HL_RECORD_COMMON = 4,         /* fields before those of the kind */
    HL_RECORD_PART = 7,           /* fields of a PART */
    HL_RECORD_FILE = 6,           /* fields of a FILE */
    HL_RECORD_FIELDS = 5 + HL_RECORD_PART + HL_RECORD_FILE,
    HL_RECORD_LINE_MAX = 64 * 1024, /* with its newline */
    HL_RECORD_TEXT_MAX = 1032,      /* of a validator; a longer one is none */
    HL_RECORD_CHECK_DIGITS = 8,
    HL_RECORD_STAMP_DIGITS = 16, /* of each of a stamp's two numbers */
};

/* Text of a line, still escaped. */
struct hl_span {
    const char *at;
    size_t size;
};

/* Has pointers into itself: it must not be copied. */
struct hl_record {
    char kind;
    uint64_t fingerprint; /* not of H, E and S */
    struct hl_span name;
    struct hl_span url;
    const struct hl_span *fields; /* the kind's own; what an older version lacks
                                     is empty */
    const struct hl_span *part;   /* of fields: its PART, or NULL */
    size_t part_count;            /* fields of the PART */
    const struct hl_span *file;   /* its FILE, or NULL */
    size_t size;                  /* of the whole line */
    struct hl_span all[HL_RECORD_COMMON + HL_RECORD_FIELDS];
};

/* The check of a line; data is what stands before the line's last TAB. */
uint32_t hl_record_check(const char *data, size_t size);
/* Checks a line and splits it, without copying; line has no newline. @return
 * false: it is damaged, or of an unknown kind. */
bool hl_record_parse(struct hl_record *out, struct hl_span line);
/* The same without the check, for a line that was checked before. */
bool hl_record_split(struct hl_record *out, struct hl_span line);
/* The URL of a line that was checked before. */
struct hl_span hl_record_url(struct hl_span line);
/* The version in an H line, even where the rest of the line makes no sense; 0:
 * it is no H line. */
uint64_t hl_record_version(struct hl_span line);
/* Copies the text of a field to to, with a NUL: at most field.size + 1 bytes.
 * @return the end. */
char *hl_record_copy(char *to, struct hl_span field);
/* Is this the text of the field? */
bool hl_record_says(struct hl_span field, const char *text);
/* The number in a field of digits. */
uint64_t hl_record_number(struct hl_span field);

/* The stamp in the record's FILE, which there must be. */
struct hl_stamp hl_record_file_stamp(const struct hl_record *record);
/* The inode, the total and the url in the record's PART, which there must be.
 * 0: not known. */
uint64_t hl_record_inode(const struct hl_record *record);
uint64_t hl_record_total(const struct hl_record *record);
uint64_t hl_record_url_fingerprint(const struct hl_record *record);

#endif
