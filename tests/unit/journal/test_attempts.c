/* The journals of several attempts at one part. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/part_journal.h"

static const struct hl_journal_rules no_rules;
static const struct hl_journal_file file = {
    .stamp = {.size = 7, .mtime_ns = 8, .identity = 9},
    .xxh3 = "0123456789abcdef0123456789abcdef",
};
static const struct hl_journal_failure failure = {.error = "http",
                                                  .http_status = 404};

/* Each attempt begins in this order, whatever the clock says: a second is the
 * finest that a journal knows. */
struct part {
    char dir[64];
    int dir_fd;
};

static int set_up(void **state)
{
    static struct part part;
    snprintf(part.dir, sizeof(part.dir), "/tmp/haul-attempts-XXXXXX");
    assert_non_null(mkdtemp(part.dir));
    part.dir_fd = open(part.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = &part;
    return 0;
}

static int tear_down(void **state)
{
    const struct part *part = *state;
    char command[128];
    close(part->dir_fd);
    snprintf(command, sizeof(command), "rm -rf %s", part->dir);
    return system(command);
}

static struct hl_journal *begin(const struct part *part)
{
    struct hl_journal *journal;
    assert_int_equal(hl_journal_open_attempt(&journal, part->dir_fd), 0);
    assert_int_equal(hl_journal_begin(journal, &no_rules), 0);
    assert_int_equal(hl_journal_flush(journal), 0);
    return journal;
}

static struct hl_journal *view(const struct part *part)
{
    struct hl_journal *journal;
    assert_int_equal(hl_journal_view_attempts(&journal, part->dir_fd), 0);
    return journal;
}

static enum hl_journal_state state_of(struct hl_journal *journal,
                                      const char *url)
{
    const struct hl_key key = hl_journal_key(url);
    struct hl_journal_entry entry;
    assert_int_equal(hl_journal_find(journal, &key, &entry), 0);
    enum hl_journal_state state = entry.state;
    assert_false(entry.has_part && entry.part.token != NULL);
    hl_journal_entry_release(&entry);
    return state;
}

static void claim(struct hl_journal *journal, const char *url, const char *name)
{
    const struct hl_key key = hl_journal_key(url);
    int taken = hl_names_take(hl_journal_names(journal), name);
    assert_true(taken >= 0);
    assert_int_equal(hl_journal_claim(journal, &key, name), 0);
}

static void done(struct hl_journal *journal, const char *url, const char *name)
{
    const struct hl_key key = hl_journal_key(url);
    claim(journal, url, name);
    assert_int_equal(hl_journal_done(journal, &key, name, &file), 0);
}

static void failed(struct hl_journal *journal, const char *url,
                   const char *name)
{
    const struct hl_key key = hl_journal_key(url);
    claim(journal, url, name);
    assert_int_equal(hl_journal_failed(journal, &key, name, &failure), 0);
}

static void an_attempt_begins_with_what_all_others_say(void **state)
{
    const struct part *part = *state;
    struct hl_journal *one = begin(part);
    struct hl_journal *two = begin(part);
    done(one, "http://a/1", "1");
    done(two, "http://a/2", "2");
    claim(two, "http://a/3", "3");
    hl_journal_close(one);
    assert_int_equal(hl_journal_flush(two), 0);
    struct hl_journal *three = begin(part);
    assert_int_equal(state_of(three, "http://a/1"), HL_JOURNAL_DONE);
    assert_int_equal(state_of(three, "http://a/2"), HL_JOURNAL_DONE);
    assert_int_equal(state_of(three, "http://a/3"), HL_JOURNAL_CLAIMED);
    assert_int_equal(state_of(three, "http://a/4"), HL_JOURNAL_NONE);
    assert_int_equal(hl_names_take(hl_journal_names(three), "2"), 1);
    assert_int_equal(hl_journal_count_done(three), 2);
    hl_journal_close(three);
    hl_journal_close(two);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void a_view_whose_files_are_closed_has_no_file_open(void **state)
{
    const struct part *part = *state;
    unsigned before = open_files();
    struct hl_journal *one = begin(part);
    done(one, "http://a/1", "1");
    hl_journal_close(one);
    struct hl_journal *two = begin(part);
    done(two, "http://a/2", "2");
    hl_journal_close(two);
    struct hl_journal *seen = view(part);
    assert_int_equal(hl_journal_files(seen), open_files() - before);
    for (int i = 0; i < 3; i++) {
        hl_journal_close_files(seen);
        assert_int_equal(open_files(), before);
        assert_int_equal(hl_journal_reopen_files(seen, part->dir_fd), 0);
        assert_int_equal(state_of(seen, "http://a/1"), HL_JOURNAL_DONE);
        assert_int_equal(state_of(seen, "http://a/2"), HL_JOURNAL_DONE);
        assert_int_equal(hl_journal_files(seen), open_files() - before);
    }
    hl_journal_close_files(seen);
    assert_int_equal(renameat(part->dir_fd, ".haul", part->dir_fd, "away"), 0);
    assert_int_equal(hl_journal_reopen_files(seen, part->dir_fd), UV_ENOENT);
    assert_int_equal(open_files(), before);
    hl_journal_close(seen);
}

/* The second attempt, which began later, knows nothing of the first one's
 * file. */
static void a_file_of_any_attempt_stays(void **state)
{
    const struct part *part = *state;
    static const char *const own[] = {"http://a/x", "http://a/y", "http://a/z"};
    struct hl_journal *journals[] = {begin(part), begin(part), begin(part)};
    for (size_t i = 0; i < 3; i++) {
        claim(journals[i], "http://a/1", "1");
        if (i == 1)
            done(journals[i], "http://a/1", "1");
        else
            failed(journals[i], "http://a/1", "1");
        done(journals[i], own[i], own[i] + strlen("http://"));
    }
    for (size_t i = 0; i < 3; i++)
        hl_journal_close(journals[i]);
    struct hl_journal *all = view(part);
    assert_int_equal(state_of(all, "http://a/1"), HL_JOURNAL_DONE);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(state_of(all, own[i]), HL_JOURNAL_DONE);
    hl_journal_close(all);
}

static void a_failure_counts_more_than_a_claim(void **state)
{
    const struct part *part = *state;
    struct hl_journal *one = begin(part);
    struct hl_journal *two = begin(part);
    struct hl_journal *three = begin(part);
    claim(one, "http://a/1", "1");
    failed(two, "http://a/1", "1");
    claim(three, "http://a/1", "1");
    hl_journal_close(one);
    hl_journal_close(two);
    hl_journal_close(three);
    struct hl_journal *all = view(part);
    assert_int_equal(state_of(all, "http://a/1"), HL_JOURNAL_FAILED);
    hl_journal_close(all);
}

/* Its temporary file may be open there. */
static void a_part_of_another_attempt_counts_as_a_claim(void **state)
{
    const struct part *part = *state;
    const struct hl_journal_part record = {
        .size = 1000, .etag = "\"x\"", .token = "0123abcd", .inode = 12};
    const struct hl_key key = hl_journal_key("http://a/1");
    struct hl_journal *one = begin(part);
    claim(one, "http://a/1", "1");
    assert_int_equal(hl_journal_part(one, &key, "1", &record), 0);
    struct hl_journal_entry entry;
    assert_int_equal(hl_journal_find(one, &key, &entry), 0);
    assert_true(entry.has_part);
    hl_journal_entry_release(&entry);
    hl_journal_close(one);
    struct hl_journal *two = begin(part);
    assert_int_equal(state_of(two, "http://a/1"), HL_JOURNAL_CLAIMED);
    hl_journal_close(two);
}

/* What is recorded later counts, also where it is less. */
static void an_attempt_overrules_the_others(void **state)
{
    const struct part *part = *state;
    const struct hl_key key = hl_journal_key("http://a/1");
    struct hl_journal *one = begin(part);
    done(one, "http://a/1", "1");
    hl_journal_close(one);
    struct hl_journal *two = begin(part);
    failed(two, "http://a/1", "1");
    assert_int_equal(state_of(two, "http://a/1"), HL_JOURNAL_FAILED);
    assert_int_equal(hl_journal_done(two, &key, "1", &file), 0);
    assert_int_equal(state_of(two, "http://a/1"), HL_JOURNAL_DONE);
    assert_int_equal(hl_journal_flush(two), 0);
    assert_int_equal(state_of(two, "http://a/1"), HL_JOURNAL_DONE);
    hl_journal_close(two);
}

static void a_torn_last_line_is_left_out(void **state)
{
    const struct part *part = *state;
    char command[256];
    struct hl_journal *one = begin(part);
    done(one, "http://a/1", "1");
    done(one, "http://a/2", "2");
    hl_journal_close(one);
    snprintf(command, sizeof(command),
             "f=$(echo %s/.haul/journal.*); truncate -s -3 $f", part->dir);
    assert_int_equal(system(command), 0);
    struct hl_journal *two = begin(part);
    assert_int_equal(state_of(two, "http://a/1"), HL_JOURNAL_DONE);
    assert_int_equal(state_of(two, "http://a/2"), HL_JOURNAL_CLAIMED);
    done(two, "http://a/3", "3");
    hl_journal_close(two);
    struct hl_journal *all = view(part);
    assert_int_equal(state_of(all, "http://a/3"), HL_JOURNAL_DONE);
    assert_int_equal(hl_journal_damage(all)->lines, 0);
    hl_journal_close(all);
}

static int count(void *arg, const struct hl_journal_entry *entry)
{
    unsigned *urls = arg;
    assert_non_null(entry->url);
    ++*urls;
    return 0;
}

/* The records of one attempt are longer than what is read at once. */
static void many_records_of_many_attempts_are_found(void **state)
{
    enum { ATTEMPTS = 5, URLS = 600 };
    const struct part *part = *state;
    char url[64];
    char name[64];
    unsigned urls = 0;
    for (unsigned a = 0; a < ATTEMPTS; a++) {
        struct hl_journal *journal = begin(part);
        for (unsigned i = 0; i < URLS; i++) {
            snprintf(url, sizeof(url), "http://a/%u", a * URLS + i);
            snprintf(name, sizeof(name), "%u", a * URLS + i);
            done(journal, url, name);
        }
        hl_journal_close(journal);
    }
    struct hl_journal *all = view(part);
    assert_int_equal(hl_journal_count_done(all), ATTEMPTS * URLS);
    for (unsigned i = ATTEMPTS * URLS; i-- > 0;) {
        snprintf(url, sizeof(url), "http://a/%u", i);
        assert_int_equal(state_of(all, url), HL_JOURNAL_DONE);
    }
    assert_int_equal(hl_journal_each(all, count, &urls), 0);
    assert_int_equal(urls, ATTEMPTS * URLS);
    hl_journal_close(all);
}

static void there_are_attempts_once_one_has_begun(void **state)
{
    const struct part *part = *state;
    assert_false(hl_journal_has_attempts(part->dir_fd));
    hl_journal_close(begin(part));
    assert_true(hl_journal_has_attempts(part->dir_fd));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_attempt_begins_with_what_all_others_say),
        TEST(a_view_whose_files_are_closed_has_no_file_open),
        TEST(a_file_of_any_attempt_stays),
        TEST(a_failure_counts_more_than_a_claim),
        TEST(a_part_of_another_attempt_counts_as_a_claim),
        TEST(an_attempt_overrules_the_others),
        TEST(a_torn_last_line_is_left_out),
        TEST(many_records_of_many_attempts_are_found),
        TEST(there_are_attempts_once_one_has_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
