/* The server behaviours of the mode contract, and what each must come to. */
#ifndef TESTS_CONTRACT_BEHAVIOURS_H
#define TESTS_CONTRACT_BEHAVIOURS_H

#include "haul/haul.h"
#include "support/httpd.h"

struct behaviour {
    const char *name;
    const char *path; /* NULL: url is whole */
    const char *url;
    void (*adjust)(struct haul_options *options); /* or NULL */
    enum haul_outcome outcome;
    enum haul_error error;
    long status;
    unsigned attempts;
    int64_t size;         /* of the file; -1: there must be none */
    unsigned requests;    /* that its path must have got; 0: not checked */
    const char *if_range; /* of the last request; NULL: not checked */
};

extern const struct httpd_route behaviour_routes[];
extern const struct behaviour behaviours[];

#endif
