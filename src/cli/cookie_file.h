/* Reads the file of -b: cookies in Netscape's format, as browsers and curl
 * write it. */
#ifndef HL_CLI_COOKIE_FILE_H
#define HL_CLI_COOKIE_FILE_H

#include "cli/opt.h"

/* The lines that are cookies. All zero: none. */
struct hl_cookie_file {
    struct hl_opt_strings lines; /* borrowed from text */
    char *text;                  /* owned */
};

/* @return 0, or an exit status after one line on stderr. */
int hl_cookie_file_read(struct hl_cookie_file *out, const char *path);
void hl_cookie_file_release(struct hl_cookie_file *file);

#endif
