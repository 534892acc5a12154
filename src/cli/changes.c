#include "cli/changes.h"

#include <string.h>

#include "cli/amounts.h"
#include "cli/print_message.h"
#include "cli/secret.h"
#include "util/buf.h"

bool hl_changes_is_gone(const struct haul_result *result)
{
    return result->had_file && result->error == HAUL_ERR_HTTP &&
           (result->http_status == 404 || result->http_status == 410);
}

static void name(const struct haul_result *result)
{
    struct hl_buf url = {0};
    hl_secret_mask_urls(&url, result->url);
    if (!url.failed)
        hl_say("replaced: %s: %s", result->file, url.data);
    hl_buf_release(&url);
}

void hl_changes_note(struct hl_changes *changes,
                     const struct haul_result *result)
{
    if (result->outcome == HAUL_OUTCOME_UNCHANGED)
        changes->unchanged++;
    if (!result->had_file)
        return;
    if (result->outcome == HAUL_OUTCOME_OK && result->attempts > 0) {
        changes->replaced++;
        if (changes->names)
            name(result);
    } else if (result->outcome == HAUL_OUTCOME_FAILED) {
        changes->gone += hl_changes_is_gone(result);
        changes->kept += !hl_changes_is_gone(result);
    }
}

void hl_changes_say(const struct hl_changes *changes)
{
    struct hl_buf line = {0};
    if (changes->replaced + changes->gone + changes->kept == 0)
        return;
    hl_put_more(&line, changes->unchanged, "unchanged");
    hl_put_more(&line, changes->replaced, "replaced");
    hl_put_more(&line, changes->gone, "gone upstream and kept");
    hl_put_more(&line, changes->kept, "kept, as fetching them anew failed");
    if (!line.failed)
        hl_say("of the files that were there before: %s",
               line.data + strlen(", "));
    hl_buf_release(&line);
}
