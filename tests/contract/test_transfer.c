/*
 * One transfer after another without a run: what a job asks for, what a
 * reply tells, and what goes on record before it becomes true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/options.h"
#include "support/httpd.h"
#include "transfer/xfer.h"
#include "util/digest.h"

enum { SMALL = 1000, LARGE = 400 * 1000, HALF = LARGE / 2, URL_SIZE = 256 };

#define ONE "ETag: \"one\"\r\n"
/* No name server is asked for a label of more than 63 letters. */
#define LONG_NAME                       \
    "http://abcdefghijklmnopqrstuvwxyz" \
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

/* A transfer, and what it told on its way. */
#define TOKEN "01234567"
#define PART  "f." TOKEN ".part"

struct bench {
    struct httpd *httpd;
    struct haul_options options;
    struct hl_stop stop;
    struct hl_bucket rate;
    struct hl_shared shared;
    struct hl_xfer *xfer;
    struct hl_job job;
    struct hl_reply reply;
    char url[URL_SIZE];
    char dir[64];
    /* Of the records of its parts. */
    char records[256];    /* each "ETAG@SIZE ", of the part at that time */
    uint64_t part_length; /* as the last one told */
    int part_code;        /* what comes of it */
};

static void answer(struct httpd_reply *r, const struct httpd_request *q,
                   const char *headers, size_t size)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", headers,
               size);
    if (!q->head)
        httpd_body(r, 0, size);
}

static void small(struct httpd_reply *r, const struct httpd_request *q)
{
    answer(r, q, ONE, SMALL);
}

static void large(struct httpd_reply *r, const struct httpd_request *q)
{
    answer(r, q, ONE, LARGE);
}

static void moved(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r,
               "HTTP/1.1 302 Found\r\nLocation: /small\r\n"
               "Content-Length: %d\r\n\r\n",
               LARGE);
    httpd_body(r, 0, LARGE);
}

static void weak(struct httpd_reply *r, const struct httpd_request *q)
{
    answer(r, q, "ETag: W/\"w\"\r\n", LARGE);
}

static void ranged(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->range[0] == '\0') {
        large(r, q);
        return;
    }
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Content-Length: %d\r\n\r\n",
               HALF, LARGE - 1, LARGE, LARGE - HALF);
    httpd_body(r, HALF, LARGE - HALF);
}

static void unchanged(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 304 Same\r\nETag: W/\"new\"\r\n\r\n");
}

static void not_found(struct httpd_reply *r, const struct httpd_request *q)
{
    httpd_text(r, "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n%s",
               q->head ? "" : "no");
}

static void hang_up(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_close(r);
}

static void say_nothing(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_stall(r);
}

static const struct httpd_route routes[] = {
    {"/small", small},
    {"/moved", moved},
    {"/large", large},
    {"/weak", weak},
    {"/ranged", ranged},
    {"/unchanged", unchanged},
    {"/not-found", not_found},
    {"/hang-up", hang_up},
    {"/say-nothing", say_nothing},
    {NULL, NULL},
};

static int64_t size_of(const struct bench *b, const char *name)
{
    struct stat st;
    return fstatat(b->shared.dir_fd, name, &st, 0) < 0 ? -1
                                                       : (int64_t)st.st_size;
}

static int on_part(void *arg, const struct hl_part *part)
{
    struct bench *b = arg;
    size_t used = strlen(b->records);
    snprintf(b->records + used, sizeof(b->records) - used, "%s@%lld ",
             part->etag != NULL ? part->etag : "none",
             (long long)size_of(b, PART));
    b->part_length = part->length;
    return b->part_code;
}

