/*
 * The bodies that a run's transfers receive, as counters which any thread
 * reads: so that progress can be shown, of large files too.
 */
#ifndef HL_TRANSFER_INCOMING_H
#define HL_TRANSFER_INCOMING_H

#include <stdatomic.h>
#include <stdint.h>

/* Of all transfers of a run. Owned by the run; all zero is none. */
struct hl_incoming {
    atomic_uint_least64_t received; /* body bytes so far */
    /* The files that come now, where the server said how long they are. */
    atomic_uint_least64_t files;
    atomic_uint_least64_t length; /* of these files together */
    atomic_uint_least64_t there;  /* of these bytes, what haul has */
};

/* What one transfer has added to the counters. All zero: nothing yet. */
struct hl_incoming_file {
    uint64_t received; /* body bytes of its attempt */
    uint64_t length;   /* of the whole file; 0: not known, or no file comes */
    uint64_t there;    /* of it, bytes that haul has, from earlier attempts
                          too */
};

/* The transfer is now at *to, of which *file, by then the same, was the state
 * so far. A length that no disk has counts as not known. in may be NULL: then
 * only *file is kept. */
void hl_incoming_note(struct hl_incoming *in, struct hl_incoming_file *file,
                      const struct hl_incoming_file *to);
/* size more bytes have come. */
void hl_incoming_add(struct hl_incoming *in, struct hl_incoming_file *file,
                     uint64_t size);
/* The file comes no more: its transfer has ended, or begins again. */
void hl_incoming_end(struct hl_incoming *in, struct hl_incoming_file *file);

#endif
