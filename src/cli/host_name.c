#include "cli/host_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static const char *first_of(const char *const variables[])
{
    for (; *variables != NULL; variables++)
        if (getenv(*variables) != NULL && getenv(*variables)[0] != '\0')
            return getenv(*variables);
    return NULL;
}

/* Is host the entry, or below it? */
static bool is_below(const char *host, size_t length, const char *entry,
                     size_t size)
{
    if (size > 0 && entry[0] == '.')
        entry++, size--;
    if (size == 0 || size > length ||
        strncasecmp(host + length - size, entry, size) != 0)
        return size == 1 && entry[0] == '*';
    return size == length || host[length - size - 1] == '.';
}

static bool is_excepted(const char *host, const char *list)
{
    static const char between[] = ", ";
    size_t length = strcspn(host, host[0] == '[' ? "" : ":");
    for (list += strspn(list, between); *list != '\0';
         list += strspn(list, between)) {
        size_t size = strcspn(list, between);
        if (is_below(host, length, list, size))
            return true;
        list += size;
    }
    return false;
}

const char *hl_proxy_name(char out[HL_HOST_NAME_SIZE],
                          const struct haul_options *run, const char *host,
                          bool is_tls)
{
    static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY",
                                        NULL};
    static const char *const tls[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                      "ALL_PROXY", NULL};
    static const char *const without[] = {"no_proxy", "NO_PROXY", NULL};
    const char *proxy =
        run->proxy != NULL ? run->proxy : first_of(is_tls ? tls : plain);
    const char *except =
        run->noproxy != NULL ? run->noproxy : first_of(without);
    if (proxy == NULL || proxy[0] == '\0' ||
        (except != NULL && is_excepted(host, except)))
        return NULL;
    hl_host_name(out, proxy);
    return out;
}
