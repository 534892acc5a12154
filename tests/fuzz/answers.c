#include "fuzz/answers.h"

#include <ctype.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>

#include "fuzz/check.h"

static struct {
    pthread_mutex_t lock;
    int fd; /* listens; 0: not yet */
    uint16_t port;
    struct answer answers[ANSWERS_MAX];
    size_t count;
    size_t given;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Up to the empty line. @return false: there is none. */
static bool hear_request(int fd)
{
    char text[8192];
    size_t used = 0;
    while (used < sizeof(text) - 1) {
        ssize_t n = recv(fd, text + used, sizeof(text) - 1 - used, 0);
        if (n <= 0)
            return false;
        used += (size_t)n;
        text[used] = '\0';
        if (strstr(text, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        data += n;
        size -= (size_t)n;
    }
}

/* A copy, as a client that has had enough does not wait for the rest. */
static uint8_t *next_answer(size_t *size)
{
    uint8_t *copy = NULL;
    *size = 0;
    pthread_mutex_lock(&server.lock);
    if (server.given < server.count) {
        const struct answer *answer = &server.answers[server.given++];
        copy = malloc(answer->size + 1);
        check(copy != NULL, "there is memory");
        memcpy(copy, answer->data, answer->size);
        *size = answer->size;
    }
    pthread_mutex_unlock(&server.lock);
    return copy;
}

static void serve_one(int fd)
{
    size_t size;
    if (!hear_request(fd))
        return;
    uint8_t *answer = next_answer(&size);
    send_all(fd, answer, size);
    free(answer);
    shutdown(fd, SHUT_WR);
    /* A close with unread bytes would reset what was sent. */
    char rest[1024];
    while (recv(fd, rest, sizeof(rest), 0) > 0)
        continue;
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        int fd = accept(server.fd, NULL, NULL);
        check(fd >= 0, "a connection");
        serve_one(fd);
        close(fd);
    }
    return NULL;
}

static void start(void)
{
    pthread_t thread;
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(in);
    server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(server.fd > 0 &&
              bind(server.fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
              listen(server.fd, 16) == 0 &&
              getsockname(server.fd, (struct sockaddr *)&in, &size) == 0,
          "a socket that listens");
    server.port = ntohs(in.sin_port);
    check(pthread_create(&thread, NULL, serve, NULL) == 0, "a thread");
}

uint16_t answers_set(const struct answer *answers, size_t count)
{
    if (server.fd == 0)
        start();
    pthread_mutex_lock(&server.lock);
    memcpy(server.answers, answers, count * sizeof(*answers));
    server.count = count;
    server.given = 0;
    pthread_mutex_unlock(&server.lock);
    return server.port;
}

size_t answers_given(void)
{
    pthread_mutex_lock(&server.lock);
    size_t given = server.given;
    pthread_mutex_unlock(&server.lock);
    return given;
}

/* "Name: value", in characters that everybody shows. */
static bool is_plain_line(const char *line, size_t length)
{
    size_t name = 0;
    while (name < length &&
           (isalnum((unsigned char)line[name]) != 0 || line[name] == '-'))
        name++;
    if (name == 0 || length - name < 2 || memcmp(line + name, ": ", 2) != 0)
        return false;
    for (size_t i = name; i < length; i++)
        if (line[i] < 0x20 || line[i] > 0x7e)
            return false;
    return true;
}

static bool is_called(const char *line, const char *name)
{
    return strncasecmp(line, name, strlen(name)) == 0;
}

/* One header. @return false: it may change what the file is. */
static bool read_header(const char *line, size_t length, long *content_length)
{
    static const char *const odd[] = {
        "transfer-encoding:", "connection:", "content-encoding:",
        "proxy-connection:",  "upgrade:",    "trailer:"};
    if (!is_plain_line(line, length))
        return false;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
        if (is_called(line, odd[i]))
            return false;
    if (!is_called(line, "content-length:"))
        return true;
    const char *digits = line + sizeof("content-length:");
    size_t count = length - sizeof("content-length:");
    if (*content_length >= 0 || count == 0 || count > 9 ||
        strspn(digits, "0123456789") != count)
        return false;
    *content_length = strtol(digits, NULL, 10);
    return true;
}

struct answer_file answers_read(const struct answer *answer)
{
    struct answer_file file = {0};
    long length = -1;
    const char *at = (const char *)answer->data;
    const char *end = at + answer->size;
    if (answer->size < 20 || memcmp(at, "HTTP/1.1 2", 10) != 0 ||
        memcmp(at + 12, " OK\r\n", 5) != 0)
        return file;
    file.status = (int)strtol(at + 9, NULL, 10);
    for (at += 17;;) {
        const char *stop = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (stop == NULL)
            return file;
        if (stop == at)
            break;
        if (!read_header(at, (size_t)(stop - at), &length))
            return file;
        at = stop + 2;
    }
    file.data = (const uint8_t *)at + 2;
    file.size = (size_t)(end - at) - 2;
    file.is_known = true;
    file.is_whole = length < 0 || (size_t)length <= file.size;
    if (length >= 0 && file.is_whole)
        file.size = (size_t)length;
    return file;
}
