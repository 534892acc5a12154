/* The options of a run on the wire: each field arrives, each range holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_wire_support.h"

static const char *const two_headers[] = {"A: 1", "", NULL};
static const char *const no_resolve[] = {NULL};
static const char *const command[] = {"haul", "--worker", NULL};

/* No two fields of one type have the same value. */
static const struct haul_options full = {
    .dir = "dir",
    .output = "output",
    .jobs = 1,
    .max_per_host = 2,
    .host_rest = 12,
    .retry = 3,
    .retry_delay_ms = 4,
    .retry_max_delay_ms = 5,
    .retry_on = "retry_on",
    .connect_timeout_ms = 6,
    .max_time_ms = 7,
    .speed_limit = HAUL_NONE,
    .speed_time_s = 8,
    .limit_rate = UINT64_MAX,
    .max_filesize = UINT64_C(1) << 33,
    .max_redirs = 9,
    .proto_redir = "proto_redir",
    .cancel_grace_ms = 10,
    .cpu_work_us = 11,
    .cpu_work_on_pool = true,
    .http = HAUL_HTTP_2,
    .if_exists = HAUL_IF_EXISTS_OVERWRITE,
    .headers = two_headers,
    .user_agent = "user_agent",
    .user = "user",
    .cookie = "cookie",
    .netrc = true,
    .proxy = "",
    .noproxy = "noproxy",
    .cacert = "cacert",
    .cert = "cert",
    .key = "key",
    .insecure = true,
    .resolve = no_resolve,
    .block_private = true,
    .compressed = true,
    .method = "PUT",
    .data_size = 11,
    .accept_type = "accept_type",
    .remote_time = true,
    .fsync = true,
    .sha256 = true,
    .restart = true,
    .keep_dirlinks = true,
    .shared = true,
    .worker_argv = command,
    .trace = HAUL_TRACE_ALL,
    .trace_text = (FILE *)(uintptr_t)1,
};

static struct hl_wire_message hello_with(const struct haul_options *options)
{
    struct hl_wire_out out = {0};
    struct hl_wire_hello hello = {.parent = 77,
                                  .grace_ns = 88,
                                  .worker = 99,
                                  .has_rate = true,
                                  .token = "89abcdef",
                                  .options = *options};
    assert_int_equal(hl_wire_put_hello(&out, &hello), 0);
    struct hl_wire_message message = frame_of(&out);
    hl_wire_out_release(&out);
    return message;
}

static void assert_same_numbers(const struct haul_options *a,
                                const struct haul_options *b)
{
    assert_int_equal(a->jobs, b->jobs);
    assert_int_equal(a->max_per_host, b->max_per_host);
    assert_int_equal(a->host_rest, b->host_rest);
    assert_int_equal(a->retry, b->retry);
    assert_int_equal(a->retry_delay_ms, b->retry_delay_ms);
    assert_int_equal(a->retry_max_delay_ms, b->retry_max_delay_ms);
    assert_int_equal(a->connect_timeout_ms, b->connect_timeout_ms);
    assert_int_equal(a->max_time_ms, b->max_time_ms);
    assert_int_equal(a->speed_limit, b->speed_limit);
    assert_int_equal(a->speed_time_s, b->speed_time_s);
    assert_true(a->limit_rate == b->limit_rate);
    assert_true(a->max_filesize == b->max_filesize);
    assert_int_equal(a->max_redirs, b->max_redirs);
    assert_string_equal(a->proto_redir, b->proto_redir);
    assert_int_equal(a->cancel_grace_ms, b->cancel_grace_ms);
    assert_int_equal(a->cpu_work_us, b->cpu_work_us);
    assert_int_equal(a->http, b->http);
    assert_int_equal(a->if_exists, b->if_exists);
    assert_int_equal(a->trace, b->trace);
}

static void assert_same_flags(const struct haul_options *a,
                              const struct haul_options *b)
{
    assert_int_equal(a->cpu_work_on_pool, b->cpu_work_on_pool);
    assert_int_equal(a->netrc, b->netrc);
    assert_int_equal(a->insecure, b->insecure);
    assert_int_equal(a->compressed, b->compressed);
    assert_int_equal(a->data_size, b->data_size);
    assert_int_equal(a->block_private, b->block_private);
    assert_int_equal(a->remote_time, b->remote_time);
    assert_int_equal(a->fsync, b->fsync);
    assert_int_equal(a->sha256, b->sha256);
    assert_int_equal(a->restart, b->restart);
    assert_int_equal(a->keep_dirlinks, b->keep_dirlinks);
    assert_int_equal(a->shared, b->shared);
}

