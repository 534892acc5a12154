/*
 * A journal from anywhere: it is opened, asked, gone on with and opened again.
 * The input is taken as it is, and once more with lines that count.
 *
 * Of the latter, a model of eighty lines says what each URL's last record is.
 * Whatever the journal is cut after, what is left is a journal, and says of
 * each URL what the model says: so a cut journal never says "done" of a URL of
 * which the whole one does not say so at that place. Compaction changes
 * nothing.
 */
#include <inttypes.h>

#include "fuzz/check.h"
#include "fuzz/journal_file.h"
#include "haul/haul.h"
#include "journal/append.h"
#include "journal/compact.h"
#include "journal/failed_urls.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/leftovers.h"
#include "journal/on_disk.h"
#include "journal/record.h"
#include "util/xxh3.h"

enum { URLS_MAX = 2048, NO_URL = URLS_MAX };

/* What is known of the URLs by reading the lines one after another. */
struct model {
    struct known {
        char *url; /* owned */
        char kind;
        size_t at; /* of the last record */
    } urls[URLS_MAX];
    size_t count;
    struct given {
        char *name; /* owned */
        size_t url; /* that had it last */
        bool is_taken;
    } names[URLS_MAX];
    size_t names_count;
    bool gives_twice; /* a name to two URLs: compaction may choose the other */
    bool is_other;    /* of a version that haul does not read */
};

static bool is_other_version(uint64_t version)
{
    return version != 0 &&
           (version < HL_RECORD_VERSION_OLDEST || version > HL_RECORD_VERSION);
}

static bool has_nul(struct hl_span url)
{
    for (size_t i = 0; i + 2 < url.size; i++)
        if (memcmp(url.at + i, "\\00", 3) == 0)
            return true;
    return memchr(url.at, '\0', url.size) != NULL;
}

static char *copy_of(struct hl_span span)
{
    char *text = malloc(span.size + 1);
    check(text != NULL, "there is memory");
    hl_record_copy(text, span);
    return text;
}

/* What is known of a name, which is owned from now on. */
static struct given *find_name(struct model *model, char *name)
{
    size_t i = 0;
    while (i < model->names_count && strcmp(model->names[i].name, name) != 0)
        i++;
    if (i < model->names_count) {
        free(name);
        return &model->names[i];
    }
    check(i < URLS_MAX, "the input is not that long");
    model->names_count++;
    model->names[i] = (struct given){.name = name, .url = NO_URL};
    return &model->names[i];
}

/* @return false: the URL is unknown, as its first record has a name that is
 * given already. */
static bool note_name(struct model *model, const struct hl_record *record,
                      size_t url)
{
    bool is_new = url == model->count;
    if (record->name.size == 0)
        return true;
    struct given *given = find_name(model, copy_of(record->name));
    if (is_new && given->is_taken)
        return false;
    given->is_taken |= is_new || record->kind == 'c';
    model->gives_twice |= given->url != NO_URL && given->url != url;
    given->url = url;
    return true;
}

static void note(struct model *model, const struct hl_record *record, size_t at)
{
    char *url = copy_of(record->url);
    size_t i = 0;
    while (i < model->count && strcmp(model->urls[i].url, url) != 0)
        i++;
    if (!note_name(model, record, i)) {
        free(url);
        return;
    }
    if (i < model->count)
        free(model->urls[i].url);
    else
        model->count++;
    check(model->count < URLS_MAX, "the input is not that long");
    model->urls[i] = (struct known){.url = url, .kind = record->kind, .at = at};
}

static bool is_directory_of(const char *directory, const char *name)
{
    size_t length = strlen(directory);
    return strncmp(directory, name, length) == 0 && name[length] == '/';
}

static bool has_directory_named_as_file(const struct model *model)
{
    for (size_t i = 0; i < model->names_count; i++)
        for (size_t k = 0; k < model->names_count; k++)
            if (is_directory_of(model->names[i].name, model->names[k].name))
                return true;
    return false;
}

