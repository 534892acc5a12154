#include "unit/journal/test_journal_support.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/leftovers.h"
#include "journal/record_writing.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
    char path[32];
    int dir_fd;
    int home_fd;
} bench;

int bench_open(void **state)
{
    (void)state;
    strcpy(bench.path, "/tmp/haul-journal-XXXXXX");
    bench.home_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_non_null(mkdtemp(bench.path));
    assert_int_equal(chdir(bench.path), 0);
    bench.dir_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return bench.dir_fd >= 0 ? 0 : -1;
}

int bench_close(void **state)
{
    (void)state;
    (void)unlink(".haul/journal");
    (void)unlink(".haul/journal.new");
    (void)unlink(".haul/lock");
    (void)rmdir(".haul");
    close(bench.dir_fd);
    assert_int_equal(fchdir(bench.home_fd), 0);
    close(bench.home_fd);
    return rmdir(bench.path);
}

int bench_dir(void)
{
    return bench.dir_fd;
}

static int on_leftover(void *arg, const char *name, const char *token)
{
    (void)arg, (void)name, (void)token;
    return 0;
}

int begin_journal(struct hl_journal **out)
{
    static const struct hl_journal_rules none;
    int r = hl_journal_open(out, bench.dir_fd);
    if (r < 0)
        return r;
    r = hl_journal_each_leftover(*out, on_leftover, NULL);
    if (r == 0)
        r = hl_journal_begin(*out, &none);
    if (r == 0)
        return 0;
    hl_journal_close(*out);
    *out = NULL;
    return r;
}

struct hl_journal *open_journal(void)
{
    struct hl_journal *journal;
    assert_int_equal(begin_journal(&journal), 0);
    return journal;
}

char *read_journal(size_t *size)
{
    FILE *file = fopen(".haul/journal", "rbe");
    struct stat st;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    *size = (size_t)st.st_size;
    char *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    data[*size] = '\0';
    fclose(file);
    return data;
}

void write_journal(const char *data, size_t size)
{
    (void)mkdir(".haul", 0777);
    FILE *file = fopen(".haul/journal", "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

const char *url_of(unsigned n)
{
    static char url[64];
    snprintf(url, sizeof(url), "http://h%u.example/some/path/%u.jpg", n % 7, n);
    return url;
}

const char *name_of(unsigned n)
{
    static char name[32];
    snprintf(name, sizeof(name), "%u.jpg", n);
    return name;
}

void put_header(struct hl_record_buffer *buffer, unsigned version,
                const char *boot)
{
    assert_int_equal(hl_record_begin(buffer, 'H'), 0);
    hl_record_add_number(buffer, version);
    hl_record_add_text(buffer, boot);
    hl_record_add_number(buffer, 1700000000);
    assert_int_equal(hl_record_end(buffer), 0);
}

void put_mark(struct hl_record_buffer *buffer)
{
    size_t offset = buffer->used;
    assert_int_equal(hl_record_begin(buffer, 'S'), 0);
    hl_record_add_number(buffer, offset);
    assert_int_equal(hl_record_end(buffer), 0);
}

static void begin(struct hl_record_buffer *buffer, char kind, unsigned n)
{
    assert_int_equal(hl_record_begin(buffer, kind), 0);
    hl_record_add_fingerprint(buffer, hl_fingerprint_of(url_of(n)));
    hl_record_add_text(buffer, name_of(n));
    hl_record_add_text(buffer, url_of(n));
}

void put_claim(struct hl_record_buffer *buffer, unsigned n)
{
    begin(buffer, 'c', n);
    assert_int_equal(hl_record_end(buffer), 0);
}

void put_done(struct hl_record_buffer *buffer, unsigned n, uint64_t size)
{
    begin(buffer, 'd', n);
    hl_record_add_number(buffer, size);
    hl_record_add_text(buffer, "\"etag\"");
    hl_record_add_text(buffer, NULL);
    hl_record_add_text(buffer, NULL);
    assert_int_equal(hl_record_end(buffer), 0);
}

void put_journal(struct hl_record_buffer *buffer)
{
    write_journal(buffer->data, buffer->used);
    free(buffer->data);
    *buffer = (struct hl_record_buffer){0};
}

const char *this_boot(void)
{
    static char boot[64];
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    assert_non_null(file);
    assert_non_null(fgets(boot, sizeof(boot), file));
    fclose(file);
    boot[strcspn(boot, "\n")] = '\0';
    return boot;
}

struct hl_key key_of(unsigned n)
{
    return hl_journal_key(url_of(n));
}

void find(struct hl_journal *journal, unsigned n, struct hl_journal_entry *out)
{
    struct hl_key key = key_of(n);
    assert_int_equal(hl_journal_find(journal, &key, out), 0);
}

uint64_t size_of_entry(const struct hl_journal_entry *entry)
{
    return entry->state == HL_JOURNAL_DONE ? entry->file.stamp.size
                                           : entry->part.size;
}

void check_state(struct hl_journal *journal, unsigned n,
                 enum hl_journal_state state, uint64_t size)
{
    struct hl_journal_entry entry;
    find(journal, n, &entry);
    assert_int_equal(entry.state, state);
    assert_int_equal(size_of_entry(&entry), size);
    if (state != HL_JOURNAL_NONE) {
        assert_string_equal(entry.name, name_of(n));
        assert_string_equal(entry.url, url_of(n));
        assert_true(hl_names_has(hl_journal_names(journal), name_of(n)));
    }
    hl_journal_entry_release(&entry);
}
