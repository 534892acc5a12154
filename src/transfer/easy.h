/* The easy handle's options: those of the run, set once, and a job's. */
#ifndef HL_TRANSFER_EASY_H
#define HL_TRANSFER_EASY_H

#include <curl/curl.h>

#include "transfer/job.h"
#include "transfer/shared.h"

/* The lists that libcurl borrows from us; owned by an xfer. */
struct hl_easy_lists {
    struct curl_slist *own; /* headers of the options */
    struct curl_slist *job; /* all headers of one job */
    struct curl_slist *resolve;
    struct curl_slist *connect_to; /* of one job */
};

/* Options that hold for the whole run. @return CURLE_OK or what libcurl
 * refused. */
CURLcode hl_easy_set_run(CURL *easy, const struct hl_shared *shared,
                         struct hl_easy_lists *lists);
/* How this try of a job asks for it. */
struct hl_easy_try {
    uint64_t
        resume_from;  /* for what follows this byte of the part; 0: for all */
    bool fresh;       /* on a new connection */
    bool http_1;      /* in HTTP/1.1 */
    bool had_cookies; /* the handle holds those of another job, or try */
};

/* Options of one job; undoes those of the job before. */
CURLcode hl_easy_set_job(CURL *easy, const struct hl_shared *shared,
                         struct hl_easy_lists *lists, const struct hl_job *job,
                         const struct hl_easy_try *how);
/* Those of a job's chain, which libcurl may add to while it runs. Only when the
 * transfer has begun: libcurl 7.88 takes no more than 50 cookies an answer, and
 * counts on until then. */
CURLcode hl_easy_add_cookies(CURL *easy, const char *cookies);
/* Is libcurl older than 8.0, which mended much in HTTP/2? */
bool hl_easy_is_before_8(void);
void hl_easy_lists_release(struct hl_easy_lists *lists);

#endif
