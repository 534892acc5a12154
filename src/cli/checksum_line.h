/* One line of a checksum file: GNU's "HEX  NAME", or BSD's
 * "SHA256 (NAME) = HEX", as openssl dgst writes it too. */
#ifndef HL_CLI_CHECKSUM_LINE_H
#define HL_CLI_CHECKSUM_LINE_H

#include "util/checksum.h"

struct hl_checksum_line {
    struct hl_checksum checksum;
    char *name;        /* in the line */
    const char *given; /* the digest as it stands in the line */
};

/* Splits line, which has no line break, in place. @return NULL, or a static
 * reason why it is no checksum; out->name is NULL where it names no file. */
const char *hl_checksum_line_split(struct hl_checksum_line *out, char *line);

#endif