/* @return false: it has what haul never writes, and the model does not know. */
static bool read_model(struct model *model, const char *data, size_t size)
{
    struct hl_record record;
    const char *newline;
    for (size_t at = 0; (newline = memchr(data + at, '\n', size - at)) != NULL;
         at = (size_t)(newline - data) + 1) {
        const struct hl_span line = {.at = data + at,
                                     .size = (size_t)(newline - data) - at};
        if (!hl_record_parse(&record, line)) {
            model->is_other |=
                at == 0 && is_other_version(hl_record_version(line));
            continue;
        }
        if (record.kind == 'H') {
            uint64_t version = hl_record_number(record.fields[0]);
            model->is_other |= version < HL_RECORD_VERSION_OLDEST ||
                               version > HL_RECORD_VERSION;
        }
        if (hl_journal_entry_state(record.kind) == HL_JOURNAL_NONE || at == 0)
            continue;
        if (has_nul(record.url))
            return false;
        note(model, &record, at);
    }
    return !has_directory_named_as_file(model);
}

static void release_model(struct model *model)
{
    for (size_t i = 0; i < model->count; i++)
        free(model->urls[i].url);
    for (size_t i = 0; i < model->names_count; i++)
        free(model->names[i].name);
}

static size_t touch(const char *string)
{
    return string != NULL ? strlen(string) : 0;
}

static void check_entry(const struct hl_journal_entry *e)
{
    static const struct haul_options options;
    check(touch(e->name) + touch(e->part.etag) + touch(e->part.last_modified) +
                  touch(e->part.token) + touch(e->file.etag) +
                  touch(e->file.last_modified) + touch(e->file.digests) +
                  touch(e->file.xxh3) + touch(e->failure.error) +
                  touch(e->failure.options_hash) + touch(e->failure.own) <
              HL_RECORD_LINE_MAX,
          "strings of one line");
    check(e->state != HL_JOURNAL_DONE || e->has_file, "done, and a file");
    check(e->state != HL_JOURNAL_PART || e->has_part, "a part, and a part");
    (void)hl_on_disk_known(e, &options, NULL);
    (void)hl_journal_has_headers(e);
}

/* A pass over all entries, beside the model. */
struct pass {
    struct hl_journal *journal;
    const struct model *model; /* or NULL */
    size_t count;
    size_t last_at;
    size_t failed;
};

static const struct known *find(const struct model *model, const char *url)
{
    for (size_t i = 0; i < model->count; i++)
        if (strcmp(model->urls[i].url, url) == 0)
            return &model->urls[i];
    return NULL;
}

static void check_by_model(struct pass *pass, const struct hl_journal_entry *e)
{
    const struct known *known = find(pass->model, e->url != NULL ? e->url : "");
    check(known != NULL, "a URL that is in the file");
    check(e->state == hl_journal_entry_state(known->kind), "its last state");
    check(known->at > pass->last_at, "the order of the last records");
    pass->last_at = known->at;
}

static int on_entry(void *arg, const struct hl_journal_entry *entry)
{
    struct pass *pass = arg;
    struct hl_journal_entry again;
    check_entry(entry);
    pass->count++;
    pass->failed += entry->state == HL_JOURNAL_FAILED;
    if (pass->model != NULL)
        check_by_model(pass, entry);
    if (entry->url == NULL)
        return 0;
    struct hl_key key = hl_journal_key(entry->url);
    check(hl_journal_find(pass->journal, &key, &again) == 0, "it is found");
    check(pass->model == NULL || again.state == entry->state,
          "it is found as it was passed");
    hl_journal_entry_release(&again);
    return 0;
}

