/* Reading the whole journal: at opening, and for hl_journal_each(). */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haul/haul.h"
#include "journal/store.h"

enum {
    CHUNK = 4 * HL_RECORD_LINE_MAX,
    BYTES_A_URL = 400, /* of a journal; more than most need, so that no room is
                          reserved in vain */
};

/* Where a pass is in the file. */
struct reader {
    char *chunk;
    size_t have;
    uint64_t base;  /* offset of the chunk */
    uint64_t end;   /* after the last newline */
    bool over_long; /* the rest of a line too long for a record follows */
};

/* Calls fn for the whole lines of the chunk. What is left moves to its front.
 */
static int take_lines(struct reader *reader, uint64_t to, hl_journal_line_fn fn,
                      void *arg)
{
    const char *at = reader->chunk;
    const char *end = at + reader->have;
    const char *newline;
    int r = 0;
    while (r == 0 && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        struct hl_span line = {.at = at, .size = (size_t)(newline - at)};
        uint64_t offset = reader->base + (uint64_t)(at - reader->chunk);
        if (offset >= to)
            break;
        if (!reader->over_long)
            r = fn(arg, line, offset);
        reader->over_long = false;
        at = newline + 1;
        reader->end = offset + line.size + 1;
    }
    size_t used = (size_t)(at - reader->chunk);
    if (used == 0 && reader->have == CHUNK) {
        reader->over_long = true;
        used = CHUNK;
    }
    reader->have -= used;
    reader->base += used;
    memmove(reader->chunk, reader->chunk + used, reader->have);
    return r;
}

/* Skips a hole, where nothing was ever written. No line goes across a hole, so
 * the piece of a line before it is dropped, and so is what follows up to the
 * next newline. @return true when there are no more bytes. */
static bool skip_hole(int fd, struct reader *reader)
{
    off_t at = (off_t)(reader->base + reader->have);
    off_t data = lseek(fd, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
        return true;
    if (data > at) {
        reader->base = (uint64_t)data;
        reader->have = 0;
        reader->over_long = true;
    }
    return false;
}

int64_t hl_journal_each_line(int fd, struct hl_journal_range range,
                             hl_journal_line_fn fn, void *arg)
{
    struct reader reader = {
        .chunk = malloc(CHUNK),
        .base = range.from,
        .end = range.from,
    };
    int r = reader.chunk != NULL ? 0 : -ENOMEM;
    while (r == 0 && reader.base < range.to) {
        if (skip_hole(fd, &reader))
            break;
        ssize_t n = pread(fd, reader.chunk + reader.have, CHUNK - reader.have,
                          (off_t)(reader.base + reader.have));
        if (n <= 0) {
            r = n < 0 ? -errno : 0;
            break;
        }
        reader.have += (size_t)n;
        r = take_lines(&reader, range.to, fn, arg);
    }
    free(reader.chunk);
    return r < 0 ? r : (int64_t)reader.end;
}

/* What a load carries from line to line. A zone is what was written between
 * two boots of the machine. */
struct load {
    struct hl_journal *journal;
    char boot[HL_BOOT_ID_SIZE]; /* of the zone; "" none */
    uint64_t zone;              /* where it begins */
    uint64_t synced;
    char url[HL_RECORD_LINE_MAX];
    char name[HL_RECORD_LINE_MAX];
    char accept_type[HL_RECORD_LINE_MAX]; /* of the last header */
};

/* Without an id, each run is taken for one of another boot. */
static bool is_same_boot(const char *a, const char *b)
{
    return a[0] != '\0' && strcmp(a, b) == 0;
}

static int add_unsynced(struct hl_journal *j, uint64_t from, uint64_t to)
{
    struct hl_journal_range *last =
        j->unsynced_count > 0 ? &j->unsynced[j->unsynced_count - 1] : NULL;
    if (from >= to)
        return 0;
    if (last != NULL && last->to == from) {
        last->to = to;
        return 0;
    }
    struct hl_journal_range *ranges =
        realloc(j->unsynced, (j->unsynced_count + 1) * sizeof(*ranges));
    if (ranges == NULL)
        return -ENOMEM;
    ranges[j->unsynced_count++] =
        (struct hl_journal_range){.from = from, .to = to};
    j->unsynced = ranges;
    return 0;
}

static bool is_readable(uint64_t version)
{
    return version >= HL_RECORD_VERSION_OLDEST && version <= HL_RECORD_VERSION;
}

/* The text of a run's token, where the field can be one; else "". */
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
    return token[0] != '\0' ? hl_journal_note_run(load->journal, token) : 0;
}

