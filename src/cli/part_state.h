/*
 * What a part of a plan has come to, over all attempts at it:
 *
 * - RUN/00007/.haul/DONE: all its URLs have come to an end. It is the last file
 *   to be written.
 * - RUN/00007/.haul/tried.XXXXXXXX: an attempt has ended, and failures that
 *   may pass are left.
 *
 * All calls block on the disk.
 */
#ifndef HL_CLI_PART_STATE_H
#define HL_CLI_PART_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/manifest.h"
#include "haul/haul.h"

/* Writes "RUN/00007". @return 0 or UV_ENAMETOOLONG. */
int hl_part_dir(char out[PATH_MAX], const char *run, uint32_t part);

/* The directory .haul of a part. */
struct hl_part_state {
    int dir_fd;  /* of the part; -1 none */
    int haul_fd; /* -1: nobody has begun the part */
};

/* Opens the part's directory, which may be no symbolic link; make: makes what
 * is missing. Release *out in any case. @return 0 or a libuv code; a part that
 * nobody has begun is no error. */
int hl_part_state_open(struct hl_part_state *out, const char *dir, bool make);
void hl_part_state_release(struct hl_part_state *state);
/* Is there a DONE? */
bool hl_part_state_is_done(const struct hl_part_state *state);
/* Removes DONE, and forgets the attempts. @return 0 or a libuv code. */
int hl_part_state_reopen(const struct hl_part_state *state);
/* Notes an attempt that has left passing failures. *count becomes their number,
 * this one too. @return 0 or a libuv code. */
int hl_part_state_note_try(const struct hl_part_state *state, uint32_t *count);

/* What DONE says. */
struct hl_part_done {
    const char *plan; /* the id of the plan */
    uint32_t part;
    struct haul_stats stats; /* requests, outcomes and errors */
};

/* Syncs all that the part has, and writes DONE with the journals as they are.
 * Another attempt may have written one. @return 0 or a libuv code. */
int hl_part_state_finish(const struct hl_part_state *state,
                         const struct hl_part_done *done);
/* Reads DONE, whose plan and part must be those in *out. *why becomes NULL or a
 * static reason why DONE does not count. @return 0 or a libuv code. */
int hl_part_state_read(const struct hl_part_state *state,
                       struct hl_part_done *out, const char **why);
/* The same, and looks whether the journals that DONE names still begin with
 * what they had. */
int hl_part_state_verify(const struct hl_part_state *state,
                         struct hl_part_done *out, const char **why);

#endif
