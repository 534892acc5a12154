/* Where a run's URLs come from: arguments, then lists, in their order; or the
 * embedded origin's own. */
#ifndef HL_CLI_SOURCE_H
#define HL_CLI_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/local.h"
#include "cli/opt.h"
#include "haul/haul.h"
#include "list/list.h"

struct hl_source {
    const struct hl_opt_texts *urls;
    const struct hl_opt_texts *inputs;
    enum hl_list_format format;
    const struct hl_local *local; /* or NULL: the URLs are fetched as named */
    uint64_t limit;               /* rows at most; UINT64_MAX no limit */
    size_t next_url;
    size_t next_input;
    uint64_t given; /* rows so far */
    struct hl_list *list;
    char *rewritten; /* the URL at the origin */
    int error;       /* of a list that could not be read on; 0 none */
};

/* What a source has next. */
enum hl_source_event {
    HL_SOURCE_ROW,
    HL_SOURCE_LATER, /* poll hl_source_fd() */
    HL_SOURCE_END,
};

struct hl_source_row {
    struct haul_request request;
    const char *list; /* its path; NULL: an argument */
};

/* Opens each list once, so that a missing one is told before the run. @return
 * 0, or 2 or 3 after a line on stderr. */
int hl_source_check(const struct hl_source *source);
/* What row points to is valid until the next call. */
enum hl_source_event hl_source_next(struct hl_source *source,
                                    struct hl_source_row *row);
int hl_source_fd(const struct hl_source *source);
void hl_source_release(struct hl_source *source);

#endif
