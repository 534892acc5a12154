/* The wire when there is no memory: the n-th allocation fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_wire_support.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned allowed = UINT32_MAX; /* allocations before one fails */

static bool is_allowed(void)
{
    if (allowed == 0) {
        allowed = UINT32_MAX;
        return false;
    }
    allowed--;
    return true;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_allowed() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_allowed() ? __real_realloc(old, size) : NULL;
}

static int set_up(void **state)
{
    (void)state;
    allowed = UINT32_MAX;
    return 0;
}

static void a_frame_without_memory_is_taken_back(void **state)
{
    struct hl_wire_out out = {0};
    (void)state;
    allowed = 0;
    assert_int_equal(hl_wire_put_reply(&out, 1, &full_reply), UV_ENOMEM);
    assert_int_equal(out.used, 0);
    assert_int_equal(hl_wire_put_ready(&out), 0);
    hl_wire_out_release(&out);
}

static void frames_before_the_one_without_memory_stay_whole(void **state)
{
    struct hl_wire_out out = {0};
    char url[4096];
    struct hl_job job = {.id = 1, .attempt = 1, .url = url, .path = "p"};
    (void)state;
    memset(url, 'u', sizeof(url));
    url[sizeof(url) - 1] = '\0';
    assert_int_equal(hl_wire_put_ready(&out), 0);
    size_t used = out.used;
    allowed = 0;
    assert_int_equal(hl_wire_put_job(&out, &job), UV_ENOMEM);
    assert_int_equal(out.used, used);
    struct hl_wire_message message = frame_of(&out);
    assert_int_equal(hl_wire_get_ready(&message.frame), 0);
    hl_wire_message_release(&message);
    hl_wire_out_release(&out);
}

static void a_hello_without_memory_is_told_from_a_bad_one(void **state)
{
    struct hl_wire_greeting greeting;
    (void)state;
    struct hl_wire_message message = example(HL_WIRE_HELLO);
    allowed = 0;
    assert_int_equal(hl_wire_get_hello(&message.frame, &greeting), UV_ENOMEM);
    hl_wire_greeting_release(&greeting);
    assert_int_equal(hl_wire_get_hello(&message.frame, &greeting), 0);
    hl_wire_greeting_release(&greeting);
    hl_wire_message_release(&message);
}

static void an_inbox_without_memory_has_no_room(void **state)
{
    struct hl_wire_inbox inbox = {0};
    unsigned char *at;
    (void)state;
    allowed = 0;
    assert_int_equal(hl_wire_inbox_room(&inbox, &at), 0);
    assert_true(hl_wire_inbox_room(&inbox, &at) > 0);
    hl_wire_inbox_release(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_frame_without_memory_is_taken_back, set_up),
        cmocka_unit_test_setup(frames_before_the_one_without_memory_stay_whole,
                               set_up),
        cmocka_unit_test_setup(a_hello_without_memory_is_told_from_a_bad_one,
                               set_up),
        cmocka_unit_test_setup(an_inbox_without_memory_has_no_room, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
