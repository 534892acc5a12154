#include "worker/wire_members.h"

#include <string.h>

#include "util/xxh3.h"

enum { PROTOCOL = 3 };

/* LIST(NAME, TYPE, MAP): the members by their order alone. A member that has no
 * row leaves the last one of the struct without a value, and that is an error.
 * And a hash of what the rows are, and how long. */
#pragma GCC diagnostic error "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wmissing-braces"
#define VALUE(kind, name, limit) from->name,
#define LOCAL_VALUE(name)        from->name,
#define SHAPE(kind, name, limit) #kind " " #name ";"
#define SIZE(kind, name, limit)  sizeof(from->name),
#define LIST(name, type, values, shape, sizes)                              \
    __attribute__((unused)) static type all_of_##name(const type *from)     \
    {                                                                       \
        return (type){values};                                              \
    }                                                                       \
    static uint64_t hash_of_##name(void)                                    \
    {                                                                       \
        const type *from = NULL;                                            \
        const size_t all[] = {sizes};                                       \
        (void)from;                                                         \
        return hl_xxh3_of_text(shape) ^ hl_xxh3_of_bytes(all, sizeof(all)); \
    }

LIST(job, struct hl_job, HL_JOB_MAP(VALUE), HL_JOB_MAP(SHAPE), HL_JOB_MAP(SIZE))
LIST(reply, struct hl_reply, HL_REPLY_MAP(VALUE), HL_REPLY_MAP(SHAPE),
     HL_REPLY_MAP(SIZE))
LIST(part, struct hl_part, HL_PART_MAP(VALUE), HL_PART_MAP(SHAPE),
     HL_PART_MAP(SIZE))
LIST(beat, struct hl_incoming_file, HL_BEAT_MAP(VALUE), HL_BEAT_MAP(SHAPE),
     HL_BEAT_MAP(SIZE))
LIST(options, struct haul_options, HL_OPTIONS_MAP(VALUE, LOCAL_VALUE),
     HL_OPTIONS_MAP(SHAPE, HL_WIRE_SKIP), HL_OPTIONS_MAP(SIZE, HL_WIRE_SKIP))
LIST(hello, struct hl_wire_hello, HL_HELLO_MAP(VALUE) from->options,
     HL_HELLO_MAP(SHAPE), HL_HELLO_MAP(SIZE))
LIST(cancel, struct hl_wire_cancel, HL_CANCEL_MAP(VALUE), HL_CANCEL_MAP(SHAPE),
     HL_CANCEL_MAP(SIZE))
LIST(event, struct hl_event, HL_WIRE_EVENT_MAP(VALUE, LOCAL_VALUE),
     HL_WIRE_EVENT_MAP(SHAPE, HL_WIRE_SKIP),
     HL_WIRE_EVENT_MAP(SIZE, HL_WIRE_SKIP))

static uint64_t hash_of_all(void)
{
    return hash_of_job() ^ hash_of_reply() ^ hash_of_part() ^ hash_of_beat() ^
           hash_of_options() ^ hash_of_hello() ^ hash_of_cancel() ^
           hash_of_event();
}

const char *hl_wire_build(void)
{
    return HAUL_VERSION;
}

void hl_wire_put_identity(struct hl_wire_out *out)
{
    hl_wire_put_number(out, 4, PROTOCOL);
    hl_wire_put_string(out, hl_wire_build());
    hl_wire_put_number(out, 8, hash_of_all());
}

int hl_wire_get_identity(struct hl_wire_in *in)
{
    uint64_t protocol = hl_wire_get_number(in, 4, HL_WIRE_ANY);
    const char *build = hl_wire_get_string(in, HL_WIRE_TEXT_MAX);
    uint64_t hash = hl_wire_get_number(in, 8, HL_WIRE_ANY);
    if (in->bad || protocol != PROTOCOL || build == NULL ||
        strcmp(build, hl_wire_build()) != 0 || hash != hash_of_all())
        return HAUL_EPROTO;
    return 0;
}
