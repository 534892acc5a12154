#include "journal/load.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haul/haul.h"
#include "journal/index.h"
#include "journal/journal_struct.h"

enum {
    /* Of a journal's file. Most URLs need less; too low a number would reserve
     * too much memory. */
    BYTES_A_URL = 400,
};

/* The state of a load. A zone is what was written between two boots of the
 * machine. */
struct load {
    struct hl_journal *journal;
    uint64_t base; /* where the offsets of the file that is read begin */
    bool is_other; /* the file is another attempt's */
    char boot[HL_BOOT_ID_SIZE]; /* of the zone; "" none */
    uint64_t zone;              /* where it begins */
    uint64_t synced;
    uint64_t seen; /* bytes of lines so far */
    /* Not cleared: that would take longer than a load of a short journal. */
    char url[HL_RECORD_LINE_MAX];
    char name[HL_RECORD_LINE_MAX];
    char accept_type[HL_RECORD_LINE_MAX]; /* of the last header */
};

/* Where the boot id is not known, each run counts as one of another boot. */
static bool is_same_boot(const char *a, const char *b)
{
    return a[0] != '\0' && strcmp(a, b) == 0;
}

static bool is_readable(uint64_t version)
{
    return version >= HL_RECORD_VERSION_OLDEST && version <= HL_RECORD_VERSION;
}

/* Copies a run's token; "" where the field is none. */
static void copy_token(char token[HL_TOKEN_SIZE], struct hl_span field)
{
    token[0] = '\0';
    if (field.size != HL_TOKEN_SIZE - 1)
        return;
    for (size_t i = 0; i < field.size; i++)
        if (!isxdigit((unsigned char)field.at[i]))
            return;
    hl_record_copy(token, field);
}

/* What a header since version 4 says of its run. */
static int load_run(struct load *load, const struct hl_record *record)
{
    const struct hl_span *fields = record->fields;
    char token[HL_TOKEN_SIZE];
    hl_record_copy(load->accept_type, fields[4]);
    load->journal->rules = (struct hl_journal_rules){
        .max_filesize = hl_record_number(fields[5]),
        .block_private = hl_record_number(fields[6]) != 0,
    };
    copy_token(token, fields[3]);
    /* Another attempt may be under way. */
    return token[0] != '\0' && !load->is_other
               ? hl_killed_runs_add(&load->journal->killed, token)
               : 0;
}

static void load_end(struct load *load, const struct hl_record *record)
{
    char token[HL_TOKEN_SIZE];
    copy_token(token, record->fields[0]);
    hl_killed_runs_remove(&load->journal->killed, token);
}

static int load_header(struct load *load, const struct hl_record *record,
                       uint64_t offset)
{
    char boot[HL_BOOT_ID_SIZE] = "";
    uint64_t version = hl_record_number(record->fields[0]);
    if (!is_readable(version))
        return HAUL_EJOURNAL;
    if (offset == load->base)
        load->journal->is_old = version < HL_RECORD_VERSION;
    if (record->fields[1].size < sizeof(boot))
        hl_record_copy(boot, record->fields[1]);
    int r = load_run(load, record);
    if (r < 0 || is_same_boot(boot, load->boot))
        return r;
    r = hl_boots_add_unsynced(
        &load->journal->boots,
        (struct hl_range){.from = load->synced, .to = offset});
    memcpy(load->boot, boot, sizeof(boot));
    load->zone = load->synced = offset;
    return r;
}

static void load_mark(struct load *load, const struct hl_record *record,
                      uint64_t offset)
{
    uint64_t synced = load->base + hl_record_number(record->fields[0]);
    if (synced > load->synced && synced <= offset)
        load->synced = synced;
}

/* What attempts have on record of a URL, in the order of what it says: a file
 * that one of them has stays, whatever the others came to. */
static int rank(enum hl_journal_state state)
{
    switch (state) {
    case HL_JOURNAL_DONE:
        return 2;
    case HL_JOURNAL_FAILED:
        return 1;
    default:
        return 0;
    }
}

/* Does the record of an earlier attempt say more than this one? */
static bool is_outranked(const struct load *load,
                         const struct hl_table_entry *entry, char kind)
{
    return entry != NULL && hl_table_offset(entry) < load->base &&
           rank((enum hl_journal_state)entry->state) >
               rank(hl_journal_entry_state(kind));
}

static int load_record(struct load *load, const struct hl_record *record,
                       uint64_t offset)
{
    struct hl_journal *j = load->journal;
    const struct hl_key key = {.url = load->url,
                               .fingerprint = record->fingerprint};
    struct hl_table_entry *entry;
    struct hl_span before;
    hl_record_copy(load->url, record->url);
    int r = hl_index_locate(j, &key, &entry, &before);
    if (r < 0)
        return r;
    /* The name is taken by the first record of a URL and by each new claim. */
    if (record->name.size > 0 && (entry == NULL || record->kind == 'c')) {
        hl_record_copy(load->name, record->name);
        r = hl_names_take(&j->names, load->name);
        /* Where somebody has joined two journals, a name may belong to two
         * URLs, or to a URL and a directory. Then the later URL is left out. */
        if (r == 1 && entry == NULL)
            return 0;
    }
    if (r < 0)
        return r;
    if (is_outranked(load, entry, record->kind))
        return 0;
    return hl_index_note(j, record->fingerprint, entry, record->kind, offset);
}

