/* The path of the program, to start it once more. */
#ifndef HL_CLI_SELF_H
#define HL_CLI_SELF_H

/* A path that is valid as long as the process runs: of the very file that runs,
 * or where /proc cannot be read, the path that it was started with. */
const char *hl_self(void);

#endif
