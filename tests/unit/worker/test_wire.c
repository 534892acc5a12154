/* The protocol between the processes mode and its workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_wire_support.h"

static const struct hl_job bare_job = {
    .id = 1, .attempt = 1, .url = "http://h/", .path = ""};

static void assert_same_string(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void assert_same_strings(const char *const *a, const char *const *b)
{
    if (a == NULL || b == NULL) {
        assert_ptr_equal(a, b);
        return;
    }
    for (; *a != NULL && *b != NULL; a++, b++)
        assert_string_equal(*a, *b);
    assert_ptr_equal(*a, *b);
}

static void assert_same_job(const struct hl_job *a, const struct hl_job *b)
{
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->secrets, b->secrets);
    assert_int_equal(a->taken, b->taken);
    assert_memory_equal(&a->ours, &b->ours, sizeof(a->ours));
    assert_int_equal(a->compare, b->compare);
    assert_same_string(a->part_token, b->part_token);
    assert_int_equal(a->part_inode, b->part_inode);
    assert_int_equal(a->part_url_fingerprint, b->part_url_fingerprint);
    assert_int_equal(a->close_after, b->close_after);
    assert_int_equal(a->head, b->head);
    assert_same_string(a->url, b->url);
    assert_same_string(a->path, b->path);
    assert_same_string(a->user, b->user);
    assert_same_string(a->address, b->address);
    assert_same_strings(a->headers, b->headers);
    assert_same_string(a->checksum, b->checksum);
    assert_int_equal(a->resume_from, b->resume_from);
    assert_int_equal(a->resume_total, b->resume_total);
    assert_same_string(a->etag, b->etag);
    assert_same_string(a->last_modified, b->last_modified);
    assert_same_string(a->if_etag, b->if_etag);
    assert_same_string(a->if_modified, b->if_modified);
    assert_same_string(a->cookies, b->cookies);
    assert_int_equal(a->fresh, b->fresh);
    assert_int_equal(a->http_1, b->http_1);
}

static void assert_same_reply(const struct hl_reply *a,
                              const struct hl_reply *b)
{
    assert_int_equal(a->error, b->error);
    assert_int_equal(a->curl_code, b->curl_code);
    assert_int_equal(a->why, b->why);
    assert_int_equal(a->hopeless, b->hopeless);
    assert_int_equal(a->sys_errno, b->sys_errno);
    assert_int_equal(a->http_status, b->http_status);
    assert_int_equal(a->exists, b->exists);
    assert_int_equal(a->exhausted, b->exhausted);
    assert_int_equal(a->unchanged, b->unchanged);
    assert_int_equal(a->answered, b->answered);
    assert_int_equal(a->connect_failed, b->connect_failed);
    assert_int_equal(a->received, b->received);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->resumed_from, b->resumed_from);
    assert_true(a->length == b->length);
    assert_int_equal(a->retry_after_s, b->retry_after_s);
    assert_int_equal(a->worker, b->worker);
    assert_int_equal(a->http_version, b->http_version);
    assert_int_equal(a->reused, b->reused);
    assert_int_equal(a->http_1, b->http_1);
    assert_int_equal(a->start_ns, b->start_ns);
    assert_memory_equal(&a->times, &b->times, sizeof(a->times));
    assert_int_equal(a->ready_first_us, b->ready_first_us);
    assert_int_equal(a->ready_pool_us, b->ready_pool_us);
    assert_int_equal(a->file_pool_us, b->file_pool_us);
    assert_int_equal(a->work_cpu_us, b->work_cpu_us);
    assert_same_string(a->message, b->message);
    assert_same_string(a->location, b->location);
    assert_same_string(a->cookies, b->cookies);
    assert_same_string(a->etag, b->etag);
    assert_same_string(a->etag_any, b->etag_any);
    assert_same_string(a->last_modified, b->last_modified);
    assert_same_string(a->last_modified_any, b->last_modified_any);
    assert_same_string(a->content_type, b->content_type);
    assert_same_string(a->digests, b->digests);
    assert_int_equal(a->lost, b->lost);
    assert_memory_equal(&a->stamp, &b->stamp, sizeof(a->stamp));
    assert_same_string(a->xxh3, b->xxh3);
    assert_same_string(a->part_token, b->part_token);
    assert_int_equal(a->part_inode, b->part_inode);
    assert_int_equal(a->part_url_fingerprint, b->part_url_fingerprint);
    assert_same_string(a->aside, b->aside);
}

static void check_job(const struct hl_job *job)
{
    struct hl_wire_out out = {0};
    struct hl_wire_order got;
    assert_int_equal(hl_wire_put_job(&out, job), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_job(&message.frame, &got), 0);
    assert_same_job(&got.job, job);
    hl_wire_order_release(&got);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_job_arrives_as_it_was_sent(void **state)
{
    (void)state;
    check_job(&full_job);
    check_job(&bare_job);
}

static void check_reply(const struct hl_reply *reply)
{
    struct hl_wire_out out = {0};
    struct hl_reply got;
    uint64_t id = 0;
    assert_int_equal(hl_wire_put_reply(&out, 42, reply), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_reply(&message.frame, &id, &got), 0);
    assert_int_equal(id, 42);
    assert_same_reply(&got, reply);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_reply_arrives_as_it_was_sent(void **state)
{
    (void)state;
    check_reply(&full_reply);
    check_reply(&(struct hl_reply){0});
}

static void check_part(const struct hl_part *part)
{
    struct hl_wire_out out = {0};
    struct hl_part got;
    uint64_t id = 0;
    assert_int_equal(hl_wire_put_part(&out, 43, part), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_part(&message.frame, &id, &got), 0);
    assert_int_equal(id, 43);
    assert_true(got.length == part->length);
    assert_same_string(got.etag, part->etag);
    assert_same_string(got.last_modified, part->last_modified);
    assert_same_string(got.token, part->token);
    assert_int_equal(got.inode, part->inode);
    assert_int_equal(got.url_fingerprint, part->url_fingerprint);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_part_arrives_as_it_was_sent(void **state)
{
    (void)state;
    check_part(&full_part);
    check_part(&(struct hl_part){.length = UINT64_MAX});
}

static void a_beat_arrives_as_it_was_sent(void **state)
{
    struct hl_wire_out out = {0};
    struct hl_incoming_file got;
    (void)state;
    assert_int_equal(hl_wire_put_beat(&out, &full_file), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_beat(&message.frame, &got), 0);
    assert_true(got.received == full_file.received);
    assert_true(got.length == full_file.length);
    assert_true(got.there == full_file.there);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_record_arrives_as_it_was_sent(void **state)
{
    static const int codes[] = {0, UV_ENOSPC, HAUL_EJOURNAL};
    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        struct hl_wire_out out = {0};
        int code = 1;
        assert_int_equal(hl_wire_put_record(&out, codes[i]), 0);
        struct hl_wire_message message = frame_of(&out);
        assert_int_equal(hl_wire_get_record(&message.frame, &code), 0);
        assert_int_equal(code, codes[i]);
        hl_wire_message_release(&message);
        hl_wire_out_release(&out);
    }
}

static void an_event_arrives_as_it_was_sent(void **state)
{
    struct hl_wire_out out = {0};
    struct hl_event got;
    (void)state;
    assert_int_equal(hl_wire_put_event(&out, &full_event), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_event(&message.frame, &got), 0);
    assert_int_equal(got.t_ns, full_event.t_ns);
    assert_int_equal(got.job, full_event.job);
    assert_true(got.value == full_event.value);
    assert_true(got.value2 == full_event.value2);
    assert_int_equal(got.kind, full_event.kind);
    assert_int_equal(got.worker, full_event.worker);
    assert_string_equal(got.text, full_event.text);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_cancel_arrives_as_it_was_sent(void **state)
{
    struct hl_wire_out out = {0};
    struct hl_wire_cancel sent = {.level = 2, .first_ns = 99};
    struct hl_wire_cancel got;
    (void)state;
    assert_int_equal(hl_wire_put_cancel(&out, &sent), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_cancel(&message.frame, &got), 0);
    assert_int_equal(got.level, 2);
    assert_int_equal(got.first_ns, 99);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_message_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    for (int type = HL_WIRE_HELLO; type < HL_WIRE_TYPE_END; type++) {
        struct hl_wire_message whole = example((enum hl_wire_type)type);
        assert_int_equal(read_as_any(&whole.frame), 0);
        for (size_t size = 0; size < whole.frame.size; size++) {
            unsigned char *cut = malloc(size + 1);
            assert_non_null(cut);
            memcpy(cut, whole.data, size);
            unsigned char *exact = realloc(cut, size > 0 ? size : 1);
            struct hl_wire_frame frame = {
                .type = whole.frame.type, .payload = exact, .size = size};
            assert_int_equal(read_as_any(&frame), HAUL_EPROTO);
            free(exact);
        }
        hl_wire_message_release(&whole);
    }
}

static void a_message_with_bytes_left_over_is_refused(void **state)
{
    (void)state;
    for (int type = HL_WIRE_HELLO; type < HL_WIRE_TYPE_END; type++) {
        struct hl_wire_message message = example((enum hl_wire_type)type);
        /* frame_of() leaves room for one more. */
        message.data[message.frame.size++] = 0;
        assert_int_equal(read_as_any(&message.frame), HAUL_EPROTO);
        hl_wire_message_release(&message);
    }
}

