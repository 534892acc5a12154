/* What a run spent its time on, which host did it, and which option would lift
 * that: one sentence, from what was measured. */
#ifndef HL_CLI_DIAGNOSIS_H
#define HL_CLI_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/diagnosis_words.h"

enum { HL_DIAGNOSIS_SIZE = 480 };

/* The host that took most of something. */
enum hl_diagnosis_top {
    HL_TOP_BY_TIME, /* that its transfers took */
    HL_TOP_ALONE,   /* time when no other host had a URL left */
    HL_TOP_BY_CAP,  /* time when this kept its URLs waiting; and so on */
    HL_TOP_BY_BUSY,
    HL_TOP_BY_PAUSE,
    HL_TOP_BY_RATE,
    HL_TOP_BY_LOOKUP, /* time of its lookups */
    HL_TOP_BY_SILENCE,
    HL_TOPS
};

/* All zero is none. The first are gathered as results come. */
struct hl_diagnosis {
    uint64_t attempted; /* results that a transfer was made for */
    bool answered;      /* a server did, for one of them */
    bool hashed;        /* a file was, for one of them */
    bool resumed;     /* a file went on from a part: all of it is read again */
    uint64_t retries; /* attempts for them beyond their first */
    struct hl_diagnosis_host top[HL_TOPS];
    char proxy[HL_HOST_NAME_SIZE]; /* of the host by time; "": none */
};

void hl_diagnosis_add(struct hl_diagnosis *diagnosis,
                      const struct haul_result *result);
/* Reads what is known of the hosts, once the run with these options has ended.
 */
void hl_diagnosis_read(struct hl_diagnosis *diagnosis,
                       const struct haul_session *session,
                       const struct haul_options *run);
/* Pure. Leaves out empty when there is nothing to tell. */
void hl_diagnosis_put(const struct hl_diagnosis *diagnosis,
                      const struct hl_diagnosis_figures *figures, char *out,
                      size_t size);

#endif
