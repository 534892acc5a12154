/* A reply in a handoff: it is good when the transfer that it came from is not
 * any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "modes/handoff.h"

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool no_memory;

void *__wrap_realloc(void *old, size_t size)
{
    return no_memory ? NULL : __real_realloc(old, size);
}

/* Answers with strings that are overwritten right after. */
static void answer(struct hl_handoff *handoff, enum haul_error error)
{
    char strings[9][8] = {"message", "place", "\"a\"",   "W/\"a\"", "date",
                          "t/type",  "hash",  "cookies", "weakday"};
    const struct hl_reply reply = {
        .error = error,
        .http_status = 200,
        .message = error != HAUL_OK ? strings[0] : NULL,
        .location = strings[1],
        .cookies = strings[7],
        .etag = strings[2],
        .etag_any = strings[3],
        .last_modified = strings[4],
        .last_modified_any = strings[8],
        .content_type = strings[5],
        .digests = strings[6],
    };
    hl_handoff_answer(handoff, &reply);
    memset(strings, 'x', sizeof(strings));
}

static void strings_outlive_their_transfer(void **state)
{
    struct hl_handoff handoff = {0};
    const struct hl_reply *reply = &handoff.reply;
    (void)state;
    for (int i = 0; i < 2; i++) {
        answer(&handoff, i == 0 ? HAUL_ERR_HTTP : HAUL_OK);
        assert_int_equal(reply->http_status, 200);
        if (i == 0)
            assert_string_equal(reply->message, "message");
        else
            assert_null(reply->message);
        assert_string_equal(reply->location, "place");
        assert_string_equal(reply->cookies, "cookies");
        assert_string_equal(reply->etag, "\"a\"");
        assert_string_equal(reply->etag_any, "W/\"a\"");
        assert_string_equal(reply->last_modified, "date");
        assert_string_equal(reply->last_modified_any, "weakday");
        assert_string_equal(reply->content_type, "t/type");
        assert_string_equal(reply->digests, "hash");
    }
    hl_handoff_answer(&handoff, &(struct hl_reply){.bytes = 7});
    assert_int_equal(reply->bytes, 7);
    assert_null(reply->etag);
    hl_handoff_release(&handoff);
}

static void without_memory_a_file_is_there_and_a_failure_is_local(void **state)
{
    struct hl_handoff handoff = {0};
    const struct hl_reply *reply = &handoff.reply;
    (void)state;
    no_memory = true;
    answer(&handoff, HAUL_OK);
    assert_int_equal(reply->error, HAUL_OK);
    assert_null(reply->etag);
    assert_null(reply->digests);
    answer(&handoff, HAUL_ERR_REDIRECT);
    assert_int_equal(reply->error, HAUL_ERR_IO);
    assert_string_equal(reply->message, "out of memory");
    assert_null(reply->location);
    no_memory = false;
    answer(&handoff, HAUL_ERR_REDIRECT);
    assert_int_equal(reply->error, HAUL_ERR_REDIRECT);
    assert_string_equal(reply->location, "place");
    hl_handoff_release(&handoff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_outlive_their_transfer),
        cmocka_unit_test(without_memory_a_file_is_there_and_a_failure_is_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
