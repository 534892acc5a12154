/* The summary of a report, as far as a page tells of it. */
#ifndef HL_COMPARE_PAGE_SUMMARY_H
#define HL_COMPARE_PAGE_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/host_name.h"

enum { HL_PAGE_SUMMARY_HOSTS = 32, HL_PAGE_WORD_SIZE = 16 };

struct hl_page_summary_host {
    char name[HL_HOST_NAME_SIZE];
    char held_by[HL_PAGE_WORD_SIZE]; /* "cap"; "": nothing */
    double held_s;
    double alone_s;
    double cap; /* 0: none */
};

/* All zero: the report has none. */
struct hl_page_summary {
    bool is_there;
    bool has_course; /* it is of a run, and has the members below */
    double seconds;  /* 0: unknown */
    double left;     /* URLs that are left to do; < 0: at least what the rows
                        say */
    double most_in_flight;
    char mode[HL_PAGE_WORD_SIZE];
    char *held_back; /* owned; NULL: nothing is told */
    struct hl_page_summary_host hosts[HL_PAGE_SUMMARY_HOSTS];
    size_t hosts_count;
};

void hl_page_summary_release(struct hl_page_summary *summary);
void hl_page_summary_read(struct hl_page_summary *out, const json_t *json);
/* NULL: the summary does not have the host. */
const struct hl_page_summary_host *
hl_page_summary_find(const struct hl_page_summary *summary, const char *name);

#endif