static void open_xfer(struct bench *b)
{
    hl_xfer_free(b->xfer);
    assert_int_equal(hl_xfer_new(&b->xfer, &b->shared, 1), 0);
    hl_xfer_on_part(b->xfer, on_part, b);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    const struct haul_options given = {.proxy = "", .speed_time_s = 2};
    b->httpd = httpd_start(routes);
    strcpy(b->dir, "/tmp/haul-transfer-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    assert_int_equal(hl_options_resolve(&b->options, &given), 0);
    hl_stop_init(&b->stop, 0);
    b->shared = (struct hl_shared){
        .options = &b->options,
        .stop = &b->stop,
        .token = TOKEN,
        .dir_fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .rate_fd = -1,
        .lock_fd = -1,
        .body_fd = -1,
    };
    assert_int_equal(hl_beneath_new(&b->shared.root, b->shared.dir_fd,
                                    &(struct hl_beneath_options){0}),
                     0);
    open_xfer(b);
    *state = b;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    hl_xfer_free(b->xfer);
    httpd_stop(b->httpd);
    hl_options_release(&b->options);
    hl_beneath_free(b->shared.root);
    close(b->shared.dir_fd);
    nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(b);
    return 0;
}

/* A new job; what else it is to be may be set before perform(). */
static void ask(struct bench *b, const char *scheme_and_host, const char *path)
{
    snprintf(b->url, sizeof(b->url), "%s:%u%s", scheme_and_host,
             httpd_port(b->httpd), path);
    b->job = (struct hl_job){
        .id = 1, .attempt = 1, .secrets = true, .url = b->url, .path = "f"};
    b->records[0] = '\0';
    unlinkat(b->shared.dir_fd, "f", 0);
}

static void perform(struct bench *b)
{
    hl_xfer_perform(b->xfer, &b->job, &b->reply);
}

static void fetch(struct bench *b, const char *path)
{
    ask(b, "http://127.0.0.1", path);
    perform(b);
}

static void check_file(const struct bench *b, size_t size)
{
    static char data[LARGE + 1];
    int fd = openat(b->shared.dir_fd, "f", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, data, sizeof(data)), size);
    close(fd);
    for (size_t i = 0; i < size; i++)
        assert_int_equal((unsigned char)data[i], httpd_byte(i));
    assert_int_equal(size_of(b, PART), -1);
}

/* Leaves size bytes of a part, all different from those of the body by lie. */
static void leave_part(struct bench *b, size_t size, unsigned char lie)
{
    int fd = openat(b->shared.dir_fd, PART,
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    unsigned char *data = malloc(size);
    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)(httpd_byte(i) + lie);
    assert_int_equal(write(fd, data, size), size);
    free(data);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    b->job.part_token = TOKEN;
    b->job.part_inode = (uint64_t)st.st_ino;
}

/* An ask for the rest of a part that an earlier attempt left. */
static void ask_for_rest(struct bench *b, const char *path, unsigned char lie)
{
    ask(b, "http://127.0.0.1", path);
    leave_part(b, HALF, lie);
    b->job.recorded = true;
    b->job.resume_from = HALF;
    b->job.etag = "\"one\"";
}

static void hash_body_by(size_t size, unsigned algorithms,
                         char out[HL_DIGESTS_SIZE])
{
    struct hl_digest_text text;
    struct hl_digest *digest;
    assert_int_equal(hl_digest_new(&digest), 0);
    assert_int_equal(hl_digest_begin(digest, algorithms), 0);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = httpd_byte(i);
        hl_digest_add(digest, algorithms, &byte, 1);
    }
    hl_digest_end(digest, algorithms, &text);
    hl_digest_free(digest);
    memcpy(out, text.digests, sizeof(text.digests));
}

static void hash_body(size_t size, char out[HL_DIGESTS_SIZE])
{
    hash_body_by(size, HL_DIGEST_BY(HL_SHA256), out);
}

static void an_address_stands_for_the_host(void **state)
{
    struct bench *b = *state;
    struct httpd_request last;
    char host[64];
    for (int i = 0; i < 2; i++) {
        ask(b, "http://nowhere.invalid", "/small");
        b->job.address = "127.0.0.1";
        perform(b);
        assert_int_equal(b->reply.error, HAUL_OK);
        check_file(b, SMALL);
        assert_int_equal(b->reply.reused, i > 0);
    }
    httpd_requests(b->httpd, "/small", &last);
    snprintf(host, sizeof(host), "nowhere.invalid:%u", httpd_port(b->httpd));
    assert_string_equal(last.host, host);
}

