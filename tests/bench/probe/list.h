/*
 * The list that a probe fetches: a URL a line, http://ADDRESS:PORT/PATH or
 * https, as the benchmark writes it for haul. It is read as a whole and sorted
 * by host.
 */
#ifndef PROBE_LIST_H
#define PROBE_LIST_H

#include <netinet/in.h>
#include <stddef.h>

struct probe_url {
    const char *path; /* with its slash */
    const char *name; /* of the file: the last part of the path */
};

struct probe_host {
    const char *authority; /* address and port, for the field Host */
    char address[INET_ADDRSTRLEN];
    struct sockaddr_in at;
    size_t next, end; /* the URLs that are still to be asked for */
    size_t connections;
};

/* All strings point into text. */
struct probe_list {
    char *text;
    struct probe_url *urls;
    size_t count;
    struct probe_host *hosts;
    size_t host_count;
};

/* Ends the program if the file is no such list. */
void probe_list_read(struct probe_list *list, const char *path);
void probe_list_release(struct probe_list *list);

#endif