static void check_failures(int dir_fd, size_t failed)
{
    struct hl_journal_failures *failures;
    struct hl_journal_entry entry;
    size_t count = 0;
    int r;
    check(hl_journal_failures_open(&failures, dir_fd, NULL) == 0,
          "failures open");
    check(hl_journal_failures_count(failures) == failed, "as many failures");
    while ((r = hl_journal_failures_next(failures, &entry)) > 0) {
        check(entry.state == HL_JOURNAL_FAILED, "one that failed");
        check_entry(&entry);
        hl_journal_entry_release(&entry);
        count++;
    }
    check(r == 0 && count == failed, "each of the failures");
    hl_journal_failures_close(failures);
}

/* Reads the journal as haul status does. */
static void view(int dir_fd, const struct model *model)
{
    struct pass pass = {.model = model};
    int r = hl_journal_view(&pass.journal, dir_fd);
    check(r == 0 || r == HAUL_EJOURNAL, "a view, or another version's");
    check(model == NULL || (r == HAUL_EJOURNAL) == model->is_other,
          "another version's, and no other journal, is refused");
    if (r < 0)
        return;
    check(hl_journal_each(pass.journal, on_entry, &pass) == 0, "a pass");
    check(model == NULL || pass.count == model->count, "each URL of the file");
    hl_journal_close(pass.journal);
    check_failures(dir_fd, pass.failed);
}

