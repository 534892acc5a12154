/*
 * A server that misbehaves by table: a route's function writes the script of
 * its answer, byte by byte if need be. It runs on a loop and a thread of its
 * own, on 127.0.0.1 and any port.
 */
#ifndef TESTS_SUPPORT_HTTPD_H
#define TESTS_SUPPORT_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a request said. */
struct httpd_request {
    unsigned nth;           /* of its path, from 1 */
    unsigned port;          /* that the server listens on */
    unsigned connection;    /* that it came on; the server's first is 1 */
    unsigned on_connection; /* how many have come on it, with this one */
    bool head;              /* a HEAD: the answer has no body */
    char host[64];
    char range[64];
    char if_range[128];
    char if_none_match[128];
    char if_modified[64];
    bool authorization;
    bool cookie;
    char cookies[256];
    bool secret; /* the header X-Secret */
};

struct httpd_reply;

/* Steps of an answer, in their order. */
__attribute__((format(printf, 2, 3))) void httpd_text(struct httpd_reply *reply,
                                                      const char *format, ...);
/* size bytes of the body that all tests share, from its byte offset on. */
void httpd_body(struct httpd_reply *reply, uint64_t offset, size_t size);
void httpd_wait(struct httpd_reply *reply, unsigned ms);
/* How it ends; without one of these the connection is kept. */
void httpd_close(struct httpd_reply *reply);
void httpd_reset(struct httpd_reply *reply);
void httpd_stall(struct httpd_reply *reply);

struct httpd_route {
    const char *path; /* NULL ends the table */
    void (*respond)(struct httpd_reply *reply,
                    const struct httpd_request *request);
};

struct httpd;

struct httpd *httpd_start(const struct httpd_route *routes);
void httpd_stop(struct httpd *httpd);
unsigned httpd_port(const struct httpd *httpd);
/* Requests of path so far, and the last of them. Any thread. */
unsigned httpd_requests(struct httpd *httpd, const char *path,
                        struct httpd_request *last);
/* The nth of them, from 1, of the first few. Any thread. */
void httpd_nth(struct httpd *httpd, const char *path, unsigned nth,
               struct httpd_request *out);
/* Bytes of bodies that went out in answers to requests of path: of those steps
 * that went out whole. Any thread. */
uint64_t httpd_sent(struct httpd *httpd, const char *path);
/* Forgets all requests, so that each path begins at its first again. */
void httpd_forget(struct httpd *httpd);

/* The byte at offset of the body that all tests share. */
unsigned char httpd_byte(uint64_t offset);

#endif
