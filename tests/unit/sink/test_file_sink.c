/* What a place of files tells of the disk. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "sink/file_sink.h"
#include "util/beneath.h"
#include "util/time_units.h"

enum { OWNER_TAKES_MS = 300 };

static int on_begun(void *arg)
{
    (void)arg;
    uv_sleep(OWNER_TAKES_MS);
    return 0;
}

/* The owner may have much else to do before it notes the part. */
static void the_wait_for_the_owner_is_not_the_disks(void **state)
{
    char path[] = "/tmp/haul-sink-XXXXXX";
    static const char bytes[HL_SINK_CHUNK + 1];
    struct hl_beneath *root;
    (void)state;
    assert_non_null(mkdtemp(path));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct hl_beneath_options options = {0};
    assert_int_equal(hl_beneath_new(&root, fd, &options), 0);
    struct hl_sink *sink = hl_file_sink_new(
        &(struct hl_sink_run){.root = root, .token = "00000000"},
        &(struct hl_sink_hooks){.begun = on_begun});
    assert_non_null(sink);
    hl_sink_begin(sink, &(struct hl_sink_body){.path = "p"});
    hl_sink_expect(sink, (uint64_t)2 * HL_SINK_SMALL);
    uint64_t begin = uv_hrtime();
    assert_int_equal(hl_sink_write(sink, bytes, sizeof(bytes)), 0);
    uint64_t took = uv_hrtime() - begin;
    assert_int_equal(sink->flushed, HL_SINK_CHUNK);
    assert_int_not_equal(sink->took_ns, 0);
    assert_true(sink->took_ns + OWNER_TAKES_MS * HL_NS_PER_MS <= took);
    hl_sink_discard(sink);
    hl_sink_free(sink);
    hl_beneath_free(root);
    close(fd);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_for_the_owner_is_not_the_disks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
