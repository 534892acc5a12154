/* Lists that are packed: by name or by their first bytes, in members, cut
 * short anywhere, damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/list/test_list_support.h"
#include "util/buf.h"

static const struct hl_list_options automatic = {.format = HL_LIST_AUTO};
static const struct hl_list_options plain = {.format = HL_LIST_PLAIN};

static void add(struct hl_buf *to, struct bytes packed)
{
    hl_buf_add(to, packed.data, packed.size);
    free((char *)(uintptr_t)packed.data);
}

static struct bytes bytes_of(const struct hl_buf *buf)
{
    return (struct bytes){buf->data, buf->used};
}

static void members_are_one_list(void **state)
{
    struct hl_buf both = {0};
    (void)state;
    add(&both, pack((struct bytes)BYTES("http://h/a\nhttp://")));
    add(&both, pack((struct bytes)BYTES("")));
    add(&both, pack((struct bytes)BYTES("h/b\n")));
    for (size_t step = 1; step < both.used; step++)
        expect(read_as_pipe(bytes_of(&both), &plain, step),
               "1 http://h/a\n2 http://h/b\nend\n");
    hl_buf_release(&both);
}

static void padding_behind_a_member_is_nothing(void **state)
{
    struct hl_buf padded = {0};
    (void)state;
    add(&padded, pack((struct bytes)BYTES("http://h/a\n")));
    hl_buf_add(&padded, "\0\0\0\0\0", 5);
    expect(read_as_file(bytes_of(&padded), &plain), "1 http://h/a\nend\n");
    expect(read_as_pipe(bytes_of(&padded), &plain, 1), "1 http://h/a\nend\n");
    hl_buf_release(&padded);
}

static void what_is_no_member_behind_one_is_damage(void **state)
{
    struct hl_buf followed = {0};
    (void)state;
    add(&followed, pack((struct bytes)BYTES("http://h/a\n")));
    hl_buf_text(&followed, "http://h/b\n");
    expect(read_as_file(bytes_of(&followed), &plain),
           "1 http://h/a\nfailed behind 1: the .gz is damaged\n");
    hl_buf_release(&followed);
}

/* No line that came before is lost, and none is taken that was cut. */
static void a_list_cut_short_gives_whole_lines_and_fails(void **state)
{
    static const char wanted[] = "1 http://h/a\n2 http://h/b\n3 http://h/c\n";
    struct bytes packed =
        pack((struct bytes)BYTES("http://h/a\nhttp://h/b\nhttp://h/c"));
    size_t most = 0;
    (void)state;
    for (size_t size = 2; size < packed.size; size++) {
        struct bytes cut = {packed.data, size};
        char *got = read_as_file(cut, &plain);
        char *failure = strstr(got, "failed behind ");
        assert_non_null(failure);
        assert_non_null(strstr(failure, ": the .gz ends early\n"));
        size_t rows = (size_t)(failure - got);
        assert_memory_equal(got, wanted, rows);
        most = rows > most ? rows : most;
        expect(read_as_pipe(cut, &plain, 1), got);
        free(got);
    }
    assert_int_equal(most, strlen("1 http://h/a\n2 http://h/b\n"));
    free((char *)(uintptr_t)packed.data);
}

static void a_wrong_check_sum_is_damage(void **state)
{
    struct bytes packed = pack((struct bytes)BYTES("http://h/a\n"));
    char *data = (char *)(uintptr_t)packed.data;
    (void)state;
    data[packed.size - 8] ^= 1;
    expect(read_as_file(packed, &plain),
           "1 http://h/a\nfailed behind 1: the .gz is damaged\n");
    free(data);
}

static void a_record_that_is_cut_is_not_taken(void **state)
{
    static const struct hl_list_options csv = {.format = HL_LIST_CSV};
    static const struct hl_list_options aria2 = {.format = HL_LIST_ARIA2};
    enum { TRAILER = 8 };
    struct bytes packed =
        pack((struct bytes)BYTES("http://h/a,b\nhttp://h/b,\"b\nc\n"));
    (void)state;
    packed.size -= TRAILER;
    expect(read_as_file(packed, &csv),
           "1 http://h/a name=b\nfailed behind 1: the .gz ends early\n");
    free((char *)(uintptr_t)packed.data);
    /* Options of the last entry may be missing. */
    packed =
        pack((struct bytes)BYTES("http://h/a\n out=a\nhttp://h/b\n x=y\n"));
    packed.size -= TRAILER;
    expect(read_as_file(packed, &aria2),
           "1 http://h/a name=a\nfailed behind 2: the .gz ends early\n");
    free((char *)(uintptr_t)packed.data);
}