static void load_end(struct load *load, const struct hl_record *record)
{
    char token[HL_TOKEN_SIZE];
    copy_token(token, record->fields[0]);
    hl_journal_note_end(load->journal, token);
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
    r = add_unsynced(load->journal, load->synced, offset);
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
    int r = hl_journal_locate(j, &key, &entry, &before);
    if (r < 0)
        return r;
    /* The name is taken by the first record of a URL and by each new claim. */
    if (record->name.size > 0 && (entry == NULL || record->kind == 'c')) {
        hl_record_copy(load->name, record->name);
        r = hl_names_take(&j->names, load->name);
        /* Two journals in one may give a name to two URLs, or to a URL and to
         * a directory. The file cannot be both, so the later URL is unknown. */
        if (r == 1 && entry == NULL)
            return 0;
    }
    if (r < 0)
        return r;
    if (entry == NULL)
        entry = hl_table_add(&j->urls, record->fingerprint);
    if (entry == NULL)
        return -ENOMEM;
    hl_table_set_offset(entry, offset);
    entry->state = hl_journal_state_of(record->kind) & 0xf;
    return 0;
}

static int load_line(void *arg, struct hl_span line, uint64_t offset)
{
    struct load *load = arg;
    struct hl_record record;
    load->journal->records++;
    if (!hl_record_parse(&record, line)) {
        /* The first line of another version may be checked in another way. */
        uint64_t version = offset == 0 ? hl_record_version(line) : 0;
        return version != 0 && !is_readable(version) ? HAUL_EJOURNAL : 0;
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
    j->size = end;
    j->boot_from = load->zone;
    j->synced = load->synced;
    if (is_same_boot(load->boot, j->boot))
        return 0;
    j->boot_from = j->synced = end;
    return add_unsynced(j, load->synced, end);
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
    if (fstat(j->fd, &st) < 0)
        return -errno;
    struct load *load = calloc(1, sizeof(*load));
    if (load == NULL)
        return -ENOMEM;
    load->journal = j;
    j->size = (uint64_t)st.st_size;
    /* Growing the tables step by step would take as long as all the rest. */
    size_t count = (size_t)(bytes_written(j->fd, j->size) / BYTES_A_URL);
    int r = hl_table_reserve(&j->urls, count);
    if (r == 0)
        r = hl_names_reserve(&j->names, count);
    if (r < 0) {
        free(load);
        return r;
    }
    const struct hl_journal_range all = {.to = (uint64_t)st.st_size};
    int64_t end = hl_journal_each_line(j->fd, all, load_line, load);
    r = end < 0 ? (int)end : end_load(load, (uint64_t)end);
    free(load);
    return r;
}

/* What hl_journal_each() carries from line to line. */
struct pass {
    struct hl_journal *journal;
    hl_journal_fn fn;
    void *arg;
};

static int pass_line(void *arg, struct hl_span line, uint64_t offset)
{
    const struct pass *pass = arg;
    struct hl_journal_entry entry = {0};
    struct hl_record record;
    if (!hl_record_parse(&record, line) ||
        hl_journal_state_of(record.kind) == HL_JOURNAL_NONE ||
        !hl_journal_is_last(pass->journal, record.fingerprint, offset))
        return 0;
    int r = hl_journal_fill(pass->journal, offset, &record, &entry);
    if (r == 0)
        r = pass->fn(pass->arg, &entry);
    hl_journal_entry_release(&entry);
    return r;
}

int hl_journal_each(struct hl_journal *j, hl_journal_fn fn, void *arg)
{
    struct pass pass = {.journal = j, .fn = fn, .arg = arg};
    if (j->fd < 0)
        return 0;
    int r = hl_journal_flush(j);
    if (r < 0)
        return r;
    const struct hl_journal_range all = {.to = j->size};
    int64_t end = hl_journal_each_line(j->fd, all, pass_line, &pass);
    return end < 0 ? (int)end : 0;
}
