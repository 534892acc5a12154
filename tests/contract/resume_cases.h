/* What servers say to a part, and what must become of it. */
#ifndef TESTS_CONTRACT_RESUME_CASES_H
#define TESTS_CONTRACT_RESUME_CASES_H

#include "support/httpd.h"

enum {
    WHOLE = 1500 * 1000,  /* of the first version of the file */
    CUT = 700 * 1000,     /* where its first answer breaks off */
    OTHER = 1200 * 1000,  /* of the second version */
    TINY = 1000,          /* of one that is smaller than any part */
    OTHER_OFFSET = 77777, /* its bytes are those of the body from here on */
};

struct resume_case {
    const char *name;
    const char *path;
    uint64_t offset;      /* of the file that must come of it */
    int64_t size;         /* and its size */
    unsigned requests;    /* all that were made for it */
    int64_t again;        /* bytes sent after the first answer; -1: those of a
                             refused answer too, which nobody can count */
    uint64_t resumed;     /* what the result says it went on from */
    const char *if_range; /* of the second request; "" it has no Range */
};

extern const struct httpd_route resume_routes[];
extern const struct resume_case resume_cases[];

#endif
