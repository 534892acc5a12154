/*
 * RUN/plan.json: what haul plan has laid down, and what all who work on the
 * parts go by. It is written once and never changed.
 */
#ifndef HL_CLI_MANIFEST_H
#define HL_CLI_MANIFEST_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/opt.h"
#include "list/list.h"
#include "policy/part_of.h"
#include "util/xxh3.h"

enum { HL_PARTS_MAX = 100000 };

/* A list as it was when the plan was made. */
struct hl_manifest_list {
    const char *path; /* absolute */
    uint64_t size;
    int64_t mtime_ns;
    char sha256[HL_LIST_SHA256_SIZE];
};

/* All zero is empty. */
struct hl_manifest {
    struct hl_partition partition;
    uint32_t at_once; /* parts that are fetched at once; 0: all */
    uint64_t lines;
    struct hl_manifest_list *lists; /* owned */
    size_t list_count;
    json_t *options; /* those of cli/pinned.h that have not their defaults:
                        strings, and true for flags */
    char id[HL_XXH3_HEX_SIZE]; /* a hash of the file; set by reading */
    json_t *root;              /* what was read; the strings are in there */
};

extern const char *const hl_part_by_words[];

/* Writes the name of the plan's file. @return false: it is too long. */
bool hl_manifest_path(char out[PATH_MAX], const char *run);
/* Fills in size and mtime of a list. @return 0; UV_EINVAL: it is no plain file;
 * or another libuv code. */
int hl_manifest_look(struct hl_manifest_list *out, const char *path);
/* Makes the directory run and writes the plan. A plan that says the same may
 * be there already. @return 0, or the exit status after a line on stderr. */
int hl_manifest_write(const struct hl_manifest *manifest, const char *run);
/* Reads the plan of the directory run. @return 0, or the exit status after a
 * line on stderr. Release *out in any case. */
int hl_manifest_read(struct hl_manifest *out, const char *run);
/* @return how many parts the plan of the directory run has; 0: there is no plan
 * that can be read. Says nothing. */
uint32_t hl_manifest_parts(const char *run);
/* Checks that the lists are those of the plan, by size and time; where there
 * are none, takes those that the plan names. @return 0, or the exit status
 * after a line on stderr. */
int hl_manifest_take_lists(const struct hl_manifest *manifest,
                           struct hl_opt_strings *inputs);
/* Are these the SHA-256 of the lists? @return as above. */
int hl_manifest_compare(const struct hl_manifest *manifest,
                        const struct hl_opt_strings *inputs,
                        char (*sha256)[HL_LIST_SHA256_SIZE]);
void hl_manifest_release(struct hl_manifest *manifest);

#endif
