#include "policy/decide.h"

static struct hl_decision fetch(enum hl_taken taken)
{
    return (struct hl_decision){.todo = HL_TODO_FETCH, .taken = taken};
}

/* To fetch. A file that is there may have the very bytes that come. */
static struct hl_decision fetch_and_compare(enum hl_taken taken)
{
    struct hl_decision decision = fetch(taken);
    decision.compare = true;
    return decision;
}

static struct hl_decision skip(const char *why)
{
    return (struct hl_decision){.todo = HL_TODO_SKIP, .why = why};
}

static const char failed_otherwise[] = "it failed for another cause";

static struct hl_decision not_failed(void)
{
    return skip("it has not failed");
}

/* Decides about a file whose size or mtime has changed. With the same size, the
 * bytes may still be the same. */
static enum hl_found found_changed(const struct hl_known *known,
                                   const struct hl_stamp *stamp, bool has_hash)
{
    return has_hash && known->stamp.size == stamp->size ? HL_FOUND_HASH
                                                        : HL_FOUND_CHANGED;
}

/* After a power cut the stamp may be right though the bytes never reached the
 * disk. */
enum hl_found hl_decide_found(const struct hl_known *known,
                              const struct hl_stamp *stamp)
{
    bool has_hash = known->xxh3 != NULL || known->digests != NULL;
    if (stamp == NULL)
        return HL_FOUND_GONE;
    if (!known->unsynced && hl_stamp_is_same(&known->stamp, stamp))
        return HL_FOUND_SAME;
    if (!hl_stamp_is_like(&known->stamp, stamp))
        return found_changed(known, stamp, has_hash);
    /* Only inode or ctime differ, or there is no stamp on record, as with an
     * earlier version of haul. */
    return has_hash ? HL_FOUND_HASH : HL_FOUND_MOVED;
}

/* The file is there as haul wrote it. */
static struct hl_decision decide_there(const struct hl_known *known,
                                       const struct haul_options *o)
{
    bool is_unchecked =
        known->has_checksum && known->checksum == HL_DIGESTS_UNKNOWN;
    struct hl_decision decision = fetch(HL_TAKEN_OURS);
    if (known->has_checksum && known->checksum == HL_DIGESTS_DIFFER)
        return decision;
    if (o->update)
        decision.todo = HL_TODO_ASK;
    else if (is_unchecked && !o->trust_journal)
        decision.todo = HL_TODO_VERIFY;
    else
        decision.todo = HL_TODO_DONE;
    return decision;
}

/* May a power cut have torn the file? Then the change is nobody's work. A torn
 * file is never longer or newer than what haul wrote. */
static bool is_torn(const struct hl_known *known, const struct hl_look *look)
{
    const struct hl_stamp *found = &look->stamp;
    return known->unsynced && known->stamp.identity != 0 &&
           found->identity != 0 && found->size <= known->stamp.size &&
           found->mtime_ns <= known->stamp.mtime_ns;
}

/* Somebody has changed the file or put another in its place. Or a run replaced
 * it and was killed before it recorded that: then the file that is fetched now
 * has the same bytes. */
static struct hl_decision decide_changed(const struct hl_known *known,
                                         const struct haul_options *o,
                                         const struct hl_look *look)
{
    bool torn = is_torn(known, look);
    if (!torn && o->if_exists == HAUL_IF_EXISTS_SKIP)
        return skip("it was changed since haul wrote it");
    bool replace = torn || o->if_exists == HAUL_IF_EXISTS_OVERWRITE;
    return fetch_and_compare(replace ? HL_TAKEN_REPLACE : HL_TAKEN_OURS);
}

/* In a shared directory a file is never replaced. */
static struct hl_decision decide_shared(const struct hl_known *known,
                                        const struct haul_options *o,
                                        const struct hl_look *look)
{
    switch (look->found) {
    case HL_FOUND_SAME:
    case HL_FOUND_MOVED:
        return decide_there(known, o);
    case HL_FOUND_GONE:
        return fetch(HL_TAKEN_REFUSE);
    default:
        return (struct hl_decision){.todo = HL_TODO_FAILED,
                                    .why = HL_WHY_CHANGED};
    }
}

static struct hl_decision decide_looked(const struct hl_known *known,
                                        const struct haul_options *o,
                                        const struct hl_look *look)
{
    if (look->found == HL_FOUND_SAME || look->found == HL_FOUND_MOVED)
        return decide_there(known, o);
    if (o->retry_failed && known->is_done && !known->is_sent)
        return not_failed();
    return look->found == HL_FOUND_CHANGED ? decide_changed(known, o, look)
                                           : fetch(HL_TAKEN_GONE);
}

