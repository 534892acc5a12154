/* Requests that were pushed, from the call to the turn that takes them up. */
#include <stdlib.h>
#include <utlist.h>

#include "run/run.h"
#include "util/strings.h"

/* A copy of a request. Owned by the session. */
struct hl_pushed {
    struct haul_request request;
    struct hl_pushed *prev;
    struct hl_pushed *next;
};

static void pushed_free(struct hl_pushed *pushed)
{
    const struct haul_request *request = &pushed->request;
    hl_string_free(request->url);
    hl_string_free(request->output);
    hl_string_free(request->id);
    hl_string_free(request->bad);
    hl_string_free(request->checksum);
    hl_strings_free(request->headers);
    hl_strings_free(request->mirrors);
    free(pushed);
}

int hl_push_add(struct haul_session *s, const struct haul_request *request)
{
    bool failed = false;
    struct hl_pushed *pushed = calloc(1, sizeof(*pushed));
    if (pushed == NULL)
        return UV_ENOMEM;
    pushed->request = (struct haul_request){
        .url = hl_string_copy(request->url, &failed),
        .output = hl_string_copy(request->output, &failed),
        .id = hl_string_copy(request->id, &failed),
        .line = request->line,
        .bad = hl_string_copy(request->bad, &failed),
        .checksum = hl_string_copy(request->checksum, &failed),
        .headers = hl_strings_copy(request->headers, &failed),
        .mirrors = hl_strings_copy(request->mirrors, &failed),
    };
    if (failed) {
        pushed_free(pushed);
        return UV_ENOMEM;
    }
    DL_APPEND(s->pushed, pushed);
    s->alive++;
    return 0;
}

static struct hl_pushed *pop(struct haul_session *s)
{
    struct hl_pushed *pushed = s->pushed;
    if (pushed == NULL)
        return NULL;
    DL_DELETE(s->pushed, pushed);
    s->alive--;
    return pushed;
}

void hl_push_take_up(struct haul_session *s)
{
    struct hl_pushed *pushed;
    while ((pushed = pop(s)) != NULL) {
        hl_run_take_up(s, &pushed->request);
        pushed_free(pushed);
    }
}

void hl_push_leave(struct haul_session *s)
{
    struct hl_pushed *pushed;
    while ((pushed = pop(s)) != NULL) {
        struct haul_result result = {
            .line = pushed->request.line,
            .id = pushed->request.id,
            .url = pushed->request.url,
            .outcome = HAUL_OUTCOME_LEFT,
            .error = HAUL_ERR_CANCELLED,
            .message = "interrupted",
        };
        s->stats.requests++;
        s->alive++;
        hl_run_report(s, ++s->next_job, &result);
        pushed_free(pushed);
    }
}
