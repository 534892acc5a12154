/*
 * The list of --retry-failed where none is given: the URLs that the journal
 * says failed. It keeps URLs and names; a line that had more than that of its
 * own is not asked for without it, but counted.
 */
#ifndef HL_CLI_RETRY_LIST_H
#define HL_CLI_RETRY_LIST_H

#include <stdint.h>

#include "cli/checksums.h"
#include "haul/haul.h"

struct hl_retry_list;

/* @return 0, or 1 or 3 after a line on stderr: dir has no journal, or none
 * that can be read. */
int hl_retry_list_open(struct hl_retry_list **out, const char *dir);
/* NULL is fine. */
void hl_retry_list_close(struct hl_retry_list *list);
/* Fills *out, all zero before, but for its line; what it points to is valid
 * until the next call. checksums, or NULL, may have what a line had. @return
 * 1; 0 at the end; or a code. */
int hl_retry_list_next(struct hl_retry_list *list,
                       struct hl_checksums *checksums,
                       struct haul_request *out);
/* How many there are, those that are not asked for included. */
uint64_t hl_retry_list_count(const struct hl_retry_list *list);
/* Those that were not asked for. Both: NULL is fine. */
uint64_t hl_retry_list_refused(const struct hl_retry_list *list);
/* Says how many, and what they need. */
void hl_retry_list_say(const struct hl_retry_list *list);

#endif