static int load_line(void *arg, struct hl_span line, uint64_t offset)
{
    struct load *load = arg;
    struct hl_record record;
    load->journal->records++;
    load->seen += line.size + 1;
    if (!hl_record_parse(&record, line)) {
        /* The first line of another version may be checked in another way. */
        uint64_t version = offset == load->base ? hl_record_version(line) : 0;
        if (version != 0 && !is_readable(version))
            return HAUL_EJOURNAL;
        load->journal->damage.lines++;
        return 0;
    }
    if (record.kind == 'H')
        return load_header(load, &record, offset);
    if (record.kind == 'S') {
        load_mark(load, &record, offset);
        return 0;
    }
    if (record.kind == 'E') {
        load_end(load, &record);
        return 0;
    }
    /* A URL's record is never at offset 0: in the table 0 means no record. */
    return offset > 0 && offset <= HL_TABLE_OFFSET_MAX
               ? load_record(load, &record, offset)
               : 0;
}

static int end_load(struct load *load, uint64_t end)
{
    struct hl_journal *j = load->journal;
    if (load->accept_type[0] != '\0') {
        free(j->rules_text);
        j->rules_text = strdup(load->accept_type);
        if (j->rules_text == NULL)
            return -ENOMEM;
        j->rules.accept_type = j->rules_text;
    }
    j->boots.last = load->zone;
    j->boots.synced = load->synced;
    if (is_same_boot(load->boot, j->boot))
        return 0;
    j->boots.last = j->boots.synced = end;
    return hl_boots_add_unsynced(
        &j->boots, (struct hl_range){.from = load->synced, .to = end});
}

/* How many bytes of the file are not holes: these may be a terabyte. */
static uint64_t bytes_written(int fd, uint64_t size)
{
    uint64_t bytes = 0;
    off_t at = 0;
    off_t end;
    while ((at = lseek(fd, at, SEEK_DATA)) >= 0 &&
           (end = lseek(fd, at, SEEK_HOLE)) > at) {
        bytes += (uint64_t)(end - at);
        at = end;
    }
    return bytes < size ? bytes : size;
}

/* @return where the lines of the file end, or a code. */
static int64_t load_file(struct load *load, int fd, uint64_t size)
{
    const struct hl_range all = {.to = size};
    load->seen = 0;
    int64_t end = hl_log_each_from(fd, load->base, all, load_line, load);
    /* Lines that are too long, and holes of the file. */
    if (end >= 0)
        load->journal->damage.lines += load->seen < (uint64_t)end;
    return end;
}

/* Ends the zone of another attempt. If its machine was started anew since, or
 * is another one, its last files may not be synced. */
static int end_other(struct load *load, uint64_t end)
{
    struct hl_journal *j = load->journal;
    const struct hl_range rest = {.from = load->synced, .to = end};
    int r = is_same_boot(load->boot, j->boot)
                ? 0
                : hl_boots_add_unsynced(&j->boots, rest);
    load->zone = load->synced = end;
    load->boot[0] = '\0';
    return r;
}

/* Each of these files is a zone of its own: what one attempt has synced tells
 * nothing of the files of another. */
static int load_others(struct load *load)
{
    struct hl_log *log = &load->journal->log;
    load->is_other = true;
    for (size_t i = 0; i < log->segment_count; i++) {
        struct hl_log_segment *file = &log->segments[i];
        uint64_t size = file->range.to;
        load->base = log->base;
        file->range = (struct hl_range){log->base, log->base + size};
        log->base = log->size = file->range.to;
        int64_t end = load_file(load, file->fd, size);
        if (end < 0)
            return (int)end;
        file->range.to = file->range.from + (uint64_t)end;
        log->base = log->size = file->range.to;
        int r = end_other(load, log->base);
        if (r < 0)
            return r;
    }
    load->is_other = false;
    load->base = log->base;
    return 0;
}

static int load_own(struct load *load, uint64_t size)
{
    struct hl_journal *j = load->journal;
    j->log.size = j->log.base + size;
    int64_t end = j->log.fd >= 0 ? load_file(load, j->log.fd, size) : 0;
    if (end < 0)
        return (int)end;
    j->damage.is_cut = j->damage.is_cut || (uint64_t)end < size;
    j->log.size = j->log.base + (uint64_t)end;
    return end_load(load, j->log.size);
}

/* Finds out how large a file is. *written: how many bytes of it are no holes.
 */
static int measure(int fd, uint64_t *size, uint64_t *written)
{
    struct stat st;
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) < 0)
        return -errno;
    *size = (uint64_t)st.st_size;
    *written += bytes_written(fd, *size);
    return 0;
}

/* Growing the tables step by step would double the time of the load. */
static int reserve(struct hl_journal *j, uint64_t *own_size)
{
    uint64_t written = 0;
    int r = measure(j->log.fd, own_size, &written);
    for (size_t i = 0; r == 0 && i < j->log.segment_count; i++)
        r = measure(j->log.segments[i].fd, &j->log.segments[i].range.to,
                    &written);
    size_t count = (size_t)(written / BYTES_A_URL);
    if (r == 0)
        r = hl_table_reserve(&j->urls, count);
    return r == 0 ? hl_names_reserve(&j->names, count) : r;
}

int hl_journal_load(struct hl_journal *j)
{
    uint64_t size = 0;
    int r = reserve(j, &size);
    if (r < 0)
        return r;
    struct load *load = malloc(sizeof(*load));
    if (load == NULL)
        return -ENOMEM;
    memset(load, 0, offsetof(struct load, url));
    load->accept_type[0] = '\0';
    load->journal = j;
    r = load_others(load);
    if (r == 0)
        r = load_own(load, size);
    free(load);
    return r;
}
