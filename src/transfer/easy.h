/* The options of an easy handle: those of the run, set once, and those of each
 * try. */
#ifndef HL_TRANSFER_EASY_H
#define HL_TRANSFER_EASY_H

#include <curl/curl.h>

#include "transfer/job.h"
#include "transfer/shared.h"

/* Leave the function, which returns a CURLcode, with the first code that is not
 * CURLE_OK. */
#define HL_TRY(call)             \
    do {                         \
        CURLcode code_ = (call); \
        if (code_ != CURLE_OK)   \
            return code_;        \
    } while (0)
#define HL_SET(easy, option, value) \
    HL_TRY(curl_easy_setopt(easy, option, value))

/* The lists that libcurl borrows from us; owned by a transfer. */
struct hl_easy_lists {
    struct curl_slist *own; /* headers of the options */
    struct curl_slist *job; /* all headers of one job */
    struct curl_slist *resolve;
    struct curl_slist *connect_to; /* of one job */
};

/* How one try asks for the URL of its job. */
struct hl_easy_try {
    uint64_t resume_from; /* ask for the bytes from here on; 0: for all */
    bool fresh;           /* on a new connection */
    bool http_1;          /* in HTTP/1.1 */
    bool sends_once;      /* with the method and the body of the options */
    bool had_cookies;     /* the handle holds cookies of another job, or try */
    uint32_t in_flight;   /* transfers, with this one */
};

/* Sets the options that hold for the whole run. @return CURLE_OK, or the code
 * of the first option that libcurl refuses. */
CURLcode hl_easy_set_run(CURL *easy, const struct hl_shared *shared,
                         struct hl_easy_lists *lists);
/* Sets the options of one try, and undoes those of the try before. @return as
 * above. */
CURLcode hl_easy_set_job(CURL *easy, const struct hl_shared *shared,
                         struct hl_easy_lists *lists, const struct hl_job *job,
                         const struct hl_easy_try *how);
/* Adds the cookies that hosts have set on the way to this URL. To be called
 * once the transfer has begun: libcurl 7.88 takes no more than 50 cookies from
 * an answer, and cookies that were added earlier would count. */
CURLcode hl_easy_add_cookies(CURL *easy, const char *cookies);
/* Is libcurl older than this version, 0xMMmmpp? */
bool hl_easy_is_older(unsigned version);
void hl_easy_lists_release(struct hl_easy_lists *lists);

#endif
