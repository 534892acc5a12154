/*
 * The part that an earlier attempt left: does the answer go on where the part
 * ends, and by which validators may the part be resumed later? Nothing is ever
 * appended without proof that it belongs to the same representation.
 *
 * The record of a part and the part itself are two files, and a kill may come
 * between their changes. So the record is removed before the part changes, and
 * written once the part is there. Where a record names validators, the part
 * holds a piece of that representation, or nothing.
 */
#ifndef HL_TRANSFER_RESUME_H
#define HL_TRANSFER_RESUME_H

#include <stdbool.h>

#include "transfer/job.h"

struct hl_xfer;

/* The validators of what this try puts into the part. Borrowed from xfer. */
void hl_resume_validators(const struct hl_xfer *xfer, struct hl_part *out);
/* Could a later attempt go on with the body of this answer? */
bool hl_resume_is_possible(const struct hl_xfer *xfer);

/* Hooks of the sink; arg is the xfer. Called on the thread that stores. @return
 * 0 or a code. */
int hl_resume_opening(void *arg);
int hl_resume_begun(void *arg);
/* Drops an outdated part, and then its record, without which nobody would know
 * of the part after a kill. On the thread that stores. @return 0 or a code. */
int hl_resume_forget(struct hl_xfer *xfer);

/* Judge a 200 and a 206. @return NULL, or what is wrong with the answer: then
 * the part must not be used again. */
const char *hl_resume_whole(struct hl_xfer *xfer);
const char *hl_resume_partial(struct hl_xfer *xfer);
/* Judges a 416: the part is either the whole file, or not of this file. */
void hl_resume_unsatisfied(struct hl_xfer *xfer);

#endif
