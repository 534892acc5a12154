/* What the files of a transfer share; for xfer.c, answer.c and reply.c. */
#ifndef HL_TRANSFER_XFER_PARTS_H
#define HL_TRANSFER_XFER_PARTS_H

#include <curl/curl.h>

#include "transfer/easy.h"
#include "transfer/head.h"
#include "transfer/sink.h"
#include "transfer/xfer.h"

enum { HL_MESSAGE_SIZE = 320 };

/* Owned by a mode, one for each transfer it can have under way. */
struct hl_xfer {
    const struct hl_env *env;
    uint32_t worker;
    CURL *easy;
    struct hl_easy_lists lists;
    struct hl_sink sink;
    struct hl_head head;
    const struct hl_job *job;   /* borrowed between start and the next */
    struct hl_xfer_hooks hooks; /* of a loop; NULLs: the transfer blocks */
    struct hl_xfer_link link;   /* the loop's */
    enum haul_error error;      /* as judged so far */
    int curl_code;
    int sys_errno;
    bool body_begun;
    bool part_complete; /* a 416 proved that the part is the whole file */
    bool part_stale;    /* the part must not be resumed again */
    bool publish;       /* all is there: hl_xfer_publish() must follow */
    uint64_t received;
    uint64_t kept; /* bytes of the part that may be resumed */
    uint64_t start_ns;
    uint64_t file_us;
    char message[HL_MESSAGE_SIZE];
    char curl_text[CURL_ERROR_SIZE];
};

bool hl_xfer_is_success(long status);
/* The first cause stands; later ones are its consequences. */
__attribute__((format(printf, 3, 4))) void hl_xfer_fail(struct hl_xfer *xfer,
                                                        enum haul_error error,
                                                        const char *format,
                                                        ...);
/* The same for a libuv code of a local file. */
void hl_xfer_fail_local(struct hl_xfer *xfer, int code);
void hl_xfer_trace(const struct hl_xfer *xfer, enum hl_event_kind kind,
                   int64_t value);

/* answer.c: libcurl's callbacks, which look at the answer as it comes. */
CURLcode hl_answer_set_callbacks(struct hl_xfer *xfer);

#endif
