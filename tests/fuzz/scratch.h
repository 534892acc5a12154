/* A directory in memory for the files of a fuzz target. */
#ifndef TESTS_FUZZ_SCRATCH_H
#define TESTS_FUZZ_SCRATCH_H

/* The directory, which is made at the first call and removed when the program
 * ends, if it is empty then. */
int scratch_fd(void);
const char *scratch_path(void);
/* Make or remove the directories of a file's path below it, as far as possible.
 * path is cut at each slash meanwhile. */
void scratch_make_folders(char *path);
void scratch_remove_folders(char *path);

#endif
