/*
 * Where a list's bytes come from: a file, a pipe or standard input, unpacked
 * where it is a .gz. Reading does not wait for bytes that have not come yet.
 */
#ifndef HL_LIST_INPUT_H
#define HL_LIST_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <zlib.h>

#include "util/digest.h"

enum { HL_INPUT_RAW_SIZE = 64 * 1024 };

enum hl_input_kind {
    HL_INPUT_UNKNOWN, /* the first bytes have not come yet */
    HL_INPUT_PLAIN,
    HL_INPUT_GZIP
};

enum hl_input_event {
    HL_INPUT_BYTES,
    HL_INPUT_LATER, /* no bytes yet: poll fd for reading */
    HL_INPUT_END,
    HL_INPUT_BROKEN /* error says why; bytes that came before are good */
};

/* Owned by whoever reads it; one thread. */
struct hl_input {
    int fd; /* -1 none */
    enum hl_input_kind kind;
    bool may_block;  /* a pipe or a terminal: look before reading */
    bool at_end;     /* fd has no more bytes; raw may have some */
    bool in_member;  /* the end of a .gz's member has not come */
    bool any_member; /* a member has been read to its end */
    bool holds_more; /* zlib has more bytes than there was room for */
    z_stream z;      /* open once kind is HL_INPUT_GZIP */
    uint64_t size;   /* bytes of the file that are to be read; UINT64_MAX not
                        known */
    uint64_t taken;  /* of these, bytes that were read */
    uint64_t given;  /* bytes that hl_input_read() has given, unpacked */
    size_t raw_begin;
    size_t raw_end;
    struct hl_digest *digest; /* SHA-256 of the bytes that were read; owned;
                                 NULL: not wanted */
    char error[128];          /* "": none so far */
    unsigned char *raw; /* what was read and not given; HL_INPUT_RAW_SIZE bytes
                           once the input is open */
};

/* The bytes of the file from where it will be read next; UINT64_MAX: it has no
 * size. */
uint64_t hl_input_size(int fd, const struct stat *st);
/* path "-" is standard input. in must be all zero. @return 0 or a libuv code.
 */
int hl_input_open(struct hl_input *in, const char *path);
void hl_input_close(struct hl_input *in);
/* Hashes what is read, from the first byte: to be called before any is.
 * @return 0 or UV_ENOMEM. */
int hl_input_hash(struct hl_input *in);
/* Reads up to size bytes into out. *got is how many; it is 0 unless
 * HL_INPUT_BYTES is returned. */
enum hl_input_event hl_input_read(struct hl_input *in, char *out, size_t size,
                                  size_t *got);
/* How many bytes of the file belong to the bytes that were given, but for the
 * last unused ones. Of a .gz this is an estimate. */
uint64_t hl_input_position(const struct hl_input *in, uint64_t unused);
/* Has all of it been given? */
bool hl_input_is_used_up(const struct hl_input *in);
/* Does this name say that it is a .gz? */
bool hl_input_is_gz_name(const char *path);

#endif