static void a_name_says_that_it_is_packed(void **state)
{
    (void)state;
    expect(read_named("list.csv.gz", (struct bytes)BYTES("url\nhttp://h/a\n"),
                      &automatic),
           "failed behind 0: it is not a .gz file\n");
    expect(read_named("list.csv.gz", (struct bytes)BYTES(""), &automatic),
           "failed behind 0: the .gz ends early\n");
}

static void the_extension_before_gz_is_the_format(void **state)
{
    struct bytes packed =
        pack((struct bytes)BYTES("n,url\n\"1\n\",http://h/a\n"));
    (void)state;
    expect(read_named("list.CSV.GZ", packed, &automatic),
           "2 http://h/a\nend\n");
    free((char *)(uintptr_t)packed.data);
}

/* More comes out of the bytes at hand than one read has room for. */
static void a_list_that_packs_well_is_read_whole(void **state)
{
    enum { LINES = 200000 };
    struct hl_buf list = {0};
    struct hl_buf wanted = {0};
    (void)state;
    for (int i = 1; i <= LINES; i++) {
        hl_buf_text(&list, "http://h/a\n");
        hl_buf_printf(&wanted, "%d http://h/a\n", i);
    }
    hl_buf_text(&wanted, "end\n");
    struct bytes packed = pack(bytes_of(&list));
    expect(read_as_file(packed, &plain), wanted.data);
    expect(read_as_pipe(packed, &plain, 100), wanted.data);
    free((char *)(uintptr_t)packed.data);
    hl_buf_release(&list);
    hl_buf_release(&wanted);
}

enum { PROGRESS_ROWS = 20000 };

static void write_file(char path[], struct bytes bytes)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
    close(fd);
}

/* After each row, about as much of the file is read as of the rows. */
static void check_progress(struct bytes bytes)
{
    char path[] = "/tmp/haul-list-XXXXXX";
    struct hl_list_progress progress;
    struct hl_list_row row;
    struct hl_list *list;
    write_file(path, bytes);
    assert_int_equal(hl_list_open(&list, path, &plain), 0);
    hl_list_progress(list, &progress);
    assert_int_equal(progress.size, bytes.size);
    assert_int_equal(progress.at, 0);
    for (int i = 1; i <= PROGRESS_ROWS; i++) {
        assert_int_equal(hl_list_next(list, &row), HL_LIST_ROW);
        hl_list_progress(list, &progress);
        double share = (double)progress.at / (double)progress.size;
        double wanted = (double)i / PROGRESS_ROWS;
        assert_true(share > wanted - 0.05 && share < wanted + 0.05);
    }
    assert_int_equal(hl_list_next(list, &row), HL_LIST_END);
    hl_list_progress(list, &progress);
    assert_int_equal(progress.read, bytes.size);
    hl_list_close(list);
    unlink(path);
}

static void progress_goes_with_the_bytes_packed_or_not(void **state)
{
    struct hl_buf text = {0};
    (void)state;
    for (unsigned i = 0; i < PROGRESS_ROWS; i++)
        hl_buf_printf(&text, "http://h/%05u%08x\n", i, i * 2654435761u);
    struct bytes packed = pack(bytes_of(&text));
    check_progress(bytes_of(&text));
    check_progress(packed);
    free((char *)(uintptr_t)packed.data);
    hl_buf_release(&text);
}

static void a_pipe_has_no_size(void **state)
{
    struct hl_list_progress progress;
    struct hl_list *list;
    int fds[2];
    char path[64];
    (void)state;
    assert_int_equal(pipe(fds), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
    assert_int_equal(hl_list_open(&list, path, &plain), 0);
    hl_list_progress(list, &progress);
    assert_true(progress.size == UINT64_MAX);
    hl_list_close(list);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_one_list),
        cmocka_unit_test(padding_behind_a_member_is_nothing),
        cmocka_unit_test(what_is_no_member_behind_one_is_damage),
        cmocka_unit_test(a_list_cut_short_gives_whole_lines_and_fails),
        cmocka_unit_test(a_wrong_check_sum_is_damage),
        cmocka_unit_test(a_record_that_is_cut_is_not_taken),
        cmocka_unit_test(a_name_says_that_it_is_packed),
        cmocka_unit_test(the_extension_before_gz_is_the_format),
        cmocka_unit_test(a_list_that_packs_well_is_read_whole),
        cmocka_unit_test(progress_goes_with_the_bytes_packed_or_not),
        cmocka_unit_test(a_pipe_has_no_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
