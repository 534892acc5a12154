#include "run/requests.h"

#include <stdlib.h>
#include <utlist.h>
#include <uv.h>

#include "util/strings.h"

void hl_pushed_free(struct hl_pushed *pushed)
{
    const struct haul_request *request = &pushed->request;
    hl_string_free(request->url);
    hl_string_free(request->output);
    hl_string_free(request->id);
    hl_string_free(request->note);
    hl_string_free(request->bad);
    hl_string_free(request->checksum);
    hl_strings_free(request->headers);
    hl_strings_free(request->mirrors);
    free(pushed);
}

int hl_requests_push(struct hl_requests *requests,
                     const struct haul_request *request)
{
    bool failed = false;
    struct hl_pushed *pushed = calloc(1, sizeof(*pushed));
    if (pushed == NULL)
        return UV_ENOMEM;
    pushed->request = (struct haul_request){
        .url = hl_string_copy(request->url, &failed),
        .output = hl_string_copy(request->output, &failed),
        .id = hl_string_copy(request->id, &failed),
        .note = hl_string_copy(request->note, &failed),
        .line = request->line,
        .bad = hl_string_copy(request->bad, &failed),
        .checksum = hl_string_copy(request->checksum, &failed),
        .headers = hl_strings_copy(request->headers, &failed),
        .mirrors = hl_strings_copy(request->mirrors, &failed),
    };
    if (failed) {
        hl_pushed_free(pushed);
        return UV_ENOMEM;
    }
    DL_APPEND(requests->pushed, pushed);
    return 0;
}

struct hl_pushed *hl_requests_pop(struct hl_requests *requests)
{
    struct hl_pushed *pushed = requests->pushed;
    if (pushed != NULL)
        DL_DELETE(requests->pushed, pushed);
    return pushed;
}

bool hl_requests_pull(struct hl_requests *requests, struct haul_request *out)
{
    *out = (struct haul_request){0};
    if (requests->ended || requests->pull == NULL)
        return false;
    enum haul_pull pulled = requests->pull(requests->arg, out);
    if (pulled == HAUL_PULL_END)
        requests->ended = true;
    return pulled == HAUL_PULL_REQUEST;
}
