/* What each CURLcode means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <errno.h>

#include "transfer/curl_code.h"

static const struct hl_curl_hints no_hints = {.text = ""};

static enum haul_error verdict(int code, const char *text)
{
    return hl_error_of_curl(code, &(struct hl_curl_hints){.text = text});
}

/* Every code that libcurl has, so that none gets its meaning by accident.
 * What is not here, by name, is the server's: protocol. */
static void every_code_has_its_cause(void **state)
{
    static const unsigned char causes[CURL_LAST] = {
        [CURLE_OK] = HAUL_OK + 1,
        [CURLE_UNSUPPORTED_PROTOCOL] = HAUL_ERR_NAME + 1,
        [CURLE_URL_MALFORMAT] = HAUL_ERR_NAME + 1,
        [CURLE_COULDNT_RESOLVE_PROXY] = HAUL_ERR_PROXY + 1,
        [CURLE_COULDNT_RESOLVE_HOST] = HAUL_ERR_DNS + 1,
        [CURLE_COULDNT_CONNECT] = HAUL_ERR_CONNECT + 1,
        [CURLE_INTERFACE_FAILED] = HAUL_ERR_CONNECT + 1,
        [CURLE_PROXY] = HAUL_ERR_PROXY + 1,
        [CURLE_SEND_ERROR] = HAUL_ERR_CONNECT + 1,
        [CURLE_RECV_ERROR] = HAUL_ERR_CONNECT + 1,
        [CURLE_GOT_NOTHING] = HAUL_ERR_CONNECT + 1,
        [CURLE_PARTIAL_FILE] = HAUL_ERR_CONNECT + 1,
        [CURLE_OUT_OF_MEMORY] = HAUL_ERR_IO + 1,
        [CURLE_OPERATION_TIMEDOUT] = HAUL_ERR_TIMEOUT + 1,
        [CURLE_ABORTED_BY_CALLBACK] = HAUL_ERR_CANCELLED + 1,
        [CURLE_TOO_MANY_REDIRECTS] = HAUL_ERR_REDIRECT + 1,
        [CURLE_FILESIZE_EXCEEDED] = HAUL_ERR_TOO_LARGE + 1,
        [CURLE_SSL_CONNECT_ERROR] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_ENGINE_NOTFOUND] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_ENGINE_SETFAILED] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_ENGINE_INITFAILED] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_CERTPROBLEM] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_CIPHER] = HAUL_ERR_TLS + 1,
        [CURLE_PEER_FAILED_VERIFICATION] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_CACERT_BADFILE] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_CRL_BADFILE] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_ISSUER_ERROR] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_PINNEDPUBKEYNOTMATCH] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_INVALIDCERTSTATUS] = HAUL_ERR_TLS + 1,
        [CURLE_SSL_CLIENTCERT] = HAUL_ERR_TLS + 1,
    };
    (void)state;
    for (int code = 0; code < CURL_LAST; code++) {
        enum haul_error cause = causes[code] > 0
                                    ? (enum haul_error)(causes[code] - 1)
                                    : HAUL_ERR_PROTOCOL;
        print_message("%d %s\n", code, curl_easy_strerror((CURLcode)code));
        assert_int_equal(hl_error_of_curl(code, &no_hints), cause);
    }
    assert_int_equal(verdict(CURL_LAST + 100, ""), HAUL_ERR_PROTOCOL);
    assert_int_equal(verdict(-1, ""), HAUL_ERR_PROTOCOL);
}

static void a_line_that_broke_depends_on_the_body(void **state)
{
    static const int codes[] = {CURLE_RECV_ERROR, CURLE_SEND_ERROR,
                                CURLE_GOT_NOTHING};
    const struct hl_curl_hints begun = {.text = "", .answered = true};
    const struct hl_curl_hints sent = {.text = "", .requested = true};
    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        assert_int_equal(hl_error_of_curl(codes[i], &no_hints),
                         HAUL_ERR_CONNECT);
        assert_int_equal(hl_error_of_curl(codes[i], &sent), HAUL_ERR_TRUNCATED);
        assert_int_equal(hl_error_of_curl(codes[i], &begun),
                         HAUL_ERR_TRUNCATED);
    }
    assert_int_equal(hl_error_of_curl(CURLE_PARTIAL_FILE, &begun),
                     HAUL_ERR_TRUNCATED);
    /* An answer of which half a head came. */
    const struct hl_curl_hints heading = {.text = "", .heading = true};
    assert_int_equal(hl_error_of_curl(CURLE_PARTIAL_FILE, &heading),
                     HAUL_ERR_TRUNCATED);
    assert_int_equal(verdict(CURLE_RECV_ERROR,
                             "Illegal or missing hexadecimal sequence in "
                             "chunked-encoding"),
                     HAUL_ERR_PROTOCOL);
}

