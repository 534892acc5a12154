/*
 * How an attempt ends: its error, the message for people, and the reply, which
 * policy judges. On the transfer's thread.
 */
#ifndef HL_TRANSFER_REPLY_H
#define HL_TRANSFER_REPLY_H

#include <stdbool.h>

#include "transfer/job.h"

struct hl_xfer;

/* The try has failed. The first error stands: later ones follow from it. */
__attribute__((format(printf, 3, 4))) void hl_xfer_fail(struct hl_xfer *xfer,
                                                        enum haul_error error,
                                                        const char *format,
                                                        ...);
/* The same for a libuv code of a local file, or of memory. */
void hl_xfer_fail_local(struct hl_xfer *xfer, int code);
/* This try must be repeated in HTTP/1.1; why is the message if that fails. */
void hl_xfer_want_http_1(struct hl_xfer *xfer, const char *why);
/* To be called where files or ports are short: the attempt's connection is
 * closed at its end, and connections that nobody has used for a second or two
 * are closed when the attempt starts. (libcurl 7.88 looks for these once a
 * second, for whichever transfer then comes first.) */
void hl_xfer_keep_nothing(struct hl_xfer *xfer);

/* Does the status say that the body is the file, or what is missing of it? Of
 * the answer to a HEAD: that its headers are those of the file. */
bool hl_xfer_is_success(const struct hl_xfer *xfer);
/* Judges a transfer that libcurl has ended: sets the error, or publish or
 * unchanged. */
void hl_xfer_judge(struct hl_xfer *xfer, int curl_code);
/* What the attempt came to. *reply and its strings are borrowed from xfer until
 * its next start. */
void hl_xfer_reply(struct hl_xfer *xfer, struct hl_reply *reply);

#endif
