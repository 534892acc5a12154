/* Frames on the wire: their bytes, their limits, and how they arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_wire_support.h"

/* A job whose payload is of the given size. */
static int put_job_of(struct hl_wire_out *out, size_t payload)
{
    enum {
        AROUND = 8 + 4 + 6 + 4 + 1 + 4 + 1 + 4 * 4 + 3 * 8 + 6 * 4 + 1 + 4 +
                 24 + 4 + 8 + 1
    };
    char *url = malloc(payload - AROUND + 1);
    assert_non_null(url);
    memset(url, 'x', payload - AROUND);
    url[payload - AROUND] = '\0';
    struct hl_job job = {.id = 1, .attempt = 1, .url = url, .path = ""};
    int r = hl_wire_put_job(out, &job);
    free(url);
    return r;
}

static void a_frame_is_at_most_one_mebibyte(void **state)
{
    struct hl_wire_out out = {0};
    (void)state;
    assert_int_equal(put_job_of(&out, HL_WIRE_MAX), 0);
    assert_int_equal(out.used, HL_WIRE_MAX + HL_WIRE_HEAD);
    size_t used = out.used;
    assert_int_equal(put_job_of(&out, HL_WIRE_MAX + 1), UV_E2BIG);
    assert_int_equal(put_job_of(&out, 3 * HL_WIRE_MAX), UV_E2BIG);
    assert_int_equal(out.used, used);
    assert_int_equal(hl_wire_put_ready(&out), 0);
    hl_wire_out_release(&out);
}

static void heads_out_of_range_are_refused(void **state)
{
    uint8_t type;
    (void)state;
    const unsigned char most[] = {0, 0, 16, 0, HL_WIRE_JOB};
    const unsigned char more[] = {1, 0, 16, 0, HL_WIRE_JOB};
    const unsigned char huge[] = {255, 255, 255, 255, HL_WIRE_JOB};
    const unsigned char none[] = {0, 0, 0, 0, 0};
    const unsigned char other[] = {0, 0, 0, 0, HL_WIRE_TYPE_END};
    assert_int_equal(hl_wire_get_head(most, &type), HL_WIRE_MAX);
    assert_int_equal(hl_wire_get_head(more, &type), HAUL_EPROTO);
    assert_int_equal(hl_wire_get_head(huge, &type), HAUL_EPROTO);
    assert_int_equal(hl_wire_get_head(none, &type), HAUL_EPROTO);
    assert_int_equal(hl_wire_get_head(other, &type), HAUL_EPROTO);
}

static void integers_are_little_endian(void **state)
{
    struct hl_wire_out out = {0};
    (void)state;
    hl_wire_begin(&out, 9);
    hl_wire_put_number(&out, 4, 0x01020304);
    hl_wire_put_number(&out, 8, UINT64_C(0x05060708090a0b0c));
    assert_int_equal(hl_wire_end(&out), 0);
    const unsigned char expected[] = {12, 0,  0,  0, 9, 4, 3, 2, 1,
                                      12, 11, 10, 9, 8, 7, 6, 5};
    assert_int_equal(out.used, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));
    hl_wire_out_release(&out);
}

/* Feeds the bytes to an inbox, step at a time. @return frames that came. */
static unsigned feed(struct hl_wire_inbox *inbox, const struct hl_wire_out *out,
                     size_t step)
{
    unsigned frames = 0;
    for (size_t at = 0; at < out->used;) {
        unsigned char *room;
        struct hl_wire_frame frame;
        size_t size = hl_wire_inbox_room(inbox, &room);
        assert_true(size > 0);
        size = size < step ? size : step;
        size = size < out->used - at ? size : out->used - at;
        memcpy(room, out->data + at, size);
        hl_wire_inbox_add(inbox, size);
        at += size;
        while (hl_wire_inbox_next(inbox, &frame) == 1) {
            assert_int_equal(read_as_any(&frame), 0);
            frames++;
        }
    }
    return frames;
}

static void frames_arrive_however_they_are_cut(void **state)
{
    static const size_t steps[] = {1, 2, 3, 7, 4096, 1 << 20};
    struct hl_wire_out out = {0};
    (void)state;
    assert_int_equal(hl_wire_put_ready(&out), 0);
    assert_int_equal(hl_wire_put_event(&out, &full_event), 0);
    assert_int_equal(put_job_of(&out, 20000), 0);
    assert_int_equal(hl_wire_put_reply(&out, 1, &full_reply), 0);
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        struct hl_wire_inbox inbox = {0};
        assert_int_equal(feed(&inbox, &out, steps[i]), 4);
        hl_wire_inbox_release(&inbox);
    }
    hl_wire_out_release(&out);
}

static void an_inbox_grows_with_frames_not_with_their_number(void **state)
{
    struct hl_wire_out out = {0};
    struct hl_wire_inbox inbox = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(hl_wire_put_reply(&out, 1, &full_reply), 0);
    assert_int_equal(feed(&inbox, &out, 1000), 1000);
    assert_in_range(inbox.capacity, 1, 4096);
    hl_wire_inbox_release(&inbox);
    hl_wire_out_release(&out);
}

static void an_inbox_refuses_a_bad_head_before_its_payload(void **state)
{
    struct hl_wire_inbox inbox = {0};
    struct hl_wire_frame frame;
    unsigned char *room;
    (void)state;
    assert_true(hl_wire_inbox_room(&inbox, &room) >= HL_WIRE_HEAD);
    memcpy(room, "\xff\xff\xff\x7f\x03", HL_WIRE_HEAD);
    hl_wire_inbox_add(&inbox, HL_WIRE_HEAD);
    assert_int_equal(hl_wire_inbox_next(&inbox, &frame), HAUL_EPROTO);
    hl_wire_inbox_release(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_at_most_one_mebibyte),
        cmocka_unit_test(heads_out_of_range_are_refused),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(frames_arrive_however_they_are_cut),
        cmocka_unit_test(an_inbox_grows_with_frames_not_with_their_number),
        cmocka_unit_test(an_inbox_refuses_a_bad_head_before_its_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