static void no_flipped_bit_reads_out_of_bounds(void **state)
{
    (void)state;
    for (int type = HL_WIRE_HELLO; type < HL_WIRE_TYPE_END; type++) {
        struct hl_wire_message message = example((enum hl_wire_type)type);
        unsigned char *bytes = message.data;
        for (size_t bit = 0; bit < 8 * message.frame.size; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            (void)read_as_any(&message.frame);
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
        assert_int_equal(read_as_any(&message.frame), 0);
        hl_wire_message_release(&message);
    }
}

static int refused_reply(struct hl_reply reply)
{
    struct hl_wire_out out = {0};
    struct hl_reply got;
    uint64_t id;
    assert_int_equal(hl_wire_put_reply(&out, 1, &reply), 0);
    struct hl_wire_message message = frame_of(&out);
    int r = hl_wire_get_reply(&message.frame, &id, &got);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
    return r;
}

static void replies_out_of_range_are_refused(void **state)
{
    (void)state;
    const struct hl_reply bad[] = {
        {.error = HAUL_ERROR_COUNT}, {.curl_code = -1},
        {.sys_errno = 1 << 20},      {.http_status = 1000},
        {.http_status = -1},         {.bytes = UINT64_MAX},
        {.http_version = 99},        {.times.wait = UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(refused_reply(bad[i]), HAUL_EPROTO);
}

static int refused_job(struct hl_job job)
{
    struct hl_wire_out out = {0};
    struct hl_wire_order got;
    assert_int_equal(hl_wire_put_job(&out, &job), 0);
    struct hl_wire_message message = frame_of(&out);
    int r = hl_wire_get_job(&message.frame, &got);
    hl_wire_order_release(&got);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
    return r;
}

static void jobs_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const struct hl_job bad[] = {
        {.attempt = 1, .url = "u", .path = "p"},
        {.id = 1, .url = "u", .path = "p"},
        {.id = 1, .attempt = 1, .path = "p"},
        {.id = 1, .attempt = 1, .url = "u"},
        {.id = 1, .attempt = 1, .url = "u", .path = "p", .resume_from = 1},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(refused_job(bad[i]), HAUL_EPROTO);
}

static void a_worker_sends_no_control_characters(void **state)
{
    struct hl_wire_out out = {0};
    struct hl_reply reply = {.message = "a\x1b[31m\r\nb\x7f\xc3\xa9"};
    struct hl_reply got;
    uint64_t id;
    (void)state;
    assert_int_equal(hl_wire_put_reply(&out, 1, &reply), 0);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_reply(&message.frame, &id, &got), 0);
    assert_string_equal(got.message, "a?[31m??b?\xc3\xa9");
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_reply_with_control_characters_is_refused(void **state)
{
    struct hl_reply got;
    uint64_t id;
    (void)state;
    struct hl_wire_message message = example(HL_WIRE_REPLY);
    unsigned char *bytes = message.data;
    unsigned char *at = memmem(bytes, message.frame.size, "\"e\"", 3);
    assert_non_null(at);
    at[1] = '\n';
    assert_int_equal(hl_wire_get_reply(&message.frame, &id, &got), HAUL_EPROTO);
    hl_wire_message_release(&message);
}

static void strings_end_with_their_first_nul(void **state)
{
    struct hl_wire_order got;
    (void)state;
    for (int c = 0; c < 2; c++) {
        struct hl_wire_message message = example(HL_WIRE_JOB);
        char *path = memmem(message.data, message.frame.size, "a/b/c.png", 10);
        assert_non_null(path);
        /* A NUL in its midst, or none at its end. */
        path[c == 0 ? 4 : 9] = (char)c;
        assert_int_equal(hl_wire_get_job(&message.frame, &got), HAUL_EPROTO);
        hl_wire_order_release(&got);
        hl_wire_message_release(&message);
    }
}

static void a_hello_of_another_build_is_refused(void **state)
{
    struct hl_wire_greeting greeting;
    (void)state;
    for (size_t at = 0; at < 4 + 4 + strlen(hl_wire_build()) + 1 + 8; at++) {
        struct hl_wire_message message = example(HL_WIRE_HELLO);
        message.data[at] ^= 1;
        assert_int_equal(hl_wire_get_hello(&message.frame, &greeting),
                         HAUL_EPROTO);
        hl_wire_greeting_release(&greeting);
        hl_wire_message_release(&message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_arrives_as_it_was_sent),
        cmocka_unit_test(a_reply_arrives_as_it_was_sent),
        cmocka_unit_test(a_part_arrives_as_it_was_sent),
        cmocka_unit_test(a_beat_arrives_as_it_was_sent),
        cmocka_unit_test(a_record_arrives_as_it_was_sent),
        cmocka_unit_test(an_event_arrives_as_it_was_sent),
        cmocka_unit_test(a_cancel_arrives_as_it_was_sent),
        cmocka_unit_test(a_message_cut_at_any_byte_is_refused),
        cmocka_unit_test(a_message_with_bytes_left_over_is_refused),
        cmocka_unit_test(no_flipped_bit_reads_out_of_bounds),
        cmocka_unit_test(replies_out_of_range_are_refused),
        cmocka_unit_test(jobs_that_make_no_sense_are_refused),
        cmocka_unit_test(a_worker_sends_no_control_characters),
        cmocka_unit_test(a_reply_with_control_characters_is_refused),
        cmocka_unit_test(strings_end_with_their_first_nul),
        cmocka_unit_test(a_hello_of_another_build_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
