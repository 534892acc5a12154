/* Directories that take several spellings for one name, as they are found. */
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/folding.h"
#include "journal/journal.h"

static struct {
    char path[32];
    int fd;
    ino_t folds; /* the directory that has been told to; 0 none */
} bench;

int __wrap_ioctl(int fd, unsigned long request, ...);

/* chattr +F, which few kernels of test machines know. */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    struct stat st;
    va_list args;
    va_start(args, request);
    int *flags = va_arg(args, int *);
    va_end(args);
    assert_int_equal(request, FS_IOC_GETFLAGS);
    assert_int_equal(fstat(fd, &st), 0);
    *flags = st.st_ino == bench.folds ? FS_CASEFOLD_FL : 0;
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    bench.folds = 0;
    strcpy(bench.path, "/tmp/haul-folding-XXXXXX");
    assert_non_null(mkdtemp(bench.path));
    bench.fd = open(bench.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return bench.fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];
    (void)state;
    close(bench.fd);
    strcpy(stpcpy(command, "rm -rf "), bench.path);
    return system(command);
}

static void fold(const char *name)
{
    struct stat st;
    assert_int_equal(fstatat(bench.fd, name, &st, 0), 0);
    bench.folds = st.st_ino;
}

static void make(const char *name)
{
    assert_int_equal(mkdirat(bench.fd, name, 0700), 0);
}

static void a_directory_is_told_to(void **state)
{
    (void)state;
    assert_false(hl_folding_is_set(bench.fd));
    fold(".");
    assert_true(hl_folding_is_set(bench.fd));
}

static void a_trial_leaves_nothing(void **state)
{
    (void)state;
    assert_false(hl_folding_by_trial(bench.fd));
    assert_false(hl_folding_by_sight(bench.fd));
    assert_int_equal(rmdir(bench.path), 0);
    assert_int_equal(mkdir(bench.path, 0700), 0);
}

static void a_file_of_the_trials_name_is_left_alone(void **state)
{
    struct stat st;
    (void)state;
    int fd = openat(bench.fd, ".haul-\xc3\x89", O_CREAT | O_WRONLY | O_CLOEXEC,
                    0600);
    assert_true(fd >= 0);
    close(fd);
    assert_false(hl_folding_by_trial(bench.fd));
    assert_int_equal(fstatat(bench.fd, ".haul-\xc3\x89", &st, 0), 0);
}

static struct hl_journal *open_journal(void)
{
    struct hl_journal *journal;
    assert_int_equal(hl_journal_open(&journal, bench.fd), 0);
    assert_int_equal(hl_journal_begin(journal, &(struct hl_journal_rules){0}),
                     0);
    return journal;
}

static int take(struct hl_journal *journal, const char *text)
{
    char name[HL_NAME_SIZE];
    strcpy(name, text);
    assert_true(hl_journal_place_name(journal, name, bench.fd, true) >= 0);
    return hl_names_take(hl_journal_names(journal), name);
}

static void claim(struct hl_journal *journal, const char *url, const char *name)
{
    struct hl_key key = hl_journal_key(url);
    assert_int_equal(take(journal, name), 0);
    assert_int_equal(hl_journal_claim(journal, &key, name), 0);
}

static void names_of_earlier_runs_are_folded_too(void **state)
{
    (void)state;
    make("sub");
    struct hl_journal *journal = open_journal();
    claim(journal, "http://h/1", "sub/One");
    claim(journal, "http://h/2", "Two");
    hl_journal_close(journal);

    journal = open_journal();
    assert_int_equal(take(journal, "sub/one"), 0);
    hl_journal_close(journal);

    fold("sub");
    journal = open_journal();
    assert_int_equal(take(journal, "two"), 0);
    assert_int_equal(take(journal, "sub/one"), 1);
    assert_int_equal(take(journal, "sub/other"), 0);
    assert_int_equal(take(journal, "sub/OTHER"), 1);
    hl_journal_close(journal);

    fold(".");
    journal = open_journal();
    assert_int_equal(take(journal, "two"), 1);
    hl_journal_close(journal);
}

static void a_directory_deep_inside_is_found(void **state)
{
    (void)state;
    make("a");
    make("a/b");
    fold("a/b");
    struct hl_journal *journal = open_journal();
    assert_int_equal(take(journal, "a/X"), 0);
    assert_int_equal(take(journal, "a/x"), 0);
    assert_int_equal(take(journal, "a/b/c/X"), 0);
    assert_int_equal(take(journal, "a/b/c/x"), 1);
    hl_journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_directory_is_told_to, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_trial_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_the_trials_name_is_left_alone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_earlier_runs_are_folded_too,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_deep_inside_is_found,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