static void a_fresh_job_has_a_connection_of_its_own(void **state)
{
    struct bench *b = *state;
    fetch(b, "/small");
    ask(b, "http://127.0.0.1", "/small");
    b->job.fresh = true;
    perform(b);
    assert_false(b->reply.reused);
    /* For that one alone. */
    fetch(b, "/small");
    assert_true(b->reply.reused);
}

/* No server is there; a connection to another address is no way out. */
static void each_job_has_its_own_address(void **state)
{
    static const char *const addresses[] = {"127.0.0.2", "::1"};
    struct bench *b = *state;
    fetch(b, "/small");
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        ask(b, "http://127.0.0.1", "/small");
        b->job.address = addresses[i];
        perform(b);
        assert_int_equal(b->reply.error, HAUL_ERR_CONNECT);
        assert_true(b->reply.connect_failed);
    }
    fetch(b, "/small");
    assert_int_equal(b->reply.error, HAUL_OK);
}

static void own_headers_stay_at_their_origin(void **state)
{
    static const char *const headers[] = {"X-Secret: 1", NULL};
    struct bench *b = *state;
    for (int secrets = 0; secrets < 2; secrets++) {
        struct httpd_request last;
        ask(b, "http://127.0.0.1", "/small");
        b->job.headers = headers;
        b->job.secrets = secrets;
        b->job.if_etag = "\"so that there is a line to send\"";
        perform(b);
        assert_int_equal(b->reply.error, HAUL_OK);
        httpd_requests(b->httpd, "/small", &last);
        assert_int_equal(last.secret, secrets);
    }
}

static void a_file_is_hashed_where_that_is_asked_for(void **state)
{
    struct bench *b = *state;
    char sha256[HL_DIGESTS_SIZE];
    fetch(b, "/large");
    assert_null(b->reply.digests);
    b->options.sha256 = true;
    hash_body(LARGE, sha256);
    fetch(b, "/large");
    assert_string_equal(b->reply.digests, sha256);
    hash_body(SMALL, sha256);
    fetch(b, "/small");
    assert_string_equal(b->reply.digests, sha256);
    b->options.sha256 = false;
    ask(b, "http://127.0.0.1", "/small");
    b->job.checksum = sha256;
    perform(b);
    assert_string_equal(b->reply.digests, sha256);
    check_file(b, SMALL);
}

/* Each algorithm, in one piece, streamed and resumed, and SHA-256 beside it. */
static void a_checksum_is_by_any_algorithm(void **state)
{
    struct bench *b = *state;
    char digests[HL_DIGESTS_SIZE];
    char both[HL_DIGESTS_SIZE];
    for (int i = 0; i < HL_ALGORITHMS; i++) {
        hash_body_by(SMALL, HL_DIGEST_BY(i), digests);
        ask(b, "http://127.0.0.1", "/small");
        b->job.checksum = digests;
        perform(b);
        assert_string_equal(b->reply.digests, digests);
        check_file(b, SMALL);
        hash_body_by(LARGE, HL_DIGEST_BY(i), digests);
        ask_for_rest(b, "/ranged", 0);
        b->job.checksum = digests;
        perform(b);
        assert_string_equal(b->reply.digests, digests);
        assert_int_equal(b->reply.resumed_from, HALF);
        hash_body_by(LARGE, HL_DIGEST_BY(i) | HL_DIGEST_BY(HL_SHA256), both);
        b->options.sha256 = true;
        ask(b, "http://127.0.0.1", "/large");
        b->job.checksum = digests;
        perform(b);
        assert_string_equal(b->reply.digests, both);
        b->options.sha256 = false;
        digests[0] = digests[0] == '0' ? '1' : '0';
        ask(b, "http://127.0.0.1", "/large");
        b->job.checksum = digests;
        perform(b);
        assert_int_equal(b->reply.error, HAUL_ERR_CHECKSUM);
        assert_null(b->reply.digests);
    }
}

