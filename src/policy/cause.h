/*
 * The causes of failures: whether another attempt may help, and on which
 * options a failure depends. Pure: plain data in, plain data out. Any thread.
 */
#ifndef HL_POLICY_CAUSE_H
#define HL_POLICY_CAUSE_H

#include <stdbool.h>

#include "haul/haul.h"

/* How long the cause of a failure lasts. */
enum hl_cause {
    HL_CAUSE_PASSING, /* it may be gone at the next attempt or in the next run
                       */
    HL_CAUSE_LOCAL,   /* this machine is the cause, not the URL: the next run
                         tries the URL again */
    HL_CAUSE_OPTIONS, /* final until certain options change */
    HL_CAUSE_FINAL,   /* only the user can ask for the URL again */
};

/* http_status matters for HAUL_ERR_HTTP alone. */
enum hl_cause hl_cause_of(enum haul_error error, long http_status);

/* A failure as it is on record. */
struct hl_failure {
    enum haul_error error;
    long http_status;
    const char *options_hash; /* as of hl_cause_options_hash(), or NULL */
};

/* Would the URL fail again under these options, so that a run need not ask for
 * it? options must be resolved (hl_cause_resolve()). checksum: the digits that
 * the file must have, or NULL. */
bool hl_cause_is_final(const struct hl_failure *failure,
                       const struct haul_options *options,
                       const char *checksum);

/* Fills in the defaults of the options that a cause can depend on. To be called
 * once: in resolved options 0 no longer stands for a default. */
void hl_cause_resolve(struct haul_options *options);

enum { HL_OPTIONS_HASH_SIZE = 17 };

/* A hash, in hex, of the options that decide whether a URL fails with error;
 * "" when none does. options and checksum as for hl_cause_is_final(). */
void hl_cause_options_hash(char out[HL_OPTIONS_HASH_SIZE],
                           const struct haul_options *options,
                           enum haul_error error, const char *checksum);

/* Is each item of a list as options.retry_on ("5xx,404,connect") a status, 4xx,
 * 5xx or the word of an error? The list may be NULL. */
bool hl_cause_list_is_sound(const char *list);
/* Does such a list name this status or this error word? It may be NULL. */
bool hl_cause_is_listed(const char *list, long http_status, const char *word);
/* The error whose word (haul_error_word()) this is; HAUL_OK for NULL and for a
 * word that names none. */
enum haul_error hl_cause_error(const char *word);

#endif
