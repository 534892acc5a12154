/*
 * Bare probes: the least that any client could do for a row of the benchmark,
 * against which haul is measured. They keep no journal, retry nothing, and end
 * with a message and status 1 at the first thing that is not as expected.
 *
 * Structure: main.c chooses the way; list.c reads the list; small.c, h2.c and
 * large.c are the ways; store.c, head.c and net.c are what they share.
 */
#ifndef PROBE_H
#define PROBE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"

enum {
    PROBE_PATIENCE = 30,     /* seconds that a server may be silent */
    PROBE_ANSWER = 64 << 10, /* bytes of a small file and its head, at most */
};

struct probe {
    struct probe_list list;
    int dir;       /* where the files go */
    size_t flight; /* URLs that are asked for at a time */
    SSL_CTX *tls;  /* NULL: without TLS */
    size_t files;  /* that are stored */
    uint64_t bytes;
};

/* The ways: each fetches and stores the whole list. */
void probe_small(struct probe *probe);  /* HTTP/1.1, many connections */
void probe_h2(struct probe *probe);     /* HTTP/2, one connection */
void probe_large(struct probe *probe);  /* one file after the other */
void probe_splice(struct probe *probe); /* the same, through a pipe */

void probe_die(const char *what) __attribute__((noreturn));
/* Zeroed, never NULL. */
void *probe_alloc(size_t count, size_t size);

/* A file has the name NAME.part until all its bytes are there. */
int probe_create(const struct probe *probe, const char *name);
void probe_publish(struct probe *probe, const char *name, int fd, size_t size);
void probe_store(struct probe *probe, const char *name, const char *body,
                 size_t size);

struct probe_head {
    size_t size; /* with its empty line */
    size_t body;
    bool closes; /* the server closes the connection after the answer */
};

/* @return false while the head is not whole. */
bool probe_head_read(const char *text, size_t size, struct probe_head *head);
/* Writes the request to out. @return its length. */
size_t probe_request(char *out, size_t size, const struct probe_host *host,
                     const struct probe_url *url);

int probe_connect(const struct probe_host *host, int flags);
/* A client's end over fd; verifies the host's address. */
SSL *probe_tls(const struct probe *probe, const struct probe_host *host,
               int fd);

#endif
