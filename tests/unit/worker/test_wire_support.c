#include "test_wire_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const own_headers[] = {"A: 1", "", NULL};

const struct hl_job full_job = {
    .id = UINT64_C(0x1122334455667788),
    .attempt = 3,
    .secrets = true,
    .taken = HL_TAKEN_OURS,
    .ours = {.size = 7, .mtime_ns = -5, .identity = UINT64_MAX},
    .compare = true,
    .part_token = "0a1b2c3d",
    .part_inode = UINT64_MAX - 1,
    .part_url_fingerprint = UINT64_MAX - 2,
    .close_after = true,
    .head = true,
    .url = "http://example.org/\xc3\xa9?a=1&b=\"2\"",
    .path = "a/b/c.png",
    .user = "name:pass\tword",
    .address = "2001:db8::1",
    .headers = own_headers,
    .checksum = "00ff",
    .resume_from = UINT64_C(1) << 40,
    .resume_total = UINT64_C(1) << 42,
    .etag = "\"abc\"",
    .last_modified = "Wed, 21 Oct 2015 07:28:00 GMT",
    .if_etag = "W/\"old\"",
    .if_modified = "Tue, 20 Oct 2015 07:28:00 GMT",
    .cookies = "h\tFALSE\t/\tFALSE\t0\ta\tb\n"
               "h\tFALSE\t/\tFALSE\t0\tc\td",
    .fresh = true,
    .http_1 = true,
};

const struct hl_reply full_reply = {
    .error = HAUL_ERR_HTTP,
    .curl_code = 22,
    .why = HAUL_WHY_REDIRECTS,
    .hopeless = true,
    .sys_errno = 111,
    .http_status = 503,
    .exists = true,
    .exhausted = true,
    .unchanged = true,
    .answered = true,
    .connect_failed = true,
    .received = 1,
    .bytes = UINT64_C(1) << 41,
    .resumed_from = 3,
    .length = UINT64_MAX,
    .retry_after_s = 4,
    .worker = 5,
    .http_version = 20,
    .reused = true,
    .http_1 = true,
    .start_ns = UINT64_MAX,
    .times = {1, 2, 3, 4, 5, 6, 7, 8, 9, 45},
    .ready_first_us = 7,
    .ready_pool_us = 8,
    .file_pool_us = 9,
    .work_cpu_us = 10,
    .message = "the server is busy",
    .location = "https://example.org/next",
    .cookies = "h\tFALSE\t/\tFALSE\t0\ta\tb\n"
               "h\tFALSE\t/\tFALSE\t0\tc\td",
    .etag = "\"e\"",
    .etag_any = "W/\"f\"",
    .last_modified = "Thu, 22 Oct 2015 07:28:00 GMT",
    .last_modified_any = "Thu, 22 Oct 2015 07:28:01 GMT",
    .content_type = "image/png",
    .digests = "ff00",
    .lost = true,
    .stamp = {.size = 8, .mtime_ns = INT64_MIN, .identity = 9},
    .xxh3 = "99aa",
    .part_token = "01234567",
    .part_inode = 10,
    .part_url_fingerprint = 12,
    .aside = "a/b.local",
};

const struct hl_incoming_file full_file = {
    .received = 1, .length = UINT64_MAX, .there = 3};

const struct hl_part full_part = {
    .length = UINT64_C(1) << 43,
    .etag = "\"p\"",
    .last_modified = "Fri, 23 Oct 2015 07:28:00 GMT",
    .token = "89abcdef",
    .inode = 11,
    .url_fingerprint = 13,
};

const struct hl_event full_event = {.t_ns = 123456789,
                                    .job = 7,
                                    .value = -5,
                                    .value2 = INT64_MIN,
                                    .kind = HL_EV_COUNT - 1,
                                    .worker = UINT16_MAX,
                                    .text = "http://h/x",
                                    .size = 10};

struct hl_wire_message frame_of(const struct hl_wire_out *out)
{
    struct hl_wire_message message = {0};
    int size = hl_wire_get_head(out->data, &message.frame.type);
    assert_int_equal((size_t)size + HL_WIRE_HEAD, out->used);
    message.data = malloc((size_t)size + 1); /* and room for one more */
    assert_non_null(message.data);
    memcpy(message.data, out->data + HL_WIRE_HEAD, (size_t)size);
    message.frame.payload = message.data;
    message.frame.size = (size_t)size;
    return message;
}

int read_as_any(const struct hl_wire_frame *frame)
{
    struct hl_wire_greeting greeting;
    struct hl_wire_cancel cancel;
    struct hl_event event;
    struct hl_reply reply;
    struct hl_part part;
    struct hl_incoming_file file;
    struct hl_wire_order order;
    uint64_t id;
    int code;
    int codes[HL_WIRE_TYPE_END] = {
        [HL_WIRE_HELLO] = hl_wire_get_hello(frame, &greeting),
        [HL_WIRE_READY] = hl_wire_get_ready(frame),
        [HL_WIRE_JOB] = hl_wire_get_job(frame, &order),
        [HL_WIRE_REPLY] = hl_wire_get_reply(frame, &id, &reply),
        [HL_WIRE_EVENT] = hl_wire_get_event(frame, &event),
        [HL_WIRE_CANCEL] = hl_wire_get_cancel(frame, &cancel),
        [HL_WIRE_PART] = hl_wire_get_part(frame, &id, &part),
        [HL_WIRE_RECORD] = hl_wire_get_record(frame, &code),
        [HL_WIRE_BEAT] = hl_wire_get_beat(frame, &file),
    };
    hl_wire_greeting_release(&greeting);
    hl_wire_order_release(&order);
    for (int type = HL_WIRE_HELLO; type < HL_WIRE_TYPE_END; type++) {
        if (type != frame->type)
            assert_int_equal(codes[type], HAUL_EPROTO);
    }
    return codes[frame->type];
}

struct hl_wire_message example(enum hl_wire_type type)
{
    static const char *const headers[] = {"A: 1", "B: 2", NULL};
    struct hl_wire_out out = {0};
    struct hl_wire_hello hello = {.parent = 9, .worker = 1, .token = "0"};
    int r = 0;
    hello.options.headers = headers;
    hello.options.user = "u:p";
    if (type == HL_WIRE_HELLO)
        r = hl_wire_put_hello(&out, &hello);
    else if (type == HL_WIRE_READY)
        r = hl_wire_put_ready(&out);
    else if (type == HL_WIRE_JOB)
        r = hl_wire_put_job(&out, &full_job);
    else if (type == HL_WIRE_REPLY)
        r = hl_wire_put_reply(&out, 1, &full_reply);
    else if (type == HL_WIRE_EVENT)
        r = hl_wire_put_event(&out, &full_event);
    else if (type == HL_WIRE_PART)
        r = hl_wire_put_part(&out, 1, &full_part);
    else if (type == HL_WIRE_RECORD)
        r = hl_wire_put_record(&out, UV_ENOSPC);
    else if (type == HL_WIRE_BEAT)
        r = hl_wire_put_beat(&out, &full_file);
    else
        r = hl_wire_put_cancel(&out, &(struct hl_wire_cancel){.level = 1});
    assert_int_equal(r, 0);
    struct hl_wire_message message = frame_of(&out);
    hl_wire_out_release(&out);
    return message;
}
