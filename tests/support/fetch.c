#include "support/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct hl_origin *start(const struct hl_origin_options *options)
{
    struct hl_origin *origin;
    assert_int_equal(hl_origin_start(&origin, options), 0);
    assert_true(hl_origin_port(origin) != 0);
    return origin;
}

struct answer *answer_new(void)
{
    struct answer *answer = calloc(1, sizeof(*answer));
    assert_non_null(answer);
    return answer;
}

int dial(const struct hl_origin *origin)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(hl_origin_port(origin))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(
        connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void ask(int fd, const char *method, const char *path, const char *headers)
{
    char text[2048];
    int n = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n",
                     method, path, headers);
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

size_t read_some(int fd, struct answer *answer)
{
    ssize_t n =
        recv(fd, answer->data + answer->size, ANSWER_MAX - answer->size, 0);
    answer->error = n < 0 ? errno : 0;
    answer->size += n > 0 ? (size_t)n : 0;
    return n > 0 ? (size_t)n : 0;
}

void split(struct answer *answer)
{
    answer->data[answer->size] = '\0';
    answer->status = 0;
    answer->body = answer->data + answer->size;
    answer->body_size = 0;
    if (strncmp(answer->data, "HTTP/1.1 ", 9) == 0)
        answer->status = atoi(answer->data + 9);
    const char *end = strstr(answer->data, "\r\n\r\n");
    if (end == NULL)
        return;
    answer->body = end + 4;
    answer->body_size = answer->size - (size_t)(end + 4 - answer->data);
}

void read_all(int fd, struct answer *answer)
{
    answer->size = 0;
    while (answer->size < ANSWER_MAX && read_some(fd, answer) > 0)
        continue;
    split(answer);
}

void fetch(const struct hl_origin *origin, struct answer *answer,
           const char *method, const char *path, const char *headers)
{
    char more[1024];
    int fd = dial(origin);
    snprintf(more, sizeof(more), "Connection: close\r\n%s", headers);
    ask(fd, method, path, more);
    read_all(fd, answer);
    close(fd);
}

void get(const struct hl_origin *origin, struct answer *answer,
         const char *path, const char *headers)
{
    fetch(origin, answer, "GET", path, headers);
}

const char *header(const struct answer *answer, const char *name, char out[128])
{
    size_t length = strlen(name);
    const char *p = strstr(answer->data, "\r\n");
    out[0] = '\0';
    for (; p != NULL && p + 4 < answer->body; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, length) == 0 &&
            strncmp(p + 2 + length, ": ", 2) == 0) {
            p += 4 + length;
            snprintf(out, 128, "%.*s", (int)strcspn(p, "\r"), p);
            break;
        }
    return out;
}

void assert_header(const struct answer *answer, const char *name,
                   const char *value)
{
    char text[128];
    assert_string_equal(header(answer, name, text), value);
}
