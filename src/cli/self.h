/* The program itself, to start it once more. */
#ifndef HL_CLI_SELF_H
#define HL_CLI_SELF_H

/* A path that lasts as long as the process: the very file that runs, or where
 * /proc cannot be read, what it was started by. */
const char *hl_self(void);

#endif
