/* What the pages of errors say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "transfer/error_page.h"

static void pages_of_servers_are_known(void **state)
{
    static const struct {
        const char *page;
        enum haul_why why;
    } cases[] = {
        {"<h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS "
         "port",
         HAUL_WHY_WANTS_TLS},
        {"Reason: You're speaking plain HTTP to an SSL-enabled server port.",
         HAUL_WHY_WANTS_TLS},
        {"Client sent an HTTP request to an HTTPS server.\n",
         HAUL_WHY_WANTS_TLS},
        {"<title>400 No required SSL certificate was sent</title>",
         HAUL_WHY_CLIENT_CERT},
        {"<title>400 The SSL certificate error</title>",
         HAUL_WHY_CLIENT_CERT_BAD},
        {"<title>400 Bad Request</title>", HAUL_WHY_NONE},
        {"", HAUL_WHY_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t size = strlen(cases[i].page);
        print_message("%s\n", cases[i].page);
        assert_int_equal(hl_error_page_why(cases[i].page, size), cases[i].why);
        /* Nothing is read behind the end. */
        assert_int_equal(hl_error_page_why(cases[i].page, size / 2),
                         HAUL_WHY_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_servers_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
