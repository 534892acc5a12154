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
    return token[0] != '\0' ? hl_killed_runs_add(&load->journal->killed, token)
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
    if (offset == 0)
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
    uint64_t synced = hl_record_number(record->fields[0]);
    if (synced > load->synced && synced <= offset)
        load->synced = synced;
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
        uint64_t version = offset == 0 ? hl_record_version(line) : 0;
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
    j->damage.is_cut = j->damage.is_cut || end < j->log.size;
    /* Lines that are too long, and holes of the file. */
    j->damage.lines += load->seen < end;
    if (load->accept_type[0] != '\0') {
        free(j->rules_text);
        j->rules_text = strdup(load->accept_type);
        if (j->rules_text == NULL)
            return -ENOMEM;
        j->rules.accept_type = j->rules_text;
    }
    j->log.size = end;
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

int hl_journal_load(struct hl_journal *j)
{
    struct stat st;
    if (fstat(j->log.fd, &st) < 0)
        return -errno;
    struct load *load = malloc(sizeof(*load));
    if (load == NULL)
        return -ENOMEM;
    memset(load, 0, offsetof(struct load, url));
    load->accept_type[0] = '\0';
    load->journal = j;
    j->log.size = (uint64_t)st.st_size;
    /* Growing the tables step by step would double the time of the load. */
    size_t count =
        (size_t)(bytes_written(j->log.fd, j->log.size) / BYTES_A_URL);
    int r = hl_table_reserve(&j->urls, count);
    if (r == 0)
        r = hl_names_reserve(&j->names, count);
    if (r < 0) {
        free(load);
        return r;
    }
    const struct hl_range all = {.to = (uint64_t)st.st_size};
    int64_t end = hl_log_each(j->log.fd, all, load_line, load);
    r = end < 0 ? (int)end : end_load(load, (uint64_t)end);
    free(load);
    return r;
}
