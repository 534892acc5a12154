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

#include "journal/on_disk.h"

#define XXH3 "99aa06d3014798d86001c324468d497f" /* of no bytes */
#define SHA256 \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MD5 "d41d8cd98f00b204e9800998ecf8427e"

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
    return hl_on_disk_verify(files->root, name, &record);
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

/* What the record of a URL says of it. */
static void a_record_is_what_is_known(void **state)
{
    char digests[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct hl_journal_entry entry = {
        .state = HL_JOURNAL_DONE,
        .name = "a",
        .has_file = true,
        .unsynced = true,
        .file = {.digests = digests, .stamp = {1000, 5000, 7}},
    };
    static const struct haul_options options = {0};
    (void)state;
    struct hl_known known = hl_on_disk_known(&entry, &options, digests);
    assert_true(known.name != NULL && known.has_file && known.unsynced);
    assert_true(known.has_checksum);
    assert_int_equal(known.checksum, HL_DIGESTS_EQUAL);
    assert_int_equal(known.stamp.size, 1000);
    entry = (struct hl_journal_entry){
        .state = HL_JOURNAL_FAILED,
        .failure = {.error = "http", .http_status = 404}};
    known = hl_on_disk_known(&entry, &options, NULL);
    assert_true(known.has_failed && known.is_final);
    assert_false(known.name != NULL || known.has_checksum);
    entry.failure.http_status = 503;
    assert_false(hl_on_disk_known(&entry, &options, NULL).is_final);
    entry.failure.http_status = 404;
    entry.state = HL_JOURNAL_DONE;
    assert_false(hl_on_disk_known(&entry, &options, NULL).is_final);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_what_is_known),
        cmocka_unit_test_setup_teardown(all_hashes_on_record_are_compared,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(what_is_no_such_file_is_not_read,
                                        make_files, remove_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