/* A claim alone says only that haul wanted the name: a file that is there may
 * be anybody's, until its bytes are seen to be the same. After a power cut it
 * may also be ours and torn. */
static struct hl_decision decide_claimed(const struct hl_known *known,
                                         const struct haul_options *o)
{
    if (o->if_exists == HAUL_IF_EXISTS_OVERWRITE)
        return fetch_and_compare(HL_TAKEN_REPLACE);
    return fetch_and_compare(known->rebooted ? HL_TAKEN_OURS : HL_TAKEN_REFUSE);
}

/* A URL that failed for good is asked for again only by these three. */
static bool stays_failed(const struct hl_known *known,
                         const struct haul_options *o)
{
    return known->is_final && !o->retry_failed && !o->restart && !o->update;
}

static struct hl_decision decide(const struct hl_known *known,
                                 const struct haul_options *o,
                                 const struct hl_look *look)
{
    if (stays_failed(known, o))
        return (struct hl_decision){.todo = HL_TODO_FAILED};
    if (o->retry_failed && known->is_left_out)
        return skip(failed_otherwise);
    if (o->retry_failed && !o->shared && !known->has_failed && !known->has_file)
        return not_failed();
    if (known->name == NULL)
        return (struct hl_decision){.todo = HL_TODO_NAME};
    if (o->restart)
        return fetch(HL_TAKEN_REPLACE);
    if (!known->has_file)
        return decide_claimed(known, o);
    if (o->trust_journal && known->is_done)
        return decide_there(known, o);
    if (look == NULL)
        return (struct hl_decision){.todo = HL_TODO_LOOK,
                                    .taken = HL_TAKEN_OURS};
    return o->shared ? decide_shared(known, o, look)
                     : decide_looked(known, o, look);
}

/* Only the user can say that the request may be sent again. */
struct hl_decision hl_decide(const struct hl_known *known,
                             const struct haul_options *o,
                             const struct hl_look *look)
{
    const struct hl_decision failed = {
        .todo = HL_TODO_FAILED,
        .why = known->is_done
                   ? "its file is gone or was changed; " HL_WHY_SENT_ONCE
                   : "an earlier run may have sent the request and ended "
                     "before the answer came; " HL_WHY_SENT_ONCE,
    };
    bool stays = known->is_sent && !o->retry_failed && !o->restart;
    if (stays && !known->is_done)
        return failed;
    struct hl_decision decision = decide(known, o, look);
    return stays && decision.todo == HL_TODO_FETCH ? failed : decision;
}

/* Before the earlier line is dealt with, only a file that will not be fetched
 * again counts. Where the file is gone its URL is being fetched again, or was
 * left for the next run; with trust_journal, the file was moved away. */
struct hl_decision hl_decide_repeat(const struct hl_known *known,
                                    const struct haul_options *o,
                                    const struct hl_look *look, bool is_over)
{
    static const char again[] = "the list has this URL already";
    const struct hl_decision wait = {.todo = HL_TODO_WAIT};
    if (!is_over && (!known->is_done || o->restart || o->update))
        return wait;
    if (o->retry_failed && known->is_left_out)
        return skip(failed_otherwise);
    if (known->has_failed)
        return (struct hl_decision){.todo = HL_TODO_FAILED,
                                    .why = HL_WHY_AS_REPEATED};
    if (!known->is_done || known->name == NULL)
        return wait;
    if (look == NULL)
        return (struct hl_decision){.todo = HL_TODO_LOOK};
    if (look->found == HL_FOUND_SAME || look->found == HL_FOUND_MOVED)
        return (struct hl_decision){.todo = HL_TODO_LINK, .why = again};
    return o->trust_journal ? skip(again) : wait;
}

struct hl_decision hl_decide_taken(const struct hl_foreign_file *foreign,
                                   const struct haul_options *o)
{
    if (o->if_exists == HAUL_IF_EXISTS_SKIP)
        return skip(HL_WHY_NAME_IS_TAKEN);
    if (o->if_exists == HAUL_IF_EXISTS_OVERWRITE && foreign->may_replace)
        return fetch(HL_TAKEN_REPLACE);
    if (o->if_exists == HAUL_IF_EXISTS_ADOPT && foreign->may_adopt)
        return (struct hl_decision){.todo = HL_TODO_ADOPT};
    if (foreign->may_rename)
        return (struct hl_decision){.todo = HL_TODO_RENAME};
    return (struct hl_decision){.todo = HL_TODO_FAILED,
                                .why = HL_WHY_NAME_IS_TAKEN};
}
