#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

bool probe_head_read(const char *text, size_t size, struct probe_head *head)
{
    const char *end = memmem(text, size, "\r\n\r\n", 4);
    if (end == NULL)
        return false;
    head->size = (size_t)(end - text) + 4;
    static const char ok[] = "HTTP/1.1 200 ";
    static const char length[] = "\r\nContent-Length: ";
    static const char closes[] = "\r\nConnection: close\r\n";
    const char *field = memmem(text, head->size, length, sizeof(length) - 1);
    if (memcmp(text, ok, sizeof(ok) - 1) != 0 || field == NULL)
        probe_die("an answer that is not 200, or without a length");
    head->body = strtoul(field + sizeof(length) - 1, NULL, 10);
    head->closes = memmem(text, head->size, closes, sizeof(closes) - 1) != NULL;
    return true;
}

size_t probe_request(char *out, size_t size, const struct probe_host *host,
                     const struct probe_url *url)
{
    int n = snprintf(out, size, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
                     url->path, host->authority);
    if (n < 0 || (size_t)n >= size)
        probe_die(url->path);
    return (size_t)n;
}