static void a_file_of_another_hash_is_not_published(void **state)
{
    static const char *const paths[] = {"/small", "/large"};
    struct bench *b = *state;
    char sha256[HL_DIGESTS_SIZE];
    hash_body(7, sha256);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        ask(b, "http://127.0.0.1", paths[i]);
        b->job.checksum = sha256;
        perform(b);
        assert_int_equal(b->reply.error, HAUL_ERR_CHECKSUM);
        assert_null(b->reply.digests);
        assert_int_equal(b->reply.bytes, 0);
        assert_int_equal(size_of(b, "f"), -1);
        assert_int_equal(size_of(b, PART), -1);
    }
}

static void a_resumed_file_is_hashed_from_its_first_byte(void **state)
{
    struct bench *b = *state;
    char sha256[HL_DIGESTS_SIZE];
    hash_body(LARGE, sha256);
    ask_for_rest(b, "/ranged", 0);
    b->job.checksum = sha256;
    perform(b);
    assert_int_equal(b->reply.error, HAUL_OK);
    assert_int_equal(b->reply.resumed_from, HALF);
    assert_string_equal(b->reply.digests, sha256);
    check_file(b, LARGE);
}

static void a_spoilt_part_is_found_out_and_fetched_anew(void **state)
{
    struct bench *b = *state;
    char sha256[HL_DIGESTS_SIZE];
    hash_body(LARGE, sha256);
    ask_for_rest(b, "/ranged", 1);
    b->job.checksum = sha256;
    perform(b);
    assert_int_equal(b->reply.error, HAUL_OK);
    assert_int_equal(b->reply.resumed_from, 0);
    assert_int_equal(b->reply.received, LARGE - HALF + LARGE);
    check_file(b, LARGE);
}

static void a_304_leaves_the_file_as_it_is(void **state)
{
    struct bench *b = *state;
    struct httpd_request last;
    ask(b, "http://127.0.0.1", "/unchanged");
    b->job.if_etag = "W/\"old\"";
    b->job.if_modified = "Wed, 21 Oct 2015 07:28:00 GMT";
    perform(b);
    httpd_requests(b->httpd, "/unchanged", &last);
    assert_string_equal(last.if_none_match, b->job.if_etag);
    assert_string_equal(last.if_modified, b->job.if_modified);
    assert_int_equal(b->reply.error, HAUL_OK);
    assert_true(b->reply.unchanged);
    assert_int_equal(b->reply.http_status, 304);
    assert_null(b->reply.etag);
    assert_string_equal(b->reply.etag_any, "W/\"new\"");
    assert_string_equal(b->reply.last_modified, b->job.if_modified);
    assert_int_equal(size_of(b, "f"), -1);
    assert_int_equal(size_of(b, PART), -1);
}

static void a_304_that_nobody_asked_for_is_an_error(void **state)
{
    struct bench *b = *state;
    fetch(b, "/unchanged");
    assert_int_equal(b->reply.error, HAUL_ERR_HTTP);
    assert_false(b->reply.unchanged);
}

static void what_has_changed_is_fetched(void **state)
{
    struct bench *b = *state;
    ask(b, "http://127.0.0.1", "/weak");
    b->job.if_etag = "W/\"old\"";
    perform(b);
    assert_int_equal(b->reply.error, HAUL_OK);
    assert_false(b->reply.unchanged);
    assert_null(b->reply.etag);
    assert_string_equal(b->reply.etag_any, "W/\"w\"");
    check_file(b, LARGE);
}

static void a_head_tells_the_length_and_writes_nothing(void **state)
{
    struct bench *b = *state;
    ask(b, "http://127.0.0.1", "/large");
    b->job.head = true;
    perform(b);
    assert_int_equal(b->reply.error, HAUL_OK);
    assert_int_equal(b->reply.length, LARGE);
    assert_int_equal(b->reply.bytes, 0);
    assert_int_equal(size_of(b, "f"), -1);
    ask(b, "http://127.0.0.1", "/not-found");
    b->job.head = true;
    perform(b);
    assert_int_equal(b->reply.error, HAUL_ERR_HTTP);
    /* The next job is no HEAD any more. */
    fetch(b, "/small");
    check_file(b, SMALL);
    assert_int_equal(b->reply.length, SMALL);
}

