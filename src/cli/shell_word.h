/* Words of the commands in messages, which people paste into a shell. */
#ifndef HL_CLI_SHELL_WORD_H
#define HL_CLI_SHELL_WORD_H

#include "util/buf.h"

/* Adds word, quoted where a shell would not take it for one. */
void hl_put_shell_word(struct hl_buf *out, const char *word);
/* Writes the word of a path, which a command does not take for an option.
 * @return it, in out; or, without memory, the path. */
const char *hl_shell_path(struct hl_buf *out, const char *path);

#endif
