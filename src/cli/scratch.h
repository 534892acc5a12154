/* A file that nobody can see: what does not fit in memory, for one run. */
#ifndef HL_CLI_SCRATCH_H
#define HL_CLI_SCRATCH_H

/* In $TMPDIR or /tmp, open for both, and gone when it is closed. @return a
 * descriptor or a libuv code. */
int hl_scratch_open(void);

#endif
