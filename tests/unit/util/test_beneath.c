/* Paths below a root: the same table of tests where openat2(2) is there and
 * where it is not. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "util/beneath.h"

enum { DEEP = 400, THREADS = 4, TURNS = 2000, DIRS = 40, SOME = 8 };

/* The root is "in"; nothing is ever to appear in "out", which lies beside. */
struct bench {
    char dir[32];
    int fd;
    int root_fd;
    struct hl_beneath *root;
};

static bool no_openat2;

static void open_root(struct bench *b, struct hl_beneath_options options)
{
    hl_beneath_free(b->root);
    options.no_openat2 = no_openat2;
    assert_int_equal(hl_beneath_new(&b->root, b->root_fd, &options), 0);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    strcpy(b->dir, "/tmp/haul-beneath-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    b->fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(b->fd, "in", 0777), 0);
    assert_int_equal(mkdirat(b->fd, "out", 0777), 0);
    b->root_fd = openat(b->fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    open_root(b, (struct hl_beneath_options){0});
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    char command[64];
    hl_beneath_free(b->root);
    /* Fails where a test has left a file outside. */
    int r = unlinkat(b->fd, "out", AT_REMOVEDIR);
    close(b->root_fd);
    close(b->fd);
    snprintf(command, sizeof(command), "rm -rf '%s'", b->dir);
    r |= system(command);
    free(b);
    return r;
}

/* Creates the file path, as haul does it. @return 0 or a code. */
static int touch(struct bench *b, const char *path)
{
    struct hl_place place;
    int r = hl_beneath_make(b->root, path, &place);
    if (r < 0)
        return r;
    int fd = openat(place.fd, place.base, O_CREAT | O_EXCL | O_WRONLY, 0666);
    r = fd < 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
    hl_beneath_leave(b->root, &place);
    return r;
}

static int find(struct bench *b, const char *path)
{
    struct hl_place place;
    int r = hl_beneath_find(b->root, path, &place);
    if (r == 0)
        hl_beneath_leave(b->root, &place);
    return r;
}

static bool is_there(const struct bench *b, const char *path)
{
    return faccessat(b->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void link_in(const struct bench *b, const char *to, const char *name)
{
    assert_int_equal(symlinkat(to, b->root_fd, name), 0);
}

static void assert_explained(const struct bench *b, const char *path, int code,
                             const char *text)
{
    char found[320];
    hl_beneath_explain(b->root, path, code, found, sizeof(found));
    assert_string_equal(found, text);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void a_name_alone_lies_in_the_root(void **state)
{
    struct bench *b = *state;
    struct hl_place place;
    assert_int_equal(hl_beneath_find(b->root, "a", &place), 0);
    assert_int_equal(place.fd, b->root_fd);
    assert_string_equal(place.base, "a");
    hl_beneath_leave(b->root, &place);
}

static void missing_directories_are_made_only_where_asked(void **state)
{
    struct bench *b = *state;
    assert_int_equal(find(b, "a/b/c/f"), UV_ENOENT);
    assert_false(is_there(b, "in/a"));
    assert_int_equal(touch(b, "a/b/c/f"), 0);
    assert_int_equal(touch(b, "a/b/g"), 0);
    assert_true(is_there(b, "in/a/b/c/f"));
    assert_true(is_there(b, "in/a/b/g"));
    assert_int_equal(find(b, "a/b/c/f"), 0);
}

static void a_path_that_is_not_below_the_root_is_refused(void **state)
{
    static const char *const paths[] = {"",     "/",     "/a",   "..",
                                        "../a", "a/..",  ".",    "./a",
                                        "a/",   "a/./b", "a/..", "a/../../b"};
    struct bench *b = *state;
    assert_int_equal(mkdirat(b->root_fd, "a", 0777), 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        assert_int_equal(find(b, paths[i]), UV_EINVAL);
        assert_int_equal(touch(b, paths[i]), UV_EINVAL);
    }
    assert_int_equal(touch(b, "..a/...b"), 0);
}

static void a_link_is_not_followed_wherever_it_stands(void **state)
{
    struct bench *b = *state;
    assert_int_equal(touch(b, "real/f"), 0);
    link_in(b, "../out", "out");
    link_in(b, "real", "inside");
    link_in(b, "gone", "dangling");
    link_in(b, "../../out", "real/out");
    assert_int_equal(find(b, "out/f"), UV_ELOOP);
    assert_int_equal(touch(b, "out/f"), UV_ELOOP);
    assert_int_equal(touch(b, "out/new/f"), UV_ELOOP);
    assert_int_equal(touch(b, "inside/g"), UV_ELOOP);
    assert_int_equal(touch(b, "dangling/f"), UV_ELOOP);
    assert_int_equal(touch(b, "dangling/a/f"), UV_ELOOP);
    assert_int_equal(touch(b, "real/out/a/f"), UV_ELOOP);
    assert_false(is_there(b, "in/gone"));
    assert_explained(b, "out/f", UV_ELOOP, "out: is a symbolic link");
    assert_explained(b, "real/out/a/f", UV_ELOOP,
                     "real/out: is a symbolic link");
}

static void keep_dirlinks_follows_links_but_no_dots(void **state)
{
    struct bench *b = *state;
    open_root(b, (struct hl_beneath_options){.keep_dirlinks = true});
    link_in(b, "../out", "out");
    link_in(b, "gone", "dangling");
    assert_int_equal(touch(b, "out/new/f"), 0);
    assert_true(is_there(b, "out/new/f"));
    assert_int_equal(touch(b, "out/../f"), UV_EINVAL);
    assert_int_equal(touch(b, "dangling/f"), UV_ENOENT);
    assert_int_equal(unlinkat(b->fd, "out/new/f", 0), 0);
    assert_int_equal(unlinkat(b->fd, "out/new", AT_REMOVEDIR), 0);
}

static void a_root_that_is_reached_by_a_link_is_a_root(void **state)
{
    struct bench *b = *state;
    assert_int_equal(symlinkat("in", b->fd, "link"), 0);
    close(b->root_fd);
    b->root_fd = openat(b->fd, "link", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    open_root(b, (struct hl_beneath_options){0});
    assert_int_equal(touch(b, "a/f"), 0);
    assert_true(is_there(b, "in/a/f"));
}

static void a_file_in_the_way_is_named(void **state)
{
    struct bench *b = *state;
    assert_int_equal(touch(b, "a/file"), 0);
    assert_int_equal(touch(b, "a/file/b/f"), UV_ENOTDIR);
    assert_explained(b, "a/file/b/f", UV_ENOTDIR, "a/file: is not a directory");
    assert_explained(b, "a/f", UV_EACCES, "a/f: Permission denied");
}

static void long_and_deep_paths(void **state)
{
    struct bench *b = *state;
    char path[DEEP * 8 + 300] = "";
    char *end = path;
    memset(path, 'x', 255);
    end = stpcpy(path + 255, "/f");
    assert_int_equal(touch(b, path), 0);
    memset(path, 'x', 256);
    stpcpy(path + 256, "/f");
    assert_int_equal(touch(b, path), UV_ENAMETOOLONG);
    end = path;
    for (unsigned i = 0; i < DEEP; i++)
        end = stpcpy(end, "dir/");
    stpcpy(end, "f");
    assert_int_equal(touch(b, path), 0);
    assert_int_equal(find(b, path), 0);
}

static void a_long_path_leaves_room_for_the_reason(void **state)
{
    struct bench *b = *state;
    char path[1024] = "";
    char text[320];
    char *end = path;
    for (unsigned i = 0; i < 100; i++)
        end = stpcpy(end, "dir/");
    stpcpy(end, "f");
    assert_int_equal(touch(b, path), 0);
    stpcpy(end, "link");
    link_in(b, "f", path);
    stpcpy(end, "link/f");
    assert_int_equal(touch(b, path), UV_ELOOP);
    hl_beneath_explain(b->root, path, UV_ELOOP, text, sizeof(text));
    assert_non_null(strstr(text, "/link: is a symbolic link"));
}

static void a_directory_stays_open_and_is_given_back(void **state)
{
    struct bench *b = *state;
    char path[32];
    struct hl_place place[2];
    open_root(b, (struct hl_beneath_options){.most = SOME});
    unsigned before = open_files();
    assert_int_equal(hl_beneath_make(b->root, "a/f", &place[0]), 0);
    assert_int_equal(hl_beneath_find(b->root, "a/g", &place[1]), 0);
    assert_int_equal(place[0].fd, place[1].fd);
    for (unsigned i = 0; i < DIRS; i++) {
        snprintf(path, sizeof(path), "d%u/f", i);
        assert_int_equal(touch(b, path), 0);
    }
    assert_in_range(open_files() - before, SOME, SOME + 1);
    /* "a" has made room for others, but is open while it is used. */
    assert_int_equal(faccessat(place[0].fd, ".", F_OK, 0), 0);
    hl_beneath_leave(b->root, &place[0]);
    assert_int_equal(faccessat(place[1].fd, ".", F_OK, 0), 0);
    hl_beneath_leave(b->root, &place[1]);
    hl_beneath_free(b->root);
    b->root = NULL;
    assert_int_equal(open_files(), before);
}

static void nothing_stays_open_where_few_files_may_be(void **state)
{
    struct bench *b = *state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit low = {.rlim_cur = 100, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    open_root(b, (struct hl_beneath_options){.others = 97});
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    unsigned before = open_files();
    assert_int_equal(touch(b, "a/b/f"), 0);
    assert_int_equal(find(b, "a/b/f"), 0);
    assert_int_equal(open_files(), before);
}

static void a_moved_directory_is_left_in_time(void **state)
{
    struct bench *b = *state;
    open_root(b, (struct hl_beneath_options){.fresh_ns = 1});
    assert_int_equal(touch(b, "a/f"), 0);
    assert_int_equal(renameat(b->root_fd, "a", b->fd, "old"), 0);
    assert_int_equal(touch(b, "a/f"), 0);
    assert_true(is_there(b, "in/a/f"));
    assert_int_equal(renameat(b->root_fd, "a", b->root_fd, "b"), 0);
    link_in(b, "../out", "a");
    assert_int_equal(touch(b, "a/g"), UV_ELOOP);
}

static void a_link_in_place_of_an_open_directory_is_not_followed(void **state)
{
    struct bench *b = *state;
    open_root(b, (struct hl_beneath_options){.fresh_ns = UINT64_MAX});
    assert_int_equal(touch(b, "a/f"), 0);
    assert_int_equal(renameat(b->root_fd, "a", b->root_fd, "b"), 0);
    link_in(b, "../out", "a");
    assert_int_equal(touch(b, "a/g"), 0);
    assert_true(is_there(b, "in/b/g"));
}

static void a_removed_directory_is_made_again(void **state)
{
    struct bench *b = *state;
    struct hl_place place;
    assert_int_equal(hl_beneath_make(b->root, "a/f", &place), 0);
    assert_int_equal(unlinkat(b->root_fd, "a", AT_REMOVEDIR), 0);
    assert_int_equal(openat(place.fd, place.base, O_CREAT | O_WRONLY, 0666),
                     -1);
    assert_int_equal(hl_beneath_make_again(b->root, "a/f", &place), 0);
    hl_beneath_leave(b->root, &place);
    assert_int_equal(touch(b, "a/f"), 0);
}

/* While threads make files in "a/b", a link to the outside and a directory
 * take turns there. */
static atomic_bool over;

static void *swap(void *arg)
{
    const struct bench *b = arg;
    for (unsigned i = 0; !over; i++) {
        char name[16];
        snprintf(name, sizeof(name), "was%u", i);
        renameat(b->root_fd, "a", b->root_fd, name);
        symlinkat("../out", b->root_fd, "a");
        unlinkat(b->root_fd, "a", 0);
        mkdirat(b->root_fd, "a", 0777);
    }
    return NULL;
}

static void *make_files(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < TURNS; i++) {
        char path[64];
        snprintf(path, sizeof(path), "a/b/%lx-%u",
                 (unsigned long)pthread_self(), i);
        (void)touch(b, path);
    }
    return NULL;
}

static void threads_never_follow_a_link_that_comes_and_goes(void **state)
{
    struct bench *b = *state;
    pthread_t swapper;
    pthread_t makers[THREADS];
    open_root(b, (struct hl_beneath_options){.fresh_ns = 1});
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&swapper, NULL, swap, b), 0);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&makers[i], NULL, make_files, b), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(makers[i], NULL);
    atomic_store(&over, true);
    pthread_join(swapper, NULL);
}

static void *make_many(void *arg)
{
    struct bench *b = arg;
    uintptr_t failed = 0;
    for (unsigned i = 0; i < TURNS; i++) {
        char path[64];
        snprintf(path, sizeof(path), "m%u/%lx-%u", i % DIRS,
                 (unsigned long)pthread_self(), i);
        failed += touch(b, path) < 0;
    }
    return (void *)failed;
}

static void threads_share_what_is_open(void **state)
{
    struct bench *b = *state;
    pthread_t makers[THREADS];
    open_root(b, (struct hl_beneath_options){.most = SOME});
    unsigned before = open_files();
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&makers[i], NULL, make_many, b), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(makers[i], &failed);
        assert_null(failed);
    }
    assert_in_range(open_files() - before, SOME, SOME);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_name_alone_lies_in_the_root),
        CASE(missing_directories_are_made_only_where_asked),
        CASE(a_path_that_is_not_below_the_root_is_refused),
        CASE(a_link_is_not_followed_wherever_it_stands),
        CASE(keep_dirlinks_follows_links_but_no_dots),
        CASE(a_root_that_is_reached_by_a_link_is_a_root),
        CASE(a_file_in_the_way_is_named),
        CASE(long_and_deep_paths),
        CASE(a_long_path_leaves_room_for_the_reason),
        CASE(a_directory_stays_open_and_is_given_back),
        CASE(nothing_stays_open_where_few_files_may_be),
        CASE(a_moved_directory_is_left_in_time),
        CASE(a_link_in_place_of_an_open_directory_is_not_followed),
        CASE(a_removed_directory_is_made_again),
        CASE(threads_never_follow_a_link_that_comes_and_goes),
        CASE(threads_share_what_is_open),
    };
    int r = cmocka_run_group_tests_name("openat2", tests, NULL, NULL);
    no_openat2 = true;
    r |= cmocka_run_group_tests_name("one component at a time", tests, NULL,
                                     NULL);
    return r;
}
