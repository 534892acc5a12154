/* Whether a file that is on record is still haul's. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "journal/done.h"

#define XXH3 "99aa06d3014798d86001c324468d497f" /* of no bytes */
#define SHA256 \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MD5 "d41d8cd98f00b204e9800998ecf8427e"

static const struct hl_stamp then = {100, 7000000001, 42};
static const struct hl_stamp sized = {100, 0, 0}; /* of an earlier version */

static void a_stamp_decides(void **state)
{
    static const struct hl_stamp moved = {100, 7000000001, 43};
    static const struct hl_stamp touched = {100, 7000000002, 43};
    static const struct hl_stamp in_place = {100, 7000000002, 42};
    static const struct hl_stamp longer = {101, 7000000001, 42};
    static const struct hl_stamp shorter = {0, 7000000002, 43};
    static const struct {
        const char *what;
        const struct hl_stamp *record;
        const struct hl_stamp *found;
        enum hl_done without;
        enum hl_done hashed;
    } cases[] = {
        {"gone", &then, NULL, HL_DONE_GONE, HL_DONE_GONE},
        {"the same", &then, &then, HL_DONE_SAME, HL_DONE_SAME},
        {"ctime or inode", &then, &moved, HL_DONE_MOVED, HL_DONE_HASH},
        {"mtime", &then, &in_place, HL_DONE_CHANGED, HL_DONE_HASH},
        {"both", &then, &touched, HL_DONE_CHANGED, HL_DONE_HASH},
        {"longer", &then, &longer, HL_DONE_CHANGED, HL_DONE_CHANGED},
        {"shorter", &then, &shorter, HL_DONE_CHANGED, HL_DONE_CHANGED},
        {"no stamp: gone", &sized, NULL, HL_DONE_GONE, HL_DONE_GONE},
        {"no stamp: size", &sized, &then, HL_DONE_MOVED, HL_DONE_HASH},
        {"no stamp: longer", &sized, &longer, HL_DONE_CHANGED, HL_DONE_CHANGED},
        {"no stamp: shorter", &sized, &shorter, HL_DONE_CHANGED,
         HL_DONE_CHANGED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_journal_file record = {.stamp = *cases[i].record};
        print_message("%s\n", cases[i].what);
        assert_int_equal(hl_done_judge(&record, cases[i].found),
                         cases[i].without);
        record.xxh3 = XXH3;
        assert_int_equal(hl_done_judge(&record, cases[i].found),
                         cases[i].hashed);
        record.xxh3 = NULL;
        record.digests = SHA256;
        assert_int_equal(hl_done_judge(&record, cases[i].found),
                         cases[i].hashed);
    }
}

struct files {
    char path[32];
    int fd;
    struct hl_beneath *root;
};

static int make_files(void **state)
{
    static struct files files;
    snprintf(files.path, sizeof(files.path), "/tmp/haul-done-XXXXXX");
    assert_non_null(mkdtemp(files.path));
    files.fd = open(files.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct hl_beneath_options options = {0};
    assert_int_equal(hl_beneath_new(&files.root, files.fd, &options), 0);
    int fd = openat(files.fd, "empty", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    fd = openat(files.fd, "one", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "1", 1), 1);
    close(fd);
    assert_int_equal(mkdirat(files.fd, "folder", 0700), 0);
    assert_int_equal(symlinkat("empty", files.fd, "link"), 0);
    assert_int_equal(symlinkat("folder", files.fd, "away"), 0);
    *state = &files;
    return 0;
}

static int remove_files(void **state)
{
    struct files *files = *state;
    hl_beneath_free(files->root);
    unlinkat(files->fd, "empty", 0);
    unlinkat(files->fd, "one", 0);
    unlinkat(files->fd, "link", 0);
    unlinkat(files->fd, "away", 0);
    unlinkat(files->fd, "folder", AT_REMOVEDIR);
    close(files->fd);
    return rmdir(files->path);
}

static int verify(const struct files *files, const char *name, uint64_t size,
                  const char *xxh3, const char *digests)
{
    const struct hl_journal_file record = {
        .stamp.size = size, .xxh3 = xxh3, .digests = digests};
    return hl_done_verify(files->root, name, &record);
}

static void all_hashes_on_record_are_compared(void **state)
{
    static const char other[] = "00aa06d3014798d86001c324468d497f";
    static const struct {
        const char *xxh3;
        const char *digests;
        enum hl_verified verified;
    } cases[] = {
        {NULL, NULL, HL_VERIFIED_NO_HASH},
        {XXH3, NULL, HL_VERIFIED_RIGHT},
        {other, NULL, HL_VERIFIED_BYTES},
        {NULL, SHA256, HL_VERIFIED_RIGHT},
        {NULL, MD5 "," SHA256, HL_VERIFIED_RIGHT},
        {XXH3, MD5 "," SHA256, HL_VERIFIED_RIGHT},
        {XXH3, MD5, HL_VERIFIED_RIGHT},
        {other, MD5, HL_VERIFIED_BYTES},
        {XXH3, XXH3, HL_VERIFIED_BYTES}, /* as an MD5 */
        {XXH3, XXH3 "," SHA256, HL_VERIFIED_BYTES},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(
            verify(*state, "empty", 0, cases[i].xxh3, cases[i].digests),
            cases[i].verified);
}

static void what_is_no_such_file_is_not_read(void **state)
{
    assert_int_equal(verify(*state, "one", 0, XXH3, NULL), HL_VERIFIED_SIZE);
    assert_int_equal(verify(*state, "one", 0, NULL, NULL), HL_VERIFIED_SIZE);
    assert_int_equal(verify(*state, "one", 1, XXH3, NULL), HL_VERIFIED_BYTES);
    assert_int_equal(verify(*state, "none", 0, XXH3, NULL), HL_VERIFIED_GONE);
    assert_int_equal(verify(*state, "none/x", 0, XXH3, NULL), HL_VERIFIED_GONE);
    assert_int_equal(verify(*state, "one/x", 0, XXH3, NULL), HL_VERIFIED_GONE);
    assert_int_equal(verify(*state, "folder", 0, XXH3, NULL),
                     HL_VERIFIED_NO_FILE);
    assert_int_equal(verify(*state, "link", 0, XXH3, NULL),
                     HL_VERIFIED_NO_FILE);
    assert_int_equal(verify(*state, "away/x", 0, XXH3, NULL), UV_ELOOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp_decides),
        cmocka_unit_test_setup_teardown(all_hashes_on_record_are_compared,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(what_is_no_such_file_is_not_read,
                                        make_files, remove_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