static void replies_tell_who_is_to_blame(void **state)
{
    static const struct {
        const char *host; /* with its scheme */
        const char *path;
        enum haul_error error;
        bool answered;
        bool connect_failed;
    } cases[] = {
        {"http://127.0.0.1", "/small", HAUL_OK, true, false},
        {"http://127.0.0.1", "/not-found", HAUL_ERR_HTTP, true, false},
        {"http://127.0.0.1", "/hang-up", HAUL_ERR_TRUNCATED, false, false},
        {"http://127.0.0.1", "/say-nothing", HAUL_ERR_STALLED, false, false},
        {"http://127.0.0.2", "/small", HAUL_ERR_CONNECT, false, true},
        {LONG_NAME, "/small", HAUL_ERR_DNS, false, true},
        /* It waits for a line that TLS does not send. */
        {"https://127.0.0.1", "/small", HAUL_ERR_TIMEOUT, false, true},
    };
    struct bench *b = *state;
    b->options.connect_timeout_ms = 1000;
    open_xfer(b);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        ask(b, cases[i].host, cases[i].path);
        perform(b);
        print_message("  %s%s\n", cases[i].host, cases[i].path);
        assert_int_equal(b->reply.error, cases[i].error);
        assert_int_equal(b->reply.answered, cases[i].answered);
        assert_int_equal(b->reply.connect_failed, cases[i].connect_failed);
        assert_false(b->reply.exhausted);
    }
}

/* @return the limit before. */
static rlim_t leave_no_descriptors(void)
{
    struct rlimit limit;
    int next = dup(0);
    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static void restore_descriptors(rlim_t before)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = before;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void want_of_descriptors_is_told_from_a_dead_host(void **state)
{
    static const struct {
        const char *host;
        const char *path;
        bool answered;
    } cases[] = {
        /* The connection to the first is there already. */
        {"http://127.0.0.2", "/small", false},
        {"http://127.0.0.1", "/small", true},
        {"http://127.0.0.1", "/large", true},
    };
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        fetch(b, "/small");
        assert_int_equal(b->reply.error, HAUL_OK);
        assert_false(b->reply.exhausted);
        ask(b, cases[i].host, cases[i].path);
        rlim_t before = leave_no_descriptors();
        perform(b);
        restore_descriptors(before);
        assert_int_equal(b->reply.error, HAUL_ERR_IO);
        assert_int_equal(b->reply.sys_errno, EMFILE);
        assert_true(b->reply.exhausted);
        assert_false(b->reply.connect_failed);
        assert_int_equal(b->reply.answered, cases[i].answered);
    }
}

static void a_part_is_on_record_before_its_first_byte(void **state)
{
    struct bench *b = *state;
    fetch(b, "/large");
    assert_int_equal(b->reply.error, HAUL_OK);
    assert_string_equal(b->records, "\"one\"@0 ");
    assert_int_equal(b->part_length, LARGE);
}

static void a_redirect_may_have_a_long_page(void **state)
{
    struct bench *b = *state;
    fetch(b, "/moved");
    assert_int_equal(b->reply.error, HAUL_ERR_REDIRECT);
    assert_non_null(strstr(b->reply.location, "/small"));
}

static void what_cannot_be_resumed_is_not_on_record(void **state)
{
    struct bench *b = *state;
    fetch(b, "/small");
    assert_string_equal(b->records, "");
    fetch(b, "/weak");
    assert_string_equal(b->records, "");
}

/* The other way round, a kill between would leave a part that is on no
 * record. */
static void an_old_part_goes_before_its_record(void **state)
{
    struct bench *b = *state;
    ask_for_rest(b, "/large", 1);
    perform(b);
    assert_string_equal(b->records, "none@-1 \"one\"@0 ");
    check_file(b, LARGE);
    ask_for_rest(b, "/small", 1);
    perform(b);
    assert_string_equal(b->records, "none@-1 ");
    check_file(b, SMALL);
}

