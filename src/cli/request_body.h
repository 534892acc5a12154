/* The body of --data: texts, and files that are read before the run. */
#ifndef HL_CLI_REQUEST_BODY_H
#define HL_CLI_REQUEST_BODY_H

#include "cli/opt.h"
#include "util/buf.h"

/* Is one of the values "@-", standard input? */
bool hl_request_body_is_stdin(const struct hl_opt_strings *values);
/* Puts the values, each a text or @FILE, into *out with "&" between them, as
 * curl does. The bytes of a file stay as they are. @return 0, or an exit status
 * after one line on stderr. */
int hl_request_body_read(struct hl_buf *out,
                         const struct hl_opt_strings *values);

#endif
