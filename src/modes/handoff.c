#include "modes/handoff.h"

#include <string.h>

#include "worker/wire_members.h"

static size_t size_of(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

/* The members of a reply that are strings, by the rows of worker messages. */
#define STRING_number(name)
#define STRING_string(name)       &own->name,
#define STRING_text(name)         &own->name,
#define STRING(kind, name, limit) STRING_##kind(name)

void hl_handoff_answer(struct hl_handoff *handoff, const struct hl_reply *reply)
{
    struct hl_reply *own = &handoff->reply;
    const char **const strings[] = {HL_REPLY_MAP(STRING)};
    const size_t count = sizeof(strings) / sizeof(*strings);
    size_t size = 0;
    *own = *reply;
    for (size_t i = 0; i < count; i++)
        size += size_of(*strings[i]);
    hl_buf_clear(&handoff->text);
    char *to = size > 0 ? hl_buf_room(&handoff->text, size) : NULL;
    for (size_t i = 0; i < count; i++) {
        size_t length = size_of(*strings[i]);
        if (to != NULL && length > 0)
            memcpy(to, *strings[i], length);
        *strings[i] = to != NULL && length > 0 ? to : NULL;
        to = to != NULL ? to + length : NULL;
    }
    if (size == 0 || to != NULL)
        return;
    hl_buf_release(&handoff->text);
    if (own->error == HAUL_OK)
        return;
    own->error = HAUL_ERR_IO;
    own->message = "out of memory";
}

void hl_handoff_release(struct hl_handoff *handoff)
{
    hl_buf_release(&handoff->text);
}
