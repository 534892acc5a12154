/*
 * The list of --retry-failed without -i: the URLs that the journal says failed.
 * The journal keeps URLs and names. A URL whose line in the list had more than
 * these, such as headers, is not asked for without the list, but counted.
 */
#ifndef HL_CLI_RETRY_LIST_H
#define HL_CLI_RETRY_LIST_H

#include <stdint.h>

#include "cli/checksums.h"
#include "haul/haul.h"

struct hl_retry_list;

/* run: with retry_causes, and with the method and the body that all requests
 * have. @return 0, or 1 or 3 after a line on stderr: dir has no journal, or
 * none that can be read. */
int hl_retry_list_open(struct hl_retry_list **out, const char *dir,
                       const struct haul_options *run);
/* NULL is fine. */
void hl_retry_list_close(struct hl_retry_list *list);
/* Fills *out, which is all zero before, but for its line; what it points to is
 * valid until the next call. The checksum of a file is taken from checksums,
 * which may be NULL. @return 1; 0 at the end; or a code. */
int hl_retry_list_next(struct hl_retry_list *list,
                       struct hl_checksums *checksums,
                       struct haul_request *out);
/* How many failed, also those that are not asked for. */
uint64_t hl_retry_list_count(const struct hl_retry_list *list);
/* How many were not asked for. NULL is fine. */
uint64_t hl_retry_list_refused(const struct hl_retry_list *list);
/* Prints how many were not asked for, and what the journal lacks for them. */
void hl_retry_list_say(const struct hl_retry_list *list);

#endif
