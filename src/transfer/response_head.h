/*
 * The head of an answer: what haul reads from status line and headers. Pure
 * parsing, no libcurl; lines come as the server sent them.
 */
#ifndef HL_TRANSFER_RESPONSE_HEAD_H
#define HL_TRANSFER_RESPONSE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An ETag of 1 kB, beside its quotes and W/. */
enum { HL_ETAG_SIZE = 1024 + 5 };

struct hl_head {
    long status;        /* 0 before a status line */
    bool begun;         /* the status line has come */
    bool complete;      /* the empty line has come */
    bool first_is_next; /* the next line is the first after the status */
    bool has_length;
    bool bad_length;        /* a Content-Length of no or of several meanings */
    bool odd_framing;       /* libcurl may take the body for longer or shorter
                               than the server means it */
    bool has_range;         /* a usable Content-Range of one range */
    bool two_ranges;        /* Content-Ranges that do not say the same */
    bool range_unsatisfied; /* "bytes * /TOTAL" of a 416, no space */
    bool encoded;           /* a Content-Encoding other than identity */
    char coding[64];        /* of that Content-Encoding, as sent; with a comma
                               between several; "?": it has no room */
    bool sets_cookies;
    uint64_t length;
    uint64_t range_start;
    uint64_t range_end;
    uint64_t range_total;        /* UINT64_MAX: "*" */
    uint32_t retry_after_s;      /* 0 none; of a Retry-After that is a date only
                                    once the head is complete */
    int64_t retry_at_s;          /* the date in Retry-After; -1: it has none */
    size_t bytes;                /* of the lines of all heads of this attempt */
    unsigned lines;              /* of all heads of this attempt */
    int64_t last_modified_s;     /* -1 none */
    int64_t date_s;              /* -1 none */
    bool chunked;                /* then Content-Length says nothing */
    bool coded;                  /* a Transfer-Encoding beside chunked */
    char etag_any[HL_ETAG_SIZE]; /* with quotes, and W/ where it is weak; "":
                                    none, or it was too long */
    bool etag_weak;
    bool has_etag;
    bool multipart;     /* by any of its Content-Types */
    unsigned char last; /* the header on the previous line */
    char last_modified[64];
    char ranges[256]; /* Content-Ranges, a line each, until all are read */
    char content_type[128]; /* lower case, without parameters */
};

/* Parses HTTP dates; libcurl's curl_getdate() in the program. */
typedef int64_t (*hl_head_date_fn)(const char *text);

void hl_head_init(struct hl_head *head);
/* One line with its CRLF. The first line is the status line, and so is the one
 * after the end of an interim answer. @return 0, or UV_E2BIG past 256 kB or
 * 1,000 lines of head and trailers. */
int hl_head_line(struct hl_head *head, const char *line, size_t size,
                 hl_head_date_fn date);
/* Length of the whole file, as this answer says; UINT64_MAX: it does not. */
uint64_t hl_head_total(const struct hl_head *head);
/* The ETag, where it is strong, else "". */
const char *hl_head_etag(const struct hl_head *head);
/* May Last-Modified stand in for an ETag in If-Range? RFC 9110, 8.8.2.2. */
bool hl_head_date_is_strong(const struct hl_head *head);

#endif