static void hanging_up_in_a_handshake_is_no_distrust(void **state)
{
    static const char *const hung_up[] = {
        "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443 ",
        "OpenSSL SSL_connect: Connection reset by peer in connection to h:443",
        "error:0A000126:SSL routines::unexpected eof while reading",
        "Send failure: Broken pipe",
        "OpenSSL SSL_connect: Broken pipe in connection to h:443 ",
    };
    static const char *const distrust[] = {
        "",
        "error:0A000410:SSL routines::sslv3 alert handshake failure",
        "error:0A00010B:SSL routines::wrong version number",
    };
    const struct hl_curl_hints reset = {.text = "", .os_errno = ECONNRESET};
    (void)state;
    for (size_t i = 0; i < sizeof(hung_up) / sizeof(*hung_up); i++)
        assert_int_equal(verdict(CURLE_SSL_CONNECT_ERROR, hung_up[i]),
                         HAUL_ERR_CONNECT);
    for (size_t i = 0; i < sizeof(distrust) / sizeof(*distrust); i++)
        assert_int_equal(verdict(CURLE_SSL_CONNECT_ERROR, distrust[i]),
                         HAUL_ERR_TLS);
    assert_int_equal(hl_error_of_curl(CURLE_SSL_CONNECT_ERROR, &reset),
                     HAUL_ERR_CONNECT);
    const struct hl_curl_hints no_tls = {
        .text = "error:0A00010B:SSL routines::wrong version number",
        .os_errno = ECONNRESET,
    };
    assert_int_equal(hl_error_of_curl(CURLE_SSL_CONNECT_ERROR, &no_tls),
                     HAUL_ERR_TLS);
    /* A certificate that is not trusted stays so. */
    assert_int_equal(hl_error_of_curl(CURLE_PEER_FAILED_VERIFICATION, &reset),
                     HAUL_ERR_TLS);
}

/* With TLS 1.3 the handshake has ended for the client by then. */
static void an_alert_about_a_certificate_is_distrust(void **state)
{
    static const char *const alerts[] = {
        ("SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate "
         "required, errno 0"),
        "SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown ca",
        "SSL_read: error:0A000412:SSL routines::sslv3 alert bad certificate",
        "SSL_read: error:0A000419:SSL routines::tlsv1 alert access denied",
    };
    const char *other = "SSL_read: error:0A000438:SSL routines::tlsv1 alert "
                        "internal error, errno 0";
    (void)state;
    for (size_t i = 0; i < sizeof(alerts) / sizeof(*alerts); i++) {
        const struct hl_curl_hints late = {.text = alerts[i], .answered = true};
        assert_int_equal(verdict(CURLE_RECV_ERROR, alerts[i]), HAUL_ERR_TLS);
        assert_int_equal(verdict(CURLE_SEND_ERROR, alerts[i]), HAUL_ERR_TLS);
        assert_int_equal(hl_error_of_curl(CURLE_RECV_ERROR, &late),
                         HAUL_ERR_TRUNCATED);
    }
    assert_int_equal(verdict(CURLE_RECV_ERROR, other), HAUL_ERR_CONNECT);
}

static void a_proxy_that_will_not_connect_is_no_failed_connection(void **state)
{
    static const int codes[] = {CURLE_COULDNT_CONNECT, CURLE_RECV_ERROR};
    static const long will_not[] = {400, 401, 403, 404, 405, 407, 451};
    static const long could_not[] = {0, 408, 425, 429, 500, 502, 503, 504};
    struct hl_curl_hints hints = {.text = ""};
    (void)state;
    for (int c = 0; c < 2; c++) {
        for (size_t i = 0; i < sizeof(will_not) / sizeof(*will_not); i++) {
            hints.tunnel = will_not[i];
            assert_int_equal(hl_error_of_curl(codes[c], &hints),
                             HAUL_ERR_PROXY);
        }
        for (size_t i = 0; i < sizeof(could_not) / sizeof(*could_not); i++) {
            hints.tunnel = could_not[i];
            assert_int_equal(hl_error_of_curl(codes[c], &hints),
                             HAUL_ERR_CONNECT);
        }
    }
}

static void an_answer_is_the_servers_fault(void **state)
{
    const struct hl_curl_hints sent = {.text = "", .requested = true};
    const struct hl_curl_hints heading = {.text = "", .heading = true};
    (void)state;
    assert_int_equal(hl_error_of_curl(CURLE_UNSUPPORTED_PROTOCOL, &sent),
                     HAUL_ERR_PROTOCOL);
    assert_int_equal(hl_error_of_curl(CURLE_OUT_OF_MEMORY, &heading),
                     HAUL_ERR_PROTOCOL);
    assert_int_equal(hl_error_of_curl(CURLE_OUT_OF_MEMORY, &sent), HAUL_ERR_IO);
    assert_int_equal(
        verdict(CURLE_UNSUPPORTED_PROTOCOL, "Protocol \"ftp\" not supported"),
        HAUL_ERR_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_cause),
        cmocka_unit_test(a_line_that_broke_depends_on_the_body),
        cmocka_unit_test(hanging_up_in_a_handshake_is_no_distrust),
        cmocka_unit_test(an_alert_about_a_certificate_is_distrust),
        cmocka_unit_test(a_proxy_that_will_not_connect_is_no_failed_connection),
        cmocka_unit_test(an_answer_is_the_servers_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
