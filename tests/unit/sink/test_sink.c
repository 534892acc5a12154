/* What every place of bodies is given, by a place that is memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sink/room.h"
#include "sink/sink.h"
#include "util/container_of.h"

enum { SIZE = 1000 * 1000, WRITE = 16 * 1000 };

/* Keeps a body in memory, and nothing of a body that is discarded. */
struct memory_sink {
    struct hl_sink sink;
    char data[SIZE];
    size_t used;
    unsigned stores;
    bool published;
};

static struct memory_sink *memory_of(struct hl_sink *sink)
{
    return container_of(sink, struct memory_sink, sink);
}

static int store(struct hl_sink *sink, const char *data, size_t size)
{
    struct memory_sink *memory = memory_of(sink);
    assert_in_range(size, 0, SIZE - memory->used);
    if (size > 0)
        memcpy(memory->data + memory->used, data, size);
    memory->used += size;
    memory->stores++;
    sink->flushed = memory->used;
    return 0;
}

static int complete(struct hl_sink *sink)
{
    return store(sink, sink->in.data, sink->in.used);
}

static int publish(struct hl_sink *sink, int64_t mtime)
{
    (void)mtime;
    memory_of(sink)->published = true;
    return 0;
}

static uint64_t keep(struct hl_sink *sink)
{
    return complete(sink) == 0 ? memory_of(sink)->used : 0;
}

static void discard(struct hl_sink *sink)
{
    memory_of(sink)->used = 0;
}

static int remove_part(struct hl_sink *sink)
{
    discard(sink);
    return 0;
}

static void free_sink(struct hl_sink *sink)
{
    free(memory_of(sink));
}

static struct memory_sink *memory_sink_new(void (*piece)(void *arg), void *arg)
{
    static const struct hl_sink_place place = {
        .store = store,
        .complete = complete,
        .publish = publish,
        .keep = keep,
        .discard = discard,
        .remove_part = remove_part,
        .free = free_sink,
    };
    struct memory_sink *memory = calloc(1, sizeof(*memory));
    assert_non_null(memory);
    hl_sink_init(&memory->sink, &place, &(struct hl_sink_run){.token = "0"},
                 &(struct hl_sink_hooks){.piece = piece, .piece_arg = arg});
    hl_sink_begin(&memory->sink, &(struct hl_sink_body){.path = "p"});
    return memory;
}

static char byte_at(size_t at)
{
    return (char)(at * 7 + at / 251);
}

/* Writes the bytes of the body from one offset to another. */
static void write_bytes(struct hl_sink *sink, size_t from, size_t to)
{
    char bytes[WRITE];
    while (from < to) {
        size_t n = to - from < WRITE ? to - from : WRITE;
        for (size_t i = 0; i < n; i++)
            bytes[i] = byte_at(from + i);
        assert_int_equal(hl_sink_write(sink, bytes, n), 0);
        from += n;
    }
}

static void assert_body(const struct memory_sink *memory, size_t size)
{
    assert_int_equal(memory->used, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(memory->data[i], byte_at(i));
}

static void a_small_body_is_stored_in_one_piece(void **state)
{
    struct memory_sink *memory = memory_sink_new(NULL, NULL);
    (void)state;
    write_bytes(&memory->sink, 0, HL_SINK_SMALL);
    assert_int_equal(memory->stores, 0);
    assert_int_equal(hl_sink_complete(&memory->sink), 0);
    assert_int_equal(memory->stores, 1);
    assert_body(memory, HL_SINK_SMALL);
    assert_false(memory->published);
    assert_int_equal(hl_sink_publish(&memory->sink, -1), 0);
    assert_true(memory->published);
    hl_sink_free(&memory->sink);
}

static void a_long_body_is_stored_as_it_comes(void **state)
{
    struct memory_sink *memory = memory_sink_new(NULL, NULL);
    (void)state;
    hl_sink_expect(&memory->sink, SIZE);
    write_bytes(&memory->sink, 0, SIZE);
    assert_in_range(memory->used, SIZE - HL_SINK_CHUNK, SIZE);
    assert_int_equal(hl_sink_complete(&memory->sink), 0);
    assert_body(memory, SIZE);
    assert_int_equal(memory->sink.size, SIZE);
    hl_sink_free(&memory->sink);
}

static void on_piece(void *arg)
{
    *(unsigned *)arg += 1;
}

static void bytes_gather_while_a_piece_is_stored_elsewhere(void **state)
{
    unsigned pieces = 0;
    struct memory_sink *memory = memory_sink_new(on_piece, &pieces);
    struct hl_sink *sink = &memory->sink;
    (void)state;
    hl_sink_expect(sink, SIZE);
    for (size_t at = 0; at < SIZE; at += WRITE) {
        while (!hl_sink_has_room(sink, WRITE)) {
            hl_sink_store_piece(sink);
            assert_int_equal(hl_sink_piece_stored(sink), 0);
        }
        write_bytes(sink, at, at + WRITE < SIZE ? at + WRITE : SIZE);
    }
    while (sink->out.used > 0) {
        hl_sink_store_piece(sink);
        assert_int_equal(hl_sink_piece_stored(sink), 0);
    }
    assert_int_equal(memory->stores, pieces);
    assert_int_equal(hl_sink_complete(sink), 0);
    assert_body(memory, SIZE);
    hl_sink_free(sink);
}

static void one_thread_may_receive_and_store(void **state)
{
    struct memory_sink *memory = memory_sink_new(NULL, NULL);
    struct hl_sink *sink = &memory->sink;
    (void)state;
    /* These wait, and are stored with what follows. */
    write_bytes(sink, 0, 1000);
    for (size_t from = 1000; from < 9000; from += 4000) {
        char *room = hl_sink_room(sink, 5000);
        for (size_t i = 0; i < 4000; i++)
            room[i] = byte_at(from + i);
        assert_int_equal(hl_sink_store_room(sink, 4000), 0);
        assert_int_equal(memory->used, from + 4000);
        assert_int_equal(sink->size, from + 4000);
    }
    assert_int_equal(memory->stores, 2);
    assert_int_equal(hl_sink_complete(sink), 0);
    assert_body(memory, 9000);
    hl_sink_free(sink);
}

static void a_body_goes_on_behind_what_was_kept(void **state)
{
    struct memory_sink *memory = memory_sink_new(NULL, NULL);
    struct hl_sink *sink = &memory->sink;
    (void)state;
    write_bytes(sink, 0, 1000);
    assert_int_equal(hl_sink_keep(sink), 1000);
    hl_sink_begin(sink, &(struct hl_sink_body){.path = "p",
                                               .resume_from = 1000,
                                               .part_token = "1"});
    hl_sink_resume(sink);
    assert_int_equal(sink->size, 1000);
    assert_string_equal(hl_sink_token(sink), "1");
    write_bytes(sink, 1000, 5000);
    assert_int_equal(hl_sink_complete(sink), 0);
    assert_body(memory, 5000);
    hl_sink_free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_body_is_stored_in_one_piece),
        cmocka_unit_test(a_long_body_is_stored_as_it_comes),
        cmocka_unit_test(bytes_gather_while_a_piece_is_stored_elsewhere),
        cmocka_unit_test(one_thread_may_receive_and_store),
        cmocka_unit_test(a_body_goes_on_behind_what_was_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