/* A part that is not to be resumed is on record all the same. */
static void a_record_that_is_not_used_goes_too(void **state)
{
    struct bench *b = *state;
    ask_for_rest(b, "/small", 1);
    b->job.resume_from = 0;
    b->job.etag = NULL;
    perform(b);
    assert_string_equal(b->records, "none@-1 ");
    check_file(b, SMALL);
}

static void a_part_that_goes_on_stays_on_record(void **state)
{
    struct bench *b = *state;
    ask_for_rest(b, "/ranged", 0);
    perform(b);
    assert_string_equal(b->records, "");
    assert_int_equal(b->reply.resumed_from, HALF);
    check_file(b, LARGE);
}

static void a_206_need_not_tell_its_type(void **state)
{
    struct bench *b = *state;
    b->options.accept_type = "image/*";
    ask_for_rest(b, "/ranged", 0);
    perform(b);
    assert_int_equal(b->reply.error, HAUL_OK);
    fetch(b, "/large");
    assert_int_equal(b->reply.error, HAUL_ERR_TYPE);
    b->options.accept_type = NULL;
}

static void without_a_record_there_is_no_part(void **state)
{
    struct bench *b = *state;
    b->part_code = UV_ENOSPC;
    fetch(b, "/large");
    assert_int_equal(b->reply.error, HAUL_ERR_DISK_FULL);
    assert_int_equal(b->reply.bytes, 0);
    assert_int_equal(size_of(b, PART), -1);
    /* An old one, which is outdated, goes all the same. */
    ask_for_rest(b, "/large", 0);
    perform(b);
    assert_int_equal(b->reply.error, HAUL_ERR_DISK_FULL);
    assert_int_equal(size_of(b, PART), -1);
    assert_int_equal(size_of(b, "f"), -1);
}

static void time_that_haul_holds_back_is_no_stall(void **state)
{
    struct bench *b = *state;
    uint64_t begin = uv_hrtime();
    hl_bucket_init(&b->rate, LARGE / 4);
    b->shared.rate = &b->rate;
    b->options.speed_limit = LARGE;
    fetch(b, "/large");
    assert_int_equal(b->reply.error, HAUL_OK);
    /* Against the two seconds of speed_time_s. */
    assert_true(uv_hrtime() - begin > 3000000000);
    fetch(b, "/say-nothing");
    assert_int_equal(b->reply.error, HAUL_ERR_STALLED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_stands_for_the_host),
        TEST(a_fresh_job_has_a_connection_of_its_own),
        TEST(each_job_has_its_own_address),
        TEST(own_headers_stay_at_their_origin),
        TEST(a_file_is_hashed_where_that_is_asked_for),
        TEST(a_checksum_is_by_any_algorithm),
        TEST(a_file_of_another_hash_is_not_published),
        TEST(a_resumed_file_is_hashed_from_its_first_byte),
        TEST(a_spoilt_part_is_found_out_and_fetched_anew),
        TEST(a_304_leaves_the_file_as_it_is),
        TEST(a_304_that_nobody_asked_for_is_an_error),
        TEST(what_has_changed_is_fetched),
        TEST(a_head_tells_the_length_and_writes_nothing),
        TEST(replies_tell_who_is_to_blame),
        TEST(want_of_descriptors_is_told_from_a_dead_host),
        TEST(a_redirect_may_have_a_long_page),
        TEST(a_part_is_on_record_before_its_first_byte),
        TEST(what_cannot_be_resumed_is_not_on_record),
        TEST(an_old_part_goes_before_its_record),
        TEST(a_record_that_is_not_used_goes_too),
        TEST(a_part_that_goes_on_stays_on_record),
        TEST(a_206_need_not_tell_its_type),
        TEST(without_a_record_there_is_no_part),
        TEST(time_that_haul_holds_back_is_no_stall),
    };
    signal(SIGPIPE, SIG_IGN);
    if (haul_global_init() < 0)
        return 1;
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    haul_global_cleanup();
    return r;
}
