#include "cli/host_name.h"

#include <stdio.h>
#include <string.h>

void hl_host_name(char out[HL_HOST_NAME_SIZE], const char *url)
{
    if (strncmp(url, "proxy://", strlen("proxy://")) == 0) {
        (void)snprintf(out, HL_HOST_NAME_SIZE, "the proxy %s",
                       url + strlen("proxy://"));
        return;
    }
    const char *port =
        strncmp(url, "https://", strlen("https://")) == 0 ? ":443" : ":80";
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    size_t length = strcspn(host, "/?#");
    for (size_t i = 0; i < length; i++) {
        if (host[i] == '@') {
            host += i + 1;
            length = strcspn(host, "/?#");
            i = 0;
        }
    }
    size_t tail = strlen(port);
    if (length > tail && strncmp(host + length - tail, port, tail) == 0)
        length -= tail;
    if (length >= HL_HOST_NAME_SIZE)
        length = HL_HOST_NAME_SIZE - 1;
    memcpy(out, host, length);
    out[length] = '\0';
}