static int put_entry(void *arg, const struct hl_journal_entry *e)
{
    struct hl_buf *out = arg;
    const char *const strings[] = {e->url,
                                   e->name,
                                   e->part.etag,
                                   e->part.token,
                                   e->file.etag,
                                   e->file.digests,
                                   e->file.xxh3,
                                   e->failure.error,
                                   e->failure.options_hash,
                                   e->failure.own,
                                   e->part.last_modified,
                                   e->file.last_modified};
    hl_buf_printf(out,
                  "%d %d %d %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                  " %" PRIu64 " %" PRId64 " %ld %" PRIu32,
                  (int)e->state, e->has_part, e->has_file, e->unsynced,
                  e->rebooted, e->part.size, e->part.inode, e->part.total,
                  e->file.stamp.size, e->file.stamp.identity,
                  e->file.stamp.mtime_ns, e->failure.http_status,
                  e->failure.attempts);
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        hl_buf_json(out, strings[i]);
    hl_buf_add(out, "", 1);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All that the journal says of its URLs, in an order that does not depend on
 * where it says it. */
static char *tell(struct hl_journal *j)
{
    struct hl_buf all = {0};
    struct hl_buf sorted = {0};
    const struct hl_journal_rules *rules = hl_journal_rules(j);
    char *items[URLS_MAX];
    size_t count = 0;
    hl_buf_text(&sorted, "rules ");
    hl_buf_json(&sorted, rules->accept_type);
    hl_buf_printf(&sorted, " %" PRIu64 " %d\n", rules->max_filesize,
                  rules->block_private);
    check(hl_journal_each(j, put_entry, &all) == 0, "a pass");
    for (size_t at = 0; at < all.used; at += strlen(all.data + at) + 1) {
        check(count < URLS_MAX, "the input is not that long");
        items[count++] = all.data + at;
    }
    if (count > 0)
        qsort(items, count, sizeof(*items), by_text);
    for (size_t i = 0; i < count; i++) {
        hl_buf_text(&sorted, items[i]);
        hl_buf_text(&sorted, "\n");
    }
    hl_buf_release(&all);
    return sorted.data;
}

static int on_leftover(void *arg, const char *name, const char *token)
{
    (void)arg;
    check(touch(name) > 0 && touch(token) == 8, "a file that may be left");
    return 0;
}

/* What a run may find of the journal after its compaction is what was there. */
static void compact(struct hl_journal *j)
{
    char *before = tell(j);
    check(hl_journal_compact(j) == 0, "a compaction");
    char *after = tell(j);
    check_same(after, before, "what the compacted journal says");
    free(before);
    free(after);
}

static const char another[] = "http://h/fuzz\x7f\\";

/* A URL whose part is kept when it fails. */
static void fail_another(struct hl_journal *j)
{
    const struct hl_journal_part part = {.size = 7,
                                         .etag = "\"e\\\t\"",
                                         .token = "0a1b2c3d",
                                         .inode = 3,
                                         .total = 9};
    const struct hl_journal_failure failure = {
        .error = "timeout", .http_status = 0, .attempts = 6, .own = "hu"};
    struct hl_key key = hl_journal_key(another);
    check(hl_journal_part(j, &key, "fuzz-2", &part) == 0, "a part");
    check(hl_journal_failed(j, &key, NULL, &failure) == 0, "a failure");
}

static void check_another(struct hl_journal *j)
{
    struct hl_key key = hl_journal_key(another);
    struct hl_journal_entry entry;
    check(hl_journal_find(j, &key, &entry) == 0, "it is found");
    check(entry.state == HL_JOURNAL_FAILED && entry.failure.attempts == 6,
          "it failed");
    check(entry.has_part && entry.part.size == 7 && entry.part.total == 9,
          "its part is kept");
    check_same(entry.part.etag, "\"e\\\t\"", "by its validator");
    check_same(entry.name, "fuzz-2", "under its name");
    check_same(entry.failure.own, "hu", "with what its line had");
    hl_journal_entry_release(&entry);
}

/* A run over it. @return whether it can be used at all. */
static bool go_on(int dir_fd, bool compacts)
{
    struct hl_journal *j;
    struct hl_journal_entry entry;
    const struct hl_journal_file file = {.stamp.size = 5};
    int r = hl_journal_open(&j, dir_fd);
    check(r == 0 || r == HAUL_EJOURNAL, "opened, or another version's");
    if (r < 0)
        return false;
    check(hl_journal_each_leftover(j, on_leftover, NULL) == 0, "leftovers");
    if (compacts)
        compact(j);
    check(hl_journal_begin(j, hl_journal_rules(j)) == 0, "a run begins");
    struct hl_key key = hl_journal_key("http://h/fuzz");
    check(hl_journal_claim(j, &key, "fuzz") == 0, "a claim");
    check(hl_journal_flush(j) == 0, "a flush");
    check(hl_journal_done(j, &key, "fuzz", &file) == 0, "a URL is done");
    fail_another(j);
    hl_journal_close(j);
    /* Whatever stood before, what was added is there. */
    check(hl_journal_view(&j, dir_fd) == 0, "a view");
    check(hl_journal_find(j, &key, &entry) == 0, "it is found");
    check(entry.state == HL_JOURNAL_DONE && entry.file.stamp.size == 5,
          "it is done");
    hl_journal_entry_release(&entry);
    check_another(j);
    hl_journal_close(j);
    return true;
}

static void run_raw(const char *data, size_t size)
{
    int dir_fd = journal_file_put(data, size);
    if (go_on(dir_fd, false))
        view(dir_fd, NULL);
    journal_file_remove(dir_fd);
}

/* The first bytes of a journal, as a kill may leave them. */
static void run_prefix(const char *data, size_t size, bool compacts)
{
    struct model *model = calloc(1, sizeof(*model));
    check(model != NULL, "there is memory");
    int dir_fd = journal_file_put(data, size);
    bool is_known = read_model(model, data, size);
    view(dir_fd, is_known ? model : NULL);
    bool is_ours = go_on(dir_fd, is_known && compacts && !model->gives_twice);
    check(!is_known || is_ours == !model->is_other, "a run goes on");
    journal_file_remove(dir_fd);
    release_model(model);
    free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct hl_record_buffer whole = {0};
    run_raw(text, size);
    journal_file_repair(&whole, text, size);
    if (whole.used > 0) {
        run_prefix(whole.data, whole.used, true);
        run_prefix(whole.data, hl_xxh3_of_bytes(text, size) % whole.used,
                   false);
    }
    free(whole.data);
    return 0;
}