static void assert_same_strings(const struct haul_options *a,
                                const struct haul_options *b)
{
    assert_string_equal(a->dir, b->dir);
    assert_string_equal(a->method, b->method);
    assert_string_equal(a->output, b->output);
    assert_string_equal(a->retry_on, b->retry_on);
    assert_string_equal(a->user_agent, b->user_agent);
    assert_string_equal(a->user, b->user);
    assert_string_equal(a->cookie, b->cookie);
    assert_string_equal(a->proxy, b->proxy);
    assert_string_equal(a->noproxy, b->noproxy);
    assert_string_equal(a->cacert, b->cacert);
    assert_string_equal(a->cert, b->cert);
    assert_string_equal(a->key, b->key);
    assert_string_equal(a->accept_type, b->accept_type);
    assert_string_equal(a->headers[0], "A: 1");
    assert_string_equal(a->headers[1], "");
    assert_null(a->headers[2]);
    assert_non_null(a->resolve);
    assert_null(a->resolve[0]);
}

static void every_option_that_a_transfer_needs_arrives(void **state)
{
    struct hl_wire_greeting greeting;
    (void)state;
    struct hl_wire_message message = hello_with(&full);
    assert_int_equal(hl_wire_get_hello(&message.frame, &greeting), 0);
    assert_same_numbers(&greeting.hello.options, &full);
    assert_same_flags(&greeting.hello.options, &full);
    assert_same_strings(&greeting.hello.options, &full);
    hl_wire_greeting_release(&greeting);
    hl_wire_message_release(&message);
}

static void who_is_who_arrives(void **state)
{
    struct hl_wire_greeting greeting;
    (void)state;
    struct hl_wire_message message = hello_with(&full);
    assert_int_equal(hl_wire_get_hello(&message.frame, &greeting), 0);
    assert_int_equal(greeting.hello.parent, 77);
    assert_int_equal(greeting.hello.grace_ns, 88);
    assert_int_equal(greeting.hello.worker, 99);
    assert_true(greeting.hello.has_rate);
    hl_wire_greeting_release(&greeting);
    hl_wire_message_release(&message);
}

static void what_is_the_parents_alone_stays_there(void **state)
{
    struct hl_wire_greeting greeting;
    (void)state;
    struct hl_wire_message message = hello_with(&full);
    assert_int_equal(hl_wire_get_hello(&message.frame, &greeting), 0);
    assert_null(greeting.hello.options.worker_argv);
    assert_null(greeting.hello.options.trace_text);
    hl_wire_greeting_release(&greeting);
    hl_wire_message_release(&message);
}

static void options_that_are_not_set_arrive_as_not_set(void **state)
{
    struct hl_wire_greeting greeting;
    const struct haul_options none = {0};
    (void)state;
    struct hl_wire_message message = hello_with(&none);
    assert_int_equal(hl_wire_get_hello(&message.frame, &greeting), 0);
    assert_memory_equal(&greeting.hello.options, &none, sizeof(none));
    hl_wire_greeting_release(&greeting);
    hl_wire_message_release(&message);
}

static void options_out_of_range_are_refused(void **state)
{
    const struct haul_options bad[] = {
        {.http = (enum haul_http_version)(HAUL_HTTP_2 + 1)},
        {.if_exists = (enum haul_if_exists)(HAUL_IF_EXISTS_ADOPT + 1)},
        {.trace = HAUL_TRACE_ALL + 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct hl_wire_greeting greeting;
        struct hl_wire_message message = hello_with(&bad[i]);
        assert_int_equal(hl_wire_get_hello(&message.frame, &greeting),
                         HAUL_EPROTO);
        hl_wire_greeting_release(&greeting);
        hl_wire_message_release(&message);
    }
}

static void options_too_large_for_a_frame_are_refused(void **state)
{
    struct hl_wire_out out = {0};
    struct hl_wire_hello hello = {.parent = 1, .worker = 1, .token = "0"};
    char *user = malloc(HL_WIRE_MAX);
    (void)state;
    assert_non_null(user);
    memset(user, 'u', HL_WIRE_MAX - 1);
    user[HL_WIRE_MAX - 1] = '\0';
    hello.options.user = user;
    assert_int_equal(hl_wire_put_hello(&out, &hello), UV_E2BIG);
    assert_int_equal(out.used, 0);
    hl_wire_out_release(&out);
    free(user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_that_a_transfer_needs_arrives),
        cmocka_unit_test(who_is_who_arrives),
        cmocka_unit_test(what_is_the_parents_alone_stays_there),
        cmocka_unit_test(options_that_are_not_set_arrive_as_not_set),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(options_too_large_for_a_frame_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
